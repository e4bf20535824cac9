"""Exports: one object a line, whatever the objects hold."""

import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from flows.export import export_shape
from flows.store import open_store
from schemas.ddl import polars_schema
from schemas.tables import MARTS_LEADS


def test_lc2_a_payload_of_many_lines_stands_in_one(tmp_path: Path) -> None:
    payload = {"first_name": "Ann", "note": "two\nlines"}
    at = datetime(2026, 5, 15, tzinfo=UTC)
    known = {"contact_id": "c1", "origin_contact_id": "c1", "captured_at": at, "is_repeat": False, "row_number": 1}
    given = {"id": "l1", **known, "raw_payload": json.dumps(payload, indent=2), "parsed_payload": json.dumps(payload)}
    with open_store(tmp_path / "leads.duckdb") as store:
        store.append(MARTS_LEADS, pl.DataFrame([given], schema=polars_schema(MARTS_LEADS)))
    assert export_shape(tmp_path, "lead", tmp_path / "leads.jsonl") == 1
    (line,) = (tmp_path / "leads.jsonl").read_text().splitlines()
    assert json.loads(line)["raw_payload"] == payload
