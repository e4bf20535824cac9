"""Contacts and leads of staging -> core, with the attributes, tags, touches and activities they make."""

# ruff: noqa: S608 - table names come from the registry; nothing else is put into a query

from __future__ import annotations

import polars as pl

from flows.quarantine import quarantine
from flows.runs import Counts, Run
from flows.stages.attach_leads import attach_in_time, read_owner_changes
from flows.stages.born_queries import BORN
from flows.stages.contact_touches import write_touches
from flows.stages.contact_updates import update_contacts
from flows.stages.edit_contacts import quarantine_refused, read_edits
from flows.stages.settle_contacts import settle_contacts
from flows.store import Store
from schemas.tables import (
    CORE_ACTIVITIES,
    CORE_LEADS,
    OPS_QUARANTINE,
    STAGING_CELL_ADDRESSES,
    STAGING_CELL_VALUES,
    STAGING_CONTACT_ROWS,
    STAGING_OBJECT_ATTRIBUTES,
    STAGING_REQUESTS,
)
from schemas.views import IS_SUMMARY
from transforms.contacts import list_captures
from transforms.leads.summaries import list_chats
from transforms.requests.lead_log import find_targets, list_activities, refuse_unknown_leads
from transforms.requests.parsing import sort_requests

__all__ = ["build_contacts"]

_STAGE = "build_contacts"
_MOST_GB = 1.25  # with more, DuckDB keeps what it has read, and the stage takes more than two

#: What staging.attributes is put together of: counted faster than they are joined.
_OWN_ATTRIBUTES = (STAGING_OBJECT_ATTRIBUTES, STAGING_CELL_VALUES, STAGING_CELL_ADDRESSES)
_CHAT_COLUMNS = ("lead_id", "contact_id", "captured_at", "raw_payload")
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
        updates, news = update_contacts(store)
        leads, described, changed = attach_in_time(run, store, updates)
        store.delete(OPS_QUARANTINE, "stage = ?", [_STAGE])
        quarantine_refused(store)
        edits = read_edits(store)
        touched = write_touches(store, _STAGE, leads)
        told = [list_captures(leads), list_chats(store.read(CORE_LEADS, _CHAT_COLUMNS, IS_SUMMARY))]
        store.replace(CORE_ACTIVITIES, pl.concat([*told, _list_activities(store, leads)]))
        others = None if changed is None or news is None else pl.concat([changed, news, touched])
        settle_contacts(store, updates, leads, edits, read_owner_changes(run, store), others)
        made = leads.filter(~pl.col("contact_exists"))["contact_id"].n_unique()
        return {
            "contacts": store.count(STAGING_CONTACT_ROWS) - updates.height + made,
            "contacts_updated": int(updates["is_changed"].sum()),
            "contacts_unchanged": int((~updates["is_changed"]).sum()),
            "contacts_made_by_leads": int((~leads["contact_exists"]).sum()),
            "attributes": sum(map(store.count, _OWN_ATTRIBUTES)),
            **described,
            "leads": leads.height,
            "leads_repeated": int(leads["is_repeat"].sum()),
            "contacts_edited": edits.height,
            "quarantined": store.count(OPS_QUARANTINE, "stage = ?", [_STAGE]),
        }


def _list_activities(store: Store, leads: pl.DataFrame) -> pl.DataFrame:
    """What requests add to timelines; those that name nobody are quarantined."""
    requests = sort_requests(store.read(STAGING_REQUESTS, where="operation = 'leads.add_activity'"))
    targets = find_targets(requests, leads, store.query(_TARGETS)["contact_id"])
    quarantine(store, _STAGE, refuse_unknown_leads(requests, targets))
    return list_activities(requests, targets)
