"""Where the blocking keys of the contacts matched before are looked up."""

from __future__ import annotations

from typing import Protocol

import polars as pl

__all__ = ["KEY", "PART", "StoredKeys"]

KEY = ["rule", "key"]
PART = [*KEY, "split"]


class StoredKeys(Protocol):
    """matching.blocking_keys as the last run left it, and what else is looked up there."""

    def of_contacts(self, contacts: pl.Series, rules: list[int] | None = None) -> pl.DataFrame:
        """Columns of matching.BlockingKey of some contacts; of some rules, if given."""

    def of_keys(self, keys: pl.DataFrame) -> pl.DataFrame:
        """Columns of matching.BlockingKey of keys, given by rule and key."""

    def of_parts(self, parts: pl.DataFrame) -> pl.DataFrame:
        """Columns of matching.BlockingKey of parts of blocks, given by rule, key and split."""

    def count(self, keys: pl.DataFrame) -> pl.DataFrame:
        """Columns of matching.KeyCount of those of the keys that are counted."""

    def find_first(self, keys: pl.DataFrame) -> pl.DataFrame:
        """rule, key, contact, contact_id: of each key, the contact of the lowest id."""
