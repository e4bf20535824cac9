"""What accepted requests ask for: contacts and merges."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from schemas.tables import CORE_MERGE_EVENTS, STAGING_CREATED_ATTRIBUTES
from transforms.ids import hash_id
from transforms.requests.events import (
    find_unknown_contacts,
    list_created_contacts,
    list_created_ids,
    list_merges,
)
from transforms.requests.parsing import parse_requests

#: 004:8335.
CLUSTERS = [
    {"parent": "80810d55-f6f4-41fb-8a8d-6bb4cc3a73a7", "sub_contacts": ["f2f3724b-91aa-4ab2-b9c8-cd5d838db77e"]},
    {"parent": "517c2222-41a9-428f-863c-25364c0c299c", "sub_contacts": ["619d0740-2ea9-4872-a39f-24d13c75b001"]},
]


def accepted(*lines: tuple[str, str, Any]) -> pl.DataFrame:
    requests = [
        {"id": f"r{number}", "at": 100 + number // 10, "user": "u", "brand": "b", "method": method, "path": path}
        | {"body": body}
        for number, (method, path, body) in enumerate(lines, 1)
    ]
    payloads = [json.dumps(item) for item in requests]
    records = pl.DataFrame({"file_id": "f", "record_number": range(1, len(payloads) + 1), "payload": payloads})
    parsed = parse_requests(records, None)
    assert parsed.problems.is_empty()
    return parsed.requests


def test_created_contacts_keep_their_id_or_get_one_of_request_and_place() -> None:
    body = {"contacts": [{"id": "given", "user": "own", "attributes": []}, {"id": None, "attributes": [{"text": "é"}]}]}
    files = pl.DataFrame({"file_id": ["f"], "run_sequence": [3]})
    created = list_created_contacts(accepted(("POST", "/contacts", body)), files)
    rows = created.select("user_id", "brand_id", "path", "record_number", "run_sequence", "created_for").rows()
    assert rows == [("u", "b", f"contacts[{place}].", 1, 3, "direct_request") for place in (0, 1)]
    assert [json.loads(payload) for payload in created["payload"]] == [
        body["contacts"][0],
        {"id": hash_id("r1", 1), "attributes": [{"text": "é"}]},
    ]


def test_me1_me7_merges_of_one_contact_and_of_clusters() -> None:
    merges = list_merges(
        accepted(
            ("POST", "/contacts/7cd8/merge", {"sub_contacts": ["faa5", "1fbf", "faa5"]}),
            ("POST", "/contacts/merge", {"clusters": CLUSTERS}),
        )
    )
    CORE_MERGE_EVENTS.model.validate(merges)
    assert merges.select("request_id", "parent_id", "contact_id").rows() == [
        ("r1", "7cd8", "faa5"),
        ("r1", "7cd8", "1fbf"),
        *[("r2", item["parent"], item["sub_contacts"][0]) for item in CLUSTERS],
    ]


def test_ids_that_created_attributes_bring() -> None:
    attributes = [{"id": "a", "text": "x"}, {"text": "y"}, {"id": 7, "text": "z"}, "no object"]
    body = {"contacts": [{"id": "given", "attributes": attributes}, {"attributes": None}]}
    files = pl.DataFrame({"file_id": ["f"], "run_sequence": [3]})
    ids = list_created_ids(list_created_contacts(accepted(("POST", "/contacts", body)), files))
    STAGING_CREATED_ATTRIBUTES.model.validate(ids)
    assert ids.rows() == [("given", 0, "a")]


def test_ea13_imports_tell_their_cause() -> None:
    files = pl.DataFrame({"file_id": ["f"], "run_sequence": [3]})
    created = list_created_contacts(accepted(("POST", "/contacts/import.json", {"contacts": [{}]})), files)
    assert created["created_for"].to_list() == ["import_json"]


def test_unknown_contacts_are_named_with_their_request() -> None:
    requests = accepted(
        ("POST", "/contacts/known/merge", {"sub_contacts": ["also", "phantom"]}),
        ("POST", "/contacts/spirit/merge", {"sub_contacts": ["also", "known"]}),
    )
    merges = list_merges(requests)
    named = [merges.select("request_id", contact_id=name, column_name=pl.lit(name))
             for name in ("parent_id", "contact_id")]  # fmt: skip
    problems = find_unknown_contacts(requests, pl.concat(named), pl.Series(["known", "also"]))
    assert problems.select("row_number", "column_name", "value", "code").sort("row_number").rows() == [
        (1, "contact_id", "phantom", "unknown_id"),
        (2, "parent_id", "spirit", "unknown_id"),
    ]
