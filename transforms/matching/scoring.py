"""Candidate pairs -> scored pairs: compare, estimate, decide, then look at the pairs inside each cluster-to-be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import MATCHING_SCORED_PAIRS
from transforms.matching.blocking import pair_block_members
from transforms.matching.clustering import Links, bound_components, find_lowest, join_groups
from transforms.matching.coincidences import compare_strangers, count_namesakes, estimate_coincidences
from transforms.matching.comparison import Levels, Numbers
from transforms.matching.decision import (
    CONFLICTS,
    NAME_SUFFIX,
    apply_rules,
    find_certain,
    find_conflicts,
    find_reviews,
    gather_facts,
    is_thin,
)
from transforms.matching.estimation import Model, fit_model, weigh_patterns
from transforms.matching.evidence import EvidenceWriter, tabulate_model
from transforms.matching.fields import compare_fields, compare_levels, prepare_comparisons
from transforms.matching.frequencies import Frequencies
from transforms.matching.generations import find_generations
from transforms.matching.model import BIRTHDAY, FIELDS, FIRST_NAME
from transforms.matching.outcomes import LINKED, Pairs, decide_pairs, is_blocked, is_linking, is_plain, unite
from transforms.matching.own_texts import find_said
from transforms.matching.patterns import count_patterns
from transforms.matching.record_dates import find_record_dates
from transforms.matching.repeats import find_repeats, find_told
from transforms.matching.rivals import divide_among_rivals
from transforms.matching.values import ContactValues, MatchingReference
from transforms.normalize.distinct import distinct_numbers

__all__ = [
    "Scored", "Scorer", "code_pairs", "count_pairs", "number_pairs", "score_candidates", "settle_pairs",
]  # fmt: skip

Floats = npt.NDArray[np.float64]

_UNSURE_WEIGHT = 0.1  # of a pair that says too little to be either, beside one that says something
_CONFLICT_WEIGHT = 0.5  # of such a pair when birthdays or middle names differ
_FITTED_PAIRS = 400_000  # pairs that EM looks at
_SLICE = 400_000  # pairs judged or described at once


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
    pairs = scorer.score(distinct_numbers(np.concatenate([found, asked])), asked)
    kept = number_pairs(values, apart["contact_id_l"], apart["contact_id_r"]) if apart is not None else found[:0]
    return settle_pairs(scorer, pairs, kept, review_threshold, merge_threshold)


def settle_pairs(
    scorer: Scorer, pairs: Pairs, apart: Numbers, review_threshold: float, merge_threshold: float
) -> Scored:
    """Decide pairs that are scored, with those inside the clusters that they make."""
    labels, groups, every = scorer.cluster(pairs, merge_threshold, apart)
    decided = decide_pairs(every, labels, groups, scorer.count, review_threshold, merge_threshold)
    return Scored(scorer.publish(*decided), tabulate_model(scorer.model), scorer.join(pairs))


def code_pairs(values: ContactValues, candidates: pl.DataFrame) -> Numbers:
    """Pairs of contact_l, contact_r as numbers l * contacts + r, ascending."""
    left, right = (candidates[name].to_numpy().astype(np.int64) for name in ("contact_l", "contact_r"))
    return distinct_numbers(left * len(values.ids) + right)


def number_pairs(values: ContactValues, one: pl.Series, other: pl.Series) -> Numbers:
    """Pairs of ids as numbers l * contacts + r; pairs with a contact that is gone are left out."""
    if one.is_empty() or values.ids.is_empty():
        return np.empty(0, np.int64)
    left, right = (values.ids.search_sorted(ids).to_numpy().astype(np.int64) for ids in (one, other))
    known = left != right
    for numbers, ids in ((left, one), (right, other)):
        numbers[numbers == len(values.ids)] = 0
        known &= (values.ids.gather(numbers) == ids).to_numpy()
    left, right = left[known], right[known]
    return distinct_numbers(np.minimum(left, right) * len(values.ids) + np.maximum(left, right))


class Scorer:
    """Everything that pairs are compared with; the model is given, or fitted to the first pairs it sees.

    With a model that is given, only the fields that it knows are compared.
    """

    model: Model
    strangers: dict[str, Levels]  # of random pairs, where the model is fitted

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
        if model is None:
            others = {name: given for name, given in self.comparisons.items() if name not in FIELDS}
            said = find_said(values, others) | find_record_dates(others)
            comparisons = {name: given for name, given in self.comparisons.items() if name not in said}
            self.strangers = compare_strangers(comparisons, self.count)
            repeats = find_repeats(comparisons, self.strangers)
            self.comparisons = {name: given for name, given in comparisons.items() if name not in repeats}
        else:
            self.comparisons = {name: given for name, given in self.comparisons.items() if name in model.chances}
            self.model = replace(model, chances={name: model.chances[name] for name in self.comparisons})

    def score(self, codes: Numbers, asked: Numbers) -> Pairs:
        """What is found of pairs; a model that was not given is fitted to them."""
        levels = compare_levels(self.comparisons, *np.divmod(codes, self.count))
        if not self.is_fitted:
            self.model, self.is_fitted = self._fit(levels, len(codes)), True
        return self._judge(codes, levels, np.isin(codes, asked))

    def _fit(self, levels: Mapping[str, Levels], height: int) -> Model:
        step = -(-height // _FITTED_PAIRS) or 1
        patterns = count_patterns({name: found[::step] for name, found in levels.items()})
        coincidences = estimate_coincidences(self.comparisons, self.strangers)
        namesakes = count_namesakes(self.comparisons, coincidences, self.facts.full_names, self.pairs_count)
        return fit_model(
            patterns, list(levels), coincidences, len(self.ids), self.pairs_count, float(step), namesakes,
            find_told(self.strangers),
        )  # fmt: skip

    def _judge(self, codes: Numbers, levels: Mapping[str, Levels], asked: npt.NDArray[np.bool_]) -> Pairs:
        parts = [slice(start, start + _SLICE) for start in range(0, max(len(codes), 1), _SLICE)]
        judged = [
            self._judge_slice(codes[rows], {name: found[rows] for name, found in levels.items()}, asked[rows])
            for rows in parts
        ]
        return Pairs(*(np.concatenate([getattr(part, name) for part in judged]) for name in Pairs.__annotations__))

    def _judge_slice(self, codes: Numbers, levels: Mapping[str, Levels], asked: npt.NDArray[np.bool_]) -> Pairs:
        left, right = np.divmod(codes, self.count)
        patterns = count_patterns(levels)
        odds = weigh_patterns(self.model, patterns.levels)[patterns.of_pair]
        conflicts = find_conflicts(levels, self.model, self.facts, left, right)
        certain = find_certain(levels, self.facts, left, right)
        probabilities = apply_rules(1 / (1 + np.exp(-np.clip(odds, -700, 700))), certain, conflicts, levels)
        prior = np.log(self.model.expected["match"] / self.model.pairs_count)
        return Pairs(
            codes,
            np.where(asked, 1.0, probabilities),
            (odds > prior) & (probabilities < LINKED),
            certain,
            conflicts,
            find_reviews(levels, self.facts, left, right),
            is_thin(levels, self.model, len(codes)) & (certain < 0),
            asked,
        )

    def cluster(self, pairs: Pairs, merge_threshold: float, apart: Numbers) -> tuple[Numbers, Numbers, Pairs]:
        """Component and group of each contact; and the pairs, with those inside components that no rule had brought."""
        left, right = np.divmod(pairs.codes, self.count)
        linking = is_linking(pairs)
        labels = bound_components(self.count, left[linking], right[linking], pairs.probabilities[linking])
        codes = _pair_within(labels, self.count)
        unknown = codes[~_is_among(codes, pairs.codes)]
        levels = compare_levels(self.comparisons, *np.divmod(unknown, self.count))
        every = unite(pairs, self._judge(unknown, levels, np.zeros(len(unknown), np.bool_)))
        left, right = np.divmod(every.codes, self.count)
        within = np.flatnonzero(labels[left] == labels[right])
        given_names = self.comparisons.get(FIRST_NAME.name)
        every.probabilities[within] = divide_among_rivals(every.pick(within), self.count, given_names)
        if BIRTHDAY.name in self.comparisons:
            told = within[find_generations(self.comparisons[BIRTHDAY.name], labels, left[within], right[within])]
            told = told[~every.asked[told]]
            every.conflicts[told] = CONFLICTS.index("conflict_birthday")
            apart = np.concatenate([apart, every.codes[told]])
        of_suffix = every.codes[(every.conflicts == NAME_SUFFIX) & ~every.asked]
        links = _link(every.pick(within), self.count, np.concatenate([apart, of_suffix]))
        asked = find_lowest(self.count, *np.divmod(pairs.codes[pairs.asked], self.count))  # what people merged
        return labels, join_groups(asked, links, merge_threshold), every

    def join(self, pairs: Pairs) -> Numbers:
        """The lowest contact of the component of each, however large it is."""
        left, right = np.divmod(pairs.codes[is_linking(pairs)], self.count)
        return find_lowest(self.count, left, right)

    def explain(self, code: int) -> tuple[float, str | None, str]:
        """Probability, conflict and evidence of one pair, whatever it comes to."""
        codes = np.array([code])
        agreements = compare_fields(self.comparisons, *np.divmod(codes, self.count))
        levels = {name: agreement.levels for name, agreement in agreements.items()}
        found = self._judge(codes, levels, np.zeros(1, np.bool_))
        conflict = CONFLICTS[int(found.conflicts[0])].replace("_slip", "") if found.conflicts[0] >= 0 else None
        evidence = EvidenceWriter(self.comparisons, self.model).describe(agreements)[0]
        return float(found.probabilities[0]), conflict, evidence

    def publish(self, pairs: Pairs, decisions: pl.DataFrame) -> pl.DataFrame:
        """Columns of matching.ScoredPair."""
        left, right = np.divmod(pairs.codes, self.count)
        frame = decisions.with_columns(
            self.ids.gather(left).alias("contact_id_l"),
            self.ids.gather(right).alias("contact_id_r"),
            pl.Series("probability", pairs.probabilities),
            self._write_evidence(left, right),
        )
        return frame.select(list(polars_schema(MATCHING_SCORED_PAIRS)))

    def _write_evidence(self, left: Numbers, right: Numbers) -> pl.Series:
        writer = EvidenceWriter(self.comparisons, self.model)
        parts = [slice(start, start + _SLICE) for start in range(0, max(len(left), 1), _SLICE)]
        return pl.concat([writer.describe(compare_fields(self.comparisons, left[rows], right[rows])) for rows in parts])


def count_pairs(values: ContactValues) -> float:
    """All pairs of contacts of one scope."""
    sizes = values.contacts.group_by("scope").len()["len"].to_numpy().astype(np.float64)
    return float((sizes * (sizes - 1) / 2).sum())


def _is_among(codes: Numbers, others: Numbers) -> npt.NDArray[np.bool_]:
    """Whether each code is among others, all ascending."""
    places = np.minimum(np.searchsorted(others, codes), max(len(others) - 1, 0))
    return others[places] == codes if len(others) else np.zeros(len(codes), np.bool_)


def _pair_within(labels: Numbers, count: int) -> Numbers:
    """Every pair inside the components of three and more; of two there is the one that joins them."""
    sizes = np.bincount(labels, minlength=1)
    members = np.flatnonzero(sizes[labels] > 1)
    members = members[np.argsort(labels[members], kind="stable")]
    held = sizes[labels[members]]
    starts = np.flatnonzero(np.r_[True, labels[members][1:] != labels[members][:-1]]) if len(members) else members
    left, right = pair_block_members(members.astype(np.int64), held[starts].astype(np.int64))
    return np.sort(left * count + right)


def _link(pairs: Pairs, count: int, apart: Numbers) -> Links:
    left, right = np.divmod(pairs.codes, count)
    blocked = is_blocked(pairs)
    return Links(
        left,
        right,
        np.where(blocked, 0.0, pairs.probabilities),
        np.select([is_plain(pairs), ~pairs.says_nothing], [_CONFLICT_WEIGHT, 1.0], _UNSURE_WEIGHT),
        np.isin(pairs.codes, apart),
    )
