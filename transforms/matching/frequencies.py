"""How frequent values are: what parts the levels of equal values, as the contacts at hand show it.

Everything that comparing one pair needs to know of other contacts is asked here, so that it can also be told: by a kept
model (`kept_model`), which says the same whatever contacts come.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from transforms.matching.beliefs import Floats
from transforms.matching.comparison import Flags, Levels, Numbers, ValueSets
from transforms.matching.model import CITY_SHARES, EXACT_SHARES, STREET_HOLDERS

__all__ = ["CITY", "STREET", "Frequencies", "rank_held"]

#: What the cities of addresses are called among the fields, and streets with their numbers.
CITY, STREET = "address.city", "address.street"


class Frequencies:
    """Counts of the contacts at hand."""

    def rank_values(self, field: str, texts: pl.Series, sets: ValueSets) -> Levels:
        """Level of two equal values, by code: by the share of contacts that hold the value.

        Args:
            field: the comparison.
            texts: text of each code.
            sets: who holds which.
        """
        share = sets.holders / max(sets.holders_of_any, 1)
        return np.searchsorted(np.array(EXACT_SHARES), share, side="right").astype(np.int16)

    def count_holders(self, field: str, scoped: pl.DataFrame, holders: Numbers) -> Numbers:
        """Contacts of its scope that hold each value that belongs to one person, home or office.

        Args:
            field: the comparison.
            scoped: scope, value of each code.
            holders: contacts at hand that hold it.
        """
        return holders

    def rank_cities(self, cities: pl.Series, held: Floats) -> Numbers:
        """0 for a rare city, 1, or 2 for a frequent one.

        Args:
            cities: name of each.
            held: addresses in it.
        """
        return np.asarray(np.searchsorted(np.array(CITY_SHARES), held / max(held.sum(), 1), side="right"), np.int64)

    def rank_streets(self, streets: pl.Series, held: Floats) -> Numbers:
        """0 for a street and number that a home may have, 1 for one that more contacts have than live in one.

        Args:
            streets: text of each.
            held: contacts there.
        """
        return np.asarray(np.searchsorted(np.array(STREET_HOLDERS), held, side="right"), np.int64)

    def are_shared(self, locals_: pl.Series, limit: int) -> Flags:
        """Mailbox names that more addresses have than a person would.

        Args:
            locals_: mailbox name of each distinct address.
            limit: addresses.
        """
        counts = locals_.to_frame("local").select(pl.len().over("local"))["len"]
        return np.asarray((counts > limit).to_numpy(), np.bool_)


def rank_held(holders: Numbers, limit: int) -> Levels:
    """Level of two equal values by how many contacts hold the value."""
    return np.searchsorted(np.array([3, limit + 1, 4 * limit + 1]), holders, side="right").astype(np.int16)
