"""Leads staged and attached in a real warehouse; again, in other slices, and after a change of the files."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flows.runs import Run, start_run
from flows.sources.reference import load_document
from flows.stages import build_contacts, contact_touches, lead_tables, settle_contacts, stage_leads
from flows.store import Store
from schemas.ddl import polars_schema
from schemas.tables import (
    CORE_ACTIVITIES,
    CORE_ATTRIBUTE_DEFS,
    CORE_ATTRIBUTES,
    CORE_BRANDS,
    CORE_CONTACTS,
    CORE_LEAD_FIELDS,
    CORE_LEADS,
    CORE_TAGS,
    CORE_TOUCH_EVENTS,
    OPS_QUARANTINE,
    RAW_FILES,
    RAW_RECORDS,
    ROUTING_CHANNELS,
    STAGING_ATTRIBUTES,
    STAGING_CONTACT_ROWS,
    Table,
)  # fmt: skip
from transforms.attribute_defs import read_attribute_defs

NOON = datetime(2026, 7, 2, 12, tzinfo=UTC)
WRITTEN = (
    CORE_CONTACTS, CORE_ATTRIBUTES, CORE_LEADS, CORE_LEAD_FIELDS, CORE_ACTIVITIES, CORE_TOUCH_EVENTS, CORE_TAGS,
    OPS_QUARANTINE,
)  # fmt: skip
SHOWING = {
    "first_name": "Hossein", "last_name": "Derakhshan", "email": "h@example.com", "tag": ["Showing", "Lead"],
    "lead_source": "Website", "source_type": "Showing", "city": "Atlanta", "state": "GA",
}  # fmt: skip
LEADS = [SHOWING, {"email": "Ann@X.co", "last_name": "Doe", "tag": "Hot"}, {"email": "ann@x.co", "tag": "Hot"}, SHOWING]


def fill(store: Store, table: Table, *rows: dict[str, Any]) -> None:
    schema = {name: dtype for name, dtype in polars_schema(table).items() if name != table.hashed_id}
    store.append(table, pl.DataFrame(rows, schema=schema))


def value(name: str, text: str, position: int, **more: Any) -> dict[str, Any]:
    defs = {item["name"]: item["id"] for item in load_document("attribute_defs.json")}
    row = {"contact_id": "c1", "attribute_def": defs[name], "attribute_type": name, "text": text, "position": position}
    row |= {"match_key": text.lower(), "is_primary": False, "is_partner": False, "is_superseded": False}
    return {**row, "created_at": NOON, "file_id": "csv", "sheet": "", "row_number": 1, "columns": [name], **more}


def capture(place: int, lead: dict[str, Any]) -> dict[str, Any]:
    moment = (NOON + timedelta(hours=place)).timestamp()
    payload = {"metadata": {"lead_channel": "ch"}, "lead": lead, "received_at": moment}
    return {"file_id": "jsonl", "folder": "leads", "record_number": place + 1, "payload": json.dumps(payload)}


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    file = {"size_bytes": 1, "format": "csv", "status": "read", "run_sequence": 1, "received_at": NOON}
    folders = {"csv": "contacts", "log": "requests", "jsonl": "leads"}
    files = [{**file, "file_id": name, "file_name": name, "folder": folder} for name, folder in folders.items()]
    contact = {"created_at": NOON, "run_sequence": 1, "sheet": "", "row_number": 1, "brand_id": "b1"}
    contacts = [
        {**contact, "contact_id": "c1", "file_id": "csv", "created_for": "import_csv", "user_id": "u1"},
        {**contact, "contact_id": "c2", "file_id": "log", "created_for": "direct_request"},
    ]
    values = [
        value("first_name", "Ann", 0), value("email", "ann@x.co", 1),
        value("source_type", "Old", 2, is_superseded=True), value("source_type", "CSV", 3),
        value("email", "bob@x.co", 0, contact_id="c2", file_id="log"),
    ]  # fmt: skip
    channel = {"channel_id": "ch", "brand_id": "b1", "is_default": True, "rulebook_version": "v"}
    with start_run("run", tmp_path) as run:
        with run.store() as store:
            fill(store, CORE_BRANDS, {"brand_id": "b1"})
            store.append(CORE_ATTRIBUTE_DEFS, read_attribute_defs(load_document("attribute_defs.json")))
            fill(store, RAW_FILES, *files)
            fill(store, RAW_RECORDS, *(capture(place, lead) for place, lead in enumerate(LEADS)))
            fill(store, ROUTING_CHANNELS, channel)
            fill(store, STAGING_CONTACT_ROWS, *contacts)
            fill(store, STAGING_ATTRIBUTES, *values)
        yield run


def build(run: Run) -> dict[str, int]:
    stage_leads(run)
    return build_contacts(run)


def digests(run: Run) -> dict[str, str]:
    with run.store() as store:
        return {table.full_name: store.digest(table) for table in WRITTEN}


def read(run: Run, table: Table, where: str = "true") -> list[dict[str, Any]]:
    with run.store() as store:
        return store.read(table, where=where).to_dicts()


def test_golden_7_a_showing_makes_a_contact(run: Run) -> None:
    build(run)
    contact = read(run, CORE_CONTACTS, "source = 'lead'")[0]
    assert (contact["created_for"], contact["updated_for"], contact["user_id"]) == ("lts_lead", "lts_lead", None)
    assert contact["created_at"] == NOON
    assert contact["last_touch"] == contact["updated_at"] == NOON + timedelta(hours=3)
    assert contact["last_touch_action"] is contact["touch_freq"] is contact["next_touch"] is None
    of_contact = f"contact_id = '{contact['contact_id']}' ORDER BY position"
    attributes = read(run, CORE_ATTRIBUTES, of_contact)
    assert [(row["attribute_type"], row["text"]) for row in attributes] == [
        ("first_name", "Hossein"), ("last_name", "Derakhshan"), ("email", "h@example.com"), ("source_type", "Showing"),
        ("source", "Website"), ("tag", "Showing"), ("tag", "Lead"), ("address", None),
    ]  # fmt: skip
    address = {part: text for part, text in attributes[-1]["address"].items() if text}
    assert address == {"city": "Atlanta", "state": "GA"}


def test_a_p5_a_lead_fills_the_contact_of_a_file(run: Run) -> None:
    counts = build(run)
    assert (counts["contacts"], counts["contacts_made_by_leads"], counts["leads_repeated"]) == (3, 1, 1)
    attributes = read(run, CORE_ATTRIBUTES, "contact_id = 'c1' ORDER BY row_number, position")
    assert [(row["text"], row["source"], row["deleted_at"]) for row in attributes] == [
        ("Ann", "file", None), ("ann@x.co", "file", None), ("Old", "file", NOON), ("CSV", "file", None),
        ("Doe", "lead", None), ("Hot", "lead", None),
    ]  # fmt: skip
    assert len({row["attribute_id"] for row in attributes}) == len(attributes)
    first, second = read(run, CORE_LEADS, "contact_id = 'c1' ORDER BY captured_at")
    assert [lead["contact_owner"] for lead in (first, second)] == ["u1", "u1"]
    fields = read(run, CORE_LEAD_FIELDS, f"lead_id = '{second['lead_id']}'")[0]
    assert (fields["contact_tag"], fields["contact_exists"], fields["contact_owner"]) == (["hot"], ["true"], ["u1"])
    requested = read(run, CORE_CONTACTS, "contact_id = 'c2'")[0]
    assert (requested["source"], requested["updated_at"], requested["last_touch"]) == ("request", NOON, None)
    assert [row["source"] for row in read(run, CORE_ATTRIBUTES, "contact_id = 'c2'")] == ["request"]


def test_touches_tags_and_activities_of_leads(run: Run) -> None:
    build(run)
    assert {(row["kind"], row["source"]) for row in read(run, CORE_TOUCH_EVENTS)} == {
        ("touch", "capture"), ("frequency", "tag:Hot"),
    }  # fmt: skip
    assert {row["action"] for row in read(run, CORE_ACTIVITIES)} == {"LeadCaptured"}
    assert len(read(run, CORE_ACTIVITIES)) == len(LEADS)
    assert {"Hot", "Lead", "Showing"} <= {row["tag"] for row in read(run, CORE_TAGS, "brand_id = 'b1'")}
    touched = read(run, CORE_CONTACTS, "contact_id = 'c1'")[0]
    assert touched["next_touch"] == NOON + timedelta(days=7, hours=2)


def test_a_second_run_changes_nothing_and_slices_do_not_matter(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert build(run)["attributes"] == 5
    before = digests(run)
    assert build(run)["attributes"] == 5
    assert digests(run) == before
    monkeypatch.setattr(lead_tables, "_SLICE", 1)
    monkeypatch.setattr(settle_contacts, "_AT_ONCE", 1)
    monkeypatch.setattr(contact_touches, "_AT_ONCE", 1)
    build(run)
    assert digests(run) == before


def test_attributes_follow_their_file(run: Run) -> None:
    build(run)
    with run.store() as store:
        store.update(STAGING_ATTRIBUTES, "text = 'Anna'", "position = 0 AND file_id = 'csv'")
        store.delete(STAGING_ATTRIBUTES, "file_id = 'log'")
    assert build(run)["attributes"] == 4
    texts = [row["text"] for row in read(run, CORE_ATTRIBUTES, "source <> 'lead' ORDER BY position")]
    assert texts == ["Anna", "ann@x.co", "Old", "CSV"]
