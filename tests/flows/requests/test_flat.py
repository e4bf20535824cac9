"""Flat contacts of the other product in the request log (003)."""

from typing import Any

from schemas.tables import CORE_ATTRIBUTES, MARTS_ATTRIBUTE_DEFS, MARTS_CONTACTS


def request(at: float, method: str, path: str, body: Any = None) -> dict[str, Any]:
    return {"id": f"{at}", "at": at, "user": "u", "brand": "b", "method": method, "path": path, "body": body}


ANN = {
    "id": "ann", "name": "Ann van Dyk", "phoneNumber": "+12145550123", "location": {"id": "l1", "title": "Dallas"},
    "stage": "Subscriber", "notes": "met at a fair", "customFields": {"budget": 500000, "pets": ["cat", "dog"]},
    "tags": ["Lead"],
}  # fmt: skip


def test_fc1_fc2_flat_contacts_are_written_tagged_and_deleted(log: Any) -> None:
    log.take(
        request(1, "POST", "/v1/contacts", ANN),
        request(2, "POST", "/v1/contacts", {"name": "Bo", "phoneNumber": "+12145550124"}),
        request(3, "POST", "/v1/contacts/ann/tags/add", {"tags": ["Hot", "Buyer"]}),
        request(4, "POST", "/v1/contacts/ann/tags/remove", {"tags": ["lead"]}),
        request(5, "PUT", "/v1/contacts/ann", {"name": "Ann Doe", "phoneNumber": "+12145550199", "stage": "Customer"}),
        request(6, "POST", "/v1/contacts", {**ANN, "name": "Ann Doe", "phoneNumber": "+12145550199", "tags": []}),
        request(7, "PUT", "/v1/contacts/ghost", {"name": "Nobody", "phoneNumber": "+12145550111"}),
    )
    ann, bo = sorted(log.rows(MARTS_CONTACTS), key=lambda row: row["display_name"])
    assert (ann["id"], ann["display_name"], bo["display_name"]) == ("ann", "Ann Doe", "Bo")
    assert (ann["phone_number"], sorted(ann["tags"])) == ("+12145550199", ["Buyer", "Hot"])
    fields = {name: log.texts("ann", name) for name in ("stage", "location_title", "note", "pets")}
    assert fields == {
        "stage": ["Subscriber"], "location_title": ["Dallas"], "note": ["met at a fair"], "pets": ["cat", "dog"],
    }  # fmt: skip
    (budget,) = log.rows(CORE_ATTRIBUTES, "attribute_type = 'budget' AND deleted_at IS NULL")
    assert (budget["contact_id"], budget["number"]) == ("ann", 500000)
    defs = {
        row["name"]: (row["data_type"], row["is_singular"]) for row in log.rows(MARTS_ATTRIBUTE_DEFS, "brand = 'b'")
    }
    assert (defs["budget"], defs["pets"], defs["stage"]) == (("number", True), ("text", False), ("text", True))
    assert log.problems() == [("unknown_id", 7)]
    log.take(request(8, "DELETE", "/v1/contacts/ann"))
    assert [row["display_name"] for row in log.rows(MARTS_CONTACTS)] == ["Bo"]
