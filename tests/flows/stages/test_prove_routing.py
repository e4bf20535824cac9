"""The proofs of a run: findings, coverage, turns and the shadow, published beside what was decided."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flows.runs import Counts, Run, start_run
from flows.stages.prove_routing import prove_routing
from flows.stages.route import route
from flows.stages.stage_rulebooks import stage_rulebooks
from schemas.ddl import polars_schema
from schemas.tables import (
    CORE_LEAD_FIELDS,
    CORE_LEADS,
    CORE_USERS,
    MARTS_ROUTING_COVERAGE,
    MARTS_RULE_FINDINGS,
    MARTS_SHADOW_DECISIONS,
    MARTS_SHADOW_RATES,
    MARTS_TURN_FAIRNESS,
    MARTS_UNASKED_VALUES,
    RAW_FILES,
    RAW_RECORDS,
    ROUTING_DECISIONS,
    STAGING_LEADS,
    Table,
)

NOON = datetime(2026, 7, 2, 12, tzinfo=UTC)
GROUP = {"id": "g1", "brand": "b1", "distribution": "RoundRobin", "members": [{"user": "u1"}, {"user": "u2"}]}


def rule(rule_id: str, order: int, city: str, **target: str) -> dict[str, Any]:
    return {"id": rule_id, "channel": "ch1", "kind": "AND", "order": order, **target,
            "conditions": [{"field": "city", "operator": "eq", "value": city}]}  # fmt: skip


RULES = [
    rule("r1", 1, "a", target="Group", group="g1"),
    rule("r2", 2, "A", target="User", user="u3"),
    {"id": "d", "channel": "ch1", "is_default": True, "order": 32767, "target": "User", "user": "u3"},
]
LIVE = {"channels": [{"id": "ch1", "brand": "b1", "name": "Website"}], "rules": RULES, "groups": [GROUP]}
SHADOW = {"shadow": True, "channels": LIVE["channels"],
          "rules": [rule("r1", 1, "b", target="Group", group="g1"), *RULES[1:]]}  # fmt: skip


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    with start_run("run", tmp_path, None, "2026-07-02T12:00:00Z") as opened:
        yield opened


def put(run: Run, table: Table, *rows: dict[str, Any]) -> None:
    with run.store() as store:
        store.append(table, pl.DataFrame(list(rows), schema=polars_schema(table)))


def read(run: Run, table: Table) -> list[dict[str, Any]]:
    with run.store() as store:
        return store.read(table).to_dicts()


def take_rulebook(run: Run, number: int, document: object) -> None:
    file = {"file_id": f"f{number}", "folder": "routing", "file_name": f"{number}.json", "size_bytes": 1,
            "format": "json", "status": "read", "run_sequence": number, "received_at": NOON}  # fmt: skip
    put(run, RAW_FILES, file)
    put(run, RAW_RECORDS, {"file_id": f"f{number}", "folder": "routing", "record_number": 1,
                           "payload": json.dumps(document)})  # fmt: skip


def prove(run: Run, *cities: str) -> Counts:
    for number, city in enumerate(cities, 1):
        lead_id, lineage = f"l{number}", {"file_id": "f", "record_number": number}
        at = NOON + timedelta(hours=number)
        texts = {"raw_payload": "{}", "parsed_payload": "{}", "run_sequence": 1, "captured_at": at}
        put(run, STAGING_LEADS, {"lead_id": lead_id, "payload_key": lead_id, **lineage, **texts})
        put(run, CORE_LEADS, {"lead_id": lead_id, "contact_id": f"c{number}", "channel_id": "ch1", "brand_id": "b1",
                              "is_repeat": False, "contact_exists": False, **lineage, **texts})  # fmt: skip
        put(run, CORE_LEAD_FIELDS, {"lead_id": lead_id, "city": [city]})
    users = [{"user_id": user, "is_active": user != "u2", "brand_id": "b1"} for user in ("u1", "u2", "u3")]
    put(run, CORE_USERS, *users)
    stage_rulebooks(run)
    route(run)
    return prove_routing(run)


def test_findings_coverage_and_turns_of_the_rulebook_in_force(run: Run) -> None:
    take_rulebook(run, 1, LIVE)
    counts = prove(run, "a", "a", "c", "a")
    assert counts == {"errors": 1, "warnings": 1, "notes": 0, "unfair_stretches": 0}
    found = read(run, MARTS_RULE_FINDINGS)
    assert [(row["code"], row["rule_id"], row["group_id"], row["other_rule_ids"]) for row in found] == [
        ("dead_rule", "r2", None, ["r1"]), ("idle_member", None, "g1", None),
    ]  # fmt: skip
    (coverage,) = read(run, MARTS_ROUTING_COVERAGE)
    assert (coverage["by_rule_count"], coverage["by_default_count"], coverage["default_share"]) == (3, 1, 0.25)
    assert [(row["field"], row["value"]) for row in read(run, MARTS_UNASKED_VALUES)] == [("city", "c")]
    (turns,) = read(run, MARTS_TURN_FAIRNESS)
    assert (turns["members_count"], turns["served_least"], turns["served_most"], turns["is_fair"]) == (1, 3, 3, True)
    assert read(run, MARTS_SHADOW_RATES) == read(run, MARTS_SHADOW_DECISIONS) == []


def test_a_violation_in_the_ledger_is_a_finding_not_an_exception(run: Run) -> None:
    take_rulebook(run, 1, LIVE)
    prove(run, "a", "a", "a")
    with run.store() as store:
        store.update(ROUTING_DECISIONS, "user_id = 'u3'", "lead_id = 'l2'")
    assert prove_routing(run)["unfair_stretches"] == 1
    assert "unfair_turns" in [row["code"] for row in read(run, MARTS_RULE_FINDINGS)]


def test_the_shadow_decides_nothing_and_is_compared(run: Run) -> None:
    take_rulebook(run, 1, LIVE)
    take_rulebook(run, 2, SHADOW)
    counts = prove(run, "a", "b", "c", "c")
    assert (counts["shadow_leads"], counts["shadow_disagreements"]) == (4, 2)
    assert [row["rule_id"] for row in read(run, ROUTING_DECISIONS)] == ["r1", "d", "d", "d"]
    (rate,) = read(run, MARTS_SHADOW_RATES)
    assert (rate["shadow_file"], rate["disagreement_rate"], rate["rule_changes"]) == ("2.json", 0.5, 2)
    differing = {row["lead_id"]: row for row in read(run, MARTS_SHADOW_DECISIONS)}
    assert {lead: (row["old_rule_id"], row["new_rule_id"], row["change"]) for lead, row in differing.items()} == {
        "l1": ("r1", "r2", "both"), "l2": ("d", "r1", "both"),
    }  # fmt: skip
    assert (differing["l2"]["old_holder"], differing["l2"]["new_holder"]) == ("u3", "u1")
    assert [row["code"] for row in read(run, MARTS_RULE_FINDINGS) if row["is_shadow"]] == []


def test_a_shadow_counts_from_its_valid_from_and_may_be_ended(run: Run) -> None:
    take_rulebook(run, 1, LIVE)
    take_rulebook(run, 2, SHADOW | {"valid_from": (NOON + timedelta(hours=2)).isoformat()})
    assert prove(run, "a", "b", "c")["shadow_leads"] == 2
    take_rulebook(run, 3, {"shadow": True})
    assert "shadow_leads" not in prove_routing(run)
    assert read(run, MARTS_SHADOW_RATES) == []
