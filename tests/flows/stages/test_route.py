"""Rulebooks staged and leads routed in a real warehouse; again, and the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flows.runs import Run, start_run
from flows.stages.route import route
from flows.stages.stage_rulebooks import stage_rulebooks
from schemas.ddl import polars_schema
from schemas.tables import (
    CORE_FLOW_ENROLMENTS,
    CORE_LEAD_FIELDS,
    CORE_LEADS,
    CORE_USERS,
    OPS_QUARANTINE,
    RAW_FILES,
    RAW_RECORDS,
    ROUTING_ASSIGNMENTS,
    ROUTING_CHANNELS,
    ROUTING_DECISIONS,
    ROUTING_GROUP_MEMBERS,
    ROUTING_OFFERS,
    ROUTING_RULES,
    STAGING_LEADS,
    Table,
)

NOON = datetime(2026, 7, 2, 12, tzinfo=UTC)
WRITTEN = (
    ROUTING_CHANNELS, ROUTING_RULES, ROUTING_GROUP_MEMBERS, ROUTING_DECISIONS, ROUTING_ASSIGNMENTS, ROUTING_OFFERS,
    CORE_FLOW_ENROLMENTS, OPS_QUARANTINE,
)  # fmt: skip
RULEBOOK = {
    "channels": [{"id": "ch1", "brand": "b1", "is_default": True}],
    "rules": [
        {"id": "r1", "channel": "ch1", "kind": "AND", "order": 1, "target": "Group", "group": "g1", "flow": "f1",
         "conditions": [{"field": "price", "operator": "gte", "value": 500000}]},
        {"id": "r2", "channel": "ch1", "kind": "AND", "order": 2, "target": "Group", "group": "g2",
         "conditions": [{"field": "tag", "operator": "eq", "value": "Open House"}]},
        {"id": "bad", "channel": "ch1", "kind": "AND", "order": 3, "target": "Brand", "brand": "b1",
         "conditions": [{"field": "colour", "operator": "eq", "value": "red"}]},
        {"id": "d", "channel": "ch1", "order": 32767, "is_default": True, "target": "User", "user": {"id": "u3"}},
    ],
    "groups": [
        {"id": "g1", "distribution": "RoundRobin", "members": [{"user": "u1", "order": 1}, {"user": "u2", "order": 2}]},
        {"id": "g2", "distribution": "FirstToClaim", "members": [{"user": "u1", "order": 1}]},
    ],
}  # fmt: skip


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    with start_run("run", tmp_path, None, "2026-07-02T12:00:00Z") as opened:
        yield opened


def put(run: Run, table: Table, *rows: dict[str, Any]) -> None:
    with run.store() as store:
        store.append(table, pl.DataFrame(list(rows), schema=polars_schema(table)))


def take_rulebook(run: Run, document: object) -> None:
    file = {"file_id": "f1", "folder": "routing", "file_name": "rules.json", "size_bytes": 1, "format": "json",
            "status": "read", "run_sequence": 1, "received_at": NOON}  # fmt: skip
    record = {"file_id": "f1", "folder": "routing", "record_number": 1, "payload": json.dumps(document)}
    put(run, RAW_FILES, file)
    put(run, RAW_RECORDS, record)


def take_lead(run: Run, number: int, **fields: list[Any]) -> None:
    lead_id, lineage = f"l{number}", {"file_id": "f2", "record_number": number}
    at = NOON + timedelta(minutes=number)
    texts = {"raw_payload": "{}", "parsed_payload": "{}", "run_sequence": 1, "captured_at": at}
    put(run, STAGING_LEADS, {"lead_id": lead_id, "payload_key": lead_id, **lineage, **texts})
    put(run, CORE_LEADS, {"lead_id": lead_id, "contact_id": f"c{number}", "channel_id": "ch1", "brand_id": "b1",
                          "is_repeat": False, "contact_exists": False, **lineage, **texts})  # fmt: skip
    put(run, CORE_LEAD_FIELDS, {"lead_id": lead_id, **fields})


def test_leads_are_routed_by_the_rulebook_and_again_to_the_same_tables(run: Run) -> None:
    take_rulebook(run, RULEBOOK)
    users = [{"user_id": name, "display_name": name.upper(), "is_active": True} for name in ("u1", "u2", "u3")]
    put(run, CORE_USERS, *users)
    for number, fields in enumerate(({"price": [6e5]}, {"price": [7e5]}, {"tag": ["open house"]}, {}), 1):
        take_lead(run, number, **fields)
    assert stage_rulebooks(run) == {"documents": 1, "channels": 1, "rules": 4, "rules_off": 1, "quarantined": 1}
    counts = route(run)
    assert counts == {
        "leads": 4, "leads_assigned": 3, "leads_offered": 1, "offers": 1, "claims_accepted": 0,
        "claims_rejected": 0, "decisions_changed": 0, "enrolments": 2, "quarantined": 0,
    }  # fmt: skip
    with run.store() as store:
        rows = store.read(ROUTING_DECISIONS, ["lead_id", "outcome", "user_id", "group_turn", "reason"]).sort("lead_id")
        digests = [store.digest(table) for table in WRITTEN]
    assert rows.rows() == [
        ("l1", "rule", "u1", 1, "rule r1 (order 1): price gte 500000; group g1, turn 1: the first"),
        ("l2", "rule", "u2", 2, "rule r1 (order 1): price gte 500000; group g1, turn 2: next after U1"),
        ("l3", "rule", None, None, 'rule r2 (order 2): tag eq "Open House"; offered to group g2'),
        ("l4", "default_rule", "u3", None, "default rule d"),
    ]
    stage_rulebooks(run)
    route(run)
    with run.store() as store:
        assert [store.digest(table) for table in WRITTEN] == digests


def test_without_rulebook_and_leads_there_is_nothing_to_do(run: Run) -> None:
    assert stage_rulebooks(run) == {"documents": 0, "channels": 0, "rules": 0, "rules_off": 0, "quarantined": 0}
    assert set(route(run).values()) == {0}
