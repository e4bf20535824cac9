"""Block: contacts that share a key of some rule become candidate pairs, each once, with the rules that found it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import MATCHING_BLOCKING_REPORT
from transforms.matching.keys import CUT_BITS, EMAIL_RULE, NARROW, WIDE, RuleKeys, list_keys
from transforms.matching.values import ContactValues, MatchingReference
from transforms.normalize.distinct import distinct_numbers

__all__ = [
    "LAST_BIT", "Blocked", "block_contacts", "find_pairs", "limit_parts", "measure_cap", "pair_block_members",
    "run_lengths",
]  # fmt: skip

Numbers = npt.NDArray[np.int64]

#: A key that too many share says little: a part of its block may be this many times smaller than a block of its own.
_PARTS_SHARE = 5
#: Pairs that any rule may bring: in a small table they cost nothing.
_PAIRS_AT_LEAST = 20_000
#: Rules beyond have the last bit in common: a table may have any number of attribute types, each with rules of its own.
LAST_BIT = 62


@dataclass(frozen=True)
class Blocked:
    """Columns of matching.CandidatePair, and of matching.BlockingReport."""

    pairs: pl.DataFrame
    report: pl.DataFrame


@dataclass(frozen=True)
class _Blocks:
    """Blocks within the cap, one after the other: their members, as contact * 2 + side; and what the cap cost."""

    members: Numbers
    sizes: Numbers
    split_keys: int = 0
    dropped_keys: int = 0
    dropped_contacts: int = 0


def block_contacts(
    values: ContactValues,
    reference: MatchingReference,
    block_size_limit: int,
    rules: Iterable[RuleKeys] | None = None,
) -> Blocked:
    """Candidate pairs: contacts of one scope and of like kind that share a blocking key.

    A block of more contacts than the limit is parted by the rule's second key; parts above a fifth of the limit are
    dropped and counted. So the pairs grow with the contacts, whatever a junk value or a frequent name does.

    Args:
        values: what matching knows of the contacts.
        reference: nicknames.
        block_size_limit: contacts in a block.
        rules: keys of the rules to go by; by default every rule's.
    """
    codes, bits, report = find_pairs(values, list_keys(values, reference) if rules is None else rules, block_size_limit)
    left, right = np.divmod(codes, max(len(values.ids), 1))
    columns = {"contact_l": left.astype(np.uint32), "contact_r": right.astype(np.uint32), "blocking_rules": bits}
    return Blocked(pl.DataFrame(columns), report)


def find_pairs(values: ContactValues, rules: Iterable[RuleKeys], limit: int) -> tuple[Numbers, Numbers, pl.DataFrame]:
    """Pairs as l * contacts + r, ascending; the rules of each, by bits; and the report, which names the bits."""
    codes: list[Numbers] = []
    report: list[dict[str, object]] = []
    is_person, is_company = ((values.contacts["kind"] == kind).to_numpy() for kind in ("person", "company"))
    for keys in rules:
        blocks = _form_blocks(keys, limit, len(values.ids))
        found = _pair_blocks(blocks, len(values.ids), keys.sides is not None)
        if keys.rule != EMAIL_RULE:
            found = _keep_like_kinds(found, is_person, is_company)
        report.append(_report_rule(keys, min(len(codes), LAST_BIT), blocks, found))
        codes.append(found)
    return *_unite(codes), pl.DataFrame(report, schema=polars_schema(MATCHING_BLOCKING_REPORT))


def pair_block_members(
    contacts: Numbers, sizes: Numbers, opens: npt.NDArray[np.bool_] | None = None
) -> tuple[Numbers, Numbers]:
    """Every pair within each block, once, earlier member first.

    Args:
        contacts: members of the blocks, one block after the other.
        sizes: members of each block.
        opens: members whose pairs with later ones are wanted; by default all.
    """
    ends = np.repeat(np.cumsum(sizes), sizes)
    later = ends - 1 - np.arange(len(contacts))  # members after this one in its block
    if opens is not None:
        later = np.where(opens, later, 0)
    left = np.repeat(np.arange(len(contacts)), later)
    within = np.arange(len(left)) - np.repeat(np.cumsum(later) - later, later)
    return contacts[left], contacts[left + 1 + within]


def _form_blocks(rule: RuleKeys, limit: int, contacts_count: int) -> _Blocks:
    members = rule.contacts * 2 if rule.sides is None else rule.contacts * 2 + rule.sides
    keys, places = _sort_keys(rule.keys, members)
    members = members[places]
    sizes = run_lengths(keys)
    of_key = np.repeat(sizes, sizes)
    cap = _cap_rule(rule, sizes, limit, contacts_count)
    fits = (of_key > 1) & (of_key <= cap)
    kept = _Blocks(members[fits], sizes[(sizes > 1) & (sizes <= cap)])
    if rule.breadth == WIDE or sizes.max(initial=0) <= cap:
        return _Blocks(kept.members, kept.sizes, *_count_lost(sizes, cap))
    over = of_key > cap
    return _add_parts(kept, keys[over], members[over], rule.splits[places[over]], limit_parts(limit))


def limit_parts(limit: int) -> int:
    """Contacts in a part of a block over the limit."""
    return max(limit // _PARTS_SHARE, 2)


def measure_cap(rule: RuleKeys, limit: int, contacts_count: int) -> int:
    """Contacts in a block of a rule at most, as its keys make it."""
    members = rule.contacts * 2 if rule.sides is None else rule.contacts * 2 + rule.sides
    sizes = run_lengths(_sort_keys(rule.keys, members)[0])
    return _cap_rule(rule, sizes, limit, contacts_count)


def _cap_rule(rule: RuleKeys, sizes: Numbers, limit: int, contacts_count: int) -> int:
    if rule.cap is not None or rule.breadth == NARROW:
        return limit if rule.cap is None else rule.cap
    return _cap_size(sizes, limit, rule.breadth * contacts_count)


def _count_lost(sizes: Numbers, cap: int) -> tuple[int, int, int]:
    lost = sizes[sizes > cap]
    return 0, len(lost), int(lost.sum())


def _add_parts(
    kept: _Blocks, keys: npt.NDArray[np.uint64], members: Numbers, splits: npt.NDArray[np.uint64], cap: int
) -> _Blocks:
    """Blocks over the cap, parted by their second key."""
    mixed = keys * np.uint64(0x9E3779B97F4A7C15) ^ splits
    order = np.lexsort((members, mixed))
    keys, mixed, members, splits = keys[order], mixed[order], members[order], splits[order]
    sizes = run_lengths(mixed)
    of_part = np.repeat(sizes, sizes)
    small = (of_part <= cap) & (splits != 0)
    fits = small & (of_part > 1)
    starts = np.cumsum(sizes) - sizes
    is_kept = (sizes > 1) & (sizes <= cap) & (splits[starts] != 0)
    return _Blocks(
        np.concatenate([kept.members, members[fits]]),
        np.concatenate([kept.sizes, sizes[is_kept]]),
        split_keys=_count_distinct(keys[small]),
        dropped_keys=_count_distinct(keys[~small]),
        dropped_contacts=_count_distinct((members[~small] // 2).astype(np.uint64)),
    )


def _count_distinct(values: npt.NDArray[np.uint64]) -> int:
    ordered = np.sort(values)
    return int((ordered[1:] != ordered[:-1]).sum()) + 1 if len(ordered) else 0


def _sort_keys(keys: npt.NDArray[np.uint64], members: Numbers) -> tuple[npt.NDArray[np.uint64], Numbers]:
    """Keys that several have, ascending, and whose they are, as places in what is given: of one member once.

    The key gives its low bits to the place, so that one plain sort does; most are of one member, and go first.
    """
    bits = np.uint64(max(len(keys).bit_length(), CUT_BITS))
    packed = np.sort((keys >> bits << bits) | np.arange(len(keys), dtype=np.uint64))
    ordered = packed >> bits
    again = ordered[1:] == ordered[:-1]
    shared = np.zeros(len(keys), np.bool_)
    shared[1:] |= again
    shared[:-1] |= again
    ordered = ordered[shared]
    places = (packed[shared] & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.int64)
    # rows come in contact order, so that a key's repeats of one member follow each other
    held = members[places]
    is_first = np.ones(len(ordered), np.bool_)
    is_first[1:] = (ordered[1:] != ordered[:-1]) | (held[1:] != held[:-1])
    return ordered[is_first], places[is_first]


def run_lengths(ordered: Numbers | npt.NDArray[np.uint64]) -> Numbers:
    """How often each value stands in a row."""
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(ordered) else np.empty(0, np.int64)
    return np.diff(np.append(starts, len(ordered))).astype(np.int64)


def _cap_size(sizes: Numbers, limit: int, most: float) -> int:
    """Largest block of a rule with a budget: smaller ones first, until its pairs are spent."""
    counts = np.bincount(sizes[sizes <= limit], minlength=limit + 1)
    each = np.arange(limit + 1)
    pairs = np.cumsum(counts * (each * (each - 1) // 2))
    return int(np.searchsorted(pairs, max(most, _PAIRS_AT_LEAST), side="right")) - 1


def _pair_blocks(blocks: _Blocks, contacts_count: int, is_crosswise: bool) -> Numbers:
    """Pairs as numbers l * contacts + r, sorted, each once."""
    first, second = pair_block_members(blocks.members, blocks.sizes)
    if is_crosswise:
        meeting = (first & 1) != (second & 1)
        first, second = first[meeting], second[meeting]
    first, second = first >> 1, second >> 1
    left, right = np.minimum(first, second), np.maximum(first, second)
    return distinct_numbers((left * contacts_count + right)[left != right])


def _keep_like_kinds(codes: Numbers, is_person: npt.NDArray[np.bool_], is_company: npt.NDArray[np.bool_]) -> Numbers:
    """People and companies are never compared as one kind; that both use one mailbox is kept, as a conflict."""
    left, right = np.divmod(codes, max(len(is_person), 1))
    kept: Numbers = codes[~((is_person[left] & is_company[right]) | (is_company[left] & is_person[right]))]
    return kept


def _report_rule(keys: RuleKeys, bit: int, blocks: _Blocks, found: Numbers) -> dict[str, object]:
    return {
        "blocking_rule": keys.rule,
        "bit": bit,
        "keys_count": len(blocks.sizes),
        "pairs_count": len(found),
        "split_keys_count": blocks.split_keys,
        "dropped_keys_count": blocks.dropped_keys,
        "dropped_contacts_count": blocks.dropped_contacts,
    }


def _unite(codes: list[Numbers]) -> tuple[Numbers, Numbers]:
    """Each pair once, ascending, with a bit for each rule that found it."""
    every = np.concatenate(codes) if codes else np.empty(0, np.int64)
    bit_of_rule = np.minimum(np.arange(len(codes)), LAST_BIT)
    bits = np.repeat(np.int64(1) << bit_of_rule, [len(found) for found in codes])
    order = np.argsort(every, kind="stable")
    ordered = every[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(ordered) else np.empty(0, np.int64)
    masks = np.bitwise_or.reduceat(bits[order], starts) if len(starts) else np.empty(0, np.int64)
    return ordered[starts], masks
