"""Decide: certain rules, conflicts and rules of review, each by the levels of a pair (SPEC A-D1 to A-D3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from transforms.matching.beliefs import split_address
from transforms.matching.comparison import MISSING, Levels, Numbers
from transforms.matching.estimation import Model
from transforms.matching.fields import field_of
from transforms.matching.model import (
    ADDRESS,
    ADDRESS_BOOK,
    BIRTHDAY,
    COMPANY,
    COMPANY_NAME,
    EMAIL,
    FIRST_NAME,
    KIND,
    LAST_NAME,
    MIDDLE_NAME,
    PHONE,
    STREET_LEVELS,
    Field,
)
from transforms.matching.name_suffixes import UNTOLD, number_namesakes
from transforms.matching.values import ContactValues
from transforms.normalize.distinct import combine_codes, encode_texts

__all__ = [
    "CONFLICTS",
    "NAME_SUFFIX",
    "PLAIN_CONFLICTS",
    "REVIEW_RULES",
    "TIER_ONE",
    "TIER_ONE_CONFLICTS",
    "ContactFacts",
    "apply_rules",
    "find_certain",
    "find_conflicts",
    "find_reviews",
    "gather_facts",
    "is_thin",
]

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Rules = npt.NDArray[np.int8]

#: Names of the rules; a pair holds the number of the first one that is true of it, -1 for none.
TIER_ONE = ("same_email", "same_phone_and_name")
CONFLICTS = (
    "conflict_kind", "conflict_birthday", "conflict_middle_name", "conflict_name_suffix", "conflict_birthday_slip",
    "conflict_first_name", "conflict_company_name",
)  # fmt: skip
NAME_SUFFIX = CONFLICTS.index("conflict_name_suffix")
REVIEW_RULES = ("same_address_book_id", "same_phone", "partner_email")
#: Of the conflicts, in their order: these leave nothing to ask, these let no tier-1 pair be merged (SPEC A-D2), and
#: the rest say no more than that it is not certain.
PLAIN_CONFLICTS, TIER_ONE_CONFLICTS = 4, 5
_OF_ANOTHER_SUFFIX = 0.02  # most probability of Jr. and Sr.: somebody took one for the other
_CERTAIN = 0.99  # least probability of a pair that a rule of tier 1 makes certain
_DOUBTED = 0.3  # less probable pairs it does not make certain
_BELIEF = 200.0  # records of one person that what is believed counts for
_TOLD = 50.0  # records of one person from which on the table tells how alike they are
_NOW_AND_THEN, _SELDOM = 0.1, 0.06  # of the records of one person


@dataclass(frozen=True)
class ContactFacts:
    """What deciding needs of each contact, by number.

    Attributes:
        is_lead: a lead brought it.
        full_names: a number that two contacts share when first and last name are equal; -1 when one is missing.
        suffixes: which of several of one name it is, by `number_namesakes`.
    """

    is_lead: Flags
    full_names: Numbers
    suffixes: npt.NDArray[np.int8]


def gather_facts(values: ContactValues) -> ContactFacts:
    """Facts of all contacts."""
    (first, first_names), (last, last_names) = (
        encode_texts(values.names[name]) for name in ("first_name", "last_name")
    )
    is_named = (first >= 0) & (last >= 0)
    full_names, suffixes = np.full(len(values.ids), -1, np.int64), np.full(len(values.ids), UNTOLD, np.int8)
    contacts = values.names["contact"].to_numpy()
    full_names[contacts[is_named]] = combine_codes(first[is_named], last[is_named])[0]
    for codes, names in ((first, first_names), (last, last_names)):  # what stands behind the last name counts
        numbers = np.append(number_namesakes(names), np.int8(UNTOLD))[codes]
        suffixes[contacts] = np.where(numbers != UNTOLD, numbers, suffixes[contacts])
    return ContactFacts(values.contacts["is_lead"].to_numpy(), full_names, suffixes)


def find_conflicts(
    levels: Mapping[str, Levels], model: Model, facts: ContactFacts, left: Numbers, right: Numbers
) -> Rules:
    """Why two contacts cannot be one person (SPEC A-D2).

    A conflict is a person against a company; a birthday or, with the same first name, a middle name that differs; Jr.
    against Sr.; a birthday a slip apart; given names or company names that do not go together. Where the table at hand
    shows that records of one person differ so more often than now and then, it is no conflict but evidence like any
    other.
    """
    height = len(left)
    first = _levels(levels, FIRST_NAME, height)
    same_first = (first >= 0) & (first <= FIRST_NAME.place("nickname"))
    birthday = _levels(levels, BIRTHDAY, height)
    is_slip = (birthday == BIRTHDAY.place("day_month_swapped")) | (birthday == BIRTHDAY.place("one_part_differs"))
    slips, differences = ("day_month_swapped", "one_part_differs"), ("year", "different")
    return _first_true(
        (
            _levels_of(levels, "kind", height) == 1,
            (birthday >= BIRTHDAY.place("year")) & _is_rare(model, BIRTHDAY, differences, _SELDOM),
            same_first & _is_worst(levels, MIDDLE_NAME, height) & _is_rare(model, MIDDLE_NAME),
            _are_namesakes(facts.suffixes[left], facts.suffixes[right]),
            is_slip & _is_rare(model, BIRTHDAY, slips),
            _is_worst(levels, FIRST_NAME, height) & _is_rare(model, FIRST_NAME),
            _is_worst(levels, COMPANY_NAME, height) & _is_rare(model, COMPANY_NAME),
        ),
        height,
    )


def find_certain(levels: Mapping[str, Levels], facts: ContactFacts, left: Numbers, right: Numbers) -> Rules:
    """Tier 1 of SPEC A-D1: the same own e-mail, or the same phone and the same first and last name."""
    same_name = (facts.full_names[left] == facts.full_names[right]) & (facts.full_names[left] >= 0)
    height = len(left)
    return _first_true((_is_own(levels, EMAIL, height), _is_own(levels, PHONE, height) & same_name), height)


def apply_rules(probabilities: Floats, certain: Rules, conflicts: Rules, levels: Mapping[str, Levels]) -> Floats:
    """Probabilities, those of tier-1 pairs raised to certain, and those of a father and his son lowered.

    Where names or birthdays do not go together, or all else speaks against it, a home may share the e-mail or phone:
    then these are evidence like any other, and make nothing certain. Where an e-mail is all that is known of both,
    nothing speaks against it.
    """
    fields = (FIRST_NAME, LAST_NAME, COMPANY_NAME, BIRTHDAY)
    differs = np.any([_is_worst(levels, field, len(certain)) for field in fields], axis=0)
    is_doubted = probabilities < _DOUBTED
    rows = np.flatnonzero(is_doubted & (certain == TIER_ONE.index("same_email")))
    others = [found[rows] for name, found in levels.items() if name not in (EMAIL.name, KIND.name)]
    is_doubted[rows] = np.any([found != MISSING for found in others], axis=0) if others else False
    is_certain = (certain >= 0) & (conflicts < 0) & ~is_doubted & ~differs
    lowered = np.where(conflicts == NAME_SUFFIX, np.minimum(probabilities, _OF_ANOTHER_SUFFIX), probabilities)
    return np.asarray(np.where(is_certain, np.maximum(lowered, _CERTAIN), lowered))


def find_reviews(levels: Mapping[str, Levels], facts: ContactFacts, left: Numbers, right: Numbers) -> Rules:
    """Tier 2 of SPEC A-D1 and A-D3. A lead whose phone alone is known is listed whatever its name (SPEC A-P4)."""
    height = len(left)
    unlike = [_is_worst(levels, field, height) for field in (FIRST_NAME, LAST_NAME, COMPANY_NAME, BIRTHDAY)]
    from_lead = facts.is_lead[left] | facts.is_lead[right]
    return _first_true(
        (
            _is_own(levels, ADDRESS_BOOK, height),
            _is_own(levels, PHONE, height) & (~np.any(unlike, axis=0) | from_lead),
            _levels_of(levels, "partner_email", height) == 0,
        ),
        height,
    )


def is_thin(levels: Mapping[str, Levels], model: Model, height: int) -> Flags:
    """Too little to merge without a person: one way to reach somebody, and a first name.

    So are David and David Taylor of one phone (SPEC DU2). Where few contacts tell how alike those of one person are, so
    is likeness without anything equal where last names differ: Jan Berg and Jean Riker of neighbouring numbers.
    """
    named = [_levels(levels, field, height) != MISSING for field in (LAST_NAME, COMPANY_NAME)]
    others = [
        _levels(levels, field, height) != MISSING for field in (ADDRESS, BIRTHDAY, COMPANY)
    ]  # fmt: skip
    persons = [_levels(levels, field, height) != MISSING for field in (FIRST_NAME, EMAIL, PHONE)]
    reached = np.sum([_is_equal(levels, field, height) for field in (EMAIL, PHONE)], axis=0)
    is_one_way = np.any(persons, axis=0) & ~np.any(named, axis=0) & ~np.any(others, axis=0) & (reached < 2)
    if LAST_NAME.name not in model.chances or model.chances[LAST_NAME.name].counts.sum() >= _TOLD:
        return np.asarray(is_one_way)
    return np.asarray(is_one_way | (_is_worst(levels, LAST_NAME, height) & ~_is_any_equal(levels, height)))


def _is_any_equal(levels: Mapping[str, Levels], height: int) -> Flags:
    """Whether anything is equal but for what they are, and where they live but for the street."""
    equal = np.zeros(height, np.bool_)
    for name, found in levels.items():
        if name == ADDRESS.name:
            equal |= (found != MISSING) & (split_address()[0][found] <= STREET_LEVELS.index("equal_many"))
        elif name != KIND.name:
            equal |= _is_equal(levels, field_of(name), height)
    return equal


def _are_namesakes(one: npt.NDArray[np.int8], other: npt.NDArray[np.int8]) -> Flags:
    return np.asarray((one != UNTOLD) & (other != UNTOLD) & (one != other))


def _is_equal(levels: Mapping[str, Levels], field: Field, height: int) -> Flags:
    found = _levels(levels, field, height)
    return np.asarray((found >= 0) & (found < field.exact_count))


def _is_rare(model: Model, field: Field, levels: tuple[str, ...] = ("different",), most: float = _NOW_AND_THEN) -> bool:
    """Whether records of one person seldom differ so."""
    if field.name not in model.chances:
        return True
    places = [field.place(level) for level in levels]
    counts = model.chances[field.name].counts
    believed = sum(field.match[place] for place in places)
    share = (counts[places].sum() + believed * _BELIEF) / (counts.sum() + _BELIEF)
    return bool(share <= most)


def _levels(levels: Mapping[str, Levels], field: Field, height: int) -> npt.NDArray[np.int16]:
    return _levels_of(levels, field.name, height)


def _levels_of(levels: Mapping[str, Levels], name: str, height: int) -> npt.NDArray[np.int16]:
    return levels[name] if name in levels else np.full(height, MISSING, np.int16)


def _is_worst(levels: Mapping[str, Levels], field: Field, height: int) -> Flags:
    return np.asarray(_levels(levels, field, height) == len(field.levels) - 1)


def _is_own(levels: Mapping[str, Levels], field: Field, height: int) -> Flags:
    """Equal, and not shared by too many to be evidence."""
    found = _levels(levels, field, height)
    return np.asarray((found >= 0) & (found < field.place("shared")))


def _first_true(rules: tuple[Flags, ...], height: int) -> Rules:
    found = np.full(height, -1, np.int8)
    for number in range(len(rules) - 1, -1, -1):
        found[rules[number]] = number
    return found
