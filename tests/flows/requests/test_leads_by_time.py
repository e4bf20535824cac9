"""Leads meet contacts as the requests before them left them, in whatever order lines come (SPEC A-P4, A-C11, A-G1)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from flows import stages
from flows.stages.ledger_changes import read_news
from schemas.tables import CORE_ATTRIBUTES, CORE_CONTACTS, CORE_LEAD_FIELDS, CORE_LEADS, ROUTING_DECISIONS
from transforms.ids import hash_id

START = 1778872000
USERS = [{"id": user, "email": f"{user}@example.com", "brand": "b"} for user in ("u1", "u2", "u3")]
OLD, NEW, THIRD = "old@example.com", "new@example.com", "third@example.com"
CONTACT = {"id": "c", "user": "u1", "attributes": [
    {"attribute_type": "first_name", "text": "Ann"}, {"attribute_type": "last_name", "text": "Doe"},
    {"attribute_type": "email", "text": OLD}, {"attribute_type": "phone_number", "text": "+12145551212"},
]}  # fmt: skip
MADE = hash_id("lead", "l29")  # the contact that the lead of second 29 makes


def ask(second: int, method: str, path: str, body: Any = None) -> dict[str, Any]:
    who = {"id": second, "at": START + second, "user": "u1", "brand": "b"}
    return {**who, "method": method, "path": path, "body": body}


def capture(second: int, **lead: Any) -> dict[str, Any]:
    body = {"id": f"l{second}", "metadata": {"lead_channel": "ch"}, "lead": {**lead, "note": f"at {second}"}}
    return ask(second, "POST", "/leads", body)


def rule(second: int, field: str, value: str, user: str) -> dict[str, Any]:
    condition = {"field": field, "operator": "any", "value": [value]}
    body = {"id": f"rule{second}", "kind": "AND", "target": "User", "user": user, "brand": "b", "order": second}
    return ask(second, "POST", "/brands/b/leads/channels/ch/rules", {**body, "conditions": [condition]})


@pytest.fixture
def leads(log: Any) -> Any:
    log.stages = (
        stages.stage_directory, stages.read_requests, stages.stage_contacts, stages.stage_requests,
        stages.stage_rulebooks, stages.stage_leads, stages.build_contacts, stages.route, stages.reassign,
    )  # fmt: skip
    log.put("directory", {"brands": [{"id": "b", "name": "B"}], "users": USERS})
    log.put("contacts", CONTACT)
    return log


def contacts_of(log: Any) -> dict[str, str]:
    return {row["lead_id"]: row["contact_id"] for row in log.rows(CORE_LEADS)}


def test_what_requests_change_counts_from_their_time_on(leads: Any) -> None:
    channel = ask(0, "POST", "/brands/b/leads/channels", {"id": "ch", "name": "Ch"})
    lines = [
        channel,
        rule(1, "contact_tag", "vip", "u2"),
        rule(2, "attr.email", THIRD, "u1"),
        capture(10, email=OLD),
        ask(20, "PUT", "/contacts/c/owner", {"user": "u2"}),
        capture(21, email=OLD),
        capture(29, email=NEW),  # nobody has it: a new contact
        ask(30, "POST", "/contacts/c/attributes", {"attributes": [
            {"id": "a", "attribute_type": "email", "text": NEW},
        ]}),
        capture(31, email=NEW),  # both have it; the one with an owner is preferred
        ask(40, "DELETE", "/contacts/c/attributes/a"),
        capture(41, email=NEW),
        capture(42, first_name="Ann", last_name="Doe", phone_number="+12145551212"),
        ask(43, "PATCH", "/contacts/c", {"attributes": [{"attribute_type": "first_name", "text": "Anna"}]}),
        capture(44, first_name="Ann", last_name="Doe", phone_number="+12145551212"),
        ask(50, "POST", f"/contacts/{MADE}/attributes", {"attributes": [
            {"id": "t", "attribute_type": "tag", "text": "vip"}, {"attribute_type": "email", "text": THIRD},
        ]}),
        capture(51, email=NEW),
        ask(52, "DELETE", f"/contacts/{MADE}/attributes/t"),
        capture(53, email=THIRD),
        ask(60, "PUT", "/leads/l41/assignees", [{"email": "u3@example.com"}]),
        capture(61, email=NEW),
        ask(70, "DELETE", "/contacts/c"),
        capture(71, email=OLD),
    ]  # fmt: skip
    leads.take(*lines[::2])
    leads.take(*lines[1::2])  # late, each in its place
    found = contacts_of(leads)
    at_first = {"l10": "c", "l21": "c", "l29": MADE, "l31": "c", "l41": MADE, "l42": "c"}
    assert found == at_first | {
        "l44": hash_id("lead", "l44"), "l51": MADE, "l53": MADE, "l61": MADE, "l71": hash_id("lead", "l71"),
    }  # fmt: skip
    owners = {row["lead_id"]: row["contact_owner"] for row in leads.rows(CORE_LEADS)}
    given = {"l10": "u1", "l21": "u2", "l31": "u2", "l42": "u2", "l61": "u3"}
    assert owners == dict.fromkeys(found) | given
    tags = {row["lead_id"]: row["contact_tag"] for row in leads.rows(CORE_LEAD_FIELDS)}
    assert tags == dict.fromkeys(found) | {"l51": ["vip"]}
    decided = {row["lead_id"]: row for row in leads.rows(ROUTING_DECISIONS)}
    assert [(decided[lead]["outcome"], decided[lead]["user_id"]) for lead in ("l10", "l21", "l29", "l51", "l61")] == [
        ("owner", "u1"), ("owner", "u2"), ("default_rule", "u1"), ("owner", "u1"), ("owner", "u3"),
    ]  # fmt: skip
    assert [decided[lead]["rule_id"] for lead in ("l51", "l53")] == ["rule1", "rule2"]
    assert {row["contact_id"]: row["user_id"] for row in leads.rows(CORE_CONTACTS)}[MADE] == "u3"


def test_a_p5_a_lead_brings_again_what_a_request_took_away(leads: Any) -> None:
    channel = ask(0, "POST", "/brands/b/leads/channels", {"id": "ch", "name": "Ch"})
    tagged = {"attributes": [{"id": "t", "attribute_type": "tag", "text": "Hot"}]}
    leads.take(
        channel,
        ask(5, "POST", "/contacts/c/attributes", tagged),
        capture(10, email=OLD, tag=["hot", "New"], first_name="Bob"),  # it has them, but for one tag
        ask(20, "DELETE", "/contacts/c/attributes/t"),
        capture(30, email=OLD, tag=["Hot"]),
        ask(40, "PATCH", "/contacts/tags/new/touch", {"touch_freq": 5}),
    )
    values = leads.rows(CORE_ATTRIBUTES, "attribute_type = 'tag' AND deleted_at IS NULL")
    assert sorted((row["attribute_type"], row["text"], row["source"]) for row in values) == [
        ("tag", "Hot", "lead"), ("tag", "New", "lead"),
    ]  # fmt: skip
    assert leads.texts("c", "first_name") == ["Ann"]


def test_a_f2_a_rule_that_a_request_brings_is_news_for_the_history(leads: Any) -> None:
    channel = ask(0, "POST", "/brands/b/leads/channels", {"id": "ch", "name": "Ch"})
    leads.put("requests", channel, rule(1, "contact_tag", "vip", "u2"))
    leads.put("requests", capture(10, email=NEW))
    stages.read_requests(leads.run)
    with leads.run.store() as store:
        news = [read_news(store, since, since + 1, datetime(2026, 7, 2, tzinfo=UTC)).has_rulebook for since in (2, 3)]
    assert news == [True, False]
