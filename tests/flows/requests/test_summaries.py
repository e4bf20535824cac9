"""Lead summaries of the other product taken in, and out again key by key (002)."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from flows import stages
from schemas.tables import MARTS_ACTIVITIES, MARTS_ASSIGNMENTS, MARTS_CONTACTS, MARTS_LEAD_SUMMARY, MARTS_QUARANTINE
from transforms.documented import SHAPES

BRAND = "b"
USERS = [{"id": "u5", "first_name": "Jane", "last_name": "Smith", "email": "jane@example.com", "brand": BRAND}]
#: The documented example (002:71), e-mail addresses invented; its lists and objects are JSON inside texts.
CHAT = (
    '[{"id":"S09XQ866FV_1","created_at":"2023-09-13T11:06:31.060009Z","visibility":"all","type":"message",'
    '"properties":{"lc2":{"welcome_message":true}},"text":"Hello. How may I help you?",'
    '"author_id":"agent@example.com"},{"id":"S09XQ866FV_2","created_at":"2023-09-13T11:06:31.060011Z",'
    '"visibility":"all","type":"message","properties":{"source":{"client_id":"c5e4f61e1a6c3b1521b541bc5c5a2ac5"}},'
    '"text":"Hey","author_id":"665ac64a-d751-4b4d-a1ed-4cbf46057f98","custom_id":"owgq84cmaig"},'
    '{"id":"S09XQ866FV_3","created_at":"2023-09-13T11:07:55.747000Z","visibility":"all","type":"message",'
    '"properties":{"source":{"client_id":"bb9e5b2f1ab480e4a715977b7b1b4279"}},'
    '"text":"Hi there! :wave: How can I help you today? ","author_id":"agent@example.com",'
    '"custom_id":"1694603274419.96817553399"},{"id":"S09XQ866FV_4","created_at":"2023-09-13T11:22:15.002002Z",'
    '"visibility":"agents","type":"system_message","text":"Chat is idle due to 10 minutes of inactivity",'
    '"system_message_type":"routing.idle","text_vars":{"duration":"10"}},{"id":"S09XQ866FV_5",'
    '"created_at":"2023-09-13T11:27:20.006000Z","visibility":"all","type":"system_message",'
    '"text":"Chat archived due to 15 minutes of inactivity","system_message_type":"routing.archived_inactive",'
    '"text_vars":{"duration":"15"}}]'
)
DATA = {
    "id": "1", "name": "john", "title": None, "company": None, "phonenumber": "01234XXXXXX",
    "email": "john@example.com", "status": "New", "date": "2024-08-05 14:07:36", "chat_id": "uyisa77",
    "assigned": "0", "is_public": "0", "chat": None, "chat_date": None, "lead_type": "Sales", "assigned_to": None,
    "color": "#84CC16",
    "analytics": {
        "source": "3",
        "analytics": '{"city":"New York","country":"US","country_code":"PK","latitude":null,"longitude":null,'
        '"region":"Sindh","timezone":"UTC/GMT"}',
        "browser": "Google Chrome", "source_url": "http://localhost/liveforce/", "ip": "117.20.31.166",
        "chat_start_time": "2023-09-13T11:06:31.060009Z", "chat_end_time": "2024-08-05T09:07:36.406233Z",
        "chat": CHAT,
    },
    "notes_count": 0, "attachment_count": 0,
}  # fmt: skip


@pytest.fixture
def leads(log: Any) -> Any:
    log.put("directory", {"brands": [{"id": BRAND, "name": "B"}], "users": USERS})
    log.put("routing", {"channels": [{"id": "default", "brand": BRAND, "is_default": True}], "rules": []})
    log.stages = (
        stages.stage_directory, stages.read_requests, stages.stage_rulebooks, stages.stage_contacts,
        stages.stage_requests, stages.stage_leads, stages.build_contacts, stages.route,
    )  # fmt: skip
    return log


def summaries(log: Any) -> dict[str, dict[str, Any]]:
    """As exported, by id, keys in order."""
    shown = [json.loads(msgspec.json.encode(SHAPES["lead-summary"](row))) for row in log.rows(MARTS_LEAD_SUMMARY)]
    return {item["id"]: item for item in shown}


def test_ls1_ls4_the_documented_summary_comes_out_as_it_came(leads: Any) -> None:
    leads.put("leads", {"data": DATA, "message": "success"})
    leads.derive()
    shown = summaries(leads)
    assert shown == {"1": DATA}
    assert list(shown["1"]) == list(DATA)
    (contact,) = leads.rows(MARTS_CONTACTS)
    assert (contact["display_name"], contact["emails"], contact["source_type"]) == (
        "john",
        ["john@example.com"],
        "Sales",
    )
    problems = {(row["code"], row["column"], row["value"]) for row in leads.rows(MARTS_QUARANTINE)}
    assert ("contradiction", "analytics.analytics", "US PK") in problems  # a finding, the lead goes on (LS4)
    assert len(problems) == 1


def test_ls3_chats_are_activities_and_the_zone_is_found(leads: Any) -> None:
    leads.put("leads", DATA)
    leads.derive()
    captured, *chat = sorted(
        leads.rows(MARTS_ACTIVITIES), key=lambda row: (row["action"][:4] == "Chat", row["occurred_at"])
    )
    assert captured["occurred_at"] == datetime(2024, 8, 5, 9, 7, 36, tzinfo=UTC)  # 14:07:36 +05:00 (LS4)
    entries = json.loads(CHAT)
    assert [row["notes"] for row in chat] == [entry["text"] for entry in entries]
    assert [row["author_id"] for row in chat] == [entry.get("author_id") for entry in entries]
    assert [(row["action"], row["visibility"]) for row in chat] == [
        ("ChatMessage", "all"), ("ChatMessage", "all"), ("ChatMessage", "all"), ("ChatSystemMessage", "agents"),
        ("ChatSystemMessage", "all"),
    ]  # fmt: skip
    assert {(row["lead_id"], row["contact_id"]) for row in chat} == {("1", captured["contact_id"])}


def test_a_summary_that_comes_again_says_where_its_lead_stands(leads: Any) -> None:
    given = {**DATA, "assigned": "1", "assigned_to": "u5", "status": "Contacted", "notes_count": "2", "company": "ACME"}
    leads.put(
        "leads", DATA, {**DATA, "id": 2, "email": "eve@example.com", "name": "Eve Lee", "analytics": {"chat": "[{"}}
    )
    leads.put("leads", given)
    leads.derive()
    shown = summaries(leads)
    assert shown["1"] == {**given, "notes_count": 2}
    (assignment,) = [row for row in leads.rows(MARTS_ASSIGNMENTS) if row["lead_id"] == "1"]
    assert (assignment["user_id"], assignment["decided_by"]) == ("u5", "assignee")
    counts = {row["status"]: row["status_count"] for row in leads.rows(MARTS_LEAD_SUMMARY)}
    assert counts == {"New": 1, "Contacted": 1}
    broken = [row for row in leads.rows(MARTS_QUARANTINE) if row["code"] == "bad_value"]
    assert [(row["column"], row["row"]) for row in broken] == [("analytics.chat", 2)]
