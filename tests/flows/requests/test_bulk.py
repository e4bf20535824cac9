"""Bulk requests reach whom the documented filter finds: the published filter is the oracle (SPEC EA12, FI1-FI3)."""

from typing import Any

import pytest

from flows.segments import read_filter_tables
from schemas.tables import MARTS_CONTACTS, MARTS_QUARANTINE
from transforms.filters import filter_contacts

START = 1778872000.0


def request(number: float, method: str, path: str, body: Any = None, **query: Any) -> dict[str, Any]:
    who = {"id": f"r{number}", "at": START + number, "user": "u", "brand": "b"}
    return {**who, "method": method, "path": path, "body": body, "query": query or None}


def person(contact_id: str, user: str, **values: str) -> dict[str, Any]:
    attributes = [{"attribute_type": name, "text": text} for name, text in values.items()]
    return {"id": contact_id, "user": user, "attributes": attributes}


FILE = [
    person("f1", "u", first_name="Ann", last_name="Étienne", email="ann@example.com", tag="Hot"),
    person("f2", "v", company="ACME Corporation", phone_number="+12145550123"),
]
MADE = [
    person("r1", "u", first_name="Bo", last_name="Eastman", tag="Hot", note="likes annexes"),
    person("r2", "v", nickname="Zed", first_name="Eve", last_name="Lee"),
]
SPECS: list[dict[str, Any]] = [
    {"alphabet": "e"}, {"alphabet": "Z"}, {"q": "ann"}, {"q": "ACME corp"}, {"q": "ann@example"}, {"q": "nowhere"},
    {"created_gte": START}, {"created_lte": START + 1}, {"updated_gte": START + 5},
    {"updated_lte": START + 5, "created_gte": START},
    {"alphabet": "e", "users": "u", "filters": [{"attribute_type": "tag", "value": "hot"}], "excludes": ["r1"]},
]  # fmt: skip
REFUSED = {
    "crm_task": "t",
    "flows": "f",
    "lead_channels": ["c"],
    "limit": 3,
    "lists": "x",
    "created_by": "u",
    "colour": 1,
}


@pytest.fixture
def people(log: Any) -> Any:
    log.put("directory", {"brands": [{"id": "b", "name": "B"}]})
    log.put("contacts", *FILE)
    nickname = {"attributes": [{"attribute_type": "nickname", "text": "Zed"}]}
    log.put(
        "requests", request(1, "POST", "/contacts", {"contacts": MADE}), request(9, "PATCH", "/contacts/r2", nickname)
    )
    return log


def test_a_bulk_request_reaches_whom_its_filter_finds(people: Any) -> None:
    people.derive()
    people.rows(MARTS_CONTACTS)
    with people.run.store() as store:
        tables = read_filter_tables(store)
    asks = [
        request(10 + number, "POST", "/contacts/attributes", {
            **spec, "attributes": [{"attribute_type": "tag", "text": f"bulk {number}"}],
        }) for number, spec in enumerate(SPECS)
    ]  # fmt: skip
    people.take(*asks)
    tags = {row["id"]: set(row["tags"] or []) for row in people.rows(MARTS_CONTACTS)}
    for number, spec in enumerate(SPECS):
        if "updated_gte" not in spec and "updated_lte" not in spec:  # each request is an update of whom it reaches
            reached = sorted(name for name, own in tags.items() if f"bulk {number}" in own)
            assert reached == filter_contacts(spec, tables).to_list(), spec
    assert {name for name, own in tags.items() if "bulk 0" in own} == {"f1", "r1"}  # Étienne and Eastman
    assert {name for name, own in tags.items() if "bulk 8" in own} == {"f1", "f2", "r1", "r2"}
    assert {name for name, own in tags.items() if "bulk 9" in own} == set()
    assert people.problems() == []


def test_what_is_not_known_at_that_moment_is_refused_with_the_reason(people: Any) -> None:
    added = {"attributes": [{"attribute_type": "tag", "text": "x"}]}
    people.take(
        *(request(number, "POST", "/contacts/attributes", {**added}, **{key: value})
          for number, (key, value) in enumerate(REFUSED.items(), 20))
    )  # fmt: skip
    rows = sorted(people.rows(MARTS_QUARANTINE), key=lambda row: row["row"])
    assert [row["code"] for row in rows] == ["invalid_request"] * len(REFUSED)
    assert all(f"{key!r}" in row["reason"] for key, row in zip(REFUSED, rows, strict=True))
