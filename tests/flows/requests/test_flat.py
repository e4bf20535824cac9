"""Flat contacts of the other product in the request log (003): each answer shows what the request said."""

import json
from typing import Any

import msgspec

from schemas.tables import CORE_ATTRIBUTES, MARTS_ATTRIBUTE_DEFS, MARTS_CONTACTS, MARTS_FLAT_CONTACTS
from transforms.documented import SHAPES


def request(at: float, method: str, path: str, body: Any = None) -> dict[str, Any]:
    return {"id": f"{at}", "at": at, "user": "u", "brand": "b", "method": method, "path": path, "body": body}


#: The documented object (003:80), with values.
ANN = {
    "id": "ann", "name": "Ann van Dyk", "phoneNumber": "+12145550123", "location": {"id": "l1", "title": "Dallas"},
    "stage": "Subscriber", "notes": "met at a fair",
    "customFields": {"budget": 500000, "pets": ["cat", "dog"], "since": "2024-05-06", "vip": True, "misc": {"a": [1]}},
    "tags": ["Lead", "Buyer"],
}  # fmt: skip
EMPTY = {"location": None, "stage": None, "notes": None, "customFields": {}, "tags": []}


def flat(log: Any) -> dict[str, dict[str, Any]]:
    """Flat contacts as exported, by id."""
    shown = [json.loads(msgspec.json.encode(SHAPES["flat"](row))) for row in log.rows(MARTS_FLAT_CONTACTS)]
    return {item["id"]: item for item in shown}


def test_fc1_what_is_posted_comes_out_key_by_key(log: Any) -> None:
    log.take(
        request(1, "POST", "/v1/contacts", ANN),
        request(2, "POST", "/v1/contacts", {"id": "bo", "name": "Bo", "phoneNumber": "+12145550124"}),
    )
    shown = flat(log)
    assert shown == {"ann": ANN, "bo": {"id": "bo", "name": "Bo", "phoneNumber": "+12145550124", **EMPTY}}
    assert list(shown["ann"]) == list(ANN)
    defs = {
        row["name"]: (row["data_type"], row["is_singular"]) for row in log.rows(MARTS_ATTRIBUTE_DEFS, "brand = 'b'")
    }
    assert defs == {
        "budget": ("number", True), "pets": ("text", False), "since": ("date", True), "vip": ("text", True),
        "misc": ("text", True), "stage": ("text", True), "location_id": ("text", True),
        "location_title": ("text", True),
    }  # fmt: skip
    (budget,) = log.rows(CORE_ATTRIBUTES, "attribute_type = 'budget' AND deleted_at IS NULL")
    assert (budget["contact_id"], budget["number"]) == ("ann", 500000)


def test_fc1_a_field_that_is_put_replaces_what_was_shown_and_an_absent_one_stays(log: Any) -> None:
    phone = {"attributes": [{"attribute_type": "phone_number", "text": "+12145550177"}]}
    log.take(
        request(1, "POST", "/v1/contacts", ANN),
        request(2, "POST", "/contacts/ann/attributes", phone),
        request(3, "PUT", "/v1/contacts/ann", {"name": "Ann", "phoneNumber": "+12145550199", "stage": "Customer"}),
    )
    put = {**ANN, "name": "Ann", "phoneNumber": "+12145550199", "stage": "Customer"}
    assert flat(log) == {"ann": put}
    (contact,) = log.rows(MARTS_CONTACTS)
    assert contact["phone_numbers"] == ["+12145550199", "+12145550177"]  # not shown, so not replaced
    changed = {
        "tags": ["Buyer", "Hot"], "customFields": {"budget": 250000.5, "pets": ["dog"]}, "notes": "",
        "location": {"id": None, "title": "Austin"}, "stage": "",
    }  # fmt: skip
    log.take(request(4, "PUT", "/v1/contacts/ann", {"name": "Dyk, Dr. Ann", "phoneNumber": "+12145550199", **changed}))
    assert flat(log) == {"ann": {**put, **changed, "name": "Dr. Ann Dyk", "notes": None, "stage": None}}
    log.take(request(5, "POST", "/v1/contacts", {**put, "customFields": {}, "tags": None}))
    assert flat(log) == {"ann": {**put, "customFields": {}, "tags": ["Buyer", "Hot"]}}
    assert log.problems() == []


def test_fc2_tags_are_added_and_removed_and_contacts_deleted(log: Any) -> None:
    log.take(
        request(1, "POST", "/v1/contacts", ANN),
        request(3, "POST", "/v1/contacts/ann/tags/add", {"tags": ["Hot", "buyer"]}),
        request(4, "POST", "/v1/contacts/ann/tags/remove", {"tags": ["lead", "never had"]}),
    )
    assert flat(log)["ann"]["tags"] == ["Buyer", "Hot"]
    log.take(request(8, "DELETE", "/v1/contacts/ann"))
    assert flat(log) == {}
    assert log.problems() == []


def test_what_a_flat_contact_cannot_be_is_refused(log: Any) -> None:
    person = {"name": "Nobody", "phoneNumber": "+12145550111"}
    log.take(
        request(1, "PUT", "/v1/contacts/ghost", person),
        request(2, "POST", "/v1/contacts", {**person, "customFields": {"stage": "x"}}),
        request(3, "POST", "/v1/contacts", {**person, "location": {"id": "l", "street": "x"}}),
        request(4, "POST", "/v1/contacts", {"name": "Nobody"}),
        request(5, "POST", "/v1/contacts/ghost/tags/add", {"tags": ["a"]}),
    )
    assert flat(log) == {}
    assert log.problems() == [
        ("invalid_request", 2), ("invalid_request", 3), ("invalid_request", 4), ("unknown_id", 1), ("unknown_id", 5),
    ]  # fmt: skip
