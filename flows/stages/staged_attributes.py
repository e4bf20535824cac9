"""Attributes of contact files into the tables that staging.attributes is put together of (`schemas.views`)."""

# ruff: noqa: S608 - table names come from the registry; nothing else is put into a query

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flows.store import Store
from schemas.tables import (
    STAGING_CELL_ADDRESSES,
    STAGING_CELL_VALUES,
    STAGING_CONTACT_ROWS,
    STAGING_OBJECT_ATTRIBUTES,
    STAGING_VALUE_SOURCES,
)
from transforms.importing.readings import CellValues
from transforms.importing.row_contacts import SheetContext
from transforms.importing.slim_values import slim_values

__all__ = ["append_cell_attributes", "delete_attributes_of_contacts", "delete_attributes_of_file", "find_first_number"]

_OF_CELLS: Final = (STAGING_CELL_VALUES, STAGING_CELL_ADDRESSES)
_LAST_SOURCE = f"SELECT coalesce(max(source_id), 0) AS last FROM {STAGING_VALUE_SOURCES.full_name}"
_LAST_NUMBER = f"SELECT coalesce(max(contact_number), 0) AS last FROM {STAGING_CONTACT_ROWS.full_name}"
_OF_FILE = f"source_id IN (SELECT source_id FROM {STAGING_VALUE_SOURCES.full_name} WHERE file_id = ?)"


def find_first_number(store: Store) -> int:
    """A contact_number that is free, as all above it are: for the first row of a sheet."""
    return int(store.query(_LAST_NUMBER)["last"][0]) + 1


def append_cell_attributes(store: Store, values: CellValues, context: SheetContext, first_number: int) -> int:
    """Write attributes of the rows of a sheet, addresses or others; returns how many.

    Args:
        store: the warehouse.
        values: addresses or others, settled by `settle_cells`.
        context: what the sheet shares.
        first_number: contact_number of the sheet's first row; those of staging.contact_rows count on from it.
    """
    sources, own = slim_values(values, context, store.query(_LAST_SOURCE)["last"][0] + 1, first_number)
    store.append(STAGING_VALUE_SOURCES, sources)
    return store.append(STAGING_CELL_ADDRESSES if "address" in values.own.columns else STAGING_CELL_VALUES, own)


def delete_attributes_of_file(store: Store, file_id: str) -> None:
    """Forget what a contact file gave."""
    for table in _OF_CELLS:
        store.delete(table, _OF_FILE, [file_id])
    for table in (STAGING_OBJECT_ATTRIBUTES, STAGING_VALUE_SOURCES):
        store.delete(table, "file_id = ?", [file_id])


def delete_attributes_of_contacts(store: Store, contact_ids: Sequence[str]) -> None:
    """Forget what some contacts, whose rows are there yet, were given by their files."""
    is_one = "list_contains(?, contact_id)"
    store.delete(STAGING_OBJECT_ATTRIBUTES, is_one, [list(contact_ids)])
    numbers = f"SELECT contact_number FROM {STAGING_CONTACT_ROWS.full_name} WHERE {is_one}"
    for table in _OF_CELLS:
        store.delete(table, f"contact_number IN ({numbers})", [list(contact_ids)])
