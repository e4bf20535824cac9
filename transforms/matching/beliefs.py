"""Beliefs: the shares of levels before the data is seen, where they are more than a list of numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from transforms.matching.comparison import Numbers
from transforms.matching.model import ADDRESS, CITY_LEVELS, EMAIL, PHONE, POSTCODE_LEVELS, STREET_LEVELS, Field

__all__ = [
    "Floats", "believe_address", "believe_kinds", "believe_match", "believe_strangers_address", "group_address",
    "normalize", "split_address",
]  # fmt: skip

Floats = npt.NDArray[np.float64]

#: More of one home or office hold a value than records of one person do.
_HELD_TOGETHER = np.array([1.0, 2.0, 3.0, 3.0])
_NAMESAKES_EMAIL = 0.2  # believed chance that two of one name elsewhere share an e-mail: offices of one firm do


def believe_match(field: Field, mass: Floats) -> Floats:
    """Share of each level among matches: they share a frequent value as often as the value is held."""
    match = np.array(field.match)
    match[: field.exact_count] = match[0] * mass / mass.sum()
    return match


def split_address() -> tuple[Numbers, Numbers, Numbers]:
    """Street, postcode and city level of each address level."""
    every = np.arange(len(ADDRESS.levels))
    rest, city = np.divmod(every, len(CITY_LEVELS))
    street, postcode = np.divmod(rest, len(POSTCODE_LEVELS))
    return street, postcode, city


def group_address() -> Numbers:
    """Levels with the same parts missing are one distribution."""
    street, postcode, city = split_address()
    missing = [
        part == len(levels) - 1
        for part, levels in ((street, STREET_LEVELS), (postcode, POSTCODE_LEVELS), (city, CITY_LEVELS))
    ]
    return np.asarray(missing[0] * 4 + missing[1] * 2 + missing[2] * 1)


def believe_strangers_address(groups: Numbers) -> Floats:
    """Shares of the levels among strangers, whatever the table."""
    street, postcode, city = split_address()
    slips = (np.array([0.00008, 0.00002, 0.0001, 0.004, 0.9958, 1]), np.array([0.001, 0.01, 0.989, 1]), np.array(
        [0.002, 0.003, 0.005, 0.01, 0.98, 1]
    ))  # fmt: skip
    return normalize(slips[0][street] * slips[1][postcode] * slips[2][city], groups)


def normalize(shares: Floats, groups: Numbers) -> Floats:
    """Shares that add up to 1 within each group."""
    totals = np.bincount(groups, weights=shares)
    return np.asarray(shares / totals[groups])


def believe_address(strangers: Floats, groups: Numbers) -> Floats:
    """Three of four matches have not moved; their parts differ by slips alone."""
    street, postcode, city = split_address()
    slips = (np.array([0.74, 0.04, 0.08, 0.08, 0.06, 1.0]), np.array([0.88, 0.06, 0.06, 1.0]), np.array(
        [0.29, 0.29, 0.29, 0.07, 0.06, 1.0]
    ))  # fmt: skip
    stayed = normalize(slips[0][street] * slips[1][postcode] * slips[2][city], groups)
    same_city = np.array([0.32, 0.32, 0.32, 0.02, 0.02, 1.0])[city] * np.array([0.2, 0.1, 0.7, 1.0])[postcode]
    near = normalize(np.array([0.018, 0.002, 0.01, 0.02, 0.95, 1.0])[street] * same_city, groups)
    return 0.75 * stayed + 0.1 * near + 0.15 * strangers


def believe_kinds(field: Field, mass: Floats, strangers: Floats) -> dict[str, Floats]:
    """Share of each level in pairs of a class, for fields of which these are estimated one by one.

    Args:
        field: the comparison.
        mass: share of the contacts whose value is at each exact level.
        strangers: share of each level among strangers.
    """
    if field.name not in (EMAIL.name, PHONE.name):
        return {}
    found = {}
    chances = {"home": field.home, "office": field.office}
    if field.name == EMAIL.name:
        chances["namesake"] = _NAMESAKES_EMAIL
    for kind, chance in chances.items():
        together = np.zeros(len(field.levels))
        tilted = mass * _HELD_TOGETHER
        together[: field.exact_count] = field.match[0] * tilted / tilted.sum()
        together[field.exact_count : -1] = field.match[field.exact_count : -1]  # the same, with a slip
        together /= together.sum()
        found[kind] = chance * together + (1 - chance) * strangers
    return found
