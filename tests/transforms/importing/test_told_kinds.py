"""Columns whose kind each row's label tells, such as Google's events and relations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import polars as pl

from transforms.attribute_defs import AttributeDefs
from transforms.importing.automatic import map_automatically
from transforms.importing.headers import HeaderKnowledge
from transforms.importing.mapping import ColumnMapping
from transforms.importing.values import SheetValues

Read = Callable[..., SheetValues]

HEADER = ["First Name", "Relation 1 - Label", "Relation 1 - Value", "Event 1 - Label", "Event 1 - Value"]
ROWS = [
    ["Ann", "Spouse", "Bob Lee", "Anniversary", "2001-05-06"],
    ["Cho", "Manager", "Dee Diaz", "* Home Anniversary", "2010-07-08"],
    ["Eve", None, None, "Graduation", "1999-06-01"],
    ["Fay", "Partner", None, None, "2020-01-02"],
]


def told(values: SheetValues) -> list[tuple[Any, ...]]:
    columns = ("attribute_type", "text", "date", "is_partner", "columns")
    found = values.attributes.sort("row_number", "position").select("row_number", *columns)
    return [row for row in found.rows() if row[1] != "source_type" and row[5] != ["First Name"]]


def test_a_label_tells_of_what_kind_its_value_is(read_table: Read) -> None:
    values = read_table(HEADER, ROWS)
    first, relation, event = values.attributes["row_number"].min(), [HEADER[2]], [HEADER[4]]
    assert [(row[0] - first, *row[1:]) for row in told(values)] == [
        (0, "wedding_anniversary", None, date(2001, 5, 6), False, event),
        (0, "first_name", "Bob", None, True, relation),
        (0, "last_name", "Lee", None, True, relation),
        (1, "note", "Manager: Dee Diaz", None, False, relation),
        (1, "home_anniversary", None, date(2010, 7, 8), False, event),
        (2, "note", "Graduation: 1999-06-01", None, False, event),
        (3, "note", "Event: 2020-01-02", None, False, event),
    ]


def test_a_label_without_a_value_is_reported(read_table: Read) -> None:
    problems = read_table(HEADER, ROWS).problems.select("column_name", "value", "code").rows()
    assert problems == [("Relation 1 - Label", "Partner", "label_without_value")]


def test_without_a_label_column_nothing_tells_the_kind(guess_columns: Callable[..., list[ColumnMapping]]) -> None:
    columns = guess_columns(["Name", "Event", "Relationship"])
    assert [column.attribute_type for column in columns] == ["full_name", None, None]
    assert "no column beside it" in columns[1].reason


def test_every_relation_and_event_is_a_pair_of_its_own(guess_columns: Callable[..., list[ColumnMapping]]) -> None:
    columns = guess_columns(["Name", "Event 1 - Type", "Event 1 - Value", "Event 2 - Type", "Event 2 - Value"])
    assert [(column.attribute_type, column.index) for column in columns[1:]] == [
        ("event.label", 0),
        ("event", 0),
        ("event.label", 1),
        ("event", 1),
    ]


def test_a_brands_own_definition_comes_first(knowledge: HeaderKnowledge, def_rows: pl.DataFrame) -> None:
    header = ["Name", "Event", "Budget", "Relationship"]
    own = def_rows.filter(pl.col("name") == "note").with_columns(brand_id=pl.lit("brand"))
    rows = [
        own.with_columns(attribute_def=pl.lit(f"own {name}"), name=pl.lit(name), label=pl.lit(name))
        for name in ("event", "budget")
    ]
    sample = pl.DataFrame({name: [None] for name in header}, schema=dict.fromkeys(header, pl.String))
    columns = map_automatically(header, sample, knowledge, AttributeDefs(pl.concat([def_rows, *rows])), "brand")
    assert [column.attribute_type for column in columns] == ["full_name", "event", "budget", None]
