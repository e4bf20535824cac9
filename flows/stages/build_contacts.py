"""Contacts and leads of staging -> core, with the attributes, tags, touches and activities they make."""

from __future__ import annotations

import polars as pl

from flows.quarantine import quarantine
from flows.runs import Counts, Run
from flows.stages.contact_updates import update_contacts
from flows.stages.edit_contacts import edit_by_requests
from flows.stages.lead_tables import describe_leads
from flows.store import Store
from schemas.tables import (
    CORE_ACTIVITIES,
    CORE_ATTRIBUTES,
    CORE_BRANDS,
    CORE_CAMPAIGN_EMAILS,
    CORE_CONTACT_EDITS,
    CORE_CONTACT_UPDATES,
    CORE_CONTACTS,
    CORE_LEADS,
    CORE_TAG_PERIODS,
    CORE_TAGS,
    CORE_TOUCH_EVENTS,
    CORE_USERS,
    OPS_QUARANTINE,
    RAW_FILES,
    STAGING_ATTRIBUTES,
    STAGING_CONTACT_ROWS,
    STAGING_LEADS,
    STAGING_REQUESTS,
)  # fmt: skip
from schemas.views import IS_SUMMARY, REWRITTEN
from schemas.vocabulary import Folder
from transforms.contacts import add_touches, assemble_contacts, edit_rows, list_captures, touch_on_capture
from transforms.leads.attachment import attach_leads, mark_live_owners
from transforms.leads.resolution import KEY_TYPES, resolve_contacts
from transforms.leads.summaries import list_chats
from transforms.requests.events import CREATIONS
from transforms.requests.lead_log import find_targets, list_activities, refuse_unknown_leads
from transforms.requests.parsing import sort_requests
from transforms.requests.unknown_tags import refuse_unknown_tags
from transforms.tags import TAG_REQUESTS, collect_tags, gather_tag_settings, list_retired_tags
from transforms.touches import derive_touches, tag_frequency_events
from transforms.updated_contacts import fold_rows, resolve_rows

__all__ = ["build_contacts"]

_STAGE = "build_contacts"

#: What tells who the contacts are that share an e-mail or a phone number with a lead.
_IS_KEY = (
    "NOT is_superseded AND NOT is_partner AND list_contains(?, attribute_type) AND contact_id IN ("  # noqa: S608
    f"SELECT contact_id FROM {STAGING_ATTRIBUTES.full_name} WHERE match_key IN ("
    f"SELECT email FROM {STAGING_LEADS.full_name} UNION ALL SELECT phone FROM {STAGING_LEADS.full_name}))"
)
#: Who asked for the contacts that requests create, and for the last change of each contact.
_CREATORS = (
    "SELECT file_id, record_number AS row_number, user_id AS created_by"  # noqa: S608
    f" FROM {STAGING_REQUESTS.full_name} WHERE list_contains(?, operation)"
)
_EDITORS = (
    f"SELECT contact_id, r.user_id AS editor FROM {CORE_CONTACT_EDITS.full_name} e"  # noqa: S608
    f" JOIN {STAGING_REQUESTS.full_name} r ON r.request_id = e.changed_by"
)
#: Tags that contacts of files came with.
_GIVEN_TAGS = (
    f"SELECT DISTINCT coalesce(u.contact_id, a.contact_id) AS contact_id, text FROM {STAGING_ATTRIBUTES.full_name} a"  # noqa: S608
    f" LEFT JOIN {CORE_CONTACT_UPDATES.full_name} u ON u.row_contact_id = a.contact_id WHERE attribute_type = 'tag'"
    f" AND a.file_id NOT IN (SELECT file_id FROM {RAW_FILES.full_name} WHERE folder = ?)"
)
_CHAT_COLUMNS = ["lead_id", "contact_id", "captured_at", "raw_payload"]
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
        leads = _attach(store, contact_rows, updates)
        described = describe_leads(run, store, leads, contact_rows)
        logs = store.read(RAW_FILES, ["file_id"], "folder = ?", [Folder.REQUESTS.value])["file_id"]
        creators = store.query(_CREATORS, [[*CREATIONS, "flat_contacts.upsert"]])
        contacts = assemble_contacts(fold_rows(contact_rows, updates), leads, logs, creators)
        store.delete(OPS_QUARANTINE, "stage = ?", [_STAGE])
        known = pl.concat([contacts["contact_id"], updates["row_contact_id"]])
        edits = edit_by_requests(run, store, contacts, known)
        contacts = edit_rows(contacts, edits, store.query(_EDITORS))
        contacts = add_touches(contacts, _touch(store, leads, contacts))
        told = [list_captures(leads), list_chats(store.read(CORE_LEADS, _CHAT_COLUMNS, IS_SUMMARY))]
        store.replace(CORE_ACTIVITIES, pl.concat([*told, _list_activities(store, leads, contacts)]))
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
    brands, of_files = store.read(CORE_BRANDS), store.query(_GIVEN_TAGS, [Folder.REQUESTS.value])
    given = of_files.join(contacts.select("contact_id", "brand_id"), on="contact_id")
    requests, problems = refuse_unknown_tags(requests, brands, tags, given)
    quarantine(store, _STAGE, problems)
    settings = gather_tag_settings(brands, requests, tags.filter(~pl.col("is_renamed")))
    store.delete(CORE_TOUCH_EVENTS, "source <> 'contact'")
    store.append(CORE_TOUCH_EVENTS, touch_on_capture(leads))
    store.append(CORE_TOUCH_EVENTS, tag_frequency_events(tags, settings))
    store.replace(CORE_TAGS, collect_tags(tags, settings, list_retired_tags(requests)))
    return derive_touches(store.read(CORE_TOUCH_EVENTS))
