"""Saved segments: named filters over what is published."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import (
    MARTS_ATTRIBUTE_DEFS,
    MARTS_CONTACT_ALIASES,
    MARTS_CONTACT_ATTRIBUTES,
    MARTS_CONTACTS,
    MARTS_FLOW_ENROLMENTS,
    MARTS_LEADS,
    MARTS_SEGMENT_MEMBERS,
)
from transforms.filters import FilterTables
from transforms.filters.segments import Segments, fill_segments

TABLES = FilterTables(
    pl.DataFrame(
        [{"id": name, "user_id": user, "sort_field": name} for name, user in [("a", "u"), ("b", "v"), ("c", "u")]],
        schema=polars_schema(MARTS_CONTACTS),
    ),
    *(pl.DataFrame(schema=polars_schema(table)) for table in (
        MARTS_CONTACT_ATTRIBUTES, MARTS_ATTRIBUTE_DEFS, MARTS_CONTACT_ALIASES, MARTS_LEADS, MARTS_FLOW_ENROLMENTS,
        MARTS_SEGMENT_MEMBERS,
    )),
)  # fmt: skip


def fill(*files: tuple[str, Any]) -> Segments:
    rows = [(f"id of {name}", name, 1, json.dumps(content)) for name, content in files]
    records = pl.DataFrame(rows, schema=["file_id", "file_name", "record_number", "payload"], orient="row")
    return fill_segments(records, TABLES, "US")


def test_segments_hold_contacts_in_the_filters_order_under_their_name_or_files() -> None:
    mine = ("mine.json", {"users": ["u"], "order": "-sort_field"})
    filled = fill(mine, ("all.json", {"name": "Everybody", "limit": 2}))
    MARTS_SEGMENT_MEMBERS.model.validate(filled.members)
    assert filled.members.rows() == [("Everybody", 1, "a"), ("Everybody", 2, "b"), ("mine", 1, "c"), ("mine", 2, "a")]
    assert filled.problems.is_empty()


def test_the_last_file_of_a_name_counts_and_the_other_says_so() -> None:
    filled = fill(("x.json", {"users": ["u"]}), ("2.json", {"name": "x", "users": ["v"]}))
    assert filled.members.rows() == [("x", 1, "b")]
    assert filled.problems.select("file_id", "code").rows() == [("id of x.json", "segment_replaced")]
    assert "2.json has a segment named 'x', too" in filled.problems["reason"].item()


def test_an_edited_file_takes_its_own_place_and_nothing_is_told() -> None:
    texts = [json.dumps({"users": [user]}) for user in ("u", "v")]
    rows = [(f"id {number}", "x.json", 1, text) for number, text in enumerate(texts)]
    records = pl.DataFrame(rows, schema=["file_id", "file_name", "record_number", "payload"], orient="row")
    filled = fill_segments(records, TABLES, "US")
    assert filled.members.rows() == [("x", 1, "b")]
    assert filled.problems.is_empty()


def test_what_cannot_be_answered_is_quarantined_and_the_others_are_filled() -> None:
    odd = [("odd.json", {"shoe": 1}), ("list.json", [1]), ("name.json", {"name": 7})]
    filled = fill(*odd, ("v.json", {"users": ["v"]}))
    assert filled.members["segment"].to_list() == ["v"]
    assert sorted(filled.problems.select("file_id", "folder", "code").rows()) == [
        ("id of list.json", "segments", "unknown_shape"),
        ("id of name.json", "segments", "unknown_shape"),
        ("id of odd.json", "segments", "bad_filter"),
    ]


def test_lists_are_segments_answered_before_those_that_name_them() -> None:
    filled = fill(
        ("late.json", {"name": "both", "lists": ["mine", "z"], "order": "-sort_field"}),
        ("mine.json", {"name": "mine", "users": ["u"]}),
        ("z.json", {"users": "nobody"}),
        ("one.json", {"lists": "two"}),
        ("two.json", {"lists": ["one"]}),
        ("lost.json", {"lists": ["nowhere"]}),
    )
    assert filled.members.filter(pl.col("segment") == "both")["contact_id"].to_list() == ["c", "a"]
    reasons = {row["file_id"]: row["reason"] for row in filled.problems.iter_rows(named=True)}
    assert set(reasons) == {"id of one.json", "id of two.json", "id of lost.json"}
    assert reasons["id of one.json"] == "the segment is on one of its own lists"
    assert "there is no list 'nowhere'" in reasons["id of lost.json"]
