"""Pairs judged: what was found of each, what leaves it no power to join, and what is decided when groups are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas.vocabulary import PairDecision
from transforms.matching.comparison import Numbers
from transforms.matching.decision import CONFLICTS, PLAIN_CONFLICTS, REVIEW_RULES, TIER_ONE, TIER_ONE_CONFLICTS

__all__ = ["LINKED", "PAIR_IDS", "Pairs", "decide_pairs", "is_blocked", "is_linking", "is_plain", "unite"]

Floats = npt.NDArray[np.float64]

#: The two contacts of a pair, wherever pairs are stored.
PAIR_IDS = ["contact_id_l", "contact_id_r"]
LINKED = 0.5  # pairs from this probability on say that two contacts may be in one cluster
_OUTWEIGHED = 0.9  # probability that birthdays or middle names that differ do not stand against


@dataclass(frozen=True)
class Pairs:
    """Pairs of contacts by number, as l * contacts + r, ascending; and what was found of each."""

    codes: Numbers
    probabilities: Floats
    says_nothing: npt.NDArray[np.bool_]
    certain: npt.NDArray[np.int8]
    conflicts: npt.NDArray[np.int8]
    reviews: npt.NDArray[np.int8]
    thin: npt.NDArray[np.bool_]
    asked: npt.NDArray[np.bool_]

    def pick(self, rows: Numbers | npt.NDArray[np.bool_]) -> Pairs:
        """Some of them, in the order given."""
        return Pairs(
            self.codes[rows], self.probabilities[rows], self.says_nothing[rows], self.certain[rows],
            self.conflicts[rows], self.reviews[rows], self.thin[rows], self.asked[rows],
        )  # fmt: skip


def is_blocked(pairs: Pairs) -> npt.NDArray[np.bool_]:
    """What speaks against one person leaves a pair no power to join."""
    of_tier_one = (pairs.conflicts > 0) & (pairs.conflicts < TIER_ONE_CONFLICTS) & (pairs.certain >= 0)
    outweighed = pairs.probabilities >= _OUTWEIGHED
    against = (pairs.conflicts == 0) | of_tier_one | (is_plain(pairs) & ~outweighed) | pairs.thin
    return np.asarray(against & ~pairs.asked)


def is_linking(pairs: Pairs) -> npt.NDArray[np.bool_]:
    """Pairs that say that two contacts may be in one cluster."""
    return np.asarray(pairs.asked | ((pairs.probabilities >= LINKED) & ~is_blocked(pairs)))


def is_plain(pairs: Pairs) -> npt.NDArray[np.bool_]:
    """What speaks against one person leaves nothing to ask."""
    return (pairs.conflicts >= 0) & (pairs.conflicts < PLAIN_CONFLICTS)


def unite(one: Pairs, other: Pairs) -> Pairs:
    """Both, ascending."""
    order = np.argsort(np.concatenate([one.codes, other.codes]), kind="stable")
    joined = (np.concatenate([getattr(one, name), getattr(other, name)]) for name in Pairs.__dataclass_fields__)
    return Pairs(*joined).pick(order)


def decide_pairs(
    pairs: Pairs, labels: Numbers, groups: Numbers, count: int, review_threshold: float, merge_threshold: float
) -> tuple[Pairs, pl.DataFrame]:
    """Pairs worth keeping, and decision and decided_by of each."""
    left, right = np.divmod(pairs.codes, count)
    together = groups[left] == groups[right]
    blocked = is_blocked(pairs)
    is_certain = (pairs.certain >= 0) & (pairs.conflicts < 0)
    likely = pairs.probabilities >= merge_threshold
    inside = labels[left] == labels[right]
    merged = together & (pairs.asked | (pairs.probabilities >= min(LINKED, merge_threshold))) & ~blocked
    cut = ~together & (is_certain | likely) & ~blocked
    plain = is_plain(pairs) & ~pairs.asked & ((blocked & ((pairs.certain >= 0) | likely)) | (inside & ~together))
    asked_about = ((pairs.reviews >= 0) | (pairs.certain >= 0)) & (pairs.conflicts != 0)
    unsure = (pairs.probabilities >= review_threshold) & (pairs.conflicts != 0)
    review = ~merged & ~plain & (cut | asked_about | unsure)
    kept = np.flatnonzero(merged | plain | review)
    names = {
        "request": merged & pairs.asked,
        **{rule: merged & is_certain & (pairs.certain == number) for number, rule in enumerate(TIER_ONE)},
        "fuzzy": merged,
        **{rule: (pairs.conflicts == number) & (plain | (pairs.certain >= 0)) for number, rule in enumerate(CONFLICTS)},
        "weak_link": cut,
        **{rule: review & (pairs.reviews == number) for number, rule in enumerate(REVIEW_RULES)},
    }
    rules = list(names)
    chosen = np.select([flags[kept] for flags in names.values()], np.arange(len(rules)), rules.index("fuzzy"))
    decision = np.select([merged[kept], plain[kept]], [0, 1], 2)
    decisions = [PairDecision.MERGE.value, PairDecision.NO_MATCH.value, PairDecision.REVIEW.value]
    return pairs.pick(kept), pl.DataFrame(
        {
            "decision": pl.Series(decisions).gather(decision),
            "decided_by": pl.Series([rule.replace("_slip", "") for rule in rules]).gather(chosen),
        }
    )
