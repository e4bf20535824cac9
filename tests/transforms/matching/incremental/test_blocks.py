"""Blocks followed through a change: the pairs that come and go are those by which all blocks differ."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.ddl import polars_schema
from schemas.tables import MATCHING_BLOCKING_KEYS, MATCHING_KEY_COUNTS
from transforms.matching.blocking import LAST_BIT
from transforms.matching.incremental.blocks import PAIR, follow_keys, touch_keys
from transforms.matching.incremental.candidates import change_candidates
from transforms.matching.kept_keys import KeyLimits
from transforms.matching.keys import PARTNER_RULE

#: A wide rule, whose blocks over the cap are dropped; one whose blocks are parted; e-mails of partners; and two rules
#: that have one bit in common.
NAMES = ["wide", "parted", PARTNER_RULE, *(f"rule {number}" for number in range(3, LAST_BIT + 2))]
RULES = [0, 1, 2, LAST_BIT, LAST_BIT + 1]
LIMITS = KeyLimits(
    NAMES,
    np.where(np.arange(len(NAMES)) == 0, 2, 3),
    np.where(np.arange(len(NAMES)) == 0, 2, 3),
    np.arange(len(NAMES)) != 0,
    2,
    np.array([3, 6, 21]),
)
row = st.tuples(st.sampled_from(RULES), st.integers(0, 2), st.integers(0, 2), st.booleans())
rows_of_contact = st.lists(row, max_size=5)
book = st.dictionaries(st.integers(0, 9), rows_of_contact, max_size=10)


class FrameKeys:
    """Stored keys in a frame."""

    def __init__(self, keys: pl.DataFrame) -> None:
        self.keys = keys

    def of_contacts(self, contacts: pl.Series, rules: list[int] | None = None) -> pl.DataFrame:
        of_rules = pl.lit(rules is None) | pl.col("rule").is_in(rules or [])
        return self.keys.filter(pl.col("contact").is_in(contacts.implode()) & of_rules)

    def of_keys(self, keys: pl.DataFrame) -> pl.DataFrame:
        return self.keys.join(keys, on=["rule", "key"], how="semi")

    def of_parts(self, parts: pl.DataFrame) -> pl.DataFrame:
        return self.keys.join(parts, on=["rule", "key", "split"], how="semi")

    def count(self, keys: pl.DataFrame) -> pl.DataFrame:
        counts = self.of_keys(keys).group_by("rule", "key").agg(pl.len().cast(pl.Int64).alias("contacts_count"))
        floors = pl.Series("floor", LIMITS.floors[counts["rule"].to_numpy()], pl.Int64)
        held = counts.with_columns(floors).filter(pl.col("contacts_count") > pl.col("floor")).drop("floor")
        return held.select(list(polars_schema(MATCHING_KEY_COUNTS)))

    def find_first(self, keys: pl.DataFrame) -> pl.DataFrame:
        first = self.of_keys(keys).group_by("rule", "key").agg(pl.col("contact").min())
        return first.with_columns(contact_id=pl.col("contact").cast(pl.String).str.zfill(3))


def keys_of(book: dict[int, list[tuple[int, int, int, bool]]]) -> pl.DataFrame:
    rows: dict[tuple[int, int, int, bool], int] = {}
    for contact, held in book.items():
        for rule, key, split, is_partner in held:
            rows.setdefault((rule, key, contact, is_partner and rule == 2), split)
    listed = [(rule, key, split, contact, is_partner) for (rule, key, contact, is_partner), split in rows.items()]
    return pl.DataFrame(listed, schema=polars_schema(MATCHING_BLOCKING_KEYS), orient="row")


def pairs_of(book: dict[int, list[tuple[int, int, int, bool]]]) -> dict[tuple[int, int], int]:
    """Every two contacts of a block, with the bits of the rules."""
    blocks = defaultdict(list)
    for rule, key, split, contact, is_partner in keys_of(book).iter_rows():
        blocks[rule, key].append((contact, is_partner, split))
    bits: dict[tuple[int, int], int] = defaultdict(int)
    for (rule, _), members in blocks.items():
        groups = [members]
        if len(members) > LIMITS.caps[rule]:
            parts = [[one for one in members if one[2] == split] for split in {one[2] for one in members} - {0}]
            groups = [part for part in parts if len(part) <= LIMITS.parts_cap and LIMITS.has_parts[rule]]
        for one, other in (pair for group in groups for pair in combinations(group, 2)):
            if one[0] != other[0] and (rule != 2 or one[1] != other[1]):
                bits[min(one[0], other[0]), max(one[0], other[0])] |= 1 << min(rule, LAST_BIT)
    return dict(bits)


@given(book, book, st.sets(st.integers(0, 9)))
@settings(max_examples=60, deadline=None)
def test_pairs_that_come_and_go(before, others, changed) -> None:
    after = {contact: held for contact, held in before.items() if contact not in changed}
    after |= {contact: others[contact] for contact in changed if contact in others}
    stored = FrameKeys(keys_of(before))
    is_changed = pl.col("contact").is_in(sorted(changed))
    touched = touch_keys(stored.keys.filter(is_changed), keys_of(after).filter(is_changed), stored, LIMITS)
    found = follow_keys(touched, stored, LIMITS)

    had = {pair: bits for pair, bits in pairs_of(before).items() if not changed & {*pair}}
    known = pl.DataFrame(
        [(*pair, bits) for pair, bits in had.items()],
        schema={"contact_l": pl.UInt32, "contact_r": pl.UInt32, "blocking_rules": pl.Int64},
        orient="row",
    )
    kinds = pl.DataFrame({"contact": range(10), "kind": "person"}, schema={"contact": pl.UInt32, "kind": pl.String})
    asked = pl.concat([found.gained, found.lost]).select(PAIR).cast(dict.fromkeys(PAIR, pl.UInt32)).unique()
    candidates = change_candidates(found, known.join(asked, on=PAIR, how="semi"), kinds, None)
    now = {pair: bits for pair, bits in had.items() if pair not in set(candidates.replaced.rows())}
    now |= {row[:2]: row[2] for row in candidates.pairs.rows()}
    expected = pairs_of(after)
    assert now == expected
    unchanged = {pair for pair in expected if not changed & {*pair}}
    assert set(candidates.gone.rows()) == had.keys() - unchanged
    assert set(candidates.fresh) == {contact for pair in unchanged - had.keys() for contact in pair}
