"""Repeats: fields that say again what another one says, and so would count twice.

Fields are taken as independent of each other: eight columns that hang on where a list came from would count eight
times. Only fields without a comparison of their own are looked at, those with more different values first.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from transforms.matching.beliefs import split_address
from transforms.matching.comparison import MISSING, Comparison, Flags, Levels, Numbers, ValueSets
from transforms.matching.fields import field_of
from transforms.matching.model import (
    ADDRESS,
    BIRTHDAY,
    CITY_LEVELS,
    COMPANY,
    COMPANY_NAME,
    FIELDS,
    FIRST_NAME,
    KIND,
    LAST_NAME,
)

__all__ = ["find_repeats", "find_told"]

_CORRELATED = 0.2  # correlation of two fields' being equal in random pairs, from which on one of them repeats the other
_ALWAYS = 0.95  # of the pairs that share the value of one field share that of the other, and the other way round
_UNTOLD = 0.25  # of the pairs that differ in a field, at most, differ in it although their given names are equal
_PAIRS_AT_LEAST = 10  # that share a value, before anything is made of them
_PAIRS_AT_MOST = 20_000  # that share a value, looked at

_KNOWN_FIRST = (LAST_NAME.name, COMPANY.name, COMPANY_NAME.name)
_TELLING = ("first_name", "last_name", "company_name", "email", "phone_number", "birthday")


def find_repeats(comparisons: Mapping[str, Comparison], strangers: Mapping[str, Levels]) -> set[str]:
    """Fields that go together with another one in contacts that are strangers, or never agree without it.

    Args:
        comparisons: the fields.
        strangers: levels of random pairs in each.
    """
    others = [name for name in comparisons if name not in FIELDS]
    strangers = _take_apart(strangers) if others else strangers
    chance = {name: _agree(name, strangers[name]) for name in (*_KNOWN_FIRST, *others) if name in comparisons}
    if others and ADDRESS.name in comparisons:
        chance[ADDRESS.name] = _agree_city(strangers[ADDRESS.name])
    if others and BIRTHDAY.name in comparisons:  # an age, or a school year, goes with the year of birth
        chance[BIRTHDAY.name] = _agree_year(strangers[BIRTHDAY.name])
    kept = [name for name in comparisons if name in FIELDS and name != KIND.name]
    for name in sorted(others, key=lambda name: (-len(comparisons[name].shown), name)):
        by_chance = any(_go_together(chance[name], chance[other]) for other in kept if other in chance)
        if not by_chance and not any(_are_one(comparisons[name].sets, comparisons[other].sets) for other in kept):
            kept.append(name)
    return set(others) - set(kept)


def find_told(strangers: Mapping[str, Levels]) -> set[str]:
    """Fields that a given name tells, as it tells sexes and forms of address: two of one given name share these, too.

    Args:
        strangers: levels of random pairs in each field.
    """
    return {name for name in strangers if name not in FIELDS and _is_told(strangers, name)}


def _is_told(strangers: Mapping[str, Levels], name: str) -> bool:
    if FIRST_NAME.name not in strangers:
        return False
    apart = _take_apart(strangers, FIRST_NAME.name)
    known, equal = _agree(name, apart[name])
    _, is_namesake = _agree(FIRST_NAME.name, apart[FIRST_NAME.name])
    namesakes = known & is_namesake
    if namesakes.sum() < _PAIRS_AT_LEAST:
        return False
    return bool((~equal[namesakes]).mean() <= _UNTOLD * (~equal[known]).mean() and not equal[known].all())


def _take_apart(strangers: Mapping[str, Levels], left_out: str = "") -> Mapping[str, Levels]:
    """Pairs that plainly differ in two fields, own ones if there are: among random pairs are records of one person."""
    differing = {name: levels == len(field_of(name).levels) - 1 for name, levels in strangers.items()}
    worst = [differing[name] for name in _TELLING if name in differing and name != left_out and differing[name].any()]
    if not worst:
        worst = [differ for name, differ in differing.items() if name not in FIELDS and differ.any()]
    if not worst:
        return strangers
    apart = np.sum(worst, axis=0) >= min(2, len(worst))
    return {name: levels[apart] for name, levels in strangers.items()}


def _agree(name: str, levels: Levels) -> tuple[Flags, Flags]:
    """Where both contacts have a value, and where it is equal."""
    return levels != MISSING, (levels >= 0) & (levels < field_of(name).exact_count)


def _agree_city(levels: Levels) -> tuple[Flags, Flags]:
    city = split_address()[2][levels]
    return (levels != MISSING) & (city != CITY_LEVELS.index("missing")), city < CITY_LEVELS.index("close")


def _agree_year(levels: Levels) -> tuple[Flags, Flags]:
    of_year = [BIRTHDAY.place(level) for level in ("day_month_swapped", "year_alone", "year")]
    return levels != MISSING, np.isin(levels, [*range(BIRTHDAY.exact_count), *of_year])


def _go_together(one: tuple[Flags, Flags], other: tuple[Flags, Flags]) -> bool:
    known = one[0] & other[0]
    first, second = one[1][known], other[1][known]
    if (first & second).sum() < _PAIRS_AT_LEAST or first.all() or second.all():
        return False
    return bool(np.corrcoef(first, second)[0, 1] >= _CORRELATED)


def _are_one(one: ValueSets, other: ValueSets) -> bool:
    """Whether contacts that share a value of either share one of both: a copy, however it is written."""
    is_constant = min(np.count_nonzero(sets.holders) for sets in (one, other)) == 1
    return not is_constant and _follows(one, other) and _follows(other, one)


def _follows(sets: ValueSets, other: ValueSets) -> bool:
    """Whether contacts that share a value share the other one, where both have it."""
    left, right = _pair_holders(sets)
    first_l, first_r = other.first[left], other.first[right]
    known = (first_l >= 0) & (first_r >= 0)
    shared = (first_l == first_r)[known]
    return len(shared) >= _PAIRS_AT_LEAST and bool(shared.mean() >= _ALWAYS)


def _pair_holders(sets: ValueSets) -> tuple[Numbers, Numbers]:
    """Pairs of contacts that share a value: each holder with the next."""
    contacts = np.repeat(np.arange(len(sets.first)), np.diff(sets.starts))
    order = np.argsort(sets.codes, kind="stable")
    codes, holders = sets.codes[order], contacts[order]
    again = np.flatnonzero(codes[1:] == codes[:-1])
    again = again[:: -(-len(again) // _PAIRS_AT_MOST) or 1]
    return holders[again], holders[again + 1]
