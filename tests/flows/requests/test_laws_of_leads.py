"""Leads and requests in one log, at once, in parts, late, or after a rebuild: the same tables."""

import random
from typing import Any

import pytest

from flows import stages
from schemas.tables import (
    CORE_ACTIVITIES,
    CORE_ATTRIBUTES,
    CORE_CONTACTS,
    CORE_FLOW_ENROLMENTS,
    CORE_LEAD_FIELDS,
    CORE_LEADS,
    CORE_OWNER_CHANGES,
    CORE_REFUSALS,
    CORE_TAGS,
    ROUTING_ASSIGNMENTS,
    ROUTING_CONDITIONS,
    ROUTING_DECISIONS,
    ROUTING_OFFERS,
    ROUTING_REASSIGNMENTS,
    ROUTING_RULES,
)
from transforms.ids import hash_id

#: What tells in which file and run a line came is left out.
LINEAGE = ("run_sequence", "file_id", "row_number", "record_number")
TABLES = (
    CORE_ACTIVITIES, CORE_ATTRIBUTES, CORE_CONTACTS, CORE_FLOW_ENROLMENTS, CORE_LEAD_FIELDS, CORE_LEADS,
    CORE_OWNER_CHANGES, CORE_REFUSALS, CORE_TAGS, ROUTING_ASSIGNMENTS, ROUTING_CONDITIONS, ROUTING_DECISIONS,
    ROUTING_OFFERS, ROUTING_REASSIGNMENTS, ROUTING_RULES,
)  # fmt: skip
USERS = [
    {"id": f"u{number}", "email": f"u{number}@example.com", "first_name": "U", "last_name": f"N{number}", "brand": "b"}
    for number in range(1, 4)
]
EMAILS, PHONES, TAGS = [f"p{number}@example.com" for number in range(5)], ["+12145551212", "+12145551313"], ["a", "b"]
NAMES = ["Ann", "Bob"]
FILE = [
    {"id": f"f{number}", "user": owner, "attributes": [
        {"attribute_type": "first_name", "text": NAMES[number]}, {"attribute_type": "last_name", "text": "Doe"},
        {"attribute_type": "email", "text": EMAILS[number]}, {"attribute_type": "phone_number", "text": PHONES[number]},
        {"attribute_type": "tag", "text": TAGS[number]},
    ]} for number, owner in enumerate(["u1", None])
]  # fmt: skip
CHANNELS = ["ch", "other"]
RULES = f"/brands/b/leads/channels/{CHANNELS[0]}/rules"
GROUP = {"name": "G", "distribution": "RoundRobin", "members": [{"user": "u1", "order": 1}, {"user": "u2", "order": 2}]}


def contact_of(lead: int) -> str:
    """The contact that a lead makes, if it makes one."""
    return hash_id("lead", f"l{lead}")


def ask(dice: random.Random, number: int, captured: list[int]) -> tuple[str, str, Any]:
    """Any request: captures, and what changes whom leads are found to belong to and who gets them."""
    lead = dice.choice(captured)
    one = dice.choice(["f0", "f1", "r1", contact_of(lead)])
    path, known = f"/contacts/{one}", f"a{dice.randrange(number + 1)}"
    email, phone = dice.choice(EMAILS), dice.choice(PHONES)
    payload = {"first_name": dice.choice(NAMES), "last_name": "Doe", "tag": [dice.choice(TAGS)]}
    payload |= {"email": email} if dice.random() < 0.7 else {}
    payload |= {"phone_number": phone} if dice.random() < 0.6 else {}
    capture = {"id": f"l{number}", "metadata": {"lead_channel": dice.choice(CHANNELS)}, "lead": payload}
    condition = dice.choice([
        {"field": "contact_tag", "operator": "any", "value": [dice.choice(TAGS)]},
        {"field": "contact_owner", "operator": "eq", "value": "u2"},
        {"field": "attr.email", "operator": "any", "value": [email]},
    ])  # fmt: skip
    rule = {"id": f"rule{number}", "kind": "AND", "target": "User", "user": dice.choice(["u1", "u2"]), "brand": "b",
            "order": number, "conditions": [condition]}  # fmt: skip
    value = {"attribute_type": dice.choice(["email", "email", "phone_number"])}
    value["text"] = email if value["attribute_type"] == "email" else phone
    choices: list[tuple[float, tuple[str, str, Any]]] = [
        (7, ("POST", "/leads", capture)),
        (2, ("POST", f"{path}/attributes", {"attributes": [{"id": f"a{number}", **value}]})),
        (1, ("POST", f"{path}/attributes", {"attributes": [{"attribute_type": "tag", "text": dice.choice(TAGS)}]})),
        (1, ("PUT", f"{path}/attributes/{known}", {"attribute_type": "email", "text": email})),
        (1, ("DELETE", f"{path}/attributes/{known}", None)),
        (1, ("PATCH", path, {"attributes": [{"attribute_type": "first_name", "text": dice.choice(NAMES)}]})),
        (1, ("PUT", f"{path}/owner", {"user": dice.choice(["u1", "u2", "u3"])})),
        (1, ("POST", "/contacts/attributes", {
            "filters": [{"attribute_type": "tag", "value": dice.choice(TAGS)}], "attributes": [value],
        })),
        (1, ("DELETE", f"/contacts/tags/{dice.choice(TAGS)}", None)),
        (0.5, ("DELETE", path, None)),
        (1, ("POST", f"/leads/l{lead}/timeline", {"action": "ContactLoggedIn"})),
        (2, ("PUT", f"/leads/l{lead}/assignees", [{"email": dice.choice(USERS)["email"]}])),
        (1, ("POST", RULES, rule)),
        (0.5, ("DELETE", f"{RULES}/rule{lead}", None)),
        (0.3, ("PUT", f"/brands/b/leads/channels/{CHANNELS[1]}", {"name": f"Other {number}"})),
    ]  # fmt: skip
    asked = dice.choices([choice for _, choice in choices], [weight for weight, _ in choices])[0]
    if asked[1] == "/leads":
        captured.append(number)
    return asked


def make_log(seed: int, count: int = 120) -> list[dict[str, Any]]:
    dice = random.Random(seed)
    born = [{"id": "r1", "attributes": [{"attribute_type": "email", "text": EMAILS[2]}]}]
    first = [
        *(("POST", "/brands/b/leads/channels", {"id": channel, "name": channel}) for channel in CHANNELS),
        ("POST", "/contacts", {"contacts": born}),
    ]
    captured = [0]
    asks = [*first, *(ask(dice, number, captured) for number in range(len(first), count))]
    return [
        {"id": number, "at": 1778872000 + number // 2, "user": "u1", "brand": "b"}
        | {"method": method, "path": path, "body": body}
        for number, (method, path, body) in enumerate(asks, 1)
    ]  # fmt: skip


def digests(log: Any) -> dict[str, str]:
    return {table.full_name: log.digest(table, LINEAGE) for table in TABLES}


@pytest.fixture
def make(make_warehouse: Any) -> Any:
    def start() -> Any:
        log = make_warehouse()
        log.stages = (
            stages.stage_directory, stages.read_requests, stages.stage_contacts, stages.stage_requests,
            stages.stage_rulebooks, stages.stage_leads, stages.build_contacts, stages.route, stages.reassign,
        )  # fmt: skip
        log.put("directory", {"brands": [{"id": "b", "name": "B"}], "users": USERS})
        log.put("contacts", *FILE)
        return log

    return start


@pytest.mark.parametrize("seed", [10])
def test_leads_and_requests_at_once_in_parts_late_and_rebuilt_give_the_same(make: Any, seed: int) -> None:
    lines = make_log(seed)
    whole = make()
    whole.take(*lines)
    expected = digests(whole)
    assert sum(lead["contact_exists"] for lead in whole.rows(CORE_LEADS)) > 20
    assert len(whole.rows(ROUTING_REASSIGNMENTS)) > 5
    assert len(whole.rows(CORE_OWNER_CHANGES)) > 2

    apart = make()
    for part in (lines[:40] + lines[80:], lines[40:80]):  # the second one is late
        apart.take(*part)
    assert digests(apart) == expected
    apart.rebuild()
    assert digests(apart) == expected, "rebuild law"
