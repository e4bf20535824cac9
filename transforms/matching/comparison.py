"""Compare: sets of values of two contacts, the best agreement of all pairs of their values.

A value is a code, a number that stands for one distinct text; levels of agreement are numbers too, the lower the
better. Equal codes have the level of their value (a rare name says more than a frequent one); a measure judges the
rest. The only file that imports rapidfuzz.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.fuzz import token_sort_ratio

from transforms.matching.spellings import Spellings
from transforms.normalize.distinct import Codes

__all__ = [
    "MISSING", "Agreement", "Codes", "Comparison", "Flags", "Floats", "Levels", "Measure", "Numbers", "Texts",
    "ValueSets", "compare_values", "count_within", "index_values", "rank_edits", "rank_similarity",
    "rank_words",
]  # fmt: skip

Numbers = npt.NDArray[np.int64]
Levels = npt.NDArray[np.int16]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]
Texts = npt.NDArray[np.object_]

#: Levels count from 0, the best; this one says that a contact has no such value.
MISSING = -1
_VALUES_COMPARED = 8  # of one contact and kind, first in its order

#: Judges pairs of codes that differ.
Measure = Callable[[Codes, Codes], Levels]


@dataclass(frozen=True)
class ValueSets:
    """One kind of value of every contact, as compressed rows.

    Attributes:
        starts: first row of each contact, and the end of the last one's.
        codes: value of each row.
        first: first value of each contact, -1 where it has none.
        holders: contacts that hold each value, by code.
    """

    starts: Numbers
    codes: Codes
    first: Codes
    holders: Numbers

    @property
    def is_single(self) -> bool:
        """No contact has two."""
        return len(self.codes) == int((self.first >= 0).sum())

    @property
    def holders_of_any(self) -> int:
        """Contacts that have such a value."""
        return int((self.first >= 0).sum())


@dataclass(frozen=True)
class Comparison:
    """One field, ready to compare.

    Attributes:
        sets: the contacts' values.
        equal_levels: level of two equal values, by code.
        measure: level of two that differ.
        shown: text of each code, for evidence.
    """

    sets: ValueSets
    equal_levels: Levels
    measure: Measure
    shown: pl.Series

    def compare(self, left: Numbers, right: Numbers) -> Agreement:
        """Best agreement of each pair of contacts."""
        return compare_values(self, left, right)


@dataclass(frozen=True)
class Agreement:
    """How well pairs of contacts agree in one kind of value.

    Attributes:
        levels: MISSING where one of them has none.
        left, right: codes of the two values that agree best; -1 where missing.
    """

    levels: Levels
    left: Codes
    right: Codes


def index_values(contacts: Numbers, codes: Codes, contacts_count: int, codes_count: int) -> ValueSets:
    """Values as compressed rows.

    Args:
        contacts: contact of each value, ascending; a contact's values in their order, each once.
        codes: the values.
        contacts_count: how many contacts there are.
        codes_count: how many codes there are.
    """
    starts = np.zeros(contacts_count + 1, np.int64)
    np.cumsum(np.bincount(contacts, minlength=contacts_count), out=starts[1:])
    first = np.full(contacts_count, -1, np.int32)
    has = starts[:-1] < starts[1:]
    first[has] = codes[starts[:-1][has]]
    return ValueSets(starts, codes, first, np.bincount(codes, minlength=codes_count).astype(np.int64))


def compare_values(comparison: Comparison, left: Numbers, right: Numbers) -> Agreement:
    """Best agreement of each pair of contacts."""
    sets = comparison.sets
    first_l, first_r = sets.first[left], sets.first[right]
    levels = np.full(len(left), MISSING, np.int16)
    known = np.flatnonzero((first_l >= 0) & (first_r >= 0))
    if sets.is_single:
        levels[known] = _judge(comparison, first_l[known], first_r[known])
        return Agreement(levels, first_l, first_r)
    several = np.diff(sets.starts) > 1
    is_many = several[left[known]] | several[right[known]]
    single, many = known[~is_many], known[is_many]
    levels[single] = _judge(comparison, first_l[single], first_r[single])
    _compare_many(comparison, left, right, many, Agreement(levels, first_l, first_r))
    return Agreement(levels, first_l, first_r)


def rank_similarity(names: Spellings, left: Codes, right: Codes, least: float) -> Floats:
    """Jaro-Winkler similarity of two texts, in [0, 1]; 0 where it is less than `least`."""
    rows = np.flatnonzero(names.may_be_similar(left, right, least))
    scores = np.zeros(len(left), np.float32)
    scores[rows] = _rank(names.texts, left[rows], right[rows], JaroWinkler.normalized_similarity)
    return scores


def rank_words(names: Spellings, left: Codes, right: Codes, least: float) -> Floats:
    """Similarity of two texts whatever the order of their words, in [0, 1]; 0 where it is less than `least`."""
    rows = np.flatnonzero(names.may_share_words(left, right, least))
    scores = np.zeros(len(left), np.float32)
    scores[rows] = _rank(names.texts, left[rows], right[rows], token_sort_ratio) / np.float32(100)
    return scores


def rank_edits(names: Spellings, left: Codes, right: Codes, most: int) -> npt.NDArray[np.int32]:
    """Edits (insertion, deletion, substitution, transposition) that part two texts; one more than most: too many."""
    rows = np.flatnonzero(names.may_be_edits(left, right, most))
    edits = np.full(len(left), most + 1, np.int32)
    sides = (names.texts[codes[rows]].tolist() for codes in (left, right))
    edits[rows] = process.cpdist(*sides, scorer=OSA.distance, dtype=np.int32, score_cutoff=most)
    return np.minimum(edits, most + 1)


def _rank(texts: Texts, left: Codes, right: Codes, scorer: Callable[..., float]) -> Floats:
    scores: Floats = process.cpdist(texts[left].tolist(), texts[right].tolist(), scorer=scorer, dtype=np.float32)
    return scores


def count_within(sizes: Numbers) -> Numbers:
    """0, 1, 2 … within each group of these sizes."""
    counts: Numbers = np.arange(sizes.sum(), dtype=np.int64) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return counts


def _judge(comparison: Comparison, left: Codes, right: Codes) -> Levels:
    levels = np.empty(len(left), np.int16)
    equal = left == right
    levels[equal] = comparison.equal_levels[left[equal]]
    unequal = np.flatnonzero(~equal)
    if len(unequal):
        levels[unequal] = comparison.measure(left[unequal], right[unequal])
    return levels


def _compare_many(comparison: Comparison, left: Numbers, right: Numbers, pairs: Numbers, found: Agreement) -> None:
    """Every value with every value, up to the limit; of several best ones, the first in the contacts' order."""
    if not len(pairs):
        return
    starts = comparison.sets.starts
    begin_l, begin_r = starts[left[pairs]], starts[right[pairs]]
    sizes_l = np.minimum(starts[left[pairs] + 1] - begin_l, _VALUES_COMPARED)
    sizes_r = np.minimum(starts[right[pairs] + 1] - begin_r, _VALUES_COMPARED)
    pair, within = np.repeat(np.arange(len(pairs)), sizes_l * sizes_r), count_within(sizes_l * sizes_r)
    codes_l = comparison.sets.codes[begin_l[pair] + within // sizes_r[pair]]
    codes_r = comparison.sets.codes[begin_r[pair] + within % sizes_r[pair]]
    levels = _judge(comparison, codes_l, codes_r)
    best = np.lexsort((within, levels, pair))
    first = best[np.flatnonzero(np.r_[True, pair[best][1:] != pair[best][:-1]])]
    found.levels[pairs], found.left[pairs], found.right[pairs] = levels[first], codes_l[first], codes_r[first]
