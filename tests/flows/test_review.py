"""Reviews written of a published file."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl

from flows.homes import database_of
from flows.review import write_review
from schemas.ddl import polars_schema, quoted
from schemas.tables import (
    MARTS_CONTACT_ALIASES,
    MARTS_CONTACTS,
    MARTS_DUPLICATE_CLUSTERS,
    MARTS_DUPLICATE_PAIRS,
    Table,
)

MOMENT = datetime(2026, 7, 2, tzinfo=UTC)
IDS = ("contact_id_l", "contact_id_r")
UNSURE = {"probability": 0.5, "decision": "review", "decided_by": "fuzzy", "evidence": "[]"}


def test_pairs_that_were_merged_by_way_of_others_wait_for_nobody(
    lay_out: Callable[[Path], Path], tmp_path: Path
) -> None:
    home = lay_out(tmp_path / "home")
    merged = [{"cluster_id": "1", "contact_id": key, "suggested_parent": "a", "status": "merged"} for key in "abc"]
    asked = [{"cluster_id": "2", "contact_id": key, "suggested_parent": "d", "status": "review"} for key in "de"]
    aliases = [{"contact_id": key, "canonical_id": "a" if key in "abc" else key} for key in "abcde"]
    contacts = [
        {"id": key, "display_name": key, "sort_field": key, "merged_count": 1, "created_for": "x", "parked": False,
         "type": "contact", "created_at": MOMENT, "updated_at": MOMENT, "first_created_at": MOMENT}
        for key in "ade"
    ]  # fmt: skip
    with duckdb.connect(str(database_of(home))) as connection:
        for table, rows in (
            (MARTS_DUPLICATE_CLUSTERS, [*merged, *asked]),
            (MARTS_DUPLICATE_PAIRS, [dict(zip(IDS, pair, strict=True)) | UNSURE for pair in ("bc", "de")]),
            (MARTS_CONTACT_ALIASES, aliases),
            (MARTS_CONTACTS, contacts),
        ):
            _fill(connection, table, rows)
    output = tmp_path / "review.csv"
    assert write_review(home, output) == (1, 1)
    with output.open(encoding="utf-8-sig", newline="") as file:
        assert [row["contact id"] for row in csv.DictReader(file)] == ["d", "e"]


def _fill(connection: duckdb.DuckDBPyConnection, table: Table, rows: list[dict[str, object]]) -> None:
    connection.register("given", pl.DataFrame(rows, schema=polars_schema(table)))
    connection.execute(f"INSERT INTO {quoted(table.name)} BY NAME FROM given")
