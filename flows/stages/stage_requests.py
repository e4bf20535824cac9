"""staging.requests -> the contacts and merges that they ask for, and their steps, with values normalized."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from flows.quarantine import quarantine
from flows.runs import Counts, Run
from flows.store import Store
from schemas.ddl import polars_schema
from schemas.tables import (
    CORE_ATTRIBUTE_DEFS,
    CORE_BRANDS,
    CORE_MERGE_EVENTS,
    OPS_QUARANTINE,
    RAW_FILES,
    STAGING_ATTRIBUTES,
    STAGING_CONTACT_ROWS,
    STAGING_CREATED_ATTRIBUTES,
    STAGING_REQUEST_FILES,
    STAGING_REQUEST_STEPS,
    STAGING_REQUEST_VALUES,
    STAGING_REQUESTS,
)
from schemas.vocabulary import Folder
from transforms.attribute_defs import AttributeDefs
from transforms.eav import resolve_values
from transforms.ids import hash_id
from transforms.importing.records import read_contact_objects
from transforms.quarantine import problems_frame
from transforms.requests.events import (
    CREATIONS,
    MERGES,
    list_contact_ids,
    list_created_contacts,
    list_created_ids,
    list_merges,
)
from transforms.requests.flat import translate_creations, translate_flat
from transforms.requests.parsing import sort_requests
from transforms.requests.steps import take_apart
from transforms.requests.values import mark_faults, read_step_values

__all__ = ["stage_requests"]

_STAGE = "stage_requests"
_IS_OF = "list_contains(?, operation)"
_OF_FILE = f"request_id IN (SELECT request_id FROM {STAGING_REQUEST_STEPS.full_name} WHERE file_id = ?)"  # noqa: S608

#: A contact file that was put among the logs by mistake as well, and holds no request, is none of them.
_IS_LOG = f"""folder = ? AND (
    file_id IN (SELECT file_id FROM {STAGING_REQUESTS.full_name})
    OR file_id NOT IN (SELECT file_id FROM {RAW_FILES.full_name} WHERE folder = ?)
)"""  # noqa: S608


def stage_requests(run: Run) -> Counts:
    """Stage what requests ask for.

    Contacts that requests create and merges are read anew: a contact file may have come that has their ids. The steps
    of a log are read once, and again when attribute definitions or regions have changed.
    """
    with run.store() as store, store.transaction():
        brands = store.read(CORE_BRANDS, ["brand_id", "region"], "region IS NOT NULL")
        regions = {**dict(brands.rows()), **run.settings.regions}
        store.delete(OPS_QUARANTINE, "stage = ?", [_STAGE])
        operations = [*CREATIONS, *MERGES, "flat_contacts.upsert"]
        requests = sort_requests(store.read(STAGING_REQUESTS, where=_IS_OF, parameters=[operations]))
        contacts_count, problems = _stage_created(run, store, requests, regions)
        return {
            "contacts": contacts_count,
            "merges": store.replace(CORE_MERGE_EVENTS, list_merges(requests)),
            "steps": _stage_steps(run, store, regions),
            "quarantined": quarantine(store, _STAGE, problems),
        }


def _stage_created(
    run: Run, store: Store, requests: pl.DataFrame, regions: Mapping[str, str]
) -> tuple[int, pl.DataFrame]:
    """Replace the contacts that requests created; those of files are another stage's."""
    folders = [Folder.REQUESTS.value, Folder.CONTACTS.value]
    files = store.read(RAW_FILES, ["file_id", "run_sequence"], _IS_LOG, folders)
    of_logs = "file_id IN (SELECT unnest(?))", [files["file_id"].to_list()]
    if requests.is_empty() and not store.count(STAGING_CONTACT_ROWS, *of_logs):
        return 0, problems_frame([])
    for table in (STAGING_ATTRIBUTES, STAGING_CONTACT_ROWS):
        store.delete(table, *of_logs)
    taken = store.read(STAGING_CONTACT_ROWS, ["contact_id"])["contact_id"]
    given = list_created_contacts(requests, files, run.settings.owner)
    flat = translate_creations(requests, pl.concat([taken, list_contact_ids(given)]))
    created = pl.concat([given, list_created_contacts(flat, files, run.settings.owner)])
    defs = store.read(CORE_ATTRIBUTE_DEFS)
    read = read_contact_objects(
        created,
        AttributeDefs(defs),
        regions,
        run.settings.region,
        Folder.REQUESTS,
        taken,
    )
    store.append(STAGING_ATTRIBUTES, resolve_values(read.attributes, defs))
    store.replace(STAGING_CREATED_ATTRIBUTES, list_created_ids(created))
    return store.append(STAGING_CONTACT_ROWS, read.contact_rows), read.problems


def _stage_steps(run: Run, store: Store, regions: Mapping[str, str]) -> int:
    """Take the requests of new logs apart; returns how many steps there are by now."""
    defs = store.read(CORE_ATTRIBUTE_DEFS)
    definitions = defs.with_columns(pl.col("labels", "enum_values").list.join("|")).write_csv()
    fingerprint = hash_id(run.settings.region, sorted(regions.items()), definitions)
    stale = store.read(STAGING_REQUEST_FILES, where="fingerprint <> ?", parameters=[fingerprint])
    for file_id in stale["file_id"]:  # one log at a time: bounds memory
        store.delete(STAGING_REQUEST_VALUES, _OF_FILE, [file_id])
        store.delete(STAGING_REQUEST_STEPS, "file_id = ?", [file_id])
        requests = store.read(STAGING_REQUESTS, where="file_id = ?", parameters=[file_id])
        taken = take_apart(translate_flat(requests))
        read = read_step_values(taken.objects, defs, regions, run.settings.region)
        store.append(STAGING_REQUEST_STEPS, mark_faults(taken.steps, read.faults))
        store.append(STAGING_REQUEST_VALUES, read.values)
    store.delete(STAGING_REQUEST_FILES, "fingerprint <> ?", [fingerprint])
    renewed = stale.with_columns(fingerprint=pl.lit(fingerprint))
    store.append(STAGING_REQUEST_FILES, renewed.select(polars_schema(STAGING_REQUEST_FILES).keys()))
    return store.count(STAGING_REQUEST_STEPS)
