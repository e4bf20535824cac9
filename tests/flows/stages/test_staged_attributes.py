"""Attributes of cells are read from staging.attributes as they were given, however they are stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.stages.staged_attributes import (
    append_cell_attributes,
    delete_attributes_of_contacts,
    delete_attributes_of_file,
    find_first_number,
)
from flows.store import Store, open_store
from schemas.ddl import polars_schema
from schemas.tables import STAGING_ATTRIBUTES, STAGING_CONTACT_ROWS, STAGING_VALUE_SOURCES
from transforms.importing.readings import CellValues, part_values
from transforms.importing.row_contacts import SheetContext

WORDS = st.sampled_from([None, "Ann", "ann", "x", "İ", "i̇", "ΣΑΣ", "σας", "Austin", "1 Elm St\nAustin"])
CONTENTS = st.one_of(
    st.fixed_dictionaries({"text": WORDS}),
    st.fixed_dictionaries({"number": st.sampled_from([0.0, 1.5])}),
    st.fixed_dictionaries({"date": st.just(date(1980, 5, 6))}),
    st.fixed_dictionaries({"address": st.sampled_from([{"city": "Austin"}, {"name": "1 Elm St", "city": "Austin"}])}),
)
SHARED = st.fixed_dictionaries(
    {
        "attribute_def": st.sampled_from("de"),
        "label": st.sampled_from([None, "Home"]),
        "index": st.sampled_from([None, 1]),
        "is_partner": st.booleans(),
        "columns": st.sampled_from([[], ["A"], ["A", "B"]]),
    }
)
OWN = st.fixed_dictionaries(
    {"is_primary": st.booleans(), "is_superseded": st.booleans(), "original": WORDS, "match_key": WORDS}
)


def frame(rows: list[dict[str, Any]], file_id: str = "f") -> pl.DataFrame:
    place = {"file_id": file_id, "sheet": "", "created_at": datetime(2026, 7, 1, tzinfo=UTC)}
    filled = [
        {"contact_id": f"{file_id}{at}", "row_number": at + 1, "position": at, **place, **row, "attribute_type": "kind"}
        for at, row in enumerate(rows)
    ]
    return pl.DataFrame(filled, schema=polars_schema(STAGING_ATTRIBUTES))


def append(store: Store, rows: pl.DataFrame) -> int:
    if rows.is_empty():
        return 0
    is_address = rows["address"].is_not_null()
    parts = [rows.filter(is_address), rows.filter(~is_address).drop("address")]
    number = find_first_number(store)
    place = rows.select("contact_id", "created_at", "file_id", "sheet", "row_number")
    contacts = place.with_columns(contact_number=number + pl.col("row_number") - 1, created_for=pl.lit("x"))
    types = {name: dtype for name, dtype in polars_schema(STAGING_CONTACT_ROWS).items() if name not in contacts.columns}
    others = [pl.lit(0 if name == "run_sequence" else None, dtype).alias(name) for name, dtype in types.items()]
    store.append(STAGING_CONTACT_ROWS, contacts.with_columns(others))
    file_id, received_at = place.select("file_id", "created_at").row(0)
    context = SheetContext(file_id, "", None, None, "US", "x", received_at, 1)
    values = (place_values(part) for part in parts)
    return sum(append_cell_attributes(store, part, context, number) for part in values if part.own.height)


def place_values(rows: pl.DataFrame) -> CellValues:
    """Rows of staging.attributes as readers of cells give them."""
    parted = part_values(rows.with_columns(row=pl.col("row_number") - 1))
    return replace(parted, own=parted.own.hstack(rows.select("row_number", "is_superseded")))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(Path(tmp_path_factory.mktemp("home")) / "warehouse.duckdb") as store:
        yield store


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.builds(lambda *parts: parts[0] | parts[1] | parts[2], SHARED, OWN, CONTENTS), max_size=8))
def test_values_come_back_as_they_were_given(store: Store, rows: list[dict[str, Any]]) -> None:
    given_rows = frame(rows)
    with store.transaction():
        assert append(store, given_rows) == len(rows)
    read = store.read(STAGING_ATTRIBUTES, where="file_id = 'f'").sort("position")
    assert read.equals(given_rows)
    delete_attributes_of_file(store, "f")
    store.delete(STAGING_CONTACT_ROWS)
    assert store.count(STAGING_ATTRIBUTES) == store.count(STAGING_VALUE_SOURCES) == 0


def test_what_many_values_share_is_stored_once_and_files_are_forgotten_apart(store: Store) -> None:
    plain = {"attribute_def": "d", "is_partner": False, "is_primary": False, "is_superseded": False, "columns": ["A"]}
    named = {**plain, "text": "Ann", "match_key": "ann", "original": "Ann"}
    rows = [named, {**plain, "address": {"city": "Austin"}}, {**named, "is_primary": True}]
    for file_id in ("f", "g"):
        append(store, frame(rows, file_id))
    sources = store.read(STAGING_VALUE_SOURCES)
    assert sources["source_id"].is_unique().all()
    assert sorted(sources["file_id"]) == ["f", "f", "g", "g"]
    delete_attributes_of_contacts(store, ["f1", "f2", "g0"])
    assert sorted(store.read(STAGING_ATTRIBUTES, ["contact_id"])["contact_id"]) == ["f0", "g1", "g2"]
    delete_attributes_of_file(store, "f")
    assert store.read(STAGING_ATTRIBUTES, ["contact_id"])["contact_id"].to_list() == ["g2", "g1"]
