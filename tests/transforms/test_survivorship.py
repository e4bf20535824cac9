from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.ddl import polars_schema
from schemas.tables import CORE_ATTRIBUTES, CORE_CONTACTS
from transforms.survivorship import merge_attributes, merge_contacts

SINGULAR = ("first_name", "birthday")
NOON = dt.datetime(2026, 5, 15, 12, tzinfo=dt.UTC)
Row = dict[str, Any]


def attribute(contact: str, kind: str, value: Any, position: int, **more: Any) -> Row:
    column = "address" if kind == "address" else "text"
    row: Row = dict.fromkeys(polars_schema(CORE_ATTRIBUTES))
    row |= {
        "attribute_id": f"{contact}-{position}", "contact_id": contact, "attribute_def": kind, "attribute_type": kind,
        "is_primary": False, "is_partner": False, column: value, "position": position, "source": "file",
        "created_at": NOON, "updated_at": NOON, "file_id": "f", "sheet": "", "row_number": 1, "columns": ["c"],
    }  # fmt: skip
    row["match_key"] = value.lower() if isinstance(value, str) else None
    return row | more


def attributes_frame(rows: list[Row]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=polars_schema(CORE_ATTRIBUTES))


def aliases_frame(canonical: dict[str, str]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "contact_id": list(canonical),
            "canonical_id": list(canonical.values()),
            "cluster_id": [None] * len(canonical),
        },
        schema={"contact_id": pl.String, "canonical_id": pl.String, "cluster_id": pl.String},
    )


def merge(rows: list[Row], canonical: dict[str, str]) -> list[Row]:
    merged = merge_attributes(attributes_frame(rows), aliases_frame(canonical), SINGULAR)
    return merged.sort("attribute_id").to_dicts()


def value_of(row: Row) -> Any:
    if row["address"]:
        return tuple((part, text.lower()) for part, text in sorted(row["address"].items()) if text)
    return row["match_key"]


def naive_merge(rows: list[Row], canonical: dict[str, str]) -> list[Row]:
    survivors = []
    for parent in sorted(set(canonical.values())):
        members = sorted((c for c, to in canonical.items() if to == parent), key=lambda c: (c != parent, c))
        mine = [row | {"origin_contact_id": c, "original_index": row["index"], "contact_id": parent}
                for c in members for row in sorted((r for r in rows if r["contact_id"] == c),
                                                   key=lambda r: r["position"])]  # fmt: skip
        survivors += mine if len(members) == 1 else naive_merge_one(mine, parent)
    return sorted(survivors, key=lambda row: row["attribute_id"])


def naive_merge_one(rows: list[Row], parent: str) -> list[Row]:
    kept: list[Row] = []
    for group in sorted({(row["attribute_def"], row["is_partner"]) for row in rows}):
        values = [row for row in rows if (row["attribute_def"], row["is_partner"]) == group]
        primary = next((value_of(row) for row in values if row["is_primary"]), None)
        if group[0] in SINGULAR:
            first = [row for row in values if row["origin_contact_id"] == values[0]["origin_contact_id"]]
            survivors = [first[-1]]
        else:
            survivors = [row for place, row in enumerate(values)
                         if value_of(row) not in [value_of(before) for before in values[:place]]]  # fmt: skip
        for row in survivors:
            equal = [other for other in values if value_of(other) == value_of(row)]
            label = row["label"] or next((other["label"] for other in equal if other["label"]), None)
            kept.append(row | {"label": label, "is_primary": primary is not None and value_of(row) == primary})
    addresses = [row for row in kept if row["attribute_type"] == "address" and row["index"] is not None]
    taken = {row["index"] for row in addresses if row["origin_contact_id"] == parent}
    new: dict[tuple[str, int], int] = {}
    subs = sorted((r["origin_contact_id"], r["index"]) for r in addresses if r["origin_contact_id"] != parent)
    for place in subs:
        if place not in new:
            new[place] = next(i for i in range(100) if i not in taken)
            taken.add(new[place])
    for row in addresses:
        row["index"] = new.get((row["origin_contact_id"], row["index"]), row["index"])
    return kept


def full_address(**parts: str) -> dict[str, str | None]:
    return dict.fromkeys(dict(polars_schema(CORE_ATTRIBUTES)["address"])) | parts


CONTACTS = ["c1", "c2", "c3", "c4"]


@st.composite
def clusters(draw: st.DrawFn) -> tuple[list[Row], dict[str, str]]:
    parents = draw(st.lists(st.sampled_from(CONTACTS[:2]), min_size=4, max_size=4))
    canonical = {contact: parent if parent in CONTACTS[:2] else contact for contact, parent in zip(CONTACTS, parents)}  # noqa: B905 - equal by construction
    canonical |= {parent: parent for parent in set(canonical.values())}
    rows: list[Row] = []
    for contact in CONTACTS:
        for position in range(draw(st.integers(0, 5))):
            kind = draw(st.sampled_from(["first_name", "email", "tag", "address"]))
            value: Any = draw(st.sampled_from(["a", "A", "b", "c"]))
            if kind == "address":
                value = full_address(city=value)
            rows.append(
                attribute(
                    contact, kind, value, position,
                    label=draw(st.sampled_from([None, "Home", "Work"])),
                    index=draw(st.sampled_from([None, 0, 1])) if kind == "address" else None,
                    is_primary=draw(st.booleans()) and not any(
                        r["contact_id"] == contact and r["attribute_def"] == kind and r["is_primary"] for r in rows
                    ),
                    is_partner=draw(st.booleans()) if kind == "email" else False,
                )
            )  # fmt: skip
    return rows, canonical


@settings(max_examples=150, deadline=None)
@given(clusters())
def test_merge_equals_the_naive_one(case: tuple[list[Row], dict[str, str]]) -> None:
    rows, canonical = case
    assert merge(rows, canonical) == naive_merge(rows, canonical)


@settings(max_examples=50, deadline=None)
@given(clusters())
def test_merging_twice_changes_nothing(case: tuple[list[Row], dict[str, str]]) -> None:
    rows, canonical = case
    once = merge(rows, canonical)
    given_again = [{k: v for k, v in row.items() if k not in ("origin_contact_id", "original_index")} for row in once]
    twice = merge(given_again, {contact: contact for contact in set(canonical.values())})
    fresh = ("origin_contact_id", "original_index")
    assert [{k: v for k, v in row.items() if k not in fresh} for row in twice] == given_again


@settings(max_examples=50, deadline=None)
@given(clusters())
def test_a_m4_one_value_is_primary_or_none_and_no_value_is_lost(case: tuple[list[Row], dict[str, str]]) -> None:
    rows, canonical = case
    merged = merge(rows, canonical)
    groups = [(row["contact_id"], row["attribute_def"], row["is_partner"]) for row in merged if row["is_primary"]]
    assert len(groups) == len(set(groups))
    were_primary = {(canonical[row["contact_id"]], row["attribute_def"], row["is_partner"])
                    for row in rows if row["is_primary"] and row["attribute_def"] not in SINGULAR}  # fmt: skip
    assert were_primary <= set(groups), "of several primary ones one stays"

    def held(given: list[Row], contact: str) -> set[Any]:
        plural = [row for row in given if row["attribute_def"] not in SINGULAR]
        return {(contact_of(row), row["attribute_def"], row["is_partner"], value_of(row)) for row in plural
                if contact_of(row) == contact}  # fmt: skip

    def contact_of(row: Row) -> str:
        return canonical[row["contact_id"]]

    for parent in set(canonical.values()):
        assert held(merged, parent) == held(rows, parent)


@settings(max_examples=50, deadline=None)
@given(clusters())
def test_a_m7_unmerged_contacts_are_as_they_were_whatever_was_edited_meanwhile(
    case: tuple[list[Row], dict[str, str]],
) -> None:
    rows, _ = case
    apart = merge(rows, {contact: contact for contact in CONTACTS})
    kept = [{name: row[name] for name in rows[0]} for row in apart] if rows else []
    assert kept == sorted(rows, key=lambda row: row["attribute_id"])
    assert all(row["origin_contact_id"] == row["contact_id"] for row in apart)


def test_me2_a_m1_singular_values_are_the_parents_else_the_first_subs() -> None:
    rows = [
        attribute("p", "first_name", "John", 0),
        attribute("a", "first_name", "Jack", 0),
        attribute("b", "birthday", "1980", 0),
        attribute("a", "birthday", "1990", 1),
    ]
    survivors = merge(rows, {"p": "p", "a": "p", "b": "p"})
    assert [(row["text"], row["origin_contact_id"]) for row in survivors] == [("1990", "a"), ("John", "p")]


def test_me3_a_m3_equal_values_are_one_row_with_the_label_of_the_dropped_one() -> None:
    rows = [
        attribute("p", "email", "x@example.com", 0),
        attribute("a", "email", "X@example.com", 0, label="Work"),
        attribute("a", "email", "y@example.com", 1),
    ]
    survivors = merge(rows, {"p": "p", "a": "p"})
    assert [(row["text"], row["label"]) for row in survivors] == [("y@example.com", None), ("x@example.com", "Work")]


@pytest.mark.parametrize("kind", ["tag", "website", "note", "phone_number"])
def test_a_m3_of_any_kind(kind: str) -> None:
    rows = [attribute("b", kind, "Same", 0), attribute("a", kind, "SAME", 0), attribute("a", kind, "other", 1)]
    survivors = merge(rows, {"p": "p", "a": "p", "b": "p"})
    assert [(row["text"], row["origin_contact_id"]) for row in survivors] == [("SAME", "a"), ("other", "a")]


def test_a_m3_an_extension_makes_another_phone_number() -> None:
    rows = [
        attribute("p", "phone_number", "+14155552671", 0, match_key="+14155552671"),
        attribute("a", "phone_number", "+14155552671;ext=12", 0, match_key="+14155552671"),
    ]
    assert len(merge(rows, {"p": "p", "a": "p"})) == 2


def test_me5_me6_the_documented_merge_of_appleseed() -> None:
    john, kate, daniel = "7cd899ff", "faa570f5", "1fbf7d67"
    rows = [
        attribute(kate, "address", full_address(city="Hillsborough"), 0, index=0, is_primary=True),
        attribute(daniel, "address", full_address(city="Corte Madera"), 0, index=0),
        attribute(john, "address", full_address(city="Atlanta"), 0, index=0),
    ]
    survivors = merge(rows, {john: john, kate: john, daniel: john})
    found = {row["address"]["city"]: (row["index"], row["original_index"], row["is_primary"]) for row in survivors}
    assert found == {"Atlanta": (0, 0, False), "Corte Madera": (1, 0, False), "Hillsborough": (2, 0, True)}


def test_a_m2_equal_address_groups_collapse_to_the_parents() -> None:
    rows = [
        attribute("p", "address", full_address(city="Atlanta"), 0, index=3),
        attribute("a", "address", full_address(city="ATLANTA"), 0, index=0),
        attribute("a", "address", full_address(city="Rome"), 1, index=1),
    ]
    assert sorted((row["index"], row["address"]["city"]) for row in merge(rows, {"p": "p", "a": "p"})) == [
        (0, "Rome"),
        (3, "Atlanta"),
    ]


def contact(contact_id: str, **more: Any) -> Row:
    row: Row = dict.fromkeys(polars_schema(CORE_CONTACTS))
    row |= {
        "contact_id": contact_id, "created_for": "import_csv", "created_at": NOON, "updated_at": NOON,
        "run_sequence": 1, "source": "file", "file_id": "f", "sheet": "", "row_number": 1,
    }  # fmt: skip
    return row | more


def merge_rows(rows: list[Row], canonical: dict[str, str]) -> list[Row]:
    frame = pl.DataFrame(rows, schema=polars_schema(CORE_CONTACTS))
    return merge_contacts(frame, aliases_frame(canonical)).to_dicts()


def test_a_m5_owner_touches_and_times() -> None:
    day = dt.timedelta(days=1)
    rows = [
        contact("p", user_id="u1", created_at=NOON, ios_address_book_id="ios-p"),
        contact("a", user_id="u2", created_at=NOON - day, last_touch=NOON, last_touch_action="email", touch_freq=30),
        contact("b", last_touch=NOON - day, last_touch_action="call", touch_freq=7, touch_freq_source="tag:Hot",
                updated_at=NOON + day),
        contact("z", user_id="u3"),
    ]  # fmt: skip
    merged, alone = merge_rows(rows, {"p": "p", "a": "p", "b": "p", "z": "z"})
    assert (merged["contact_id"], merged["user_id"], merged["ios_address_book_id"]) == ("p", "u1", "ios-p")
    assert (merged["created_at"], merged["first_created_at"], merged["updated_at"]) == (NOON, NOON - day, NOON + day)
    assert (merged["last_touch"], merged["last_touch_action"]) == (NOON, "email")
    assert (merged["touch_freq"], merged["touch_freq_source"]) == (7, "tag:Hot")
    assert merged["next_touch"] == NOON + 7 * day
    assert (merged["updated_for"], merged["merged_count"]) == ("merge", 3)
    assert (alone["updated_for"], alone["merged_count"], alone["user_id"]) == (None, 1, "u3")


@pytest.mark.parametrize(("parents", "expected"), [(43, 43), (None, 7)])
def test_a_m5_the_parents_touch_frequency_comes_first(parents: int | None, expected: int) -> None:
    due = NOON + dt.timedelta(days=3)
    rows = [contact("p", touch_freq=parents, next_touch=due), contact("a", touch_freq=7, next_touch=due)]
    merged = merge_rows(rows, {"p": "p", "a": "p"})[0]
    assert (merged["touch_freq"], merged["next_touch"]) == (expected, due)
