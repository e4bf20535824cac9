"""The two stages over raw records, with a real warehouse."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flows.runs import Run, start_run
from flows.stages.attribute_defs import define_attributes
from flows.stages.read_requests import read_requests
from flows.stages.stage_directory import stage_directory
from flows.stages.stage_requests import stage_requests
from schemas.ddl import polars_schema
from schemas.tables import (
    CORE_BRANDS,
    CORE_MERGE_EVENTS,
    CORE_USERS,
    OPS_QUARANTINE,
    RAW_FILES,
    RAW_RECORDS,
    STAGING_ATTRIBUTES,
    STAGING_CONTACT_ROWS,
    STAGING_REQUEST_STEPS,
    STAGING_REQUEST_VALUES,
    STAGING_REQUESTS,
    Table,
)  # fmt: skip

DERIVED = (
    CORE_BRANDS, CORE_USERS, CORE_MERGE_EVENTS, OPS_QUARANTINE, STAGING_ATTRIBUTES,
    STAGING_CONTACT_ROWS, STAGING_REQUESTS, STAGING_REQUEST_STEPS, STAGING_REQUEST_VALUES,
)  # fmt: skip
EMAIL, PHONE = "d5b21d60-d87a-4eec-ad11-7e50252f57d0", "7c6b51bc-ee90-4f34-972f-d85f7d7c7f44"
FIRST_NAME, ADDRESS = "36fd9fd2-b672-41c0-966f-2c7673421a4e", "62b97305-0362-4ca7-94c1-53578165f661"


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    (tmp_path / "inbox").mkdir()
    with start_run("run", tmp_path, None, "2026-07-02T12:00:00Z") as opened:
        with opened.store() as store:
            define_attributes(store)
        yield opened


def take(run: Run, folder: str, name: str, *records: Any, sequence: int = 1) -> None:
    received = datetime(2026, 7, sequence, tzinfo=UTC)
    file = {
        "file_id": name, "folder": folder, "file_name": name, "size_bytes": 1, "format": "jsonl", "encoding": "utf-8",
        "status": "read", "run_sequence": sequence, "received_at": received,
    }  # fmt: skip
    rows = [
        {"file_id": name, "folder": folder, "record_number": number, "payload": json.dumps(record)}
        for number, record in enumerate(records, 1)
    ]
    with run.store() as store:
        store.append(RAW_FILES, pl.DataFrame([file], schema=polars_schema(RAW_FILES)))
        store.append(RAW_RECORDS, pl.DataFrame(rows, schema=polars_schema(RAW_RECORDS)))


def read(run: Run, table: Table, *columns: str) -> list[tuple[Any, ...]]:
    with run.store() as store:
        return store.read(table, columns or None).rows()


def digests(run: Run) -> dict[str, str]:
    with run.store() as store:
        return {table.full_name: store.digest(table) for table in DERIVED}


def stage(run: Run) -> dict[str, int]:
    """Both stages, one after the other; their counts."""
    return {**read_requests(run), **{f"staged_{name}": count for name, count in stage_requests(run).items()}}


def request(number: int, method: str, path: str, body: Any) -> dict[str, Any]:
    who = {"id": f"r{number}", "at": 1778872034 + number, "user": "u", "brand": "b"}
    return {**who, "method": method, "path": path, "body": body}


CREATE = request(1, "POST", "/contacts", {"contacts": [
    {"id": "c1", "user": "owner", "attributes": [
        {"text": "Own@Example.com", "label": "Work", "is_primary": True, "attribute_def": EMAIL},
        {"text": "partner@example.com", "is_primary": True, "is_partner": True, "attribute_def": EMAIL},
        {"text": "+989124834198", "is_primary": True, "attribute_def": PHONE},
        {"text": "nobody", "attribute_def": EMAIL},
    ]},
    {"attributes": [{"text": "Jane", "attribute_def": FIRST_NAME}]},
]})  # fmt: skip
LOG = [
    request(4, "POST", "/contacts/c1/merge", {"sub_contacts": ["c2"]}),
    CREATE,
    request(2, "PATCH", "/contacts/c1/touch", {"touch_freq": 43}),
    request(3, "GET", "/contacts/c1", None),
]


def test_requests_become_contacts_attributes_merges_and_steps(run: Run) -> None:
    take(run, "requests", "log.jsonl", *LOG)
    assert stage(run) == {
        "records": 4, "requests": 3, "repeated": 0, "quarantined": 1,
        "staged_contacts": 2, "staged_merges": 1, "staged_steps": 1, "staged_quarantined": 1,
    }  # fmt: skip
    rows = read(run, STAGING_CONTACT_ROWS, "contact_id", "brand_id", "user_id", "created_for", "row_number")
    assert rows[0] == ("c1", "b", "owner", "direct_request", 2)
    assert rows[1][1:] == ("b", "u", "direct_request", 2)
    values = read(run, STAGING_ATTRIBUTES, "text", "is_primary", "is_partner", "columns")
    assert values[:3] == [
        ("Own@example.com", True, False, ["contacts[0].attributes[0]"]),
        ("partner@example.com", True, True, ["contacts[0].attributes[1]"]),
        ("+989124834198", True, False, ["contacts[0].attributes[2]"]),
    ]
    assert sorted(read(run, OPS_QUARANTINE, "code", "row_number")) == [("bad_email", 2), ("unsupported_request", 4)]
    assert read(run, CORE_MERGE_EVENTS, "parent_id", "contact_id") == [("c1", "c2")]
    assert read(run, STAGING_REQUEST_STEPS, "contact_id", "kind", "detail") == [("c1", "touch", "43")]


def test_running_twice_and_keeping_the_log_in_two_files_change_nothing(run: Run) -> None:
    take(run, "requests", "log.jsonl", *LOG)
    stage(run)
    before, ids = digests(run), read(run, STAGING_CONTACT_ROWS, "contact_id")
    assert stage(run)["records"] == 0
    assert digests(run) == before
    take(run, "requests", "again.jsonl", *LOG[::-1], sequence=2)
    assert stage(run)["repeated"] == 3
    assert read(run, STAGING_CONTACT_ROWS, "contact_id") == ids


def test_contacts_of_files_are_left_alone_and_keep_their_ids(run: Run) -> None:
    row = {
        "contact_id": "c1", "created_for": "import_json", "created_at": datetime(2026, 1, 1, tzinfo=UTC),
        "run_sequence": 1, "file_id": "contacts.json", "sheet": "", "row_number": 1,
    }  # fmt: skip
    with run.store() as store:
        store.append(STAGING_CONTACT_ROWS, pl.DataFrame([row], schema=polars_schema(STAGING_CONTACT_ROWS)))
    take(run, "requests", "log.jsonl", CREATE)
    for _ in range(2):
        assert stage(run)["staged_contacts"] == 1
        assert ("c1", "import_json") in read(run, STAGING_CONTACT_ROWS, "contact_id", "created_for")
        assert ("duplicate_id",) in read(run, OPS_QUARANTINE, "code")


def test_nothing_to_do_leaves_empty_tables(run: Run) -> None:
    assert set(stage(run).values()) == {0}
    assert set(stage_directory(run).values()) == {0}


def test_the_directory_is_staged_by_the_order_files_were_taken(run: Run) -> None:
    take(run, "directory", "z.json", {"brands": [{"id": "b", "name": "Old"}], "users": [{"id": "u"}, {}]})
    take(run, "directory", "a.json", {"brands": [{"id": "b", "name": "New"}]}, sequence=2)
    counts = stage_directory(run)
    assert (counts["brands"], counts["users"], counts["quarantined"]) == (1, 1, 1)
    assert read(run, CORE_BRANDS, "name") == [("New",)]
    assert read(run, OPS_QUARANTINE, "file", "column_name") == [("z.json", "users[1].id")]
    before = digests(run)
    stage_directory(run)
    assert digests(run) == before


def test_a_contact_file_that_was_put_among_the_logs_as_well_keeps_its_contacts(run: Run) -> None:
    body = {"contacts": [{"id": "new", "attributes": [{"attribute_def": FIRST_NAME, "text": "Ann"}]}]}
    take(run, "requests", "log", {"id": "r", "at": 1, "method": "POST", "path": "/contacts", "body": body})
    for folder in ("requests", "contacts"):
        take(run, folder, "people", {"first_name": "Ann"})
    read_requests(run)
    stage_requests(run)
    with run.store() as store:
        of_file = pl.lit("people").alias("file_id"), pl.lit("old").alias("contact_id")
        store.append(STAGING_CONTACT_ROWS, store.read(STAGING_CONTACT_ROWS).with_columns(*of_file))
    stage_requests(run)
    with run.store() as store:
        assert sorted(store.read(STAGING_CONTACT_ROWS)["contact_id"]) == ["new", "old"]
