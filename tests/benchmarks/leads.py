"""Seconds and memory of the two lead stages, each in turn: `python tests/benchmarks/leads.py [LEADS [CONTACTS]]`."""

from __future__ import annotations

import json
import random
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from flows.runs import start_run
from flows.sources.reference import load_document
from flows.stages import build_contacts, stage_leads
from schemas.ddl import polars_schema
from schemas.tables import (
    CORE_ATTRIBUTE_DEFS,
    RAW_FILES,
    RAW_RECORDS,
    ROUTING_CHANNELS,
    STAGING_ATTRIBUTES,
    STAGING_CONTACT_ROWS,
    Table,
)  # fmt: skip
from transforms.attribute_defs import read_attribute_defs

NOON = datetime(2026, 7, 2, 12, tzinfo=UTC)


def make_lead(number: int, people: int, random_: random.Random) -> dict[str, Any]:
    """A capture by one of so many people; a fifth ask twice or more, a tenth have a file's contact."""
    person = random_.randrange(people)
    listing = {"price": 1000 * random_.randrange(100, 2000), "mls_number": str(random_.randrange(10**7))}
    address = {"city": f"City {person % 300}", "state_code": "TX", "postal_code": f"{75000 + person % 900}"}
    lead = {
        "first_name": f"First{person % 2000}",
        "last_name": f"Last{person % 5000}",
        "email": f"person{person}@example.com",
        "phone_number": f"({200 + person % 700}) 5{person % 100:02}-{person % 10000:04}",
        "tag": ["Lead", f"Campaign {person % 40}"],
        "lead_source": "Website",
        "note": f"Interested in number {number}",
        "referer_url": f"https://www.example.com/p/{number}?utm_source=google&utm_medium=cpc",
        "listing": {**listing, "property": {"address": address}},
    }
    moment = (NOON + timedelta(seconds=number)).timestamp()
    return {"metadata": {"lead_channel": "ch"}, "lead": lead, "received_at": moment}


def frame(table: Table, **columns: Any) -> pl.DataFrame:
    """Rows of a table; a plain value stands in every row, a column not given is null."""
    given = pl.DataFrame({name: value for name, value in columns.items() if isinstance(value, list | pl.Series)})
    plain = {name: value for name, value in columns.items() if name not in given.columns}
    schema = {name: dtype for name, dtype in polars_schema(table).items() if name != table.hashed_id}
    missing = [pl.lit(plain.get(name)).cast(dtype).alias(name) for name, dtype in schema.items()]
    return given.with_columns(column for column in missing if column.meta.output_name() not in given.columns).select(
        list(schema)
    )


def fill(store: Any, leads_count: int, contacts_count: int) -> None:
    """Raw leads, a channel, and staged contacts with an e-mail and two names."""
    random_ = random.Random(7)
    payloads = [json.dumps(make_lead(number, leads_count, random_)) for number in range(leads_count)]
    store.append(
        RAW_FILES,
        frame(RAW_FILES, file_id=["f", "c"], folder=["leads", "contacts"], file_name=["f.jsonl", "c.csv"], size_bytes=1,
              format="jsonl", status="read", run_sequence=1, received_at=NOON),
    )  # fmt: skip
    numbers = list(range(1, leads_count + 1))
    store.append(RAW_RECORDS, frame(RAW_RECORDS, file_id="f", folder="leads", record_number=numbers, payload=payloads))
    store.append(
        ROUTING_CHANNELS,
        frame(ROUTING_CHANNELS, channel_id=["ch"], brand_id="b", is_default=True, rulebook_version="v"),
    )
    defs = read_attribute_defs(load_document("attribute_defs.json"))
    store.append(CORE_ATTRIBUTE_DEFS, defs)
    people = pl.Series("n", range(contacts_count)) * 7
    ids = pl.select(contact_id=pl.format("contact{}", people))["contact_id"]
    rows = pl.Series(range(1, contacts_count + 1))
    common = {"file_id": "c", "sheet": "", "row_number": rows, "created_at": NOON}
    store.append(
        STAGING_CONTACT_ROWS,
        frame(STAGING_CONTACT_ROWS, contact_id=ids, brand_id="b", created_for="import_csv", run_sequence=1, **common),
    )
    kinds = {"email": "person{}@example.com", "first_name": "first{}", "last_name": "last{}"}
    known = dict(defs.select("name", "attribute_def").rows())
    for position, (kind, pattern) in enumerate(kinds.items()):
        texts = pl.select(text=pl.format(pattern, people))["text"]
        values = frame(
            STAGING_ATTRIBUTES, contact_id=ids, attribute_def=known[kind], attribute_type=kind, text=texts,
            match_key=texts, original=texts, position=position, is_primary=False, is_partner=False,
            is_superseded=False, columns=pl.Series([[kind]] * contacts_count), **common,
        )  # fmt: skip
        store.append(STAGING_ATTRIBUTES, values)


def main() -> None:
    """Print one line per stage and one for a second run."""
    leads_count, contacts_count = ([int(value) for value in sys.argv[1:]] + [100_000, 50_000][len(sys.argv) - 1 :])[:2]
    with tempfile.TemporaryDirectory() as folder, start_run("run", Path(folder)) as run:
        with run.store() as store:
            fill(store, leads_count, contacts_count)
        for stage in (stage_leads, build_contacts, build_contacts):
            started, used = time.perf_counter(), time.process_time()
            counts = stage(run)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            wall, cpu = time.perf_counter() - started, time.process_time() - used
            print(f"{stage.__name__:16} {wall:6.1f} s  CPU {cpu:5.1f} s  peak {peak:6.0f} MB  {counts}")


if __name__ == "__main__":
    main()
