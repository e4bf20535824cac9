"""Patterns: distinct rows of levels. EM and weights need each once, however many pairs have it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from transforms.matching.comparison import Levels, Numbers
from transforms.matching.fields import field_of

__all__ = ["Patterns", "count_patterns"]


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
            codes, span = _renumber(codes)
        codes = codes * width + (column.astype(np.int64) + 1)
        span *= width
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    is_first = np.r_[True, ordered[1:] != ordered[:-1]] if height else np.empty(0, np.bool_)
    starts = np.flatnonzero(is_first)
    of_pair = np.empty(height, np.int64)
    of_pair[order] = np.cumsum(is_first) - 1
    rows = order[starts]
    distinct = np.stack([column[rows] for column in columns], axis=1) if columns else np.empty((0, 0), np.int16)
    return Patterns(distinct, np.diff(np.append(starts, height)).astype(np.float64), of_pair)


def _renumber(codes: Numbers) -> tuple[Numbers, int]:
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    number = np.cumsum(np.r_[True, ordered[1:] != ordered[:-1]]) - 1 if len(codes) else codes
    renumbered = np.empty_like(codes)
    renumbered[order] = number
    return renumbered, int(number[-1]) + 1 if len(codes) else 1
