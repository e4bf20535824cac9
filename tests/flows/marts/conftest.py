"""One small warehouse: two contacts merged, one alone, one deleted, a lead routed by the second of two rules."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from typing import Any

import polars as pl
import pytest

from flows.publish import publish
from flows.runs import Run, start_run
from flows.stages.build_marts import build_marts
from flows.store import Store
from schemas.ddl import polars_schema
from schemas.dtypes import ADDRESS_PARTS
from schemas.tables import (
    CORE_ACTIVITIES,
    CORE_ATTRIBUTE_DEFS,
    CORE_ATTRIBUTES,
    CORE_CONTACTS,
    CORE_FLOW_ENROLMENTS,
    CORE_LEAD_FIELDS,
    CORE_LEADS,
    CORE_TAGS,
    CORE_USERS,
    MATCHING_ALIASES,
    MATCHING_CLUSTERS,
    MATCHING_SCORED_PAIRS,
    OPS_QUARANTINE,
    RAW_FILES,
    RAW_RECORDS,
    RAW_ROW_LINES,
    ROUTING_ASSIGNMENTS,
    ROUTING_CHANNELS,
    ROUTING_CONDITIONS,
    ROUTING_DECISIONS,
    ROUTING_RULES,
    STAGING_CONTACT_ROWS,
    STAGING_FILE_COLUMNS,
    STAGING_LEAD_RECORDS,
    Table,
)

Row = dict[str, Any]

KATE, KATIE, MADE, GONE = "aaaaaaaa-kate", "bbbbbbbb-katie", "cccccccc-made", "dddddddd-gone"
LEAD = "eeeeeeee-lead"
NOON = dt.datetime(2026, 5, 15, 12, tzinfo=dt.UTC)
TIMES = {"created_at": NOON, "updated_at": NOON}


def fill(store: Store, table: Table, *rows: Row) -> None:
    schema = {name: dtype for name, dtype in polars_schema(table).items() if name != table.hashed_id}
    store.append(table, pl.DataFrame(list(rows), schema=schema))


def _file(folder: str, name: str) -> Row:
    return {"file_id": f"id of {name}", "folder": folder, "file_name": name, "size_bytes": 1, "format": "csv",
            "status": "read", "run_sequence": 1, "received_at": NOON}  # fmt: skip


def _contact(contact_id: str, row_number: int, **more: Any) -> Row:
    return {"contact_id": contact_id, "brand_id": "brand", "created_for": "import_csv", **TIMES, "run_sequence": 1,
            "source": "file", "file_id": "id of people.csv", "sheet": "", "row_number": row_number} | more  # fmt: skip


def _attribute(contact: Row, position: int, kind: str, value: Any, **more: Any) -> Row:
    column = "address" if isinstance(value, dict) else "text"
    return {
        "contact_id": contact["contact_id"], "attribute_def": f"def-{kind}", "attribute_type": kind, column: value,
        "is_primary": False, "is_partner": False, "original": str(value), "position": position,
        "match_key": value.lower() if column == "text" else None, "columns": [f"{kind} column"], **TIMES,
        **{name: contact[name] for name in ("source", "file_id", "sheet", "row_number")},
    } | more  # fmt: skip


def _fill_contacts(store: Store) -> None:
    kate, katie = _contact(KATE, 1, user_id="user-1"), _contact(KATIE, 2, user_id="user-1", touch_freq=7)
    made = _contact(MADE, 1, source="lead", file_id="id of leads.jsonl", created_for="lts_lead")
    gone = _contact(GONE, 3, deleted_at=NOON, deleted_for="direct_request")
    fill(store, CORE_CONTACTS, kate, katie, made, gone)
    davis = dict.fromkeys(ADDRESS_PARTS) | {"house_num": "165", "name": "Davis", "city": "Hillsborough"}
    fill(
        store, CORE_ATTRIBUTES,
        _attribute(kate, 0, "first_name", "Kate"), _attribute(kate, 1, "last_name", "Bell"),
        _attribute(kate, 2, "email", "kate@example.com"), _attribute(kate, 3, "tag", "New"),
        _attribute(katie, 0, "first_name", "Katie"), _attribute(katie, 1, "email", "KATE@example.com", label="Work"),
        _attribute(katie, 2, "address", davis, index=0),
        _attribute(katie, 3, "email", "old@example.com", deleted_at=NOON),
        _attribute(made, 0, "first_name", "<b>Hank</b>"), _attribute(made, 1, "tag", "new"),
        _attribute(gone, 0, "first_name", "Gone"),
    )  # fmt: skip
    fill(
        store, CORE_ATTRIBUTE_DEFS,
        *({"attribute_def": f"def-{name}", "name": name, "data_type": "text", "is_global": True,
           "is_singular": name.endswith("_name"), "is_editable": True, "is_searchable": True, "has_label": False,
           "is_required": False, "is_shown": True, "is_filterable": True}
          for name in ("first_name", "last_name", "email", "tag", "address")),
    )  # fmt: skip
    fill(store, STAGING_CONTACT_ROWS, *({name: contact[name] for name in polars_schema(STAGING_CONTACT_ROWS)
                                         if name in contact} for contact in (kate, katie, gone)))  # fmt: skip
    fill(
        store,
        CORE_TAGS,
        {"tag_id": "t", "brand_id": "brand", "tag": "New", "text": "New", "auto_enroll_in_super_campaigns": False},
    )


def _fill_matching(store: Store) -> None:
    fill(
        store, MATCHING_ALIASES,
        {"contact_id": KATE, "canonical_id": KATE, "cluster_id": "cluster"},
        {"contact_id": KATIE, "canonical_id": KATE, "cluster_id": "cluster"},
        {"contact_id": MADE, "canonical_id": MADE}, {"contact_id": GONE, "canonical_id": GONE},
    )  # fmt: skip
    fill(store, MATCHING_CLUSTERS, *({"cluster_id": "cluster", "contact_id": contact_id, "suggested_parent": KATE,
                                      "status": "merged"} for contact_id in (KATE, KATIE)))  # fmt: skip
    fact = {"field": "email", "level": "exact", "score": 1.0, "value_l": "k@example.com", "value_r": "k@example.com"}
    pair = {"contact_id_l": KATE, "contact_id_r": KATIE, "probability": 1.0, "decision": "merge"}
    fill(store, MATCHING_SCORED_PAIRS, {**pair, "decided_by": "same_email", "evidence": json.dumps([fact])})


def _fill_routing(store: Store) -> None:
    version = {"rulebook_version": "v1"}
    channel = {"channel_id": "channel", "name": "Default Route", "brand_id": "brand", "is_default": True}
    fill(store, ROUTING_CHANNELS, {**channel, **version})
    rule = {"channel_id": "channel", "kind": "AND", "target": "User", "user_id": "user-2", **version}
    rich, rest = (
        {"rule_id": "rich", "order": 1, "is_default": False},
        {"rule_id": "rest", "order": 9, "is_default": True},
    )
    fill(store, ROUTING_RULES, {**rule, **rich}, {**rule, **rest})
    condition = {"condition_id": "c1", "rule_id": "rich", "order": 1, "negated": False, **version}
    fill(store, ROUTING_CONDITIONS, {**condition, "field": "price", "operator": "gte", "value": "500000"})
    fill(store, CORE_USERS, {"user_id": "user-2", "display_name": "Ann Lee", "is_active": True})
    payload = '{"note": "call me"}'
    fill(
        store,
        CORE_LEADS,
        {
            "lead_id": LEAD, "contact_id": MADE, "channel_id": "channel", "brand_id": "brand", "source_type": "Website",
            "captured_at": NOON, "raw_payload": payload, "parsed_payload": payload, "is_repeat": False,
            "contact_exists": False, "run_sequence": 1, "file_id": "id of leads.jsonl", "record_number": 1,
        },
    )  # fmt: skip
    fill(store, CORE_LEAD_FIELDS, {"lead_id": LEAD, "price": [400000.0]})
    record = {"file_id": "id of leads.jsonl", "record_number": 1}
    fill(store, STAGING_LEAD_RECORDS, {**record, "kind": "lead", "lead_id": LEAD})
    fill(
        store,
        ROUTING_DECISIONS,
        {
            "lead_id": LEAD, "channel_id": "channel", "captured_at": NOON, "status": "assigned",
            "outcome": "default_rule", "target": "User", "user_id": "user-2", "rule_id": "rest", "matched_count": 1,
            "reason": "no rule <matches>", **version,
        },
    )  # fmt: skip
    assigned = {"lead_id": LEAD, "position": 1, "target": "User", "user_id": "user-2", "status": "assigned"}
    fill(store, ROUTING_ASSIGNMENTS, {**assigned, "decided_by": "default_rule"})
    signed_up = {"activity_id": "1", "contact_id": KATIE, "action": "ContactSignedUp"}
    fill(store, CORE_ACTIVITIES, {**signed_up, "occurred_at": NOON})
    enrolled = {"flow_id": "flow", "rule_id": "rest", "enrolled_at": NOON, **version}
    kate, katie = {"contact_id": KATE, "lead_id": "1"}, {"contact_id": KATIE, "lead_id": "2"}
    fill(store, CORE_FLOW_ENROLMENTS, {**enrolled, **kate}, {**enrolled, **katie})


def _fill_inputs(store: Store) -> None:
    fill(store, RAW_FILES, _file("contacts", "people.csv"), _file("leads", "leads.jsonl"))
    people, leads = {"file_id": "id of people.csv", "sheet": ""}, {"file_id": "id of leads.jsonl", "folder": "leads"}
    fill(store, RAW_ROW_LINES, *({**people, "row_number": number, "line": "\x1fx"} for number in (1, 2, 3, 4)))
    fill(store, RAW_RECORDS, *({**leads, "record_number": number, "payload": "{}"} for number in (1, 2)))
    problem = {"stage": "stage", "todo": "mend it", "value": "<script>alert(1)</script>"}
    bad_row = {**people, "folder": "contacts", "file": "people.csv", "row_number": 4}
    bad_lead = {**leads, "file": "leads.jsonl", "row_number": 2, "column_name": "lead_channel"}
    fill(
        store,
        OPS_QUARANTINE,
        {**problem, **bad_row, "code": "bad_email", "reason": "no <e-mail>"},
        {**problem, **bad_lead, "code": "unknown_channel", "reason": "unknown channel"},
    )
    column = {"column_index": 7, "column_name": "Shoe & size", "status": "unmapped", "is_partner": False}
    counted = {"confidence": 0.0, "reason": "no attribute fits", "cells_count": 3, "quarantined_count": 0}
    fill(store, STAGING_FILE_COLUMNS, {**people, **column, **counted})


StartOn = Callable[[Path], AbstractContextManager[Run]]


@pytest.fixture(scope="session")
def start_on() -> StartOn:
    """Starts a run on a home."""
    return lambda home: start_run("run", home, None, "2026-05-15T12:00:00Z")


@pytest.fixture(scope="session")
def filled_home(lay_out: Callable[[Path], Path], start_on: StartOn, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose warehouse is filled, marts not built yet; to be copied."""
    home = lay_out(tmp_path_factory.mktemp("filled"))
    with start_on(home) as run, run.store() as store:
        for part in (_fill_contacts, _fill_matching, _fill_routing, _fill_inputs):
            part(store)
    return home


@pytest.fixture
def start(filled_home: Path, start_on: StartOn, tmp_path: Path) -> Callable[[], AbstractContextManager[Run]]:
    """Starts runs on a filled warehouse of the test's own, marts not built yet."""
    home = copytree(filled_home, tmp_path, dirs_exist_ok=True)
    return lambda: start_on(home)


@pytest.fixture(scope="session")
def built(filled_home: Path, start_on: StartOn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A run whose marts are built; to be read only."""
    with start_on(copytree(filled_home, tmp_path_factory.mktemp("built"), dirs_exist_ok=True)) as run:
        build_marts(run)
        run.kept.close()
        yield replace(run, kept=None)  # what stays open in this process cannot be opened to be read only


@pytest.fixture(scope="session")
def published(built: Run) -> Path:
    """The home folder of a run that published; to be read only."""
    publish(built)
    return built.home
