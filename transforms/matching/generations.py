"""Generations: a parent and a child of one name, one home and one phone are told apart by the birthdays of their group.

A birthday of one record may be a slip, and where slips are frequent it stands against nobody. Two birthdays that two
records tell each, a generation apart, are of two persons.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from transforms.matching.comparison import Comparison, Numbers
from transforms.matching.model import BIRTHDAY, EXACT

__all__ = ["find_generations"]

_GENERATION = 14  # years, at least, between the birthdays of a parent and a child
_TELLERS = 2  # records of a group that tell a birthday that is no slip
_FILLER = EXACT.index("exact_frequent")  # birthdays of one contact in a hundred


def find_generations(birthdays: Comparison, labels: Numbers, left: Numbers, right: Numbers) -> Numbers:
    """Which pairs are of two generations, ascending.

    Args:
        birthdays: of the contacts.
        labels: the component of each contact.
        left, right: the contacts of each pair, of one component.
    """
    first = birthdays.sets.first
    known = np.flatnonzero(first >= 0)
    known = known[(birthdays.equal_levels < _FILLER)[first[known]]]
    told = labels[known] * len(birthdays.shown) + first[known]
    _, place, tellers = np.unique(told, return_inverse=True, return_counts=True)
    is_sure = np.zeros(len(first), np.bool_)
    is_sure[known[tellers[place] >= _TELLERS]] = True
    rows = np.flatnonzero(is_sure[left] & is_sure[right])
    years = birthdays.shown.str.head(4).cast(pl.Int64).to_numpy()
    rows = rows[np.abs(years[first[left[rows]]] - years[first[right[rows]]]) >= _GENERATION]
    # a slip of the year alone may be of many years
    found: Numbers = rows[birthdays.compare(left[rows], right[rows]).levels == len(BIRTHDAY.levels) - 1]
    return found
