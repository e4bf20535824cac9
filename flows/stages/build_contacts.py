"""Contacts and leads of staging -> core, with the attributes, tags, touches and activities they make."""

from __future__ import annotations

import polars as pl

from flows.quarantine import quarantine
from flows.runs import Counts, Run
from flows.stages.attach_leads import attach_in_time, read_owner_changes
from flows.stages.contact_updates import update_contacts
from flows.stages.edit_contacts import quarantine_refused, read_edits
from flows.store import Store
from schemas.tables import (
    CORE_ACTIVITIES,
    CORE_ATTRIBUTES,
    CORE_BRANDS,
    CORE_CONTACTS,
    CORE_TAG_PERIODS,
    CORE_TAGS,
    CORE_TOUCH_EVENTS,
    OPS_QUARANTINE,
    STAGING_ATTRIBUTES,
    STAGING_CONTACT_ROWS,
    STAGING_REQUESTS,
)  # fmt: skip
from schemas.views import REWRITTEN
from transforms.contacts import add_touches, edit_rows, list_captures, touch_on_capture
from transforms.requests.lead_log import find_targets, list_activities, refuse_unknown_leads
from transforms.requests.parsing import sort_requests
from transforms.tags import TAG_REQUESTS, collect_tags, gather_tag_settings, list_retired_tags
from transforms.touches import derive_touches, tag_frequency_events

__all__ = ["build_contacts"]

_STAGE = "build_contacts"

#: What requests rewrote is in core.tag_periods.
_UNEDITED = f"contact_id NOT IN {REWRITTEN}"
#: A tag that the contact had already is no tag added (SPEC A-IM2, A-T1).
_IS_TAG = f"attribute_type = 'tag' AND (deleted_at IS NULL OR deleted_at > created_at) AND {_UNEDITED}"


def build_contacts(run: Run) -> Counts:
    """Attach the leads to contacts, and bring contacts, attributes, tags and touches of all sources together.

    core.attributes is a view (`schemas.views`): what files and requests gave is in it once core.contact_updates is.
    """
    with run.store() as store, store.transaction():
        contact_rows, updates = store.read(STAGING_CONTACT_ROWS), update_contacts(store)
        leads, contacts, described = attach_in_time(run, store, contact_rows, updates)
        store.delete(OPS_QUARANTINE, "stage = ?", [_STAGE])
        quarantine_refused(store, pl.concat([contacts["contact_id"], updates["row_contact_id"]]))
        edits = read_edits(store)
        contacts = edit_rows(contacts, edits, read_owner_changes(run, store))
        contacts = add_touches(contacts, _touch(store, leads, contacts))
        store.replace(CORE_ACTIVITIES, pl.concat([list_captures(leads), _list_activities(store, leads, contacts)]))
        return {
            "contacts": store.replace(CORE_CONTACTS, contacts),
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


def _list_activities(store: Store, leads: pl.DataFrame, contacts: pl.DataFrame) -> pl.DataFrame:
    """What requests add to timelines; those that name nobody are quarantined."""
    requests = sort_requests(store.read(STAGING_REQUESTS, where="operation = 'leads.add_activity'"))
    targets = find_targets(requests, leads, contacts["contact_id"])
    quarantine(store, _STAGE, refuse_unknown_leads(requests, targets))
    return list_activities(requests, targets)


def _touch(store: Store, leads: pl.DataFrame, contacts: pl.DataFrame) -> pl.DataFrame:
    """Write touches of captures and tags, and the tags themselves; returns where each contact's touches stand."""
    of_tags = "list_contains(?, operation)"
    requests = sort_requests(store.read(STAGING_REQUESTS, where=of_tags, parameters=[list(TAG_REQUESTS)]))
    columns = ["contact_id", "text", "created_at", "deleted_at", "file_id", "sheet", "row_number", "position"]
    unedited = store.read(CORE_ATTRIBUTES, columns, _IS_TAG)
    edited = store.read(CORE_TAG_PERIODS).rename({"added_at": "created_at", "removed_at": "deleted_at"})
    tags = pl.concat([unedited, edited], how="diagonal").with_columns(pl.col("is_renamed").fill_null(False))
    tags = tags.join(contacts.select("contact_id", "brand_id"), on="contact_id")
    settings = gather_tag_settings(store.read(CORE_BRANDS), requests, tags.filter(~pl.col("is_renamed")))
    store.delete(CORE_TOUCH_EVENTS, "source <> 'contact'")
    store.append(CORE_TOUCH_EVENTS, touch_on_capture(leads))
    store.append(CORE_TOUCH_EVENTS, tag_frequency_events(tags, settings))
    store.replace(CORE_TAGS, collect_tags(tags, settings, list_retired_tags(requests)))
    return derive_touches(store.read(CORE_TOUCH_EVENTS))
