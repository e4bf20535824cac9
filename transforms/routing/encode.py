"""Turn a field's values into the classes of its table, so that a lead's outcome is a row of that table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from transforms.routing.field_tables import Bits, FieldTable, let_through

__all__ = ["Lookup", "encode_texts", "encode_values"]

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Lookup:
    """One field of a number of leads, ready to be looked up.

    Attributes:
        table: the field's table.
        codes: class of each lead's first value, or of the missing field.
        several: leads with more than one value, ascending.
        offsets: where each of those leads' classes start in `classes`, and where the last one's end.
        classes: the classes of all their values.
    """

    table: FieldTable
    codes: Integers
    several: Integers
    offsets: Integers
    classes: Integers

    def fetch(self, chunk: slice, out: Bits) -> None:
        """Write the rules that the field lets through, one row per lead of the chunk."""
        np.take(self.table.passes, self.codes[chunk], axis=0, out=out, mode="clip")
        low, high = np.searchsorted(self.several, (chunk.start, chunk.stop))
        if low < high:
            bounds = self.offsets[low : high + 1]
            sets = self.classes[bounds[0] : bounds[-1]]
            out[self.several[low:high] - chunk.start] = _pass_sets(self.table, bounds - bounds[0], sets)


def encode_values(table: FieldTable, values: pl.Series) -> Lookup:
    """Classes of a field's values.

    Args:
        table: the field's table.
        values: a list per lead, of texts or numbers in normal form; null or empty is a missing field (SPEC A-C1).
    """
    lengths = values.list.len().fill_null(0).to_numpy()
    several = np.flatnonzero(lengths > 1)
    offsets = np.concatenate([[0], np.cumsum(lengths[several], dtype=np.int64)])
    codes = _encode(table, values.list.first())
    classes = _encode(table, values.gather(several).explode()) if len(several) else codes[:0]
    return Lookup(table, codes, several, offsets, classes)


def encode_texts(texts: Sequence[str], values: pl.Series, *, other: int, missing: int) -> Integers:
    """Place of each value in `texts`; `other` when it is not there, `missing` for null."""
    if texts:
        known = values.cast(pl.Enum(texts), strict=False).to_physical().cast(pl.Int64)
        codes = known.fill_null(other).to_numpy()
    else:
        codes = np.full(len(values), other, dtype=np.int64)
    return np.where(values.is_null().to_numpy(), missing, codes) if values.null_count() else codes


def _encode(table: FieldTable, values: pl.Series) -> Integers:
    if table.points is None:
        return encode_texts(table.texts, values, other=table.other, missing=table.missing)
    numbers = values.cast(pl.Float64).to_numpy()
    below = np.searchsorted(table.points, numbers, side="left")
    classes = 2 * below
    if len(table.points):
        classes += table.points[np.minimum(below, len(table.points) - 1)] == numbers
    return np.where(np.isnan(numbers), table.missing, classes)


def _pass_sets(table: FieldTable, offsets: Integers, classes: Integers) -> Bits:
    """The rules let through by leads with several values: a condition holds when some value satisfies it."""
    counts = np.diff(offsets)
    longest_first = np.argsort(-counts, kind="stable")
    starts, ordered = offsets[:-1][longest_first], counts[longest_first]
    held = np.take(table.satisfied, classes[starts], axis=0)
    for place in range(1, int(ordered[0])):
        height = int(np.searchsorted(-ordered, -place, side="left"))
        held[:height] |= np.take(table.satisfied, classes[starts[:height] + place], axis=0)
    passes: Bits = np.empty((len(counts), table.passes.shape[1]), dtype=np.uint64)
    passes[longest_first] = let_through(held, table.flips, table.several)
    return passes
