"""Filters over a published file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from flows.published_file import write_published
from flows.segments import filter_published
from flows.store import open_store
from schemas.ddl import polars_schema
from schemas.errors import NotFoundError, UnsupportedError
from schemas.tables import MARTS_CONTACTS, MARTS_LEADS, tables_of
from schemas.vocabulary import Layer

MOMENT = datetime(2026, 7, 2, tzinfo=UTC)


@pytest.fixture
def published(tmp_path: Path) -> Path:
    shared = {
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "first_created_at": MOMENT,
        "created_for": "lts_lead",
        "parked": False,
        "type": "contact",
    }
    contacts = [
        {"id": key, "display_name": name, "sort_field": name, "merged_count": 1, "summary": {"id": key}, **shared}
        for key, name in [("1", "Bo"), ("2", "Ann")]
    ]
    lead = {
        "id": "l", "contact_id": "2", "origin_contact_id": "2", "lead_channel": "channel", "captured_at": MOMENT,
        "is_repeat": False, "raw_payload": "{}", "parsed_payload": "{}", "row_number": 1,
    }  # fmt: skip
    with open_store(tmp_path / "warehouse.duckdb") as store:
        store.append(MARTS_CONTACTS, pl.DataFrame(contacts, schema=polars_schema(MARTS_CONTACTS)))
        store.append(MARTS_LEADS, pl.DataFrame([lead], schema=polars_schema(MARTS_LEADS)))
        write_published(store, tables_of(Layer.MARTS), tmp_path, None, {})
    return tmp_path


def test_lc10_fi4_contacts_come_whole_and_in_order(published: Path) -> None:
    assert filter_published(published, {"lead_channels": ["channel"]})["display_name"].to_list() == ["Ann"]
    ordered = filter_published(published, {"order": "display_name"})
    assert ordered["id"].to_list() == ["2", "1"]
    assert ordered.schema == polars_schema(MARTS_CONTACTS)


def test_what_cannot_be_answered_is_said(published: Path, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match="crm_task"):
        filter_published(published, {"crm_task": "t"})
    with pytest.raises(NotFoundError, match="nothing has been published"):
        filter_published(tmp_path / "elsewhere", {})
