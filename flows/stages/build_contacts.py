"""Contacts and leads of staging -> core, with the attributes, tags, touches and activities they make."""

# ruff: noqa: S608 - table names come from the registry; nothing else is put into a query

from __future__ import annotations

import polars as pl

from flows.quarantine import quarantine
from flows.runs import Counts, Run
from flows.stages.born_queries import BORN
from flows.stages.contact_touches import write_touches
from flows.stages.contact_updates import update_contacts
from flows.stages.edit_contacts import edit_by_requests
from flows.stages.lead_tables import describe_leads
from flows.stages.settle_contacts import settle_contacts
from flows.store import Store
from schemas.tables import (
    CORE_ACTIVITIES,
    CORE_CAMPAIGN_EMAILS,
    CORE_CONTACT_UPDATES,
    CORE_CONTACTS,
    CORE_LEADS,
    CORE_USERS,
    OPS_QUARANTINE,
    STAGING_ATTRIBUTES,
    STAGING_CONTACT_ROWS,
    STAGING_LEADS,
    STAGING_REQUESTS,
)
from transforms.contacts import list_captures
from transforms.leads.attachment import attach_leads, mark_live_owners
from transforms.leads.resolution import KEY_TYPES, resolve_contacts
from transforms.requests.lead_log import find_targets, list_activities, refuse_unknown_leads
from transforms.requests.parsing import sort_requests
from transforms.updated_contacts import resolve_rows

__all__ = ["build_contacts"]

_STAGE = "build_contacts"
_MOST_GB = 1.25  # with more, DuckDB keeps what it has read, and the stage takes more than two

#: Contacts that share an e-mail or a phone number with a lead.
_MET = (
    f"(SELECT contact_id FROM {STAGING_ATTRIBUTES.full_name} WHERE match_key IN ("
    f"SELECT email FROM {STAGING_LEADS.full_name} UNION ALL SELECT phone FROM {STAGING_LEADS.full_name}))"
)
#: What tells who they are.
_IS_KEY = f"NOT is_superseded AND NOT is_partner AND list_contains(?, attribute_type) AND contact_id IN {_MET}"
#: They, and whom they update.
_IS_MET = (
    f"contact_id IN {_MET} OR contact_id IN (SELECT contact_id FROM {CORE_CONTACT_UPDATES.full_name}"
    f" WHERE row_contact_id IN {_MET})"
)
_ROW_COLUMNS = ("contact_id", "brand_id", "user_id", "created_at", "run_sequence", "file_id")
_TARGETS = f"""
    SELECT contact_id FROM {BORN} WHERE contact_id IN (
        SELECT target_id FROM {STAGING_REQUESTS.full_name} WHERE operation = 'leads.add_activity'
    )
"""


def build_contacts(run: Run) -> Counts:
    """Attach the leads to contacts, and bring contacts, attributes, tags and touches of all sources together.

    core.contacts and core.attributes are views (`schemas.views`): what files and requests gave is in them once
    core.contact_updates is; only what happened to it since is written.
    """
    with run.store(_MOST_GB) as store, store.transaction():
        updates = update_contacts(store)
        contact_rows = store.read(STAGING_CONTACT_ROWS, _ROW_COLUMNS, _IS_MET)
        leads = _attach(store, contact_rows, updates)
        described = describe_leads(run, store, leads, contact_rows)
        store.delete(OPS_QUARANTINE, "stage = ?", [_STAGE])
        edits = edit_by_requests(run, store)
        write_touches(store, leads)
        store.replace(CORE_ACTIVITIES, pl.concat([list_captures(leads), _list_activities(store, leads)]))
        settle_contacts(store, updates, leads, edits)
        return {
            "contacts": store.count(CORE_CONTACTS),
            "contacts_updated": int(updates["is_changed"].sum()),
            "contacts_unchanged": int((~updates["is_changed"]).sum()),
            "contacts_made_by_leads": int((~leads["contact_exists"]).sum()),
            "attributes": store.count(STAGING_ATTRIBUTES),
            **described,
            "leads": leads.height,
            "leads_repeated": int(leads["is_repeat"].sum()),
            "contacts_edited": edits.height,
            "quarantined": store.count(OPS_QUARANTINE, "stage = ?", [_STAGE]),
        }


def _attach(store: Store, contact_rows: pl.DataFrame, updates: pl.DataFrame) -> pl.DataFrame:
    """Write core.leads; returns them without what came in.

    A lead meets the rows of files, each known from its own run on: what a newer file brings never moves an older lead.
    """
    leads = store.read(STAGING_LEADS)
    keys = store.read(STAGING_ATTRIBUTES, ["contact_id", "attribute_type", "match_key"], _IS_KEY, [list(KEY_TYPES)])
    owned = mark_live_owners(contact_rows, store.read(CORE_USERS, ["user_id", "is_active"]))
    resolved = resolve_contacts(leads.drop("raw_payload", "parsed_payload"), owned, keys)
    attached = attach_leads(leads, resolve_rows(resolved, updates), contact_rows, store.read(CORE_CAMPAIGN_EMAILS))
    store.replace(CORE_LEADS, attached.select(CORE_LEADS.columns))
    return attached.drop("raw_payload")


def _list_activities(store: Store, leads: pl.DataFrame) -> pl.DataFrame:
    """What requests add to timelines; those that name nobody are quarantined."""
    requests = sort_requests(store.read(STAGING_REQUESTS, where="operation = 'leads.add_activity'"))
    targets = find_targets(requests, leads, store.query(_TARGETS)["contact_id"])
    quarantine(store, _STAGE, refuse_unknown_leads(requests, targets))
    return list_activities(requests, targets)
