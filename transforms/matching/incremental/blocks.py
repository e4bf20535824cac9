"""Block again what a change touches: which pairs come, and which go, when contacts get other keys.

A key that neither a new, a changed nor a deleted contact has brings the pairs that it brought. Of the others each
brings pairs of changed contacts with all that have it. Pairs of unchanged contacts come or go only where a block grew
over its cap, or shrank below it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from transforms.matching.blocking import LAST_BIT, pair_block_members, run_lengths
from transforms.matching.comparison import Flags, Numbers
from transforms.matching.incremental.stored_keys import KEY, PART, StoredKeys
from transforms.matching.kept_keys import KeyLimits
from transforms.matching.keys import PARTNER_RULE

__all__ = ["PAIR", "KeyChanges", "Touched", "follow_keys", "touch_keys"]

PAIR = ["contact_l", "contact_r"]
_KEYS = 2**40  # keys of a rule
_PARTS = 2**33  # parts of a block, each known by its split, and the block itself


@dataclass(frozen=True)
class Touched:
    """Keys that changed contacts have or had, and everything stored that stands with them.

    Attributes:
        keys: rule, key, before, after: contacts that have it; cap and has_parts of its rule; is_loaded.
        before: columns of matching.BlockingKey of the keys that are loaded, and of parts of others.
        after: the same as they are now.
        changed: contacts that are new, changed or deleted.
    """

    keys: pl.DataFrame
    before: pl.DataFrame
    after: pl.DataFrame
    changed: pl.DataFrame


@dataclass(frozen=True)
class KeyChanges:
    """Each with rule, contact_l, contact_r.

    Attributes:
        found: pairs with a changed contact, all of them.
        gained: pairs of two unchanged contacts that a rule brings now.
        lost: such pairs that a rule brings no more.
    """

    found: pl.DataFrame
    gained: pl.DataFrame
    lost: pl.DataFrame


def touch_keys(removed: pl.DataFrame, added: pl.DataFrame, stored: StoredKeys, limits: KeyLimits) -> Touched:
    """What changed contacts touch.

    Args:
        removed: columns of matching.BlockingKey: keys that changed and deleted contacts had.
        added: those that changed and new contacts have.
        stored: keys as they were.
        limits: of the rules.
    """
    both = pl.concat([removed.with_columns(change=pl.lit(-1)), added.with_columns(change=pl.lit(1))])
    keys = both.group_by(KEY).agg(pl.col("change").sum()).pipe(_with_limits, limits)
    keys = keys.join(stored.count(keys.select(KEY)), on=KEY, how="left")
    count = pl.col("contacts_count")
    keys = keys.with_columns(
        # a block that stays over its cap is looked at in parts: there may be as many in it as there are contacts
        is_loaded=(count.is_null() | (count <= pl.col("cap")) | (count + pl.col("change") <= pl.col("cap")))
    )
    members = stored.of_keys(keys.filter("is_loaded").select(KEY))
    parted = keys.filter(~pl.col("is_loaded") & pl.col("has_parts")).select(KEY)
    parts = both.filter(pl.col("split") != 0).join(parted, on=KEY, how="semi").select(PART).unique()
    before = pl.concat([members, stored.of_parts(parts)]) if parts.height else members
    held = members.group_by(KEY).agg(pl.len().cast(pl.Int64).alias("held"))
    keys = keys.join(held, on=KEY, how="left").with_columns(before=pl.coalesce(count, "held", pl.lit(0)))
    changed = pl.concat([removed["contact"], added["contact"]]).unique()
    after = pl.concat([before.filter(~pl.col("contact").is_in(changed.implode())), added])
    return Touched(
        keys.select(*KEY, "before", "cap", "has_parts", "is_loaded", after=pl.col("before") + pl.col("change")),
        before,
        after,
        changed.to_frame(),
    )


def follow_keys(touched: Touched, stored: StoredKeys, limits: KeyLimits) -> KeyChanges:
    """Pairs that come and go with what changed contacts touch."""
    before, after = _Rows(touched.before), _Rows(touched.after)
    had = before.form_blocks(touched.keys, "before", limits.parts_cap)
    has = after.form_blocks(touched.keys, "after", limits.parts_cap)
    changed = touched.changed["contact"].to_numpy()
    stayed = np.flatnonzero(~np.isin(before.contacts, changed))  # the first rows of those after, in the same order
    moved = np.flatnonzero(had[stayed] != has[: len(stayed)])
    partner_rule = limits.number(PARTNER_RULE)
    gone = before.pair(stayed[moved], had, partner_rule)
    come = after.pair(moved, has, partner_rule)
    lost = gone.join(come, on=["rule", *PAIR], how="anti").unique()
    is_new = np.isin(after.contacts, changed)
    return KeyChanges(
        after.pair(np.arange(len(has)), has, partner_rule, opens=is_new),
        come.join(gone, on=["rule", *PAIR], how="anti").unique(),
        _drop_found_otherwise(lost, touched, stored, limits) if lost.height else lost,
    )


class _Rows:
    """Columns of matching.BlockingKey as arrays."""

    def __init__(self, keys: pl.DataFrame) -> None:
        self.codes = _code_keys(keys)
        self.rules = keys["rule"].to_numpy()
        self.splits = keys["split"].to_numpy().astype(np.int64)
        self.contacts = keys["contact"].to_numpy()
        self.is_partner = keys["is_partner"].to_numpy()

    def form_blocks(self, keys: pl.DataFrame, count: str, parts_cap: int) -> Numbers:
        """Number of the block that each row is in; -1 for none.

        Args:
            keys: of `Touched`.
            count: contacts of each key: before or after.
            parts_cap: contacts in a part.
        """
        codes = _code_keys(keys)
        order = np.argsort(codes)
        place = order[np.searchsorted(codes, self.codes, sorter=order)]
        is_over = (keys[count] > keys["cap"]).to_numpy()[place]
        blocks = place * _PARTS + np.where(is_over, self.splits + 1, 0)
        size = np.empty(len(blocks), np.int64)
        ordered = np.argsort(blocks)
        sizes = run_lengths(blocks[ordered])
        size[ordered] = np.repeat(sizes, sizes)
        is_part = keys["has_parts"].to_numpy()[place] & (self.splits != 0) & (size <= parts_cap)
        return np.where((size > 1) & (~is_over | is_part), blocks, -1)

    def pair(
        self, rows: Numbers, blocks: Numbers, partner_rule: int | None, opens: Flags | None = None
    ) -> pl.DataFrame:
        """rule, contact_l, contact_r of pairs of these rows within blocks; with `opens`, of pairs with such a row."""
        rows = rows[blocks[rows] >= 0]
        later = np.zeros(len(rows), np.bool_) if opens is None else ~opens[rows]
        rows = rows[np.lexsort((later, blocks[rows]))]
        sizes = run_lengths(blocks[rows])
        first, second = pair_block_members(rows, sizes, None if opens is None else opens[rows])
        one, other = (self.contacts[side].astype(np.int64) for side in (first, second))
        rules = self.rules[first]
        meets = one != other
        if partner_rule is not None:
            meets &= (rules != partner_rule) | (self.is_partner[first] != self.is_partner[second])
        columns = {"rule": rules, "contact_l": np.minimum(one, other), "contact_r": np.maximum(one, other)}
        return pl.DataFrame({name: values[meets] for name, values in columns.items()})


def _code_keys(keys: pl.DataFrame) -> Numbers:
    """Rule and key as one number."""
    return np.asarray(keys["rule"].to_numpy() * _KEYS + keys["key"].to_numpy(), np.int64)


def _with_limits(frame: pl.DataFrame, limits: KeyLimits) -> pl.DataFrame:
    rules = frame["rule"].to_numpy()
    return frame.with_columns(
        pl.Series("cap", limits.caps[rules], pl.Int64), pl.Series("has_parts", limits.has_parts[rules], pl.Boolean)
    )


def _drop_found_otherwise(lost: pl.DataFrame, touched: Touched, stored: StoredKeys, limits: KeyLimits) -> pl.DataFrame:
    """Pairs that no other key of the rule brings, nor of a rule that has the same bit."""
    rules = _rules_of_bits(lost["rule"].unique().to_list(), len(limits.rules))
    contacts = pl.concat([lost["contact_l"], lost["contact_r"].alias("contact_l")]).unique()
    keys = stored.of_contacts(contacts, rules).with_columns(
        pl.col("contact").cast(pl.Int64), bit=pl.min_horizontal("rule", pl.lit(LAST_BIT, pl.Int64))
    )
    asked = lost.with_columns(bit=pl.min_horizontal("rule", pl.lit(LAST_BIT, pl.Int64))).drop("rule")
    shared = asked.join(keys, left_on=["bit", "contact_l"], right_on=["bit", "contact"]).join(
        keys, left_on=["bit", "contact_r", *KEY], right_on=["bit", "contact", *KEY], suffix="_r"
    )
    is_crosswise = (pl.col("rule") == pl.lit(limits.number(PARTNER_RULE), pl.Int64)).fill_null(False)
    meets = ~is_crosswise | (pl.col("is_partner") != pl.col("is_partner_r"))
    shared = shared.filter(meets).pipe(_with_limits, limits)
    counts = pl.concat(
        [
            touched.keys.select(*KEY, n="after"),
            stored.count(shared.select(KEY).unique().join(touched.keys, on=KEY, how="anti"))
            .select(*KEY, n="contacts_count"),
        ]
    )  # fmt: skip
    shared = shared.join(counts, on=KEY, how="left")
    is_over = (pl.col("n") > pl.col("cap")).fill_null(False)
    in_part = shared.filter(
        is_over & pl.col("has_parts") & (pl.col("split") == pl.col("split_r")) & (pl.col("split") > 0)
    )
    if in_part.height:
        sizes = _size_parts(in_part.select(PART).unique(), touched, stored)
        in_part = in_part.join(sizes, on=PART).filter(pl.col("size") <= limits.parts_cap)
    held = pl.concat([shared.filter(~is_over).select("bit", *PAIR), in_part.select("bit", *PAIR)])
    return (
        lost.with_columns(bit=pl.min_horizontal("rule", pl.lit(LAST_BIT, pl.Int64)))
        .join(held, on=["bit", *PAIR], how="anti")
        .drop("bit")
    )


def _rules_of_bits(rules: list[int], count: int) -> list[int]:
    return sorted({*rules, *(range(LAST_BIT, count) if max(rules) >= LAST_BIT else ())})


def _size_parts(parts: pl.DataFrame, touched: Touched, stored: StoredKeys) -> pl.DataFrame:
    """rule, key, split, size: contacts in parts as they are now."""
    loaded = touched.after.join(parts, on=PART, how="semi")
    known = pl.concat([touched.before, touched.after]).select(PART).unique()
    others = stored.of_parts(parts.join(known, on=PART, how="anti"))
    return pl.concat([loaded, others]).group_by(PART).agg(pl.len().alias("size"))
