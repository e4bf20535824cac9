"""raw.records of request logs -> staging.requests, and the contacts, merges and touches they ask for."""

from __future__ import annotations

import polars as pl

from flows.quarantine import quarantine
from flows.runs import Counts, Run
from flows.stages.records import read_records
from flows.store import Store
from schemas.tables import (
    CORE_ATTRIBUTE_DEFS,
    CORE_BRANDS,
    CORE_MERGE_EVENTS,
    CORE_TOUCH_EVENTS,
    OPS_QUARANTINE,
    STAGING_ATTRIBUTES,
    STAGING_CONTACT_ROWS,
    STAGING_REQUESTS,
)
from schemas.vocabulary import Cause, Folder
from transforms.attribute_defs import AttributeDefs
from transforms.eav import resolve_values
from transforms.importing.decisions import find_home_brand
from transforms.importing.records import read_contact_objects
from transforms.requests.events import list_created_contacts, list_frequencies, list_merges
from transforms.requests.parsing import parse_requests

__all__ = ["stage_requests"]

_STAGE = "stage_requests"


def stage_requests(run: Run) -> Counts:
    """Read all request logs anew: a late request takes its place by its time."""
    with run.store() as store, store.transaction():
        records = read_records(store, Folder.REQUESTS)
        brands = store.read(CORE_BRANDS)
        parsed = parse_requests(records, run.settings.brand or find_home_brand(brands))
        store.delete(OPS_QUARANTINE, "stage = ?", [_STAGE])
        files = records.select("file_id", "run_sequence").unique()
        created = list_created_contacts(parsed.requests, files, run.settings.owner)
        contacts_count, problems = _stage_created(run, store, created, brands)
        return {
            "records": records.height,
            "requests": store.replace(STAGING_REQUESTS, parsed.requests),
            "repeated": parsed.repeated_count,
            "contacts": contacts_count,
            "merges": store.replace(CORE_MERGE_EVENTS, list_merges(parsed.requests)),
            "frequencies": store.replace(CORE_TOUCH_EVENTS, list_frequencies(parsed.requests)),
            "quarantined": quarantine(store, _STAGE, pl.concat([parsed.problems, problems])),
        }


def _stage_created(run: Run, store: Store, created: pl.DataFrame, brands: pl.DataFrame) -> tuple[int, pl.DataFrame]:
    """Replace the contacts that requests created; those of files are another stage's."""
    own = store.read(STAGING_CONTACT_ROWS, ["contact_id", "file_id"], "created_for = ?", [Cause.DIRECT_REQUEST])
    is_own = "contact_id IN (SELECT unnest(?)) AND file_id IN (SELECT unnest(?))"
    places = [own["contact_id"].to_list(), own["file_id"].unique().to_list()]
    for table in (STAGING_ATTRIBUTES, STAGING_CONTACT_ROWS):
        store.delete(table, is_own, places)
    regions = dict(brands.drop_nulls("region").select("brand_id", "region").rows())
    defs = store.read(CORE_ATTRIBUTE_DEFS)
    read = read_contact_objects(
        created,
        AttributeDefs(defs),
        {**regions, **run.settings.regions},
        run.settings.region,
        Folder.REQUESTS,
        store.read(STAGING_CONTACT_ROWS, ["contact_id"])["contact_id"],
    )
    store.append(STAGING_ATTRIBUTES, resolve_values(read.attributes, defs))
    return store.append(STAGING_CONTACT_ROWS, read.contact_rows), read.problems
