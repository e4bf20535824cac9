"""The examples of 004 replayed as a log: what the documents answer is what is published, field by field.

E-mail addresses are invented. Known contradictions of the documents: every updated_at of theirs is the clock of one
test transaction, before the creation, so that an edited tag stands last there and first here (SPEC DV7), and
next_touch after touch_freq 43 is the 30 days of a tag (SPEC TO3).
"""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from schemas.tables import MARTS_ATTRIBUTE_DEFS, MARTS_CONTACT_ATTRIBUTES, MARTS_CONTACTS, MARTS_TAGS

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


#: What the answers to all requests on Johnny say alike (004:7265, 4798, 6686, 8626).
UNCHANGING = {
    "display_name": "Johnny", "partner_name": "Jane Doe", "brand": BRAND, "brand_id": BRAND, "user_id": USER,
    "sort_field": "Johnny", "last_touch": None, "last_touch_action": None, "ios_address_book_id": None,
    "android_address_book_id": None, "deleted_at": None, "created_for": "direct_request",
    "updated_for": "direct_request", "deleted_for": None, "title": None, "first_name": "John",
    "partner_first_name": "Jane", "middle_name": "M.", "last_name": "Doe", "partner_last_name": "Doe",
    "marketing_name": None, "nickname": "Johnny", "parked": False, "partner_email": "jane.doe@example.com",
    "company": "Rechat", "birthday": date(1970, 1, 12), "job_title": "Contact Test Subject",
    "source_type": "ExplicitlyCreated", "source": None, "website": ["http://www.gholi.com"], "type": "contact",
}  # fmt: skip


def test_bulk_attributes_reach_who_satisfies_the_filters_ea12(johnny: Any) -> None:
    johnny.derive()
    found = contact(johnny)
    assert {key: found[key] for key in UNCHANGING} == UNCHANGING
    assert found["tags"] == ["BulkTag", "PastClient", "poo", "foo", "New"]  # 004:7343
    assert found["summary"]["tags"] == ["New", "foo", "poo", "PastClient", "BulkTag"]  # 004:7294
    assert (found["touch_freq"], found["next_touch"]) == (None, None)
    assert found["emails"] == ["johnny@example.com"]
    assert found["phone_numbers"] == ["+989124834198"]


def test_attributes_with_id_are_updated_and_those_without_are_added_ea11(johnny: Any) -> None:
    johnny.take(ADD_MORE, PUT_PHONE)
    (phone,) = johnny.rows(MARTS_CONTACT_ATTRIBUTES, "attribute_id = ?", SECOND_PHONE)
    assert {key: phone[key] for key in ("label", "is_primary", "is_partner", "index", "text", "contact_id")} == {
        "label": "Home-Line2", "is_primary": True, "is_partner": False, "index": None, "text": "+989123456789",
        "contact_id": JOHNNY,
    }  # fmt: skip
    johnny.take(PATCH)
    found = contact(johnny)
    assert {key: found[key] for key in UNCHANGING} == UNCHANGING
    assert found["phone_numbers"] == ["+989028202679", "+989124834198"]  # 004:4837
    assert found["email"] == found["primary_email"] == "johnny.personal@example.com"
    assert set(found["emails"]) == {"johnny@example.com", "johnny.personal@example.com", "johnny.third@example.com"}
    assert found["tags"] == ["General", "BulkTag", "poo", "foo", "New"]  # 004:4851 but for the edited one (DV7)
    assert johnny.problems() == []
    primary = johnny.rows(MARTS_CONTACT_ATTRIBUTES, "attribute_type = 'phone_number' AND is_primary")
    assert [row["attribute_id"] for row in primary] == [SECOND_PHONE]  # marking unmarks the others (EA5)


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
    log.take(request(4, "DELETE", f"/contacts/attribute_defs/{DRINKS}"))
    assert log.rows(MARTS_ATTRIBUTE_DEFS, "id = ?", DRINKS) == []
    assert log.texts(JOHNNY, "favorite_drinks") == []
    log.take(request(5, "POST", f"{OWN}/attributes", drink))
    assert log.problems() == [("unknown_attribute", 1)]


def test_owners_change_and_contacts_are_deleted_softly(log: Any) -> None:
    log.take(CREATE, request(1, "PUT", f"{OWN}/owner", {"user": "f30950fe-a115-4165-b97a-89b86fbe954b"}))
    assert contact(log)["user_id"] == "f30950fe-a115-4165-b97a-89b86fbe954b"
    log.take(request(2, "DELETE", "/contacts", {"ids": [JOHNNY]}), request(3, "DELETE", OWN))
    assert log.rows(MARTS_CONTACTS) == []
    assert log.problems() == [("unknown_id", 2)]
