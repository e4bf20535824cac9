"""Estimate: how often each level is seen among strangers, from random pairs; among matches, from the pairs at hand by EM.

Deterministic: the random pairs are a fixed mixture of the contacts' numbers, and EM starts from what the model believes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from transforms.matching.comparison import MISSING, Agreement, Comparison, Numbers
from transforms.matching.fields import compare_fields, field_of
from transforms.matching.model import ADDRESS, CITY_LEVELS, POSTCODE_LEVELS, STREET_LEVELS, Field

__all__ = ["Chances", "Model", "Patterns", "count_patterns", "estimate_coincidences", "fit_model", "weigh_patterns"]

Floats = npt.NDArray[np.float64]

_RANDOM_PAIRS = 300_000
_ROUNDS = 25
_BELIEF = 50.0  # pairs that what is believed of a field counts for
_HOME_BELIEF = 100.0
_COINCIDENCE_BELIEF = 500.0
_PRIOR_PAIRS = 5.0  # pairs that the believed number of matches counts for
_PARTNERS = {"match": 0.35, "home": 0.35, "office": 0.2}  # believed pairs of each class a contact
_MOST = 0.1  # of all pairs, in a table of very few contacts
_CLASSES = tuple(_PARTNERS)


@dataclass(frozen=True)
class Chances:
    """What is known of one field.

    Attributes:
        field: its levels.
        match, stranger: share of each level in pairs that have the value on both sides.
        home, office: chance that two people of one home, or one office, share the very value.
        counts: expected matches at each level.
    """

    field: Field
    match: Floats
    stranger: Floats
    home: float
    office: float
    counts: Floats
    of_kind: dict[str, Floats]

    def shares(self, kind: str) -> Floats:
        """Share of each level in pairs of a class; one more, 1, for a missing value."""
        if kind in self.of_kind:
            return np.append(self.of_kind[kind], 1.0)
        share = {"match": 1.0, "home": self.home, "office": self.office, "stranger": 0.0}[kind]
        return np.append(share * self.match + (1 - share) * self.stranger, 1.0)


@dataclass(frozen=True)
class Model:
    """A fitted model.

    Attributes:
        chances: by field.
        expected: pairs of each class, match, home and office, among all pairs.
        pairs_count: all pairs of contacts of one scope.
    """

    chances: dict[str, Chances]
    expected: dict[str, float]
    pairs_count: float


@dataclass(frozen=True)
class Patterns:
    """Distinct rows of levels, how many pairs have each, and which one each pair has."""

    levels: npt.NDArray[np.int16]
    counts: Floats
    of_pair: Numbers


@dataclass(frozen=True)
class Coincidences:
    """Of one field among random pairs: share of each level, the least it may be; which levels add up; share of contacts at each exact one."""

    shares: Floats
    floors: Floats
    groups: Numbers
    mass: Floats


def count_patterns(agreements: Mapping[str, Agreement]) -> Patterns:
    """Distinct patterns of levels."""
    columns = [agreement.levels for agreement in agreements.values()]
    height = len(columns[0]) if columns else 0
    codes = np.zeros(height, np.int64)
    span = 1
    for name, agreement in agreements.items():
        width = len(field_of(name).levels) + 1
        if span * width > 2**62:
            codes, span = _renumber(codes)
        codes = codes * width + (agreement.levels.astype(np.int64) + 1)
        span *= width
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    is_first = np.r_[True, ordered[1:] != ordered[:-1]] if height else np.empty(0, np.bool_)
    starts = np.flatnonzero(is_first)
    of_pair = np.empty(height, np.int64)
    of_pair[order] = np.cumsum(is_first) - 1
    rows = order[starts]
    levels = np.stack([column[rows] for column in columns], axis=1) if columns else np.empty((0, 0), np.int16)
    return Patterns(levels, np.diff(np.append(starts, height)).astype(np.float64), of_pair)


def _renumber(codes: Numbers) -> tuple[Numbers, int]:
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    number = np.cumsum(np.r_[True, ordered[1:] != ordered[:-1]]) - 1 if len(codes) else codes
    renumbered = np.empty_like(codes)
    renumbered[order] = number
    return renumbered, int(number[-1]) + 1 if len(codes) else 1


def estimate_coincidences(comparisons: Mapping[str, Comparison], contacts_count: int) -> dict[str, Coincidences]:
    """How often values agree in pairs of contacts taken at random.

    Equal values are counted, not sampled: the holders of each value say how many pairs share it.
    """
    left, right = _draw_pairs(contacts_count)
    sampled = compare_fields(comparisons, left, right)
    return {
        name: _coincide_address(comparisons[name], agreement.levels)
        if name == "address"
        else _coincide(field_of(name), comparisons[name], agreement.levels)
        for name, agreement in sampled.items()
    }


def _draw_pairs(count: int) -> tuple[Numbers, Numbers]:
    """All pairs, or as many as are drawn, each of two different contacts."""
    if count * (count - 1) // 2 <= _RANDOM_PAIRS * 2:
        left, right = np.triu_indices(count, 1)
        return left.astype(np.int64), right.astype(np.int64)
    draw = _mix(np.arange(2 * _RANDOM_PAIRS, dtype=np.uint64)) % np.uint64(count)
    left, right = draw[::2].astype(np.int64), draw[1::2].astype(np.int64)
    apart = left != right
    return left[apart], right[apart]


def _mix(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """splitmix64: numbers that look random and are always the same."""
    mixed = numbers * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _coincide(field: Field, comparison: Comparison, levels: npt.NDArray[np.int16]) -> Coincidences:
    known = levels[levels != MISSING]
    seen = np.bincount(known, minlength=len(field.levels)).astype(np.float64)
    shares = (seen + 0.5) / (len(known) + 0.5 * len(field.levels))
    exact, holders = field.exact_count, comparison.sets.holders.astype(np.float64)
    holding = max(float(comparison.sets.holders_of_any), 2.0)
    ranks = comparison.equal_levels
    together = np.bincount(ranks, weights=holders * (holders - 1), minlength=exact)[:exact] / (holding * (holding - 1))
    mass = np.bincount(ranks, weights=holders, minlength=exact)[:exact] / holding
    floors = np.full(len(field.levels), 0.5 / (len(known) + len(field.levels)))
    floors[:exact] = 0.5 * (mass + 0.01) / holding
    shares[:exact] = np.maximum(together, floors[:exact])
    shares[exact:] *= (1 - shares[:exact].sum()) / shares[exact:].sum()
    groups = np.zeros(len(field.levels), np.int64)
    floors *= len(known) / (len(known) + _COINCIDENCE_BELIEF)
    return Coincidences(_temper(field, shares, mass, len(known)), floors + 1e-9, groups, mass + 1e-6)


def _temper(field: Field, shares: Floats, mass: Floats, pairs: int) -> Floats:
    """Shares of a small table, drawn towards what is believed of any."""
    if not field.stranger:
        return shares
    believed = np.array(field.stranger)
    believed[: field.exact_count] = believed[0] * (mass + 1e-6) / (mass + 1e-6).sum()
    return (shares * pairs + believed * _COINCIDENCE_BELIEF) / (pairs + _COINCIDENCE_BELIEF)


def _split_address() -> tuple[Numbers, Numbers, Numbers]:
    """Street, postcode and city level of each address level."""
    every = np.arange(len(ADDRESS.levels))
    rest, city = np.divmod(every, len(CITY_LEVELS))
    street, postcode = np.divmod(rest, len(POSTCODE_LEVELS))
    return street, postcode, city


def _address_groups() -> Numbers:
    """Levels with the same parts missing are one distribution."""
    street, postcode, city = _split_address()
    missing = [
        part == len(levels) - 1
        for part, levels in ((street, STREET_LEVELS), (postcode, POSTCODE_LEVELS), (city, CITY_LEVELS))
    ]
    return missing[0] * 4 + missing[1] * 2 + missing[2] * 1


def _coincide_address(comparison: Comparison, levels: npt.NDArray[np.int16]) -> Coincidences:
    known = levels[levels != MISSING]
    street, postcode, city = _split_address()
    seen = np.bincount(known, minlength=len(ADDRESS.levels)).astype(np.float64)
    product = np.ones(len(ADDRESS.levels))
    for part, names in ((street, STREET_LEVELS), (postcode, POSTCODE_LEVELS), (city, CITY_LEVELS)):
        counts = np.bincount(part, weights=seen, minlength=len(names))
        counts[-1] = 0
        share = (counts + 0.5) / (counts.sum() + 0.5 * len(names))
        share[-1] = 1.0
        product *= share[part]
    groups = _address_groups()
    smoothed = _normalize(product, groups) * 50 + _believe_strangers(groups) * _COINCIDENCE_BELIEF + seen
    shares = _normalize(smoothed, groups)
    return Coincidences(shares, shares * 0.05 + 1e-9, groups, np.empty(0))


def _believe_strangers(groups: Numbers) -> Floats:
    """Shares of the levels among strangers, whatever the table."""
    street, postcode, city = _split_address()
    slips = (np.array([0.0001, 0.0001, 0.004, 0.9958, 1]), np.array([0.001, 0.01, 0.989, 1]), np.array(
        [0.002, 0.003, 0.005, 0.01, 0.98, 1]
    ))  # fmt: skip
    return _normalize(slips[0][street] * slips[1][postcode] * slips[2][city], groups)


def _normalize(shares: Floats, groups: Numbers) -> Floats:
    totals = np.bincount(groups, weights=shares)
    return np.asarray(shares / totals[groups])


def _believe(field: Field, coincidence: Coincidences) -> Floats:
    """Share of each level among matches, before the data is seen."""
    if field.name == "address":
        return _believe_address(coincidence)
    match = np.array(field.match)
    exact = field.exact_count
    match[:exact] = match[0] * coincidence.mass / coincidence.mass.sum()
    return match


def _believe_address(coincidence: Coincidences) -> Floats:
    """Three of four matches have not moved; their parts differ by slips alone."""
    street, postcode, city = _split_address()
    slips = (np.array([0.78, 0.08, 0.08, 0.06, 1.0]), np.array([0.88, 0.06, 0.06, 1.0]), np.array(
        [0.29, 0.29, 0.29, 0.07, 0.06, 1.0]
    ))  # fmt: skip
    stayed = _normalize(slips[0][street] * slips[1][postcode] * slips[2][city], coincidence.groups)
    same_city = np.array([0.32, 0.32, 0.32, 0.02, 0.02, 1.0])[city] * np.array([0.2, 0.1, 0.7, 1.0])[postcode]
    near = _normalize(np.array([0.02, 0.01, 0.02, 0.95, 1.0])[street] * same_city, coincidence.groups)
    return 0.75 * stayed + 0.1 * near + 0.15 * coincidence.shares


def fit_model(
    patterns: Patterns, names: list[str], coincidences: Mapping[str, Coincidences], contacts_count: int,
    pairs_count: float, weight: float = 1.0,
) -> Model:  # fmt: skip
    """EM over patterns.

    Args:
        patterns: of candidate pairs.
        names: field of each column of the patterns.
        coincidences: by field.
        contacts_count: how many contacts there are.
        pairs_count: pairs of contacts of one scope.
        weight: candidate pairs that each counted pair stands for.
    """
    believed = {name: _believe(field_of(name), coincidences[name]) for name in names}
    chances = {
        name: Chances(
            field_of(name), believed[name], coincidences[name].shares, field_of(name).home, field_of(name).office,
            np.zeros(len(believed[name])), _start_kinds(field_of(name), coincidences[name]),
        )
        for name in names
    }  # fmt: skip
    start = {kind: min(share * contacts_count, _MOST * pairs_count) for kind, share in _PARTNERS.items()}
    model = Model(chances, start, max(pairs_count, 1.0))
    counts = patterns.counts * weight
    for _ in range(_ROUNDS):
        model = _improve(model, patterns.levels, counts, coincidences, believed, start)
    return model


def weigh_patterns(model: Model, levels: npt.NDArray[np.int16]) -> Floats:
    """Log odds, natural, of each pattern: a match against anything else."""
    logs = _log_chances(model, levels)
    other = np.logaddexp.reduce([logs[kind] for kind in ("home", "office", "stranger")])
    return np.asarray(logs["match"] - other)


def _log_chances(model: Model, levels: npt.NDArray[np.int16]) -> dict[str, Floats]:
    """Log of the expected pairs of each class at each pattern."""
    strangers = max(model.pairs_count - sum(model.expected.values()), 1.0)
    logs = {}
    for kind, expected in (*model.expected.items(), ("stranger", strangers)):
        total = np.full(len(levels), np.log(max(expected, 1e-9)))
        for column, chances in enumerate(model.chances.values()):
            total += np.log(np.maximum(chances.shares(kind), 1e-12))[levels[:, column]]
        logs[kind] = total
    return logs


def _improve(
    model: Model,
    levels: npt.NDArray[np.int16],
    counts: Floats,
    coincidences: Mapping[str, Coincidences],
    believed: Mapping[str, Floats],
    start: Mapping[str, float],
) -> Model:
    logs = _log_chances(model, levels)
    total = np.logaddexp.reduce(list(logs.values()))
    share = {kind: np.exp(logs[kind] - total) * counts for kind in _CLASSES}
    expected = {
        kind: (float(share[kind].sum()) + _PRIOR_PAIRS) / (1 + _PRIOR_PAIRS / max(start[kind], 1e-3)) for kind in _CLASSES
    }
    chances = {}
    for column, (name, old) in enumerate(model.chances.items()):
        at = levels[:, column]
        chances[name] = _improve_field(old, at, share, coincidences[name], believed[name], expected, model.pairs_count)
    return Model(chances, expected, model.pairs_count)


def _improve_field(
    old: Chances,
    at: npt.NDArray[np.int16],
    share: Mapping[str, Floats],
    coincidence: Coincidences,
    believed: Floats,
    expected: Mapping[str, float],
    pairs_count: float,
) -> Chances:
    known = np.flatnonzero(at != MISSING)
    level = at[known]
    height = len(old.match)
    counts = np.bincount(level, weights=share["match"][known], minlength=height)
    match = old.match if old.field.is_fixed else _normalize(counts + _BELIEF * believed, coincidence.groups)
    shares = {}
    for kind, field_share in (("home", old.home), ("office", old.office)):
        sharing = field_share * old.match
        very = sharing / np.maximum(sharing + (1 - field_share) * old.stranger, 1e-12)
        weights = share[kind][known]
        prior = getattr(old.field, kind)
        shares[kind] = float(
            ((weights * very[level]).sum() + _HOME_BELIEF * prior) / (weights.sum() + _HOME_BELIEF)
        )
    portion = min(expected["match"] / pairs_count, 0.5)
    stranger = np.maximum((coincidence.shares - portion * match) / (1 - portion), coincidence.floors)
    of_kind = {}
    for kind, start in _start_kinds(old.field, coincidence).items():
        seen = np.bincount(level, weights=share[kind][known], minlength=height)
        of_kind[kind] = _normalize(seen + _HOME_BELIEF * start, coincidence.groups)
    return Chances(old.field, match, _normalize(stranger, coincidence.groups), shares["home"], shares["office"], counts, of_kind)


#: More of one home or office hold a value than records of one person do.
_HELD_TOGETHER = np.array([1.0, 2.0, 3.0, 3.0])


def _start_kinds(field: Field, coincidence: Coincidences) -> dict[str, Floats]:
    if field.name not in ("email", "phone_number"):
        return {}
    found = {}
    for kind in ("home", "office"):
        chance = getattr(field, kind)
        together = np.zeros(len(field.levels))
        tilted = coincidence.mass * _HELD_TOGETHER
        together[: field.exact_count] = tilted / tilted.sum()
        found[kind] = chance * together + (1 - chance) * coincidence.shares
    return found
