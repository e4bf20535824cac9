"""Contacts to which something happened after their rows brought them: core.contacts of them (`schemas.views`)."""

# ruff: noqa: S608 - table names come from the registry; nothing else is put into a query

from __future__ import annotations

from typing import Final

import polars as pl

from flows.store import Store
from schemas.tables import (
    CORE_CONTACT_EDITS,
    CORE_CONTACTS,
    CORE_MERGE_EVENTS,
    CORE_TOUCH_EVENTS,
    RAW_FILES,
    STAGING_CONTACT_ROWS,
    STAGING_REQUESTS,
)
from schemas.vocabulary import Folder
from transforms.contacts import add_touches, assemble_contacts, edit_rows
from transforms.touches import derive_touches
from transforms.updated_contacts import fold_rows

__all__ = ["settle_contacts"]

_AT_ONCE: Final = 50_000  # contacts settled at a time: bounds memory
#: Who asked for the contacts that requests create, and for the last change of each contact.
_CREATORS = (
    f"SELECT r.file_id, record_number AS row_number, r.user_id AS created_by FROM {STAGING_REQUESTS.full_name} r"
    f" SEMI JOIN {STAGING_CONTACT_ROWS.full_name} c ON c.file_id = r.file_id AND c.row_number = r.record_number"
)
_EDITORS = (
    f"SELECT contact_id, r.user_id AS editor FROM {CORE_CONTACT_EDITS.full_name} e"
    f" JOIN {STAGING_REQUESTS.full_name} r ON r.request_id = e.changed_by"
)
_IS_ONE = "contact_id IN (SELECT contact_id FROM chosen)"


def settle_contacts(
    store: Store,
    updates: pl.DataFrame,
    leads: pl.DataFrame,
    edits: pl.DataFrame,
    owners: pl.DataFrame,
    others: pl.Series | None = None,
) -> None:
    """Write the contacts that a newer row, a lead, a request or a touch made otherwise than they came.

    A newer row that says nothing new leaves its contact as it came.

    Args:
        store: the warehouse, with core.touch_events.
        updates: core.contact_updates.
        leads: the leads with their contacts, in order of (captured_at, lead_id).
        edits: core.contact_edits.
        owners: contact_id, user_id, changed_at of the owners that contacts were given.
        others: contacts that are otherwise than before, apart from deletions that merges spread; all by default.
    """
    logs = store.read(RAW_FILES, ["file_id"], "folder = ?", [Folder.REQUESTS.value])["file_id"]
    touched = store.query(f"SELECT DISTINCT contact_id FROM {CORE_TOUCH_EVENTS.full_name}")
    changed = updates.filter("is_changed")
    concerned = pl.concat([frame.select("contact_id") for frame in (changed, leads, edits, touched)])
    if others is None:
        store.delete(CORE_CONTACTS)
    else:
        merged = store.read(CORE_MERGE_EVENTS, ["contact_id"])["contact_id"]
        chosen = pl.concat([others, merged]).unique().to_frame()
        with store.lend(chosen=chosen):
            store.delete(CORE_CONTACTS, _IS_ONE)
        concerned = concerned.join(chosen, on="contact_id", how="semi")
    creators, editors = store.query(_CREATORS), store.query(_EDITORS)
    for part in concerned.unique().sort("contact_id").iter_slices(_AT_ONCE):
        of_part = [frame.join(part, on="contact_id", how="semi", maintain_order="left") for frame in (updates, leads)]
        with store.lend(chosen=pl.concat([part, of_part[0].select(contact_id="row_contact_id")])):
            rows = store.read(STAGING_CONTACT_ROWS, where=_IS_ONE)
        with store.lend(chosen=part):
            touches = derive_touches(store.read(CORE_TOUCH_EVENTS, where=_IS_ONE))
        contacts = assemble_contacts(fold_rows(rows, of_part[0]), of_part[1], logs, creators)
        store.append(CORE_CONTACTS, add_touches(edit_rows(contacts, edits, owners, editors), touches))
