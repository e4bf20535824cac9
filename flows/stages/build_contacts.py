"""Contacts and leads of staging -> core, with the attributes, tags, touches and activities they make."""

from __future__ import annotations

import polars as pl

from flows.quarantine import quarantine
from flows.runs import Counts, Run
from flows.stages.contact_updates import update_contacts
from flows.stages.lead_tables import describe_leads
from flows.store import Store
from schemas.tables import (
    CORE_ACTIVITIES,
    CORE_ATTRIBUTES,
    CORE_BRANDS,
    CORE_CAMPAIGN_EMAILS,
    CORE_CONTACTS,
    CORE_LEADS,
    CORE_MERGE_EVENTS,
    CORE_TAGS,
    CORE_TOUCH_EVENTS,
    CORE_USERS,
    OPS_QUARANTINE,
    STAGING_ATTRIBUTES,
    STAGING_CONTACT_ROWS,
    STAGING_LEADS,
    STAGING_REQUESTS,
)  # fmt: skip
from transforms.contacts import add_touches, assemble_contacts, list_captures, touch_on_capture
from transforms.leads.attachment import attach_leads, mark_live_owners
from transforms.leads.resolution import KEY_TYPES, resolve_contacts
from transforms.requests.events import find_unknown_contacts
from transforms.tags import collect_tags, gather_tag_settings
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
#: A tag that the contact had already is no tag added (SPEC A-IM2, A-T1).
_IS_TAG = "attribute_type = 'tag' AND (deleted_at IS NULL OR deleted_at > created_at)"


def build_contacts(run: Run) -> Counts:
    """Attach the leads to contacts, and bring contacts, attributes, tags and touches of all sources together.

    core.attributes is a view (`schemas.views`): what files and requests gave is in it once core.contact_updates is.
    """
    with run.store() as store, store.transaction():
        contact_rows, updates = store.read(STAGING_CONTACT_ROWS), update_contacts(store)
        leads = _attach(store, contact_rows, updates)
        described = describe_leads(run, store, leads, contact_rows)
        contacts = assemble_contacts(fold_rows(contact_rows, updates), leads)
        contacts = add_touches(contacts, _touch(store, leads, contacts))
        store.replace(CORE_ACTIVITIES, list_captures(leads))
        store.delete(OPS_QUARANTINE, "stage = ?", [_STAGE])
        return {
            "contacts": store.replace(CORE_CONTACTS, contacts),
            "contacts_updated": int(updates["is_changed"].sum()),
            "contacts_unchanged": int((~updates["is_changed"]).sum()),
            "contacts_made_by_leads": int((~leads["contact_exists"]).sum()),
            "attributes": store.count(STAGING_ATTRIBUTES),
            **described,
            "leads": leads.height,
            "leads_repeated": int(leads["is_repeat"].sum()),
            "quarantined": _refuse_unknown(store, pl.concat([contacts["contact_id"], updates["row_contact_id"]])),
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


def _touch(store: Store, leads: pl.DataFrame, contacts: pl.DataFrame) -> pl.DataFrame:
    """Write touches of captures and tags, and the tags themselves; returns where each contact's touches stand."""
    settings = gather_tag_settings(store.read(CORE_BRANDS), store.read(STAGING_REQUESTS))
    columns = ["contact_id", "text", "created_at", "deleted_at", "file_id", "sheet", "row_number", "position"]
    tags = store.read(CORE_ATTRIBUTES, columns, _IS_TAG).join(
        contacts.select("contact_id", "brand_id"), on="contact_id"
    )
    store.delete(CORE_TOUCH_EVENTS, "source <> 'contact'")
    store.append(CORE_TOUCH_EVENTS, touch_on_capture(leads))
    store.append(CORE_TOUCH_EVENTS, tag_frequency_events(tags, settings))
    store.replace(CORE_TAGS, collect_tags(tags, settings))
    return derive_touches(store.read(CORE_TOUCH_EVENTS))


def _refuse_unknown(store: Store, contact_ids: pl.Series) -> int:
    """Quarantine what requests ask of contacts that nobody created: only here all ids are known."""
    problems = find_unknown_contacts(store.read(STAGING_REQUESTS), store.read(CORE_MERGE_EVENTS), contact_ids)
    return quarantine(store, _STAGE, problems)
