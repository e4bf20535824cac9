"""Candidate pairs -> scored pairs: compare, estimate, decide, then look at the pairs inside each cluster-to-be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

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
)
from transforms.matching.estimation import Model, fit_model, weigh_patterns
from transforms.matching.evidence import describe_evidence, tabulate_model
from transforms.matching.fields import compare_fields, prepare_comparisons
from transforms.matching.frequencies import Frequencies
from transforms.matching.patterns import count_patterns
from transforms.matching.values import ContactValues, MatchingReference

__all__ = [
    "Pairs", "Scored", "Scorer", "code_pairs", "count_pairs", "is_linking", "number_pairs", "score_candidates",
    "settle_pairs", "unite",
]  # fmt: skip

Floats = npt.NDArray[np.float64]

_CERTAIN = 0.99  # least probability of a pair that a rule of tier 1 makes certain
_LINKED = 0.5  # pairs from this probability on say that two contacts may be in one cluster
_UNSURE_WEIGHT = 0.1  # of a pair that says too little to be either, beside one that says something
_CONFLICT_WEIGHT = 0.5  # of such a pair when birthdays or middle names differ
_OUTWEIGHED = 0.9  # probability that birthdays or middle names that differ do not stand against
_FITTED_PAIRS = 400_000  # pairs that EM looks at


@dataclass(frozen=True)
class Scored:
    """What came out.

    Attributes:
        pairs: columns of matching.ScoredPair, sorted.
        parameters: columns of matching.ModelParameter.
        components: of each contact: the lowest contact that probable pairs join it with, directly or not.
    """

    pairs: pl.DataFrame
    parameters: pl.DataFrame
    components: Numbers


@dataclass(frozen=True)
class Pairs:
    """Pairs by number, as l * contacts + r, ascending; and what was found of each."""

    codes: Numbers
    probabilities: Floats
    says_nothing: npt.NDArray[np.bool_]
    certain: npt.NDArray[np.int8]
    conflicts: npt.NDArray[np.int8]
    reviews: npt.NDArray[np.int8]
    thin: npt.NDArray[np.bool_]
    asked: npt.NDArray[np.bool_]

    def pick(self, rows: Numbers | npt.NDArray[np.bool_]) -> Pairs:
        """Some of the pairs."""
        return Pairs(
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
    model: Model | None = None,
    frequencies: Frequencies | None = None,
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
        model: to go by; by default it is fitted to the candidates.
        frequencies: of values; by default those of the contacts at hand.
    """
    asked = number_pairs(values, merges["parent_id"], merges["contact_id"])
    found = code_pairs(values, candidates)
    scorer = Scorer(values, reference, shared_value_limit, model, frequencies)
    pairs = scorer.score(_distinct(np.concatenate([found, asked])), asked)
    kept = number_pairs(values, apart["contact_id_l"], apart["contact_id_r"]) if apart is not None else found[:0]
    return settle_pairs(scorer, pairs, kept, review_threshold, merge_threshold)


def settle_pairs(
    scorer: Scorer, pairs: Pairs, apart: Numbers, review_threshold: float, merge_threshold: float
) -> Scored:
    """Decide pairs that are scored, with those inside the clusters that they make."""
    labels, groups, inside = scorer.cluster(pairs, merge_threshold, apart)
    decided = _decide(unite(pairs, inside), labels, groups, scorer.count, review_threshold, merge_threshold)
    return Scored(scorer.publish(*decided), tabulate_model(scorer.model), scorer.join(pairs))


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
    """Everything that pairs are compared with; the model is given, or fitted to the first pairs it sees.

    With a model that is given, only the fields that it knows are compared.
    """

    model: Model

    def __init__(
        self,
        values: ContactValues,
        reference: MatchingReference,
        shared_value_limit: int,
        model: Model | None = None,
        frequencies: Frequencies | None = None,
    ) -> None:
        self.ids = values.ids
        self.count = max(len(values.ids), 1)
        self.comparisons = prepare_comparisons(values, reference, shared_value_limit, frequencies)
        self.facts = gather_facts(values)
        self.pairs_count = count_pairs(values)
        self.is_fitted = model is not None
        if model is not None:
            self.comparisons = {name: given for name, given in self.comparisons.items() if name in model.chances}
            self.model = replace(model, chances={name: model.chances[name] for name in self.comparisons})

    def score(self, codes: Numbers, asked: Numbers) -> Pairs:
        """What is found of pairs; a model that was not given is fitted to them."""
        left, right = np.divmod(codes, self.count)
        agreements = compare_fields(self.comparisons, left, right)
        if not self.is_fitted:
            self.model, self.is_fitted = self._fit(agreements, len(codes)), True
        return self._judge(codes, agreements, np.isin(codes, asked))

    def _fit(self, agreements: Mapping[str, Agreement], height: int) -> Model:
        step = -(-height // _FITTED_PAIRS) or 1
        patterns = count_patterns({name: _every(agreement, step) for name, agreement in agreements.items()})
        coincidences = estimate_coincidences(self.comparisons, len(self.ids))
        return fit_model(patterns, list(agreements), coincidences, len(self.ids), self.pairs_count, float(step))

    def _judge(self, codes: Numbers, agreements: Mapping[str, Agreement], asked: npt.NDArray[np.bool_]) -> Pairs:
        left, right = np.divmod(codes, self.count)
        patterns = count_patterns(agreements)
        odds = weigh_patterns(self.model, patterns.levels)[patterns.of_pair]
        conflicts = find_conflicts(agreements, self.model, len(codes))
        certain = find_certain(agreements, self.facts, left, right)
        probabilities = 1 / (1 + np.exp(-np.clip(odds, -700, 700)))
        is_certain = (certain >= 0) & (conflicts < 0)
        probabilities = np.where(is_certain, np.maximum(probabilities, _CERTAIN), probabilities)
        prior = np.log(self.model.expected["match"] / self.model.pairs_count)
        return Pairs(
            codes,
            np.where(asked, 1.0, probabilities),
            (odds > prior) & (probabilities < _LINKED),
            certain,
            conflicts,
            find_reviews(agreements, self.facts, left, right),
            is_thin(agreements, len(codes)) & (certain < 0),
            asked,
        )

    def cluster(self, pairs: Pairs, merge_threshold: float, apart: Numbers) -> tuple[Numbers, Numbers, Pairs]:
        """Component and group of each contact, and the pairs inside components that no rule had brought together."""
        left, right = np.divmod(pairs.codes, self.count)
        linking = is_linking(pairs)
        labels = bound_components(self.count, left[linking], right[linking], pairs.probabilities[linking])
        codes = _pair_within(labels, self.count)
        unknown = codes[~np.isin(codes, pairs.codes, assume_unique=True)]
        inside = self._judge(
            unknown, compare_fields(self.comparisons, *np.divmod(unknown, self.count)), np.zeros(len(unknown), np.bool_)
        )
        known = pairs.pick(np.isin(pairs.codes, codes, assume_unique=True))
        groups = _group_asked(pairs, self.count)
        return labels, join_groups(groups, _link(unite(known, inside), self.count, apart), merge_threshold), inside

    def join(self, pairs: Pairs) -> Numbers:
        """The lowest contact of the component of each, however large it is."""
        left, right = np.divmod(pairs.codes[is_linking(pairs)], self.count)
        return _name_lowest(find_components(self.count, left, right))

    def explain(self, code: int) -> tuple[float, str | None, str]:
        """Probability, conflict and evidence of one pair, whatever it comes to."""
        codes = np.array([code])
        agreements = compare_fields(self.comparisons, *np.divmod(codes, self.count))
        found = self._judge(codes, agreements, np.zeros(1, np.bool_))
        conflict = CONFLICTS[int(found.conflicts[0])].replace("_slip", "") if found.conflicts[0] >= 0 else None
        evidence = describe_evidence(self.comparisons, agreements, self.model)[0]
        return float(found.probabilities[0]), conflict, evidence

    def publish(self, pairs: Pairs, decisions: pl.DataFrame) -> pl.DataFrame:
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


def is_linking(pairs: Pairs) -> npt.NDArray[np.bool_]:
    """Pairs that say that two contacts may be in one cluster."""
    return np.asarray(pairs.asked | ((pairs.probabilities >= _LINKED) & ~_is_blocked(pairs)))


def count_pairs(values: ContactValues) -> float:
    """All pairs of contacts of one scope."""
    sizes = values.contacts.group_by("scope").len()["len"].to_numpy().astype(np.float64)
    return float((sizes * (sizes - 1) / 2).sum())


def _every(agreement: Agreement, step: int) -> Agreement:
    return Agreement(agreement.levels[::step], agreement.left[::step], agreement.right[::step])


def _is_blocked(pairs: Pairs) -> npt.NDArray[np.bool_]:
    """What speaks against one person leaves a pair no power to join."""
    of_tier_one = (pairs.conflicts > 0) & (pairs.conflicts < TIER_ONE_CONFLICTS) & (pairs.certain >= 0)
    outweighed = pairs.probabilities >= _OUTWEIGHED
    against = (pairs.conflicts == 0) | of_tier_one | (_is_plain(pairs) & ~outweighed) | pairs.thin
    return np.asarray(against & ~pairs.asked)


def _is_plain(pairs: Pairs) -> npt.NDArray[np.bool_]:
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


def _group_asked(pairs: Pairs, count: int) -> Numbers:
    """Groups to begin with: what people merged."""
    left, right = np.divmod(pairs.codes[pairs.asked], count)
    return _name_lowest(find_components(count, left, right))


def _name_lowest(labels: Numbers) -> Numbers:
    lowest = np.full(len(labels), len(labels))
    np.minimum.at(lowest, labels, np.arange(len(labels)))
    return lowest[labels]


def _link(pairs: Pairs, count: int, apart: Numbers) -> Links:
    left, right = np.divmod(pairs.codes, count)
    blocked = _is_blocked(pairs)
    return Links(
        left,
        right,
        np.where(blocked, 0.0, pairs.probabilities),
        np.select([_is_plain(pairs), ~pairs.says_nothing], [_CONFLICT_WEIGHT, 1.0], _UNSURE_WEIGHT),
        np.isin(pairs.codes, apart),
    )


def unite(one: Pairs, other: Pairs) -> Pairs:
    """Pairs of both, ascending."""
    order = np.argsort(np.concatenate([one.codes, other.codes]), kind="stable")
    joined = (np.concatenate([getattr(one, name), getattr(other, name)]) for name in Pairs.__dataclass_fields__)
    return Pairs(*joined).pick(order)


def _decide(
    pairs: Pairs, labels: Numbers, groups: Numbers, count: int, review_threshold: float, merge_threshold: float
) -> tuple[Pairs, pl.DataFrame]:
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
