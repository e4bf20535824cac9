"""Small builders of rulebooks and leads, as functions that tests take as fixtures."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from schemas.ddl import polars_schema
from schemas.tables import CORE_LEAD_FIELDS
from transforms.routing.documents import read_documents
from transforms.routing.versions import RulebookTables, build_versions

NOON = datetime(2026, 7, 2, 12, tzinfo=UTC)


def build_rulebook(*documents: Mapping[str, Any]) -> RulebookTables:
    """Versions of documents received an hour apart, the first at noon, in files f1, f2 …"""
    records = [
        {
            "file_id": f"f{number}",
            "file_name": f"{number}.json",
            "run_sequence": number,
            "received_at": NOON.replace(hour=11 + number),
            "record_number": 1,
            "payload": json.dumps(document),
        }
        for number, document in enumerate(documents, 1)
    ]
    return build_versions(read_documents(pl.DataFrame(records)), {}, "US")


def build_lead_fields(leads: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """core.lead_fields of leads given as field -> list of values; leads are l0000, l0001 …"""
    rows = [{"lead_id": f"l{number:04}", **lead} for number, lead in enumerate(leads)]
    return pl.DataFrame(rows, schema=polars_schema(CORE_LEAD_FIELDS))


@pytest.fixture(scope="session")
def rulebook_of() -> Callable[..., RulebookTables]:
    return build_rulebook


@pytest.fixture(scope="session")
def lead_fields_of() -> Callable[[Sequence[Mapping[str, Any]]], pl.DataFrame]:
    return build_lead_fields
