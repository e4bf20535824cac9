"""Unchanged contacts whose pairs mean something else, because others share an e-mail, phone or address book id now."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from transforms.matching.comparison import Numbers
from transforms.matching.incremental.blocks import Touched
from transforms.matching.incremental.stored_keys import KEY, StoredKeys
from transforms.matching.kept_keys import HELD_RULES, KeyLimits, key_of
from transforms.matching.kept_model import KeptFrequencies, KeptModel
from transforms.matching.keys import EMAIL_RULE, hash_scoped

__all__ = ["Affected", "CountedFrequencies", "find_affected", "number_held_rules"]


class Affected(NamedTuple):
    """Numbers of unchanged contacts.

    Attributes:
        renamed: hold an e-mail whose first holder is another one now, of whose name it may be made or not: all of their
            pairs may be others.
        recounted: hold a value that so many share now that it says more or less: their pairs with each other may be.
    """

    renamed: pl.Series
    recounted: pl.Series


class CountedFrequencies(KeptFrequencies):
    """Frequencies of a kept model, for some of the contacts: holders are those counted among all of them."""

    def __init__(self, kept: KeptModel, counts: pl.DataFrame) -> None:
        super().__init__(kept)
        self.counts = counts
        self.rules = list(kept.rules)

    def count_holders(self, field: str, scoped: pl.DataFrame, holders: Numbers) -> Numbers:
        """Contacts of its scope that hold each value; 1 for those that are not counted."""
        rule = HELD_RULES[field]
        if rule not in self.rules:
            return holders
        keys = pl.DataFrame({"key": key_of(hash_scoped(scoped["scope"], scoped["value"]))})
        counted = self.counts.filter(pl.col("rule") == self.rules.index(rule))
        found = keys.join(counted, on="key", how="left", maintain_order="left")["contacts_count"]
        return found.fill_null(1).to_numpy()


def number_held_rules(limits: KeyLimits) -> list[int]:
    """Places of the rules whose keys tell how many hold a value."""
    return sorted({number for rule in HELD_RULES.values() if (number := limits.number(rule)) is not None})


def find_affected(touched: Touched, added_ids: pl.DataFrame, stored: StoredKeys, limits: KeyLimits) -> Affected:
    """Unchanged contacts whose values say something else.

    An e-mail is also judged by whether it is made of the name of who holds it: the contact of the lowest id.

    Args:
        touched: what changed contacts touch.
        added_ids: contact, contact_id of new and changed contacts.
        stored: keys as they were.
        limits: of the rules.
    """
    held = touched.keys.filter(pl.col("rule").is_in(number_held_rules(limits)) & (pl.col("before") > 0))
    levels = {
        name: np.searchsorted(limits.holders, held[name].to_numpy(), side="right") for name in ("before", "after")
    }
    moved = held.filter(pl.Series(levels["before"] != levels["after"], dtype=pl.Boolean)).select(KEY)
    emails = held.filter(pl.col("rule") == pl.lit(limits.number(EMAIL_RULE), pl.Int64)).select(KEY)
    renamed = _list_holders(_find_renamed(emails, touched, added_ids, stored), touched, stored)
    return Affected(renamed, _list_holders(moved, touched, stored))


def _list_holders(keys: pl.DataFrame, touched: Touched, stored: StoredKeys) -> pl.Series:
    """Unchanged contacts that hold some of the touched keys."""
    loaded = touched.keys.filter("is_loaded").select(KEY)
    known = touched.before.join(keys.join(loaded, on=KEY, how="semi"), on=KEY, how="semi")
    others = stored.of_keys(keys.join(loaded, on=KEY, how="anti"))
    return pl.concat([known, others]).join(touched.changed, on="contact", how="anti")["contact"].unique()


def _find_renamed(keys: pl.DataFrame, touched: Touched, added_ids: pl.DataFrame, stored: StoredKeys) -> pl.DataFrame:
    """rule, key of the e-mails whose first holder is another one now, or has changed."""
    newcomers = touched.after.join(added_ids, on="contact").join(keys, on=KEY, how="semi")
    first = newcomers.group_by(KEY).agg(pl.col("contact_id").min().alias("newcomer"))
    known = stored.find_first(keys).join(first, on=KEY, how="left")
    is_changed = pl.col("contact").is_in(touched.changed["contact"].implode())
    return known.filter(is_changed | (pl.col("newcomer") < pl.col("contact_id")).fill_null(False)).select(KEY)
