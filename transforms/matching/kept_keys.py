"""Blocking keys that outlive a run: a key says the same whatever other contacts there are.

Of a key's 64 bits 40 are kept, as blocking does (of one rule's keys up to 16 million), and 32 of what parts its block.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import MATCHING_BLOCKING_KEYS, MATCHING_KEY_COUNTS
from transforms.matching.blocking import limit_parts, measure_cap, run_lengths
from transforms.matching.comparison import Numbers
from transforms.matching.keys import CUT_BITS, EMAIL_RULE, NARROW, WIDE, RuleKeys, hash_scoped, list_keys
from transforms.matching.values import ContactValues, MatchingReference

__all__ = [
    "HELD_RULES", "KeptRule", "KeyLimits", "count_by_key", "count_keys", "keep_rule", "key_of", "limit_keys",
    "list_kept_keys", "tabulate_keys",
]  # fmt: skip

#: Rules whose keys say how many hold a value that belongs to one person, home or office.
HELD_RULES = {"email": EMAIL_RULE, "partner_email": EMAIL_RULE, "phone_number": "phone", "address_book": "address_book"}
_FEW = 2  # holders that are not counted: fewer than any level asks for
_KEY_BITS, _SPLIT_BITS = np.uint64(CUT_BITS), np.uint64(32)  # low bits that are left out


@dataclass(frozen=True)
class KeptRule:
    """A blocking rule.

    Attributes:
        cap: contacts in a block; None where settings.toml says.
        has_parts: whether a block of more contacts is parted, not dropped.
    """

    cap: int | None
    has_parts: bool


def keep_rule(keys: RuleKeys, limit: int, contacts_count: int) -> KeptRule:
    """A rule as it is in force.

    Args:
        keys: its keys.
        limit: contacts in a block, by settings.toml.
        contacts_count: contacts that are compared.
    """
    cap = keys.cap if keys.breadth == NARROW else measure_cap(keys, limit, contacts_count)
    return KeptRule(cap, keys.breadth != WIDE)


@dataclass(frozen=True)
class KeyLimits:
    """By rule, in the order of the kept rules.

    Attributes:
        rules: names.
        caps: contacts in a block.
        floors: keys of more contacts are counted in matching.key_counts.
        has_parts: whether a block over the cap is parted.
        parts_cap: contacts in a part, whatever the rule.
        holders: least holders of each next level of a value, of the rules that have such levels.
    """

    rules: list[str]
    caps: Numbers
    floors: Numbers
    has_parts: npt.NDArray[np.bool_]
    parts_cap: int
    holders: Numbers

    def number(self, rule: str) -> int | None:
        """Place of a rule; None when it was not there when the model was kept."""
        return self.rules.index(rule) if rule in self.rules else None


def limit_keys(rules: Mapping[str, KeptRule], limit: int, shared_limit: int) -> KeyLimits:
    """Limits of the kept rules.

    Args:
        rules: by name, in their order.
        limit: contacts in a block, by settings.toml.
        shared_limit: contacts that may share a value which belongs to one person.
    """
    sizes = np.array([limit if rule.cap is None else rule.cap for rule in rules.values()], np.int64)
    held = np.isin(list(rules), list(HELD_RULES.values()))
    return KeyLimits(
        list(rules),
        sizes,
        np.where(held, np.minimum(sizes, _FEW), sizes),
        np.array([rule.has_parts for rule in rules.values()], np.bool_),
        limit_parts(limit),
        np.array([_FEW + 1, shared_limit + 1, 4 * shared_limit + 1]),
    )


def list_kept_keys(
    values: ContactValues, reference: MatchingReference, rules: Mapping[str, KeptRule]
) -> Iterator[RuleKeys]:
    """Keys of the kept rules, in their order; a rule that no contact has a value for has none."""
    waiting = list(rules)
    for keys in list_keys(values, reference):
        if keys.rule not in rules:
            continue
        while (name := waiting.pop(0)) != keys.rule:
            yield _without_keys(name)
        yield replace(
            keys,
            splits=keys.splits >> _SPLIT_BITS << _SPLIT_BITS,
            breadth=NARROW if rules[name].has_parts else WIDE,
            cap=rules[name].cap,
        )
    for name in waiting:
        yield _without_keys(name)


def _without_keys(rule: str) -> RuleKeys:
    return RuleKeys(rule, np.empty(0, np.int64), np.empty(0, np.uint64), np.empty(0, np.uint64))


def tabulate_keys(number: int, keys: RuleKeys, contacts: Numbers) -> pl.DataFrame:
    """Columns of matching.BlockingKey: a contact has a key once, with what first parted it.

    Args:
        number: of the rule.
        keys: its keys, cut.
        contacts: number that each contact is stored under.
    """
    is_partner = keys.sides if keys.sides is not None else np.zeros(len(keys.keys), np.bool_)
    frame = pl.DataFrame(
        {
            "key": key_of(keys.keys),
            "split": (keys.splits >> _SPLIT_BITS).astype(np.uint32),
            "contact": contacts[keys.contacts].astype(np.uint32),
            "is_partner": is_partner,
        }
    ).with_columns(rule=pl.lit(number, pl.Int64))
    # telling repeats takes longer than all else; most contacts have one key of a rule
    sides = keys.contacts * 2 + is_partner
    has_more = pl.Series(np.bincount(sides)[sides] > 1)
    repeated = frame.filter(has_more).unique(["key", "contact", "is_partner"], keep="first", maintain_order=True)
    distinct = pl.concat([frame.filter(~has_more), repeated])
    return distinct.select(list(polars_schema(MATCHING_BLOCKING_KEYS)))


def count_keys(number: int, keys: pl.DataFrame, floor: int) -> pl.DataFrame:
    """Columns of matching.KeyCount: keys of the rule of that number that more contacts hold than the floor."""
    ordered = np.sort(keys["key"].to_numpy())
    counts = run_lengths(ordered)
    many = np.flatnonzero(counts > floor)
    columns = {"key": ordered[(np.cumsum(counts) - counts)[many]], "contacts_count": counts[many]}
    return pl.DataFrame(columns).with_columns(rule=pl.lit(number, pl.Int64)).select(MATCHING_KEY_COUNTS.columns)


def key_of(keys: npt.NDArray[np.uint64]) -> Numbers:
    """Keys as they are stored."""
    return (keys >> _KEY_BITS).astype(np.int64)


def count_by_key(scoped: pl.DataFrame, holders: Numbers) -> Numbers:
    """Holders of each value and of those with the same key.

    Args:
        scoped: scope, value.
        holders: of each.
    """
    keys = key_of(hash_scoped(scoped["scope"], scoped["value"]))
    counted = pl.DataFrame({"key": keys, "holders": holders}).select(pl.col("holders").sum().over("key"))
    return counted["holders"].to_numpy().astype(np.int64)
