"""Rows of newer contact files as updates of the contacts that earlier files made (SPEC A-IM2)."""

from __future__ import annotations

import polars as pl

from flows.stages.update_queries import CHANGED_ROWS, IS_OF_ROWS, PRINTS, ROWS, SETTLED_VALUES
from flows.store import Store
from schemas.tables import (
    CORE_ATTRIBUTE_UPDATES,
    CORE_CONTACT_UPDATES,
    CORE_MERGE_EVENTS,
    CORE_TOUCH_EVENTS,
    STAGING_ATTRIBUTES,
)
from transforms.contact_updates import KEY_TYPES, find_updates
from transforms.updated_contacts import find_changed_books, resolve_rows

__all__ = ["update_contacts"]


def update_contacts(store: Store) -> pl.DataFrame:
    """Write core.contact_updates, and what they do to values: core.attribute_updates; returns the former.

    What requests ask of a row's own id, which an earlier run may have published, they ask of its contact.
    """
    store.delete(CORE_CONTACT_UPDATES)
    store.delete(CORE_ATTRIBUTE_UPDATES)
    rows = store.query(ROWS)
    if not rows.is_empty():
        _match(store, rows)
    return store.read(CORE_CONTACT_UPDATES)


def _match(store: Store, rows: pl.DataFrame) -> None:
    columns = ["contact_id", "attribute_type", "match_key"]
    is_key = "NOT is_superseded AND NOT is_partner AND match_key IS NOT NULL AND list_contains(?, attribute_type)"
    keys = store.read(STAGING_ATTRIBUTES, columns, f"{is_key} AND {IS_OF_ROWS}", [list(KEY_TYPES)])
    found = find_updates(rows, keys, store.query(PRINTS))
    if found.is_empty():
        return
    lineage = rows.select("file_id", "created_for", "created_at", row_contact_id="contact_id")
    updates = found.join(lineage, on="row_contact_id")
    store.append(CORE_CONTACT_UPDATES, updates.with_columns(is_changed=False))
    is_other = "deleted_at IS NOT NULL OR is_primary <> was_primary"
    store.copy(SETTLED_VALUES, CORE_ATTRIBUTE_UPDATES, {}, is_other)
    changed = pl.concat([store.query(CHANGED_ROWS)["row_contact_id"], find_changed_books(found, rows)])
    is_changed = pl.col("row_contact_id").is_in(changed.implode())
    store.replace(CORE_CONTACT_UPDATES, updates.with_columns(is_changed=is_changed))
    for table, columns in ((CORE_MERGE_EVENTS, ["parent_id", "contact_id"]), (CORE_TOUCH_EVENTS, ["contact_id"])):
        store.replace(table, resolve_rows(store.read(table), updates, columns))
