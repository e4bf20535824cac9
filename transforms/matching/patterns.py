"""Patterns: distinct rows of levels. EM and weights need each once, however many pairs have it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from transforms.matching.comparison import MISSING, Flags, Levels, Numbers
from transforms.matching.fields import field_of
from transforms.matching.model import FIRST_NAME
from transforms.normalize.distinct import encode_numbers

__all__ = ["Patterns", "count_patterns", "is_namesake", "leave_out_told"]


@dataclass(frozen=True)
class Patterns:
    """Distinct rows of levels, how many pairs have each, and which one each pair has."""

    levels: Levels
    counts: npt.NDArray[np.float64]
    of_pair: Numbers


def count_patterns(levels: Mapping[str, Levels]) -> Patterns:
    """Distinct patterns of the levels of pairs, by field."""
    columns = [*levels.values()]
    height = len(columns[0]) if columns else 0
    codes = np.zeros(height, np.int64)
    span = 1
    for name, column in levels.items():
        width = len(field_of(name).levels) + 1
        if span * width > 2**62:
            codes, rows = _rank(codes)
            span = max(len(rows), 1)
        codes = codes * width + (column.astype(np.int64) + 1)
        span *= width
    of_pair, rows = _rank(codes)
    distinct = np.stack([column[rows] for column in columns], axis=1) if columns else np.empty((0, 0), np.int16)
    return Patterns(distinct, np.bincount(of_pair, minlength=len(rows)).astype(np.float64), of_pair)


def _rank(codes: Numbers) -> tuple[Numbers, Numbers]:
    """Rank of each code among the distinct ones, which are few; and where each of these is first."""
    numbers, first = encode_numbers(codes)
    order = np.argsort(codes[first])
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order))
    return ranks[numbers], first[order]


def is_namesake(given_names: Levels | Numbers) -> Flags:
    """Whether given names are equal, by their levels."""
    return np.asarray((given_names >= 0) & (given_names < FIRST_NAME.exact_count))


def leave_out_told(levels: Levels | Numbers, names: Sequence[str], told: Collection[str]) -> Levels | Numbers:
    """Patterns without the levels of what the given name tells (`repeats.find_told`), where that is equal.

    Args:
        levels: a column for each field.
        names: of the fields.
        told: fields that the given name tells.
    """
    if not told or FIRST_NAME.name not in names:
        return levels
    left = levels.copy()
    namesakes = np.flatnonzero(is_namesake(levels[:, names.index(FIRST_NAME.name)]))
    for name in told:
        left[namesakes, names.index(name)] = MISSING
    return left
