"""Late claims, earlier leads, corrected rulebooks and time: each decides anew, and what was decided stays provable."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flows.explain_lead import explain_lead
from flows.launch import run_flow
from flows.replay import describe_replay, replay
from flows.store import open_published
from schemas.errors import NotFoundError
from schemas.tables import MARTS_CLAIMS, MARTS_OFFERS, MARTS_ROUTING_DECISIONS, MARTS_ROUTING_HISTORY, tables_of
from schemas.vocabulary import Layer

DAY = "2026-07-02T"
RULE = {"channel": "ch", "kind": "AND"}
RICH = [{"field": "price", "operator": "gte", "value": 500000}]
RULEBOOK = {
    "valid_from": "2026-07-01T00:00:00Z",
    "channels": [{"id": "ch", "brand": "b1", "is_default": True}],
    "rules": [
        {**RULE, "id": "r1", "order": 1, "target": "Group", "group": "fast", "conditions": RICH},
        {**RULE, "id": "d", "order": 32767, "is_default": True, "target": "Group", "group": "round"},
    ],
    "groups": [
        {"id": "fast", "distribution": "FirstToClaim", "members": [{"user": "u1"}, {"user": "u2"}]},
        {"id": "round", "distribution": "RoundRobin", "members": [{"user": "u1"}, {"user": "u2"}, {"user": "u3"}]},
    ],
}  # fmt: skip
USERS = [{"id": user, "brand": "b1", "first_name": user, "last_name": "Lee"} for user in ("u1", "u2", "u3")]


class Office:
    """A home folder, and what is brought to it."""

    def __init__(self, home: Path):
        self.home = home
        self.put("directory/d.json", {"brands": [{"id": "b1"}], "users": USERS})
        self.put("routing/1.json", RULEBOOK)

    def put(self, name: str, content: Any) -> None:
        path = self.home / "inbox" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")

    def lead(self, lead_id: str, time: str, **more: Any) -> None:
        given = {"first_name": lead_id, "email": f"{lead_id}@example.com", **more}
        self.put(f"leads/{lead_id}.json", {"id": lead_id, "metadata": {"lead_channel": "ch"},
                                           "received_at": f"{DAY}{time}Z", "lead": given})  # fmt: skip

    def claim(self, lead_id: str, user: str, time: str) -> None:
        claim = {"lead": lead_id, "user": user, "claimed_at": f"{DAY}{time}Z"}
        self.put(f"leads/claim {lead_id} {user}.json", {"claim": claim})

    def run(self, time: str) -> dict[str, Any]:
        return run_flow("everything", str(self.home), None, f"{DAY}{time}Z")["route"]

    def read(self, table: Any, *columns: str) -> list[tuple[Any, ...]]:
        with open_published(self.home / "published" / "leads.duckdb") as store:
            return store.read(table, list(columns)).sort(columns).rows()

    def digests(self) -> dict[str, str]:
        with open_published(self.home / "published" / "leads.duckdb") as store:
            return {table.name: store.digest(table) for table in tables_of(Layer.MARTS) if table.name != "runs"}


@pytest.fixture
def office(tmp_path: Path, lay_out: Callable[[Path], Path]) -> Office:
    return Office(lay_out(tmp_path))


def test_a_f2_what_comes_late_decides_anew_and_replay_gives_back_both(office: Office) -> None:
    office.lead("lead-001", "10:00")
    office.lead("lead-002", "10:10", listing={"price": 600000})
    office.lead("lead-003", "10:20")
    office.run("10:30")
    assert office.read(MARTS_ROUTING_DECISIONS, "lead_id", "status", "user_id") == [
        ("lead-001", "assigned", "u1"), ("lead-002", "offered", None), ("lead-003", "assigned", "u2"),
    ]  # fmt: skip

    office.lead("lead-000", "09:00")
    office.claim("lead-002", "u2", "10:15")
    office.claim("lead-002", "u1", "10:20")
    assert office.run("10:35")["decisions_changed"] == 3
    assert office.read(MARTS_ROUTING_HISTORY, "lead_id", "cause", "detail", "user_id") == [
        ("lead-001", "backfilled_lead", "lead-000", "u1"),
        ("lead-002", "late_claim", "lead-002", None),
        ("lead-003", "backfilled_lead", "lead-000", "u2"),
    ]
    assert office.read(MARTS_CLAIMS, "outcome", "user_id", "reason") == [
        ("accepted", "u2", None), ("rejected", "u1", "u2 Lee had claimed the lead at 2026-07-02 10:15 UTC"),
    ]  # fmt: skip
    assert office.read(MARTS_OFFERS, "outcome", "user_id") == [("claimed", "u2"), ("taken", "u1")]

    told = "\n".join(explain_lead(office.home, "lead-002"))
    assert "offered  to u2 of fast until 2026-07-02 10:40 UTC: claimed" in told
    assert (
        "claimed  by u1 at 2026-07-02 10:20 UTC: rejected (u2 Lee had claimed the lead at 2026-07-02 10:15 UTC)" in told
    )
    assert "before   rule r1 (order 1): price gte 500000; offered to group fast (until run 2: late_claim)" in told

    changed = [{**RULEBOOK["rules"][0], "target": "User", "user": "u3"}, RULEBOOK["rules"][1]]
    office.put("routing/2.json", {"valid_from": f"{DAY}10:05:00Z", "rules": changed})
    assert office.run("10:36")["decisions_changed"] == 2  # those from 10:05 on
    digests = office.digests()
    assert run_flow("rebuild", str(office.home))["route"]["decisions_changed"] == 0
    assert office.digests() == digests

    then = replay(office.home, f"{DAY}10:30:00Z")
    assert (then.run_sequence, then.decisions_count, then.unlike.height) == (1, 3, 0)
    assert dict(then.changed.select("lead_id", "cause").iter_rows()) == {
        "lead-001": "backfilled_lead", "lead-002": "corrected_rulebook", "lead-003": "corrected_rulebook",
    }  # fmt: skip
    between = replay(office.home, f"{DAY}10:35:00Z")
    assert between.unlike.is_empty()
    now = replay(office.home, None)
    assert (now.unlike.height, now.changed.height, now.decisions_count) == (0, 0, 4)
    assert list(describe_replay(now))[-1] == "and equal to the ledger as it is now"
    assert "Since then 3 have become others" in "\n".join(describe_replay(then))
    with pytest.raises(NotFoundError, match="no run had seen"):
        replay(office.home, "2026-07-01")


def test_a_f1_time_alone_ends_an_offer_and_the_default_rule_takes_its_turn(office: Office) -> None:
    office.lead("lead-001", "10:00", listing={"price": 600000})
    office.run("10:29")
    assert office.read(MARTS_ROUTING_DECISIONS, "status", "fallback_chain") == [("offered", None)]
    assert "route" not in run_flow("everything", str(office.home), None, f"{DAY}10:29:59Z"), "nothing to do yet"
    assert office.run("10:30")["decisions_changed"] == 1
    assert office.read(MARTS_ROUTING_DECISIONS, "status", "outcome", "user_id", "fallback_chain") == [
        ("assigned", "default_rule", "u1", ["group fast: nobody claimed it until 2026-07-02 10:30 UTC"])
    ]
    assert office.read(MARTS_ROUTING_HISTORY, "cause", "status") == [("offer_ended", "offered")]


def test_a_c11_rules_ask_attributes_of_the_contact(office: Office) -> None:
    firm = [{"field": "attr.company", "operator": "eq", "value": "acme corporation"}]
    rules = [{**RULE, "id": "r1", "order": 1, "target": "User", "user": "u3", "conditions": firm},
             {**RULE, "id": "r2", "order": 2, "target": "User", "user": "u2",
              "conditions": [{"field": "attr.nothing", "operator": "eq", "value": 1}]}]  # fmt: skip
    office.put("routing/1.json", {**RULEBOOK, "rules": [*rules, RULEBOOK["rules"][1]]})
    contact = office.home / "inbox" / "contacts" / "people.csv"
    contact.parent.mkdir()
    contact.write_text("E-mail,Firm\nknown@example.com,ACME Corporation\n", encoding="utf-8")
    side = {"owner": None, "brand": "b1", "mappings": {"Firm": {"attribute_type": "company"},
                                                       "E-mail": {"attribute_type": "email"}}}  # fmt: skip
    (contact.parent / "people.csv.import.json").write_text(json.dumps(side), encoding="utf-8")
    office.lead("lead-001", "10:00", email="known@example.com")
    office.lead("lead-002", "10:01")
    office.run("10:30")
    assert office.read(MARTS_ROUTING_DECISIONS, "lead_id", "rule_id", "user_id") == [
        ("lead-001", "r1", "u3"), ("lead-002", "d", "u1"),
    ]  # fmt: skip
    with open_published(office.home / "published" / "leads.duckdb") as store:
        off = store.query("SELECT id, invalid_reason FROM rules WHERE invalid_reason IS NOT NULL")
    assert off.rows() == [("r2", "attr.nothing: unknown field 'attr.nothing'")]
