"""The rules of the attribute model, against the rules applied one value at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.ddl import polars_schema
from schemas.tables import CORE_ATTRIBUTE_DEFS, STAGING_ATTRIBUTES
from transforms.eav import resolve_values
from transforms.importing.readings import part_values
from transforms.importing.settled_cells import settle_cells

_DEFS = [("first", "first_name", "text", True, None), ("mail", "email", "text", False, ["Personal"]),
         ("home", "address", "address", False, ["Home", "Work"])]  # fmt: skip


@pytest.fixture(scope="module")
def defs() -> pl.DataFrame:
    rows = [
        {"attribute_def": key, "name": name, "data_type": data_type, "is_singular": single, "labels": labels}
        for key, name, data_type, single, labels in _DEFS
    ]
    return pl.DataFrame(rows, schema=polars_schema(CORE_ATTRIBUTE_DEFS))


def frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Values with what the tests do not care about filled in; position is the order given."""
    names = {key: name for key, name, *_ in _DEFS}
    filled = [
        {
            "contact_id": "c", "is_primary": False, "is_partner": False, "is_superseded": False, "position": position,
            "created_at": datetime(2026, 7, 1, tzinfo=UTC), "file_id": "f", "sheet": "", "row_number": 1,
            "columns": [f"column {position}"], "attribute_type": names[row["attribute_def"]], **row,
        }
        for position, row in enumerate(rows)
    ]  # fmt: skip
    return pl.DataFrame(filled, schema=polars_schema(STAGING_ATTRIBUTES))


def email(text: str, **fields: Any) -> dict[str, Any]:
    return {"attribute_def": "mail", "text": text, "match_key": text.lower(), **fields}


def name(text: str, **fields: Any) -> dict[str, Any]:
    return {"attribute_def": "first", "text": text, "match_key": text.lower(), **fields}


def test_equal_values_collapse_and_keep_both_lineages(defs: pl.DataFrame) -> None:
    values = frame([email("A@x.com"), email("b@x.com"), email("a@x.com", label="Work", is_primary=True)])
    assert resolve_values(values, defs).select("text", "label", "is_primary", "columns").rows() == [
        ("A@x.com", "Work", True, ["column 0", "column 2"]),
        ("b@x.com", None, False, ["column 1"]),
    ]


def test_values_of_others_and_of_the_partner_do_not_collapse(defs: pl.DataFrame) -> None:
    values = frame([email("a@x.com"), email("a@x.com", is_partner=True), email("a@x.com", contact_id="d")])
    assert resolve_values(values, defs).height == 3


def test_equal_addresses_collapse_whatever_their_index(defs: pl.DataFrame) -> None:
    home = {"attribute_def": "home", "address": {"city": "Austin"}}
    other = {**home, "address": {"name": "Austin"}}
    values = frame([{**home, "index": 0}, {**home, "index": 1, "label": "Work"}, other])
    assert resolve_values(values, defs).select("index", "label").rows() == [(0, "Work"), (None, "Home")]


def test_a_ea7_only_addresses_get_a_default_label(defs: pl.DataFrame) -> None:
    values = frame([{"attribute_def": "home", "address": {"city": "Austin"}}, email("a@x.com")])
    assert resolve_values(values, defs)["label"].to_list() == ["Home", None]


def test_a_ea6_the_last_singular_value_lives(defs: pl.DataFrame) -> None:
    values = frame([name("Ann"), name("Bo", is_primary=True), name("Cy"), name("Di", is_partner=True)])
    resolved = resolve_values(values, defs)
    assert resolved.filter(~pl.col("is_superseded"))["text"].to_list() == ["Cy", "Di"]
    assert not resolved["is_primary"].any()


def test_a_im1_the_first_of_several_columns_lives(defs: pl.DataFrame) -> None:
    resolved = resolve_values(frame([name("Ann"), name("Bo")]), defs, singular="first")
    assert resolved["is_superseded"].to_list() == [False, True]


def test_a_ea1_the_last_primary_counts_own_and_partner_apart(defs: pl.DataFrame) -> None:
    values = frame([email(f"{mark}@x.com", is_primary=True, is_partner=mark == "c") for mark in "abc"])
    assert resolve_values(values, defs)["is_primary"].to_list() == [False, True, True]


def test_ea6_as_documented_two_primaries_are_none(defs: pl.DataFrame) -> None:
    values = frame([email("a@x.com", is_primary=True), email("b@x.com", is_primary=True, is_partner=True)])
    assert resolve_values(values, defs, as_documented=True)["is_primary"].to_list() == [False, False]
    assert resolve_values(values.head(1), defs, as_documented=True)["is_primary"].to_list() == [True]


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "contact_id": st.sampled_from("cd"),
            "is_partner": st.booleans(),
            "is_primary": st.booleans(),
            "label": st.sampled_from([None, "Work"]),
            "value": st.sampled_from(["first a", "first b", "mail a", "mail b", "mail", "home a", "home b"]),
        }
    ),
    max_size=12,
)


def expand(row: dict[str, Any]) -> dict[str, Any]:
    key, _, text = row.pop("value").partition(" ")
    if key == "home":
        return {**row, "attribute_def": key, "address": {"city": text}}
    return {**row, "attribute_def": key, "text": text or None, "match_key": text or None}


def resolve_one_by_one(rows: list[dict[str, Any]], singular: str) -> list[tuple[Any, ...]]:
    """The oracle: position, superseded, primary, label and columns of what is left."""
    left: list[dict[str, Any]] = []
    for row in rows:
        key = (row["contact_id"], row["attribute_def"], row["is_partner"], row["text"], str(row["address"]))
        twin = next((item for item in left if item["key"] == key), None)
        empty = row["text"] is None and row["address"] is None
        if twin is None or empty:
            left.append({**row, "key": key, "columns": list(row["columns"])})
            continue
        twin["columns"] += row["columns"]
        twin["label"] = twin["label"] or row["label"]
        twin["is_primary"] = twin["is_primary"] or row["is_primary"]
    for row in left:
        same = [item for item in left if item["key"][:3] == row["key"][:3]]
        live = same[0] if singular == "first" else same[-1]
        row["is_superseded"] = row["attribute_def"] == "first" and live is not row
        row["label"] = row["label"] or ("Home" if row["attribute_def"] == "home" else None)
    for row in left:
        row["is_primary"] = row["is_primary"] and not row["is_superseded"]
    for row in left:
        marked = [item for item in left if item["key"][:3] == row["key"][:3] and item["is_primary"]]
        for item in marked[:-1]:
            item["is_primary"] = False
    return [(row["position"], row["is_superseded"], row["is_primary"], row["label"], row["columns"]) for row in left]


@settings(max_examples=150, deadline=None)
@given(rows=ROWS, singular=st.sampled_from(["first", "last"]))
def test_resolving_equals_the_rules_one_by_one(
    defs: pl.DataFrame, rows: list[dict[str, Any]], singular: Literal["first", "last"]
) -> None:
    values = frame([expand(row) for row in rows])
    resolved = resolve_values(values, defs, singular=singular)
    found = resolved.select("position", "is_superseded", "is_primary", "label", "columns").rows()
    assert found == resolve_one_by_one(values.to_dicts(), singular)


@settings(max_examples=50, deadline=None)
@given(rows=ROWS)
def test_resolving_twice_changes_nothing(defs: pl.DataFrame, rows: list[dict[str, Any]]) -> None:
    once = resolve_values(frame([expand(row) for row in rows]), defs)
    assert resolve_values(once, defs).equals(once)


@settings(max_examples=100, deadline=None)
@given(rows=ROWS)
def test_cells_are_settled_as_values_of_any_source(defs: pl.DataFrame, rows: list[dict[str, Any]]) -> None:
    filled = frame([expand(row) for row in rows])
    values = filled.with_columns(row=(pl.col("contact_id") == "d").cast(pl.Int64)).with_columns(row_number="row")
    is_address = values["address"].is_not_null()
    for part in (values.filter(is_address), values.filter(~is_address).drop("address")):
        parted = part_values(part)
        given_own = parted.own.hstack(part.select("row_number", "is_superseded"))
        settled = settle_cells(replace(parted, own=given_own), defs).expand().sort("row_number", "position")
        expected = resolve_values(part, defs, singular="first", contact="row_number").sort("row_number", "position")
        names = [name for name in settled.columns if name in expected.columns and name != "row"]
        assert settled.select(names).equals(expected.select(pl.col(name).cast(settled.schema[name]) for name in names))
