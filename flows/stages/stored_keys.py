"""matching.blocking_keys and matching.key_counts, looked up by frames of keys or contacts."""

# ruff: noqa: S608 - table names come from the registry
from __future__ import annotations

import polars as pl

from flows.store import Store
from schemas.tables import MATCHING_BLOCKING_KEYS, MATCHING_CONTACTS, MATCHING_KEY_COUNTS, Table

__all__ = ["WarehouseKeys"]


class WarehouseKeys:
    """The keys of a warehouse (`transforms.matching.incremental.stored_keys`)."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def of_contacts(self, contacts: pl.Series, rules: list[int] | None = None) -> pl.DataFrame:
        """Rows of some contacts; of some rules, if given."""
        with self.store.lend(wanted=contacts.rename("contact").unique().to_frame()):
            where = "contact IN (SELECT contact FROM wanted)"
            if rules is None:
                return self.store.read(MATCHING_BLOCKING_KEYS, where=where)
            return self.store.read(MATCHING_BLOCKING_KEYS, None, f"{where} AND list_contains(?, rule)", [rules])

    def of_keys(self, keys: pl.DataFrame) -> pl.DataFrame:
        """Rows of keys."""
        return self._look_up(MATCHING_BLOCKING_KEYS, keys, ["rule", "key"])

    def of_parts(self, parts: pl.DataFrame) -> pl.DataFrame:
        """Rows of parts of blocks."""
        return self._look_up(MATCHING_BLOCKING_KEYS, parts, ["rule", "key", "split"])

    def count(self, keys: pl.DataFrame) -> pl.DataFrame:
        """Counts of those of the keys that are counted."""
        return self._look_up(MATCHING_KEY_COUNTS, keys, ["rule", "key"])

    def find_first(self, keys: pl.DataFrame) -> pl.DataFrame:
        """rule, key, contact, contact_id: of each key, the contact of the lowest id."""
        with self.store.lend(wanted=keys):
            return self.store.query(
                f"""SELECT rule, key, arg_min(contact, c.contact_id) AS contact, min(c.contact_id) AS contact_id
                    FROM {MATCHING_BLOCKING_KEYS.full_name} k JOIN wanted USING (rule, key)
                    JOIN {MATCHING_CONTACTS.full_name} c USING (contact) GROUP BY rule, key"""
            )

    def _look_up(self, table: Table, keys: pl.DataFrame, by: list[str]) -> pl.DataFrame:
        if keys.is_empty():
            return self.store.read(table, where="false")
        wanted = keys.select(by).unique()
        # by the key alone, for a hash tells rules apart as well: measured, half of the time of a join by all columns
        with self.store.lend(wanted=wanted.select("key").unique()):
            found = self.store.read(table, where="key IN (SELECT key FROM wanted)")
        return found.join(wanted, on=by, how="semi", maintain_order="left")
