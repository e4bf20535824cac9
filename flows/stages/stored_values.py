"""matching.contact_values: what matching knows of the contacts that it compares, while a model is kept."""

# ruff: noqa: S608 - table names come from the registry
from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from flows.store import Store
from schemas.tables import MATCHING_CONTACT_VALUES, MATCHING_CONTACTS
from transforms.matching.comparison import Numbers
from transforms.matching.copies import leave_out_copies
from transforms.matching.incremental.stored_values import restore_values, tabulate_values
from transforms.matching.values import ContactValues

__all__ = ["read_stored_values", "store_values"]

_AT_ONCE: Final = 200_000  # contacts written at a time: bounds memory


def store_values(store: Store, values: ContactValues, numbers: Numbers) -> None:
    """Add what is known of contacts.

    Args:
        store: the warehouse.
        values: of the contacts.
        numbers: number that each is stored under.
    """
    places = np.arange(len(numbers))
    for start in range(0, len(numbers), _AT_ONCE):
        is_part = (places >= start) & (places < start + _AT_ONCE)
        part = leave_out_copies(values, pl.Series(is_part))
        store.append(MATCHING_CONTACT_VALUES, tabulate_values(part, numbers[is_part]))


def read_stored_values(store: Store, contacts: pl.Series) -> ContactValues:
    """What is known of some contacts, by their numbers."""
    with store.lend(given=contacts.rename("contact").to_frame()):
        rows = store.query(
            f"""SELECT contact_id, v.* FROM {MATCHING_CONTACT_VALUES.full_name} v
                JOIN {MATCHING_CONTACTS.full_name} USING (contact) WHERE contact IN (SELECT contact FROM given)"""
        )
    return restore_values(rows)
