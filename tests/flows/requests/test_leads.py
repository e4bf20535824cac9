"""Leads in the request log: captured, delivered, talked about, given to others (000:732-806, 001)."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from flows import stages
from schemas.tables import (
    MARTS_ACTIVITIES,
    MARTS_ASSIGNMENTS,
    MARTS_LEADS,
    MARTS_QUARANTINE,
    ROUTING_REASSIGNMENTS,
)

BRAND, CHANNEL = "497c9108-1031-4885-9043-5baaf215aed7", "1521dee8-d755-4205-bc57-2e50de23d65c"
LEAD, OTHER = "8c6cd0bc-5fb7-4f9e-ad5f-40491418f0ef", "521a03a6-4229-45a6-8e3f-a4bd226615e1"
CAMPAIGN = "1bf17bed-9926-4ce1-8b40-0fe4a3c94a5b"
USERS = [
    {"id": "jane", "first_name": "Jane", "last_name": "Smith", "email": "jane@example.com", "brand": BRAND},
    {"id": "john", "first_name": "John", "last_name": "Doe", "email": "john@example.com", "brand": BRAND},
]
START = 1783014855.659


def request(after: float, method: str, path: str, body: Any) -> dict[str, Any]:
    who = {"id": f"{path} {after}", "at": START + after, "user": "john", "brand": BRAND}
    return {**who, "method": method, "path": path, "body": body}


#: 000:735 and 774.
BY_CHANNEL = {"first_name": "Test", "last_name": "User", "email": "test@example.com", "source_type": "Website"}
BY_CAMPAIGN = {
    "first_name": "Test",
    "last_name": "Recipient",
    "email": "r@example.com",
    "source_type": "Email Campaign",
}
CREATE = request(-9, "POST", f"/brands/{BRAND}/leads/channels", {"id": CHANNEL})
CAPTURES = [
    request(0, "POST", "/leads", {"id": LEAD, "metadata": {"lead_channel": CHANNEL}, "lead": BY_CHANNEL}),
    request(1, "POST", "/leads", {"metadata": {"email_campaign_email": CAMPAIGN}, "lead": BY_CAMPAIGN}),
    request(2, "POST", f"/leads/channels/{CHANNEL}/webhook", {"email": "hook@example.com", "tag": ["Lead"]}),
    request(3, "POST", "/leads/channels/nowhere/webhook", {"email": "lost@example.com"}),
]


@pytest.fixture
def leads(log: Any) -> Any:
    book = {"channels": [{"id": "default", "brand": BRAND, "is_default": True}], "rules": []}
    emails = [{"id": "campaign", "brand": BRAND, "emails": [{"id": CAMPAIGN}]}]
    log.put("directory", {"brands": [{"id": BRAND, "name": "B"}], "users": USERS, "campaigns": emails})
    log.put("routing", book)
    log.stages = (
        stages.stage_directory, stages.read_requests, stages.stage_rulebooks, stages.stage_contacts,
        stages.stage_requests, stages.stage_leads, stages.build_contacts, stages.route, stages.reassign,
    )  # fmt: skip
    return log


def test_lc1_lc2_lc3_leads_are_captured_as_documented(leads: Any) -> None:
    leads.take(CREATE, *CAPTURES)
    found = {json.loads(row["raw_payload"])["email"]: row for row in leads.rows(MARTS_LEADS)}
    assert set(found) == {"test@example.com", "r@example.com", "hook@example.com"}
    first = found["test@example.com"]
    assert (first["id"], first["lead_channel"], first["source_type"]) == (LEAD, CHANNEL, "Website")
    assert json.loads(first["raw_payload"]) == json.loads(first["parsed_payload"]) == BY_CHANNEL
    assert first["captured_at"] == datetime.fromtimestamp(START, UTC)
    assert first["contact_id"] not in (LEAD, None)
    assert found["r@example.com"]["lead_channel"] == "default"  # the campaign's brand's (A-O7)
    assert found["hook@example.com"]["lead_channel"] == CHANNEL
    (problem,) = leads.rows(MARTS_QUARANTINE)
    assert (problem["code"], problem["folder"], problem["row"]) == ("unknown_channel", "requests", 5)


def test_lc7_lc8_timelines_take_the_ten_actions_with_their_parts(leads: Any) -> None:
    path = f"/leads/{LEAD}/timeline"
    leads.put("requests", CREATE, *CAPTURES[:1])
    leads.take(
        request(10, "POST", path, {"action": "ContactViewedListing", "notes": "strong interest", "listing": {"id": 1}}),
        request(11, "POST", path, {"action": "ContactSignedUp"}),
        request(12, "POST", path, {"action": "ContactViewedListing"}),
        request(13, "POST", path, {"action": "ContactSneezed"}),
        request(14, "POST", "/leads/ghost/timeline", {"action": "ContactLoggedIn"}),
        request(-5, "POST", path, {"action": "ContactLoggedIn"}),
    )
    rows = sorted(leads.rows(MARTS_ACTIVITIES), key=lambda row: row["occurred_at"])
    assert [(row["action"], row["notes"], row["lead_id"]) for row in rows] == [
        ("LeadCaptured", None, LEAD), ("ContactViewedListing", "strong interest", LEAD),
        ("ContactSignedUp", None, LEAD),
    ]  # fmt: skip
    assert len({row["contact_id"] for row in rows}) == 1
    problems = [("invalid_request", 3), ("invalid_request", 4), ("unknown_id", 5), ("unknown_id", 6)]
    assert leads.problems() == problems


def test_lc9_a_p2_reassigning_replaces_the_assignees_and_keeps_the_history(leads: Any) -> None:
    path = f"/leads/{LEAD}/assignees"
    leads.put("requests", CREATE, *CAPTURES[:1])
    leads.take(
        request(20, "PUT", path, [{"email": "Jane@example.com"}, {"first_name": "John", "last_name": "Doe"}]),
        request(21, "PUT", path, []),
        request(22, "PUT", path, [{"email": "nobody@example.com"}]),
        request(23, "PUT", "/leads/ghost/assignees", [{"email": "jane@example.com"}]),
    )
    rows = leads.rows(MARTS_ASSIGNMENTS)
    assert [(row["position"], row["user_id"], row["status"], row["decided_by"]) for row in rows] == [
        (1, "jane", "assigned", "reassigned"), (2, "john", "assigned", "reassigned"),
    ]  # fmt: skip
    assert rows[0]["reason"].startswith("reassigned by user john at 2026-07-02")
    assert leads.problems() == [("unknown_id", 2), ("unknown_id", 3), ("unknown_id", 4)]
    assert [row["reason"] for row in leads.rows(MARTS_QUARANTINE, "row = 4")] == [
        "no lead or contact with leads has this id at that time"
    ]
    leads.take(request(30, "PUT", path, [{"email": "john@example.com"}]))
    assert [row["user_id"] for row in leads.rows(MARTS_ASSIGNMENTS)] == ["john"]
    assert len(leads.rows(ROUTING_REASSIGNMENTS)) == 3
