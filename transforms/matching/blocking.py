"""Block: contacts that share a key of some rule become candidate pairs, each once, with the rules that found it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import MATCHING_BLOCKING_REPORT
from transforms.matching.keys import EMAIL_RULE, RuleKeys, list_keys
from transforms.matching.values import ContactValues, MatchingReference

__all__ = ["Blocked", "block_contacts", "pair_block_members"]

Numbers = npt.NDArray[np.int64]

#: A key that too many share says little: a part of its block may be this many times smaller than a block of its own.
_PARTS_SHARE = 5


@dataclass(frozen=True)
class Blocked:
    """Columns of matching.CandidatePair, and of matching.BlockingReport."""

    pairs: pl.DataFrame
    report: pl.DataFrame


@dataclass(frozen=True)
class _Blocks:
    """Blocks within the cap: contact, side, block; and what the cap cost."""

    members: pl.DataFrame
    split_keys: int
    dropped_keys: int
    dropped_contacts: int


def block_contacts(values: ContactValues, reference: MatchingReference, block_size_limit: int) -> Blocked:
    """Candidate pairs: contacts of one scope and of like kind that share a blocking key.

    A block of more contacts than the limit is parted by the rule's second key; parts above a fifth of the limit are
    dropped and counted. So the pairs grow with the contacts, whatever a junk value or a frequent name does.

    Args:
        values: what matching knows of the contacts.
        reference: nicknames.
        block_size_limit: contacts in a block.
    """
    codes: list[Numbers] = []
    rules: list[str] = []
    report: list[dict[str, object]] = []
    for keys in list_keys(values, reference):
        blocks = _form_blocks(keys.keys, block_size_limit)
        found = _keep_like_kinds(_pair_blocks(blocks.members, len(values.ids), keys.is_crosswise), keys.rule, values)
        codes.append(found)
        rules.append(keys.rule)
        report.append(_report_rule(keys, blocks, found))
    return Blocked(
        _collect_pairs(codes, rules, values.ids), pl.DataFrame(report, schema=polars_schema(MATCHING_BLOCKING_REPORT))
    )


def pair_block_members(contacts: Numbers, sizes: Numbers) -> tuple[Numbers, Numbers]:
    """Every pair within each block, once, earlier member first.

    Args:
        contacts: members of the blocks, one block after the other.
        sizes: members of each block.
    """
    ends = np.repeat(np.cumsum(sizes), sizes)
    later = ends - 1 - np.arange(len(contacts))  # members after this one in its block
    left = np.repeat(np.arange(len(contacts)), later)
    within = np.arange(len(left)) - np.repeat(np.cumsum(later) - later, later)
    return contacts[left], contacts[left + 1 + within]


def _form_blocks(keys: pl.DataFrame, limit: int) -> _Blocks:
    sized = keys.with_columns(pl.col("contact").n_unique().over("key").alias("size"))
    shared = sized.filter(pl.col("size") > 1)
    whole = shared.filter(pl.col("size") <= limit).select("contact", "side", pl.col("key").alias("block"))
    oversize = shared.filter(pl.col("size") > limit)
    parted = oversize.drop_nulls("split").with_columns(
        pl.struct("key", "split").hash().alias("block"), pl.col("contact").n_unique().over("key", "split").alias("size")
    )
    is_small = pl.col("size") <= max(limit // _PARTS_SHARE, 2)
    kept = parted.filter(is_small)
    lost = pl.concat([oversize.filter(pl.col("split").is_null()), parted.filter(~is_small)], how="diagonal")
    return _Blocks(
        pl.concat([whole, kept.select("contact", "side", "block")]).unique(),
        split_keys=kept["key"].n_unique(),
        dropped_keys=lost["key"].n_unique(),
        dropped_contacts=lost["contact"].n_unique(),
    )


def _pair_blocks(members: pl.DataFrame, contacts_count: int, is_crosswise: bool) -> Numbers:
    """Pairs as numbers l * contacts + r, sorted, each once."""
    ordered = members.sort("block", "contact", "side")
    sizes = ordered.group_by("block", maintain_order=True).len()["len"].to_numpy().astype(np.int64)
    rows = np.arange(ordered.height, dtype=np.int64)
    first, second = pair_block_members(rows, sizes)
    contact, side = ordered["contact"].to_numpy().astype(np.int64), ordered["side"].to_numpy()
    if is_crosswise:
        meeting = side[first] != side[second]
        first, second = first[meeting], second[meeting]
    left, right = contact[first], contact[second]
    codes: Numbers = np.unique((left * contacts_count + right)[left != right])
    return codes


def _keep_like_kinds(codes: Numbers, rule: str, values: ContactValues) -> Numbers:
    """People and companies are never compared as one kind; that both use one mailbox is kept, as a conflict."""
    if rule == EMAIL_RULE:
        return codes
    kind = values.contacts["kind"]
    person, company = (kind == "person").to_numpy(), (kind == "company").to_numpy()
    left, right = np.divmod(codes, max(len(values.ids), 1))
    kept: Numbers = codes[~((person[left] & company[right]) | (company[left] & person[right]))]
    return kept


def _report_rule(keys: RuleKeys, blocks: _Blocks, found: Numbers) -> dict[str, object]:
    return {
        "blocking_rule": keys.rule,
        "keys_count": blocks.members["block"].n_unique(),
        "pairs_count": len(found),
        "split_keys_count": blocks.split_keys,
        "dropped_keys_count": blocks.dropped_keys,
        "dropped_contacts_count": blocks.dropped_contacts,
    }


def _collect_pairs(codes: Iterable[Numbers], rules: list[str], ids: pl.Series) -> pl.DataFrame:
    """Each pair once, with the names of its rules in rule order."""
    per_rule = list(codes)
    every = np.concatenate(per_rule)
    bits = np.repeat(np.uint32(1) << np.arange(len(rules), dtype=np.uint32), [len(found) for found in per_rule])
    order = np.argsort(every, kind="stable")
    pairs, starts = np.unique(every[order], return_index=True)
    masks = np.bitwise_or.reduceat(bits[order], starts) if len(pairs) else np.empty(0, np.uint32)
    left, right = np.divmod(pairs, max(len(ids), 1))
    names = {int(mask): [rule for place, rule in enumerate(rules) if mask >> place & 1] for mask in np.unique(masks)}
    named = pl.DataFrame(
        {"mask": list(names), "blocking_rules": list(names.values())},
        schema={"mask": pl.UInt32, "blocking_rules": pl.List(pl.String)},
    )
    return (
        pl.DataFrame({"contact_id_l": ids.gather(left), "contact_id_r": ids.gather(right), "mask": masks})
        .join(named, on="mask", how="left", maintain_order="left")
        .drop("mask")
    )
