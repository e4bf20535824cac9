"""Imports that name an uploaded file (004:5504, 5920)."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from transforms.requests.parsing import parse_requests
from transforms.requests.uploads import RequestedImports, match_imports

UPLOAD = "fe5fbe6e-2b6b-40bf-a9ff-c09cdc599a91"
MAPPINGS = {"First Name": {"attribute_type": "first_name"}, "E-mail": {"attribute_type": "email", "index": 0}}
WHO = {"user": "u", "brand": "b", "method": "POST"}
FILES = pl.DataFrame({"file_id": ["f1", "f2"], "file_name": ["2026/contacts.csv", "legacy.xls"]})


def match(*asks: tuple[str, Any]) -> RequestedImports:
    payloads = [
        json.dumps(
            {"id": number, "at": number, "user": "u", "brand": "b", "method": "POST", "path": path, "body": body}
        )
        for number, (path, body) in enumerate(asks, 1)
    ]
    log = pl.DataFrame({"file_id": "log", "record_number": range(1, len(payloads) + 1), "payload": payloads})
    parsed = parse_requests(log, None)
    assert parsed.problems.is_empty()
    return match_imports(parsed.requests, FILES)


def test_im2_an_import_says_what_a_side_file_would() -> None:
    found = match(
        ("/contacts/upload", {"id": UPLOAD, "name": "contacts.csv", "mime": "text/csv"}),
        ("/contacts/import.csv", {"file_id": UPLOAD, "owner": "owner", "mappings": MAPPINGS}),
        ("/contacts/import.xls", {"file_id": "legacy.xls"}),
    )
    assert {key: json.loads(text) for key, text in found.side_texts.items()} == {
        "f1": {"owner": "owner", "brand": "b", "mappings": MAPPINGS}, "f2": {"owner": "u", "brand": "b"},
    }  # fmt: skip
    assert found.problems.is_empty()


def test_an_import_of_a_file_that_is_not_there_is_quarantined() -> None:
    found = match(("/contacts/import.xlsx", {"file_id": UPLOAD, "mappings": {}}))
    assert found.side_texts == {}
    assert found.problems.select("code", "row_number", "value").rows() == [("unknown_id", 1, UPLOAD)]
