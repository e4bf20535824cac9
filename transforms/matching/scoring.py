"""Candidate pairs -> scored pairs: compare, estimate, decide, then look at the pairs inside each cluster-to-be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import MATCHING_SCORED_PAIRS
from schemas.vocabulary import PairDecision
from transforms.matching.blocking import pair_block_members
from transforms.matching.clustering import Links, bound_components, find_components, join_groups
from transforms.matching.coincidences import estimate_coincidences
from transforms.matching.comparison import Agreement, Numbers
from transforms.matching.decision import (
    CONFLICTS,
    PLAIN_CONFLICTS,
    REVIEW_RULES,
    TIER_ONE,
    TIER_ONE_CONFLICTS,
    find_certain,
    find_conflicts,
    find_reviews,
    gather_facts,
    is_thin,
    raise_certain,
)
from transforms.matching.estimation import Model, fit_model, weigh_patterns
from transforms.matching.evidence import describe_evidence, tabulate_model
from transforms.matching.fields import compare_fields, prepare_comparisons
from transforms.matching.patterns import count_patterns
from transforms.matching.values import ContactValues, MatchingReference

__all__ = ["Scored", "Scorer", "code_pairs", "number_pairs", "score_candidates"]

Floats = npt.NDArray[np.float64]

_LINKED = 0.5  # pairs from this probability on say that two contacts may be in one cluster
_UNSURE_WEIGHT = 0.1  # of a pair that says too little to be either, beside one that says something
_CONFLICT_WEIGHT = 0.5  # of such a pair when birthdays or middle names differ
_OUTWEIGHED = 0.9  # probability that birthdays or middle names that differ do not stand against
_FITTED_PAIRS = 400_000  # pairs that EM looks at


@dataclass(frozen=True)
class Scored:
    """Columns of matching.ScoredPair, sorted; and columns of matching.ModelParameter."""

    pairs: pl.DataFrame
    parameters: pl.DataFrame


@dataclass(frozen=True)
class _Pairs:
    """Pairs by number, as l * contacts + r, ascending; and what was found of each."""

    codes: Numbers
    probabilities: Floats
    says_nothing: npt.NDArray[np.bool_]
    certain: npt.NDArray[np.int8]
    conflicts: npt.NDArray[np.int8]
    reviews: npt.NDArray[np.int8]
    thin: npt.NDArray[np.bool_]
    asked: npt.NDArray[np.bool_]

    def pick(self, rows: Numbers | npt.NDArray[np.bool_]) -> _Pairs:
        return _Pairs(
            self.codes[rows], self.probabilities[rows], self.says_nothing[rows], self.certain[rows],
            self.conflicts[rows], self.reviews[rows], self.thin[rows], self.asked[rows],
        )  # fmt: skip


def score_candidates(
    values: ContactValues,
    candidates: pl.DataFrame,
    merges: pl.DataFrame,
    reference: MatchingReference,
    *,
    review_threshold: float,
    merge_threshold: float,
    shared_value_limit: int,
    apart: pl.DataFrame | None = None,
) -> Scored:
    """Scored pairs worth keeping: merge, review, and what a conflict cut.

    Args:
        values: what matching knows of the contacts.
        candidates: contact_l, contact_r: numbers of the contacts, each pair once, ascending.
        merges: parent_id, contact_id: what people asked for, resolved (SPEC A-M6).
        reference: nicknames.
        review_threshold: least probability that is listed for review.
        merge_threshold: least probability that is merged without a person.
        shared_value_limit: an e-mail or phone that more contacts share is no evidence (SPEC A-D1).
        apart: contact_id_l, contact_id_r of pairs that a person judged different: nothing brings them into one cluster.
    """
    asked = number_pairs(values, merges["parent_id"], merges["contact_id"])
    found = code_pairs(values, candidates)
    scorer = Scorer(values, reference, shared_value_limit)
    pairs = scorer.score(_distinct(np.concatenate([found, asked])), asked)
    kept = number_pairs(values, apart["contact_id_l"], apart["contact_id_r"]) if apart is not None else found[:0]
    labels, groups, inside = scorer.cluster(pairs, merge_threshold, kept)
    decided = _decide(_unite(pairs, inside), labels, groups, len(values.ids), review_threshold, merge_threshold)
    return Scored(scorer.publish(*decided), tabulate_model(scorer.model))


def code_pairs(values: ContactValues, candidates: pl.DataFrame) -> Numbers:
    """Pairs of contact_l, contact_r as numbers l * contacts + r, ascending."""
    left, right = (candidates[name].to_numpy().astype(np.int64) for name in ("contact_l", "contact_r"))
    return _distinct(left * len(values.ids) + right)


def number_pairs(values: ContactValues, one: pl.Series, other: pl.Series) -> Numbers:
    """Pairs of ids as numbers l * contacts + r; pairs with a contact that is gone are left out."""
    numbers = values.contacts.select("contact", "contact_id")
    sides = [
        ids.alias("contact_id").to_frame().join(numbers, on="contact_id", how="left", maintain_order="left")["contact"]
        for ids in (one, other)
    ]
    numbered = pl.DataFrame({"l": sides[0], "r": sides[1]}).drop_nulls().filter(pl.col("l") != pl.col("r"))
    left, right = (numbered[name].to_numpy().astype(np.int64) for name in "lr")
    return _distinct(np.minimum(left, right) * len(values.ids) + np.maximum(left, right))


def _distinct(codes: Numbers) -> Numbers:
    ordered = np.sort(codes)
    return ordered[np.r_[True, ordered[1:] != ordered[:-1]]] if len(ordered) else ordered


class Scorer:
    """Everything that pairs are compared with; the model is fitted to the first pairs it sees."""

    model: Model

    def __init__(self, values: ContactValues, reference: MatchingReference, shared_value_limit: int) -> None:
        self.ids = values.ids
        self.count = max(len(values.ids), 1)
        self.comparisons = prepare_comparisons(values, reference, shared_value_limit)
        self.facts = gather_facts(values)
        sizes = values.contacts.group_by("scope").len()["len"].to_numpy().astype(np.float64)
        self.pairs_count = float((sizes * (sizes - 1) / 2).sum())

    def score(self, codes: Numbers, asked: Numbers) -> _Pairs:
        """What is found of pairs; the model is fitted to them."""
        left, right = np.divmod(codes, self.count)
        agreements = compare_fields(self.comparisons, left, right)
        self.model = self._fit(agreements, len(codes))
        return self._judge(codes, agreements, np.isin(codes, asked))

    def _fit(self, agreements: Mapping[str, Agreement], height: int) -> Model:
        step = -(-height // _FITTED_PAIRS) or 1
        patterns = count_patterns({name: agreement.every(step) for name, agreement in agreements.items()})
        coincidences = estimate_coincidences(self.comparisons, len(self.ids))
        return fit_model(patterns, list(agreements), coincidences, len(self.ids), self.pairs_count, float(step))

    def _judge(self, codes: Numbers, agreements: Mapping[str, Agreement], asked: npt.NDArray[np.bool_]) -> _Pairs:
        sides = np.divmod(codes, self.count)
        patterns = count_patterns(agreements)
        odds = weigh_patterns(self.model, patterns.levels)[patterns.of_pair]
        conflicts = find_conflicts(agreements, self.model, len(codes))
        certain = find_certain(agreements, self.facts, *sides)
        probabilities = raise_certain(1 / (1 + np.exp(-np.clip(odds, -700, 700))), certain, conflicts, agreements)
        prior = np.log(self.model.expected["match"] / self.model.pairs_count)
        return _Pairs(
            codes,
            np.where(asked, 1.0, probabilities),
            (odds > prior) & (probabilities < _LINKED),
            certain,
            conflicts,
            find_reviews(agreements, self.facts, *sides),
            is_thin(agreements, len(codes)) & (certain < 0),
            asked,
        )

    def cluster(self, pairs: _Pairs, merge_threshold: float, apart: Numbers) -> tuple[Numbers, Numbers, _Pairs]:
        """Component and group of each contact, and the pairs inside components that no rule had brought together."""
        left, right = np.divmod(pairs.codes, self.count)
        linking = pairs.asked | ((pairs.probabilities >= _LINKED) & ~_is_blocked(pairs))
        labels = bound_components(self.count, left[linking], right[linking], pairs.probabilities[linking])
        codes = _pair_within(labels, self.count)
        unknown = codes[~np.isin(codes, pairs.codes, assume_unique=True)]
        inside = self._judge(
            unknown, compare_fields(self.comparisons, *np.divmod(unknown, self.count)), np.zeros(len(unknown), np.bool_)
        )
        known = pairs.pick(np.isin(pairs.codes, codes, assume_unique=True))
        groups = _group_asked(pairs, self.count)
        return labels, join_groups(groups, _link(_unite(known, inside), self.count, apart), merge_threshold), inside

    def explain(self, code: int) -> tuple[float, str | None, str]:
        """Probability, conflict and evidence of one pair, whatever it comes to."""
        codes = np.array([code])
        agreements = compare_fields(self.comparisons, *np.divmod(codes, self.count))
        found = self._judge(codes, agreements, np.zeros(1, np.bool_))
        conflict = CONFLICTS[int(found.conflicts[0])].replace("_slip", "") if found.conflicts[0] >= 0 else None
        evidence = describe_evidence(self.comparisons, agreements, self.model)[0]
        return float(found.probabilities[0]), conflict, evidence

    def publish(self, pairs: _Pairs, decisions: pl.DataFrame) -> pl.DataFrame:
        """Columns of matching.ScoredPair."""
        left, right = np.divmod(pairs.codes, self.count)
        agreements = compare_fields(self.comparisons, left, right)
        frame = decisions.with_columns(
            self.ids.gather(left).alias("contact_id_l"),
            self.ids.gather(right).alias("contact_id_r"),
            pl.Series("probability", pairs.probabilities),
            describe_evidence(self.comparisons, agreements, self.model),
        )
        return frame.select(list(polars_schema(MATCHING_SCORED_PAIRS)))


def _is_blocked(pairs: _Pairs) -> npt.NDArray[np.bool_]:
    """What speaks against one person leaves a pair no power to join."""
    of_tier_one = (pairs.conflicts > 0) & (pairs.conflicts < TIER_ONE_CONFLICTS) & (pairs.certain >= 0)
    outweighed = pairs.probabilities >= _OUTWEIGHED
    against = (pairs.conflicts == 0) | of_tier_one | (_is_plain(pairs) & ~outweighed) | pairs.thin
    return np.asarray(against & ~pairs.asked)


def _is_plain(pairs: _Pairs) -> npt.NDArray[np.bool_]:
    return (pairs.conflicts >= 0) & (pairs.conflicts < PLAIN_CONFLICTS)


def _pair_within(labels: Numbers, count: int) -> Numbers:
    """Every pair inside the components of three and more; of two there is the one that joins them."""
    sizes = np.bincount(labels, minlength=1)
    members = np.flatnonzero(sizes[labels] > 1)
    members = members[np.argsort(labels[members], kind="stable")]
    held = sizes[labels[members]]
    starts = np.flatnonzero(np.r_[True, labels[members][1:] != labels[members][:-1]]) if len(members) else members
    left, right = pair_block_members(members.astype(np.int64), held[starts].astype(np.int64))
    return np.sort(left * count + right)


def _group_asked(pairs: _Pairs, count: int) -> Numbers:
    """Groups to begin with: what people merged."""
    left, right = np.divmod(pairs.codes[pairs.asked], count)
    labels = find_components(count, left, right)
    lowest = np.full(count, count)
    np.minimum.at(lowest, labels, np.arange(count))
    return lowest[labels]


def _link(pairs: _Pairs, count: int, apart: Numbers) -> Links:
    left, right = np.divmod(pairs.codes, count)
    blocked = _is_blocked(pairs)
    return Links(
        left,
        right,
        np.where(blocked, 0.0, pairs.probabilities),
        np.select([_is_plain(pairs), ~pairs.says_nothing], [_CONFLICT_WEIGHT, 1.0], _UNSURE_WEIGHT),
        np.isin(pairs.codes, apart),
    )


def _unite(one: _Pairs, other: _Pairs) -> _Pairs:
    order = np.argsort(np.concatenate([one.codes, other.codes]), kind="stable")
    joined = (np.concatenate([getattr(one, name), getattr(other, name)]) for name in _Pairs.__dataclass_fields__)
    return _Pairs(*joined).pick(order)


def _decide(
    pairs: _Pairs, labels: Numbers, groups: Numbers, count: int, review_threshold: float, merge_threshold: float
) -> tuple[_Pairs, pl.DataFrame]:
    """Pairs worth keeping, and decision and decided_by of each."""
    left, right = np.divmod(pairs.codes, count)
    together = groups[left] == groups[right]
    blocked = _is_blocked(pairs)
    is_certain = (pairs.certain >= 0) & (pairs.conflicts < 0)
    likely = pairs.probabilities >= merge_threshold
    inside = labels[left] == labels[right]
    merged = together & (pairs.asked | (pairs.probabilities >= min(_LINKED, merge_threshold))) & ~blocked
    cut = ~together & (is_certain | likely) & ~blocked
    plain = _is_plain(pairs) & ~pairs.asked & ((blocked & ((pairs.certain >= 0) | likely)) | (inside & ~together))
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
