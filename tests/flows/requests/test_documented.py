"""What the examples of 004 do beside what their answers show (test_examples): touches, tags, definitions, deletions.

E-mail addresses are invented. A known contradiction of the documents: next_touch after touch_freq 43 is the 30 days of
a tag (SPEC TO3).
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from schemas.tables import MARTS_ATTRIBUTE_DEFS, MARTS_CONTACTS, MARTS_TAGS

SAMPLES = Path(__file__).parents[3] / "data" / "samples" / "inbox" / "requests" / "2026-05.jsonl"
CREATE = json.loads(SAMPLES.read_text(encoding="utf-8").splitlines()[0])
JOHNNY, USER, BRAND = CREATE["body"]["contacts"][0]["id"], CREATE["user"], CREATE["brand"]
EMAIL, PHONE, TAG = (
    "d5b21d60-d87a-4eec-ad11-7e50252f57d0", "7c6b51bc-ee90-4f34-972f-d85f7d7c7f44",
    "5b3c994e-7569-4df8-b8db-f37421a684f7",
)  # fmt: skip
START = 1778872037.0
GENERAL, SECOND_PHONE, SECOND_EMAIL = (
    "9f19961b-f745-43d3-b77a-884bd6c83a00", "78ac1853-77f4-4cfa-abe3-33d2aa2262bb",
    "e1d3fd4b-f7ea-4bbb-81d0-5b680808564e",
)  # fmt: skip


def request(after: float, method: str, path: str, body: Any = None, **more: Any) -> dict[str, Any]:
    who = {"id": f"{method} {path} {after}", "at": START + after, "user": USER, "brand": BRAND}
    return {**who, "method": method, "path": path, "body": body, **more}


def attribute(attribute_id: str, name: str, text: str, label: str | None, is_primary: bool) -> dict[str, Any]:
    """One attribute as the documents update it (004:4741)."""
    return {
        "id": attribute_id, "contact": JOHNNY, "created_at": 1778872037.255739, "deleted_at": None, "label": label,
        "is_primary": is_primary, "is_partner": False, "index": None, "created_by": USER, "attribute_type": name,
        "text": text, "date": None, "address": None, "type": "contact_attribute",
    }  # fmt: skip


#: Not the id of the document: data/reference has that one, of another brand.
DRINKS = "0d6c8e2c-6d0e-4b3c-9a52-6f7a3a9b8c11"
OWN = f"/contacts/{JOHNNY}"
ADD_TAG = request(0.2, "POST", f"{OWN}/attributes", {"attributes": [
    {"id": GENERAL, "attribute_def": TAG, "text": "PastClient"}
]})  # fmt: skip
BULK = request(0.3, "POST", "/contacts/attributes", {
    "filters": [{"attribute_type": "tag", "value": "PastClient", "attribute_def": TAG}],
    "attributes": [{"attribute_def": TAG, "text": "BulkTag"}],
}, query={"get": "true", "users": USER, "associations": "contact.summary"})  # fmt: skip
ADD_MORE = request(0.5, "POST", f"{OWN}/attributes", {"attributes": [
    {"id": SECOND_PHONE, "attribute_def": PHONE, "text": "+989028202679", "label": "Home-Line1"},
    {"id": SECOND_EMAIL, "attribute_def": EMAIL, "text": "johnny.personal@example.com", "label": "Personal"},
    {"attribute_def": EMAIL, "text": "johnny.third@example.com"},
]})  # fmt: skip
PUT_PHONE = request(0.6, "PUT", f"{OWN}/attributes/{SECOND_PHONE}",
                    attribute(SECOND_PHONE, "phone_number", "+989123456789", "Home-Line2", True))  # fmt: skip
PATCH = request(0.7, "PATCH", OWN, {"attributes": [
    attribute(GENERAL, "tag", "General", None, False),
    attribute(SECOND_PHONE, "phone_number", "+989028202679", "Home-Line1", True),
    attribute(SECOND_EMAIL, "email", "johnny.personal@example.com", "Personal", True),
]})  # fmt: skip
WARM = request(0.8, "POST", f"{OWN}/attributes", {"attributes": [{"attribute_def": TAG, "text": "Warm"}]})
TOUCH = request(0.9, "PATCH", f"{OWN}/touch", {"touch_freq": 43})
RENAME = request(1.0, "PATCH", "/contacts/tags/foo", {"tag": "bar"})
TOUCH_TAG = request(1.1, "PATCH", "/contacts/tags/bar/touch", {"touch_freq": 10})
DELETE_POO = request(1.2, "DELETE", "/contacts/tags/poo")
DELETE_BAR = request(1.3, "DELETE", "/contacts/tags/bar")
DELETE_ATTRIBUTE = request(1.4, "DELETE", f"{OWN}/attributes/{GENERAL}")


def contact(log: Any) -> dict[str, Any]:
    (row,) = log.rows(MARTS_CONTACTS, "id = ?", JOHNNY)
    return row


@pytest.fixture
def johnny(log: Any) -> Any:
    log.put("directory", {"brands": [{"id": BRAND, "name": "Team"}]})
    log.put("requests", CREATE, ADD_TAG, BULK)
    return log


def test_touches_and_tags_renamed_and_deleted_to3_to5_tg4(johnny: Any) -> None:
    johnny.take(ADD_MORE, PATCH, WARM)
    assert contact(johnny)["touch_freq"] == 30
    johnny.take(TOUCH)
    at = datetime.fromtimestamp(TOUCH["at"], UTC)
    found = contact(johnny)
    assert (found["touch_freq"], found["next_touch"]) == (43, at + timedelta(days=43))  # 004:8637; see TO3
    johnny.take(RENAME, TOUCH_TAG)
    assert contact(johnny)["touch_freq"] == 10
    assert "bar" in contact(johnny)["tags"]
    johnny.take(DELETE_POO, DELETE_BAR, DELETE_ATTRIBUTE)
    found = contact(johnny)
    assert found["tags"] == ["Warm", "BulkTag", "New"]  # 004:6738
    assert found["touch_freq"] == 10  # removing the tag does not clear it (004:6696)
    assert found["next_touch"] == datetime.fromtimestamp(TOUCH_TAG["at"], UTC) + timedelta(days=10)
    tags = {row["tag"]: row["touch_freq"] for row in johnny.rows(MARTS_TAGS)}
    assert set(tags) == {  # used once, they stay (TG1)
        "New", "BulkTag", "PastClient", "General", "Warm", "Hot", "Past Client", "Agent", "Buyer", "Seller",
    }  # fmt: skip
    assert johnny.problems() == []


def test_requests_on_tags_that_are_not_there_are_refused(johnny: Any) -> None:
    johnny.take(DELETE_POO, {**DELETE_POO, "id": "again", "at": DELETE_POO["at"] + 1}, TOUCH_TAG)
    assert johnny.problems() == [("unknown_id", 2), ("unknown_id", 3)]
    assert "bar" not in {row["tag"] for row in johnny.rows(MARTS_TAGS)}


def test_an_attribute_definition_is_created_and_deleted(log: Any) -> None:
    body = {
        "name": "favorite_drinks", "data_type": "text", "label": "Favorite Drinks", "section": "Detials",
        "required": False, "singular": False, "searchable": False, "has_label": False,
        "enum_values": ["Coffee", "Tea", "Iced Tea", "Juice"],
    }  # fmt: skip
    create = request(2, "POST", "/contacts/attribute_defs", {**body, "id": DRINKS})
    drink = {"attributes": [{"attribute_type": "favorite_drinks", "text": "Tea"}]}
    log.take(CREATE, create, request(3, "POST", f"{OWN}/attributes", drink))
    (found,) = log.rows(MARTS_ATTRIBUTE_DEFS, "id = ?", DRINKS)
    assert {key: found[key] for key in ("name", "data_type", "label", "section", "brand", "enum_values")} == {
        **{key: body[key] for key in ("name", "data_type", "label", "section", "enum_values")}, "brand": BRAND,
    }  # fmt: skip
    flags = ("is_global", "is_singular", "is_editable", "labels")
    assert [found[name] for name in flags] == [False, False, True, None]
    assert log.texts(JOHNNY, "favorite_drinks") == ["Tea"]
    first_name = "/contacts/attribute_defs/36fd9fd2-b672-41c0-966f-2c7673421a4e"
    others = {**request(3.5, "DELETE", f"/contacts/attribute_defs/{DRINKS}"), "brand": "other"}
    log.take(others, request(3.6, "DELETE", first_name))  # refused, and all keep their values
    assert log.texts(JOHNNY, "favorite_drinks") == ["Tea"]
    assert log.texts(JOHNNY, "first_name")
    log.take(request(4, "DELETE", f"/contacts/attribute_defs/{DRINKS}"))
    assert log.rows(MARTS_ATTRIBUTE_DEFS, "id = ?", DRINKS) == []
    assert log.texts(JOHNNY, "favorite_drinks") == []
    log.take(request(5, "POST", f"{OWN}/attributes", drink))
    assert log.problems() == [("not_editable", 2), ("unknown_attribute", 1), ("unknown_id", 1)]


def test_owners_change_and_contacts_are_deleted_softly(log: Any) -> None:
    log.take(CREATE, request(1, "PUT", f"{OWN}/owner", {"user": "f30950fe-a115-4165-b97a-89b86fbe954b"}))
    assert contact(log)["user_id"] == "f30950fe-a115-4165-b97a-89b86fbe954b"
    log.take(request(2, "DELETE", "/contacts", {"ids": [JOHNNY]}), request(3, "DELETE", OWN))
    assert log.rows(MARTS_CONTACTS) == []
    assert log.problems() == [("unknown_id", 2)]
