"""Values of updated contacts, settled one by one (SPEC A-IM2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.settled_values import find_repeating_rows, settle_values

NOON = datetime(2026, 7, 2, 12, tzinfo=UTC)
SCHEMA = {
    "row": pl.Int64, "contact": pl.Int64, "update_number": pl.Int64, "position": pl.Int64, "attribute_def": pl.String,
    "is_partner": pl.Boolean, "is_singular": pl.Boolean, "label": pl.String, "is_primary": pl.Boolean,
    "is_given": pl.Boolean, "created_at": pl.Datetime("us", "UTC"), "same": pl.String,
}  # fmt: skip

cell = st.tuples(
    st.sampled_from(["email", "title", "phone"]), st.booleans(), st.sampled_from([None, "", "home", "work"]),
    st.booleans(), st.sampled_from([True, True, True, False]), st.sampled_from([None, "", "a", "b", "c"]),
)  # fmt: skip
row = st.tuples(st.integers(0, 1), st.integers(0, 2), st.lists(cell, max_size=3))
tables = st.lists(row, max_size=6)


def frame(table: list[Any]) -> pl.DataFrame:
    counts: dict[int, int] = {}
    rows = []
    for number, (contact, day, cells) in enumerate(table):
        place = counts.get(contact, 0)
        counts[contact] = place + 1
        for position, (name, is_partner, label, is_primary, is_given, same) in enumerate(cells):
            rows.append((number, contact, place, position, name, is_partner, name == "title", label, is_primary,
                         is_given, day_of(day), same))  # fmt: skip
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def simulate(values: list[dict[str, Any]]) -> tuple[set[tuple[Any, ...]], set[int]]:
    """Values that are not as usual, and rows that brought something, one value after another."""
    slots: dict[Any, list[dict[str, Any]]] = {}
    marks: dict[Any, list[dict[str, Any]]] = {}
    for value in sorted(values, key=lambda value: (value["update_number"], value["position"])):
        owner = (value["contact"], value["attribute_def"], value["is_partner"])
        slots.setdefault((owner, None if value["is_singular"] else (value["same"],)), []).append(value)
        if value["is_primary"]:
            marks.setdefault(owner, []).append(value)
    others, brought = set(), set()
    for (owner, _), told in slots.items():
        standing: dict[str, Any] | None = None
        says: str | None = None
        ends: dict[int, datetime | None] = {}
        for place, value in enumerate(told):
            word = value["same"] if value["is_singular"] else value["label"]
            newest = max(each["created_at"] for each in told[: place + 1])
            may_tell = value["is_given"] and value["created_at"] >= newest and word is not None
            if standing is None or (may_tell and word != says):
                if standing is not None:
                    ends[id(standing)] = value["created_at"]
                standing, says = value, word or ""
                ends[id(value)] = None
                brought |= {value["row"]} if value["update_number"] else set()
            else:
                ends[id(value)] = value["created_at"]
        starred = marks.get(owner, [{"same": None}])[-1]["same"]
        for value in told:
            ended = ends[id(value)]
            is_primary = ended is None and value["same"] is not None and value["same"] == starred
            usual = (value["created_at"], False) if value["update_number"] else (None, value["is_primary"])
            if (ended, is_primary) != usual:
                others.add((value["row"], value["position"], is_primary, ended))
    return others, brought | {row for marked in marks.values() for row in remarked(marked)}


def remarked(marked: list[dict[str, Any]]) -> set[int]:
    """Rows of updates that mark another value primary than was, of the values marked one after another."""
    before = [{"same": None}, *marked]
    return {
        value["row"] for last, value in zip(before, marked, strict=False)
        if value["update_number"] and last["same"] != value["same"]
    }  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(tables)
def test_a_im2_values_settle_as_one_by_one(table: list[Any]) -> None:
    values = frame(table)
    others, brought = settle_values(values)
    found = set(others.select("row", "row_position", "is_primary", "deleted_at").rows())
    assert (found, set(brought["row"])) == simulate(values.to_dicts())


@settings(max_examples=100, deadline=None)
@given(tables)
def test_a_im2_a_row_that_repeats_the_one_before_changes_nothing(table: list[Any]) -> None:
    """Such contacts are not looked at again: their values must come out as without these rows."""
    of_contact = {contact: [row for row in table if row[0] == contact] for contact in (0, 1)}
    of_contact = {contact: rows for contact, rows in of_contact.items() if rows and all(map(is_settled, rows))}
    before, again = [], []
    for contact, rows in of_contact.items():
        newest = max(day for _, day, _ in rows)
        before.append((contact, 0, 7, day_of(rows[-1][1]), day_of(newest)))
        again.append((contact, newest + 1, rows[-1][2]))
    after = [(contact, 1, 7, day_of(day), None) for contact, day, _ in again]
    schema = {"contact": pl.Int64, "update_number": pl.Int64, "content": pl.Int64,
              "created_at": SCHEMA["created_at"], "newest_at": SCHEMA["created_at"]}  # fmt: skip
    repeating = set(find_repeating_rows(pl.DataFrame(before + after, schema=schema, orient="row"))["contact"])
    assert repeating == {contact for contact, _, _, moment, newest in before if moment == newest}
    first = [row for row in table if row[0] in repeating]
    whole, brought = settle_values(frame(first + [row for row in again if row[0] in repeating]))
    alone, _ = settle_values(frame(first))
    assert whole.sort("row", "row_position").equals(alone.sort("row", "row_position"))
    assert all(number < len(first) for number in brought["row"])


def is_settled(row: tuple[int, int, list[Any]]) -> bool:
    """As `resolve_values` leaves a row: one primary value of a kind at most, and no value twice."""
    cells = row[2]
    kinds = [(name, is_partner) for name, is_partner, _, is_primary, *_ in cells if is_primary]
    places = [(name, is_partner, name == "title" or same) for name, is_partner, _, _, _, same in cells]
    return len(set(kinds)) == len(kinds) and len(set(places)) == len(places)


def day_of(day: int) -> datetime:
    return NOON + timedelta(days=day)
