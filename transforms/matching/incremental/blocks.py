"""Block again what a change touches: which pairs come, and which go, when contacts get other keys.

A key that neither a new, a changed nor a deleted contact has brings the pairs that it brought. Of the others each
brings pairs of changed contacts with all that have it. Pairs of unchanged contacts come or go only where a block grew
over its cap, or shrank below it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from transforms.matching.blocking import LAST_BIT, pair_block_members
from transforms.matching.comparison import Numbers
from transforms.matching.incremental.stored_keys import KEY, PART, StoredKeys
from transforms.matching.kept_keys import KeyLimits
from transforms.matching.keys import PARTNER_RULE

__all__ = ["PAIR", "KeyChanges", "Touched", "follow_keys", "touch_keys"]

PAIR = ["contact_l", "contact_r"]
_MEMBER = [*KEY, "contact", "is_partner"]
_WHOLE = -1  # split of a block that is not parted


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
    after = pl.concat([before.join(removed, on=_MEMBER, how="anti"), added])
    return Touched(
        keys.select(*KEY, "before", "cap", "has_parts", "is_loaded", after=pl.col("before") + pl.col("change")),
        before,
        after,
        pl.concat([removed["contact"], added["contact"]]).unique().to_frame(),
    )


def follow_keys(touched: Touched, stored: StoredKeys, limits: KeyLimits) -> KeyChanges:
    """Pairs that come and go with what changed contacts touch."""
    before = _form_blocks(touched.before, touched.keys, "before", limits.parts_cap)
    after = _form_blocks(touched.after, touched.keys, "after", limits.parts_cap)
    partner_rule = limits.number(PARTNER_RULE)
    stayed = before.join(touched.changed, on="contact", how="anti").join(
        after.select(*_MEMBER, now="block"), on=_MEMBER, how="left"
    )
    moved = stayed.filter(pl.col("block").ne_missing(pl.col("now")))
    had = _pair(moved, "block", partner_rule)
    has = _pair(moved, "now", partner_rule)
    lost = had.join(has, on=["rule", *PAIR], how="anti")
    is_new = after.select(pl.col("contact").is_in(touched.changed["contact"].implode())).to_series()
    found = _pair(after.with_columns(is_new=is_new), "block", partner_rule, opening="is_new")
    return KeyChanges(
        found,
        has.join(had, on=["rule", *PAIR], how="anti"),
        _drop_found_otherwise(lost, touched, stored, limits) if lost.height else lost,
    )


def _with_limits(frame: pl.DataFrame, limits: KeyLimits) -> pl.DataFrame:
    rules = frame["rule"].to_numpy()
    return frame.with_columns(
        pl.Series("cap", limits.caps[rules], pl.Int64), pl.Series("has_parts", limits.has_parts[rules], pl.Boolean)
    )


def _form_blocks(rows: pl.DataFrame, keys: pl.DataFrame, count: str, parts_cap: int) -> pl.DataFrame:
    """Rows with the block they are in: _WHOLE, the split of a part, or null for none."""
    placed = rows.join(keys.select(*KEY, "cap", "has_parts", n=count), on=KEY, how="left")
    is_over = pl.col("n") > pl.col("cap")
    block = pl.when(is_over).then(pl.col("split").cast(pl.Int64)).otherwise(_WHOLE)
    sized = placed.with_columns(block=block).with_columns(size=pl.len().over(*KEY, "block"))
    is_part = pl.col("has_parts") & (pl.col("split") != 0) & (pl.col("size") <= parts_cap)
    return sized.select(*_MEMBER, "split", block=pl.when((pl.col("size") > 1) & (~is_over | is_part)).then("block"))


def _pair(rows: pl.DataFrame, block: str, partner_rule: int | None, opening: str | None = None) -> pl.DataFrame:
    """rule, contact_l, contact_r of the pairs within blocks; with `opening`, of pairs with such a row alone."""
    placed = rows.filter(pl.col(block).is_not_null())
    if opening:
        placed = placed.filter(pl.col(opening).any().over(*KEY, block))
        ordered = placed.sort(*KEY, block, ~pl.col(opening), "contact")
    else:
        ordered = placed.sort(*KEY, block, "contact")
    sizes = ordered.group_by(*KEY, block, maintain_order=True).len()["len"].to_numpy().astype(np.int64)
    places = np.arange(ordered.height)
    opens = None if opening is None else ordered[opening].to_numpy()
    first, second = pair_block_members(places, sizes, opens)
    one, other = (ordered["contact"].to_numpy().astype(np.int64)[side] for side in (first, second))
    rule, side = ordered["rule"].to_numpy()[first], ordered["is_partner"].to_numpy()
    meets = (one != other) & ((rule != (-1 if partner_rule is None else partner_rule)) | (side[first] != side[second]))
    return _pairs_frame(rule[meets], one[meets], other[meets])


def _pairs_frame(rule: Numbers, one: Numbers, other: Numbers) -> pl.DataFrame:
    columns = {"rule": rule, "contact_l": np.minimum(one, other), "contact_r": np.maximum(one, other)}
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.Int64)).unique()


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
