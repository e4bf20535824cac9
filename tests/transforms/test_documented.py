"""Documented shapes: every key of the examples, in their order."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import (
    MARTS_CONTACT_ATTRIBUTES,
    MARTS_CONTACTS,
    MARTS_DUPLICATE_CLUSTERS,
    MARTS_LEAD_SUMMARY,
    MARTS_LEADS,
    Table,
)
from transforms.documented import CONTACT_KEYS, SHAPES, describe_duplicates

MOMENT = datetime(2026, 5, 15, 19, 7, 15, 913689, tzinfo=UTC)


def row(table: Table, **given: Any) -> dict[str, Any]:
    return pl.DataFrame([given], schema=polars_schema(table)).row(0, named=True)


def contact(**given: Any) -> dict[str, Any]:
    return row(MARTS_CONTACTS, **{"id": "c", "created_at": MOMENT, "parked": False, "type": "contact", **given})


def plain(shape: str, given: dict[str, Any]) -> Any:
    """As it reads in the file, keys in order."""
    return json.loads(msgspec.json.encode(SHAPES[shape](given)), object_pairs_hook=list)


def test_a_contact_has_every_key_in_order_and_null_never_an_empty_list() -> None:
    found = dict(plain("contact", contact(birthday=date(1970, 1, 12), tags=["poo", "foo"])))
    assert list(found) == list(CONTACT_KEYS)
    assert (found["created_at"], found["birthday"]) == (1778872035.913689, "1970-01-12T00:00:00.000Z")
    assert (found["tags"], found["emails"], found["address"], found["parked"]) == (["poo", "foo"], None, None, False)


def test_an_address_names_only_its_parts_short_names_first() -> None:
    parts = {
        "city": "Dallas", "name": "Street", "extra": "Office", "state": "Texas", "country": "US", "postcode": "72890",
        "label": "Office", "line1": "Street", "line2": "Dallas Texas 72890", "full": "Street, Dallas Texas 72890",
        "full_clean": "Street, Dallas Texas 72890", "type": "stdaddr",
    }  # fmt: skip
    (address,) = dict(plain("contact", contact(address=[parts])))["address"]
    assert [key for key, _ in address] == [
        "city", "full", "name", "type", "extra", "line1", "line2", "state", "country", "postcode",
    ]  # fmt: skip  # 004:154


def test_an_attribute_has_the_documented_keys() -> None:
    given = row(
        MARTS_CONTACT_ATTRIBUTES, attribute_id="a", contact_id="c", attribute_def="d", attribute_type="birthday",
        date=date(1970, 1, 12), is_primary=False, is_partner=False, created_at=MOMENT, updated_at=MOMENT,
    )  # fmt: skip
    found = dict(plain("attribute", given))
    assert list(found) == [
        "id", "contact", "attribute_def", "created_at", "updated_at", "deleted_at", "label", "is_primary",
        "is_partner", "index", "created_by", "updated_by", "attribute_type", "text", "date", "address", "type",
    ]  # fmt: skip  # 004:6557
    assert (found["date"], found["text"], found["address"]) == (950400, None, None)


def test_a_lead_keeps_its_raw_payload_verbatim() -> None:
    raw = '{"email": "t@example.com",  "first_name": "T"}'
    given = row(MARTS_LEADS, id="l", contact_id="c", raw_payload=raw, parsed_payload="{}", captured_at=MOMENT)
    assert raw.encode() in msgspec.json.encode(SHAPES["lead"](given))
    assert [key for key, _ in plain("lead", given)] == [
        "id", "contact", "lead_channel", "raw_payload", "parsed_payload", "source_type", "created_at",
    ]  # fmt: skip  # 000:750


def test_a_lead_summary_has_the_documented_keys_numbers_as_texts() -> None:
    given = row(
        MARTS_LEAD_SUMMARY, id="1", status="unassigned", assigned="0", date="2024-08-05 14:07:36", is_public="0",
        analytics='{"source":"3"}',
    )  # fmt: skip
    found = dict(plain("lead-summary", given))
    assert list(found) == [
        "id", "name", "title", "company", "phonenumber", "email", "status", "date", "chat_id", "assigned", "is_public",
        "chat", "chat_date", "lead_type", "assigned_to", "color", "analytics", "notes_count", "attachment_count",
    ]  # fmt: skip  # 002:73
    assert (found["assigned"], found["assigned_to"], found["is_public"]) == ("0", None, "0")
    assert (dict(found["analytics"]), found["chat"]) == ({"source": "3"}, None)


def test_duplicates_are_clusters_in_review_with_their_contacts_in_id_order() -> None:
    contacts = pl.DataFrame([contact(id=name) for name in "abcd"], schema=polars_schema(MARTS_CONTACTS))
    clusters = pl.DataFrame(
        [("x", "d", "review"), ("x", "b", "review"), ("y", "a", "review"), ("y", "gone", "review"),
         ("z", "c", "merged")],
        schema=["cluster_id", "contact_id", "status"], orient="row",
    )  # fmt: skip
    assert set(clusters.columns) < set(MARTS_DUPLICATE_CLUSTERS.columns)
    (found,) = describe_duplicates(clusters, contacts)
    assert (found["id"], [item["id"] for item in found["contacts"]]) == (1, ["b", "d"])
