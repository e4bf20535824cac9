"""Coincidences: how often values agree in pairs of contacts taken at random.

Equal values are counted, not sampled: the holders of each value say how many pairs share it. The random pairs are a
fixed mixture of the contacts' numbers, so that they are the same in every run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from transforms.matching.beliefs import Floats, believe_strangers_address, group_address, normalize, split_address
from transforms.matching.comparison import MISSING, Comparison, Levels, Numbers
from transforms.matching.fields import compare_levels, field_of
from transforms.matching.model import (
    ADDRESS,
    BIRTHDAY,
    CITY_LEVELS,
    COMPANY_NAME,
    EMAIL,
    FIRST_NAME,
    LAST_NAME,
    PHONE,
    POSTCODE_LEVELS,
    STREET_LEVELS,
    Field,
)

__all__ = ["Coincidences", "compare_strangers", "count_namesakes", "estimate_coincidences"]

_RANDOM_PAIRS = 300_000
_BELIEF = 500.0  # pairs that what is believed of any table counts for
_MOST_EQUAL = 0.99  # of random pairs, where values that several hold would make it all of them and more
_ADDRESS_BELIEF = 50.0  # pairs that the parts' being independent counts for


@dataclass(frozen=True)
class Coincidences:
    """Of one field among random pairs.

    Attributes:
        shares: of each level.
        floors: the least each share may be when matches are taken off it.
        groups: levels of one number add up to 1.
        mass: share of the contacts whose value is at each exact level.
    """

    shares: Floats
    floors: Floats
    groups: Numbers
    mass: Floats


def compare_strangers(comparisons: Mapping[str, Comparison], contacts_count: int) -> dict[str, Levels]:
    """Levels of random pairs in each field."""
    return compare_levels(comparisons, *_draw_pairs(contacts_count))


def estimate_coincidences(
    comparisons: Mapping[str, Comparison], strangers: Mapping[str, Levels]
) -> dict[str, Coincidences]:
    """Coincidences of each field.

    Args:
        comparisons: the fields.
        strangers: what `compare_strangers` found in them.
    """
    return {
        name: _coincide_address(strangers[name])
        if name == "address"
        else _coincide(field_of(name), comparison, strangers[name])
        for name, comparison in comparisons.items()
    }


def count_namesakes(
    comparisons: Mapping[str, Comparison],
    coincidences: Mapping[str, Coincidences],
    full_names: Numbers,
    pairs_count: float,
) -> float:
    """Pairs of one name: of companies, and of people beyond what first and last names taken apart would make.

    Args:
        comparisons: the fields.
        coincidences: of each.
        full_names: a number for the first and last name of each contact, -1 where it lacks one.
        pairs_count: pairs of contacts of one scope.
    """
    found = 0.0
    if COMPANY_NAME.name in comparisons:
        found += _count_named(comparisons[COMPANY_NAME.name].sets.first, comparisons)
    of_all = len(full_names) * (len(full_names) - 1) / 2
    if (full_names >= 0).any():
        by_chance = of_all * np.mean(full_names >= 0) ** 2
        for field in (FIRST_NAME, LAST_NAME):
            by_chance *= coincidences[field.name].shares[: field.exact_count].sum()
        found += max(_count_named(full_names, comparisons) - float(by_chance), 0.0)
    return found * pairs_count / max(of_all, 1.0)


def _count_named(names: npt.NDArray[np.integer], comparisons: Mapping[str, Comparison]) -> float:
    """Pairs of one name; contacts that have all else in common, too, are one contact over and over, and count once."""
    alike, is_told = names.astype(np.uint64), np.zeros(len(names), np.bool_)
    for field in (EMAIL, PHONE, ADDRESS, BIRTHDAY):
        if field.name in comparisons:
            first = comparisons[field.name].sets.first
            alike, is_told = _mix(alike) + first.astype(np.uint64), is_told | (first >= 0)
    told, untold = np.flatnonzero(is_told & (names >= 0)), np.flatnonzero(~is_told & (names >= 0))
    once = told[np.unique(alike[told], return_index=True)[1]]
    return _count_equal(names[np.concatenate([once, untold])])


def _count_equal(values: npt.NDArray[np.generic]) -> float:
    holders = np.unique(values, return_counts=True)[1].astype(np.float64)
    return float((holders * (holders - 1) / 2).sum())


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


def _coincide(field: Field, comparison: Comparison, levels: Levels) -> Coincidences:
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
    # contacts with several values share one of them more often than each alone tells
    if shares[:exact].sum() > 1:
        shares[:exact] *= _MOST_EQUAL / shares[:exact].sum()
    shares[exact:] *= (1 - shares[:exact].sum()) / shares[exact:].sum()
    groups = np.zeros(len(field.levels), np.int64)
    floors *= len(known) / (len(known) + _BELIEF)
    return Coincidences(_temper(field, shares, mass, len(known)), floors + 1e-9, groups, mass + 1e-6)


def _temper(field: Field, shares: Floats, mass: Floats, pairs: int) -> Floats:
    """Shares of a small table, drawn towards what is believed of any."""
    if not field.stranger:
        return shares
    believed = np.array(field.stranger)
    believed[: field.exact_count] = believed[0] * (mass + 1e-6) / (mass + 1e-6).sum()
    return (shares * pairs + believed * _BELIEF) / (pairs + _BELIEF)


def _coincide_address(levels: Levels) -> Coincidences:
    known = levels[levels != MISSING]
    street, postcode, city = split_address()
    seen = np.bincount(known, minlength=len(ADDRESS.levels)).astype(np.float64)
    product = np.ones(len(ADDRESS.levels))
    for part, names in ((street, STREET_LEVELS), (postcode, POSTCODE_LEVELS), (city, CITY_LEVELS)):
        counts = np.bincount(part, weights=seen, minlength=len(names))
        counts[-1] = 0
        share = (counts + 0.5) / (counts.sum() + 0.5 * len(names))
        share[-1] = 1.0
        product *= share[part]
    groups = group_address()
    smoothed = normalize(product, groups) * _ADDRESS_BELIEF + believe_strangers_address(groups) * _BELIEF + seen
    shares = normalize(smoothed, groups)
    return Coincidences(shares, shares * 0.05 + 1e-9, groups, np.empty(0))
