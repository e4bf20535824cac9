"""Compare: sets of values of two contacts, every distinct pair of values once. The only file that imports rapidfuzz."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.fuzz import token_sort_ratio

__all__ = [
    "MISSING", "Agreement", "Floats", "Measure", "Numbers", "ValueSets", "compare_sets", "index_values",
    "measure_edits", "measure_names", "measure_words",
]  # fmt: skip

Numbers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

#: Levels count from 0, the best; this one says that a contact has no such value.
MISSING = -1
_VALUES_COMPARED = 8  # of one contact and kind, first in its order; equal values are found among all of them

#: Judges distinct pairs of value codes: level (0 is kept for equality) and score in [0, 1] of each.
Measure = Callable[[Numbers, Numbers], tuple[Numbers, Floats]]


@dataclass(frozen=True)
class ValueSets:
    """One kind of value of every contact, as compressed rows.

    Attributes:
        starts: first row of each contact, and the end of the last one's.
        codes: value of each row, a number in the order of the distinct values.
        counts: how many contacts share the value of each row.
        values: the distinct values by code, and whatever a measure wants beside them.
        keys: contact and code of every row as one number, sorted.
    """

    starts: Numbers
    codes: Numbers
    counts: Numbers
    values: pl.DataFrame
    keys: Numbers

    @property
    def width(self) -> int:
        """What a contact is multiplied by in `keys`, more than any code."""
        return self.values.height + 1

    @property
    def sizes(self) -> Numbers:
        """Values of each contact."""
        return np.diff(self.starts)


@dataclass(frozen=True)
class Agreement:
    """How well pairs of contacts agree in one kind of value: the best of all pairs of their values.

    Attributes:
        levels: 0 is equal, higher is worse, MISSING where one of them has none.
        scores: similarity in [0, 1].
        left, right: codes of the two values that agree best; -1 where missing.
        counts: how many contacts share the value when it is equal, else 0.
    """

    levels: Numbers
    scores: Floats
    left: Numbers
    right: Numbers
    counts: Numbers


def index_values(rows: pl.DataFrame, contacts_count: int, scopes: pl.Series | None = None) -> ValueSets:
    """Values as compressed rows.

    Args:
        rows: contact, value and columns that depend on value; in the order that says which values come first.
        contacts_count: how many contacts there are.
        scopes: scope by contact, when only contacts of one scope count as sharing a value.
    """
    kept = rows.drop_nulls("value").unique(["contact", "value"], keep="first", maintain_order=True)
    values = kept.drop("contact").unique("value").sort("value").with_row_index("code")
    counted = kept.select("contact", "value").join(values.select("value", "code"), on="value", maintain_order="left")
    sharing = ["code"]
    if scopes is not None:
        counted = counted.with_columns(scopes.gather(counted["contact"]).alias("scope"))
        sharing.append("scope")
    ordered = counted.with_columns(pl.len().over(sharing).alias("count")).sort("contact", maintain_order=True)
    contacts, codes, counts = (ordered[name].to_numpy().astype(np.int64) for name in ("contact", "code", "count"))
    starts = np.searchsorted(contacts, np.arange(contacts_count + 1)).astype(np.int64)
    return ValueSets(starts, codes, counts, values, np.sort(contacts * (values.height + 1) + codes))


def compare_sets(
    sets: ValueSets, left: Numbers, right: Numbers, measure: Measure, *, judges_equals: bool = False
) -> Agreement:
    """Best agreement of two contacts' values: an equal value if there is one, else what the measure likes best.

    Of several equal values the one that fewest contacts share counts.

    Args:
        sets: the values.
        left, right: the pairs of contacts.
        measure: judges pairs of different values; of equal ones too if `judges_equals`.
        judges_equals: equal values are not always best, as those of two addresses that hold no more than a city.
    """
    height = len(left)
    found = Agreement(
        np.full(height, MISSING, np.int64),
        np.zeros(height, np.float32),
        np.full(height, -1, np.int64),
        np.full(height, -1, np.int64),
        np.zeros(height, np.int64),
    )
    present = (sets.sizes[left] > 0) & (sets.sizes[right] > 0)
    pairs = np.flatnonzero(present)
    if len(pairs):
        if not judges_equals:
            _fill_equal(sets, left, right, pairs, found)
        _fill_best(sets, left, right, pairs[found.levels[pairs] == MISSING], measure, found)
    return found


def measure_names(left: pl.Series, right: pl.Series) -> Floats:
    """Jaro-Winkler similarity, row by row; no nulls."""
    return _similarities(left, right, JaroWinkler.normalized_similarity)


def measure_words(left: pl.Series, right: pl.Series) -> Floats:
    """Similarity of texts as sets of words, whatever their order, in [0, 1]."""
    scores: Floats = _similarities(left, right, token_sort_ratio) / np.float32(100)
    return scores


def measure_edits(left: pl.Series, right: pl.Series) -> Floats:
    """Number of edits (insertion, deletion, substitution, transposition) that part two texts; 2 means two or more."""
    edits = process.cpdist(left.to_list(), right.to_list(), scorer=OSA.distance, dtype=np.int32, score_cutoff=1)
    capped: Floats = np.minimum(edits, 2).astype(np.float32)
    return capped


def _similarities(left: pl.Series, right: pl.Series, scorer: Callable[..., float]) -> Floats:
    scores: Floats = process.cpdist(left.to_list(), right.to_list(), scorer=scorer, dtype=np.float32)
    return scores


def _fill_equal(sets: ValueSets, left: Numbers, right: Numbers, pairs: Numbers, found: Agreement) -> None:
    """Look each of the left contact's values up among the right one's."""
    sizes = sets.sizes[left[pairs]]
    pair = np.repeat(pairs, sizes)
    rows = np.repeat(sets.starts[left[pairs]], sizes) + _count_within(sizes)
    wanted = right[pair] * sets.width + sets.codes[rows]
    place = np.minimum(np.searchsorted(sets.keys, wanted), len(sets.keys) - 1)
    equal = sets.keys[place] == wanted
    pair, rows = pair[equal], rows[equal]
    rarest = np.lexsort((sets.codes[rows], sets.counts[rows], pair))
    pair, rows = pair[rarest], rows[rarest]
    first = np.flatnonzero(np.r_[True, pair[1:] != pair[:-1]]) if len(pair) else np.empty(0, np.int64)
    pair, rows = pair[first], rows[first]
    found.levels[pair] = 0
    found.scores[pair] = 1
    found.left[pair] = found.right[pair] = sets.codes[rows]
    found.counts[pair] = sets.counts[rows]


def _fill_best(
    sets: ValueSets, left: Numbers, right: Numbers, pairs: Numbers, measure: Measure, found: Agreement
) -> None:
    """Compare every value with every value, up to the limit, each distinct pair of values once."""
    if not len(pairs):
        return
    sizes_l = np.minimum(sets.sizes[left[pairs]], _VALUES_COMPARED)
    sizes_r = np.minimum(sets.sizes[right[pairs]], _VALUES_COMPARED)
    pair, within = np.repeat(np.arange(len(pairs)), sizes_l * sizes_r), _count_within(sizes_l * sizes_r)
    codes_l = sets.codes[sets.starts[left[pairs[pair]]] + within // sizes_r[pair]]
    codes_r = sets.codes[sets.starts[right[pairs[pair]]] + within % sizes_r[pair]]
    distinct, inverse = np.unique(
        np.minimum(codes_l, codes_r) * sets.width + np.maximum(codes_l, codes_r), return_inverse=True
    )
    low, high = np.divmod(distinct, sets.width)
    levels, scores = measure(low, high)
    levels, scores = levels[inverse], scores[inverse]
    best = np.lexsort((codes_r, codes_l, -scores, levels, pair))
    first = best[np.flatnonzero(np.r_[True, pair[best][1:] != pair[best][:-1]])]
    target = pairs[pair[first]]
    found.levels[target], found.scores[target] = levels[first], scores[first]
    found.left[target], found.right[target] = codes_l[first], codes_r[first]


def _count_within(sizes: Numbers) -> Numbers:
    """0, 1, 2 … within each group of these sizes."""
    counts: Numbers = np.arange(sizes.sum(), dtype=np.int64) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return counts
