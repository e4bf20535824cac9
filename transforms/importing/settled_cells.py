"""The attribute model's rules for values of a sheet, where few are not alone of their kind in a row."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from transforms.eav import fill_labels, repeats, resolve_values, write_addresses
from transforms.importing.readings import CellValues, encode_rows, join_values, part_values

__all__ = ["settle_cells"]

_KIND: Final = ("attribute_def", "is_partner")


def settle_cells(values: CellValues, defs: pl.DataFrame) -> CellValues:
    """`resolve_values` for rows of a sheet, where the first value of a singular attribute stays live (SPEC A-IM1).

    Args:
        values: addresses or others, with row_number and is_superseded; all values of a row must be in one call.
        defs: core.attribute_defs.
    """
    if values.own.is_empty():
        return values
    labeled = replace(values, sources=fill_labels(values.sources, defs))
    is_open = _find_open(values, defs)
    if not is_open.any():
        return labeled
    among = replace(values, own=values.own.filter(is_open)).expand()
    resolved = resolve_values(among, defs, singular="first", contact="row_number")
    return join_values([replace(labeled, own=labeled.own.filter(~is_open)), _part(resolved, values.own.columns)])


def _find_open(values: CellValues, defs: pl.DataFrame) -> pl.Series:
    """Which values a rule may change: of a row and kind that has several, where two are equal, or one must stay."""
    kinds, kind = encode_rows(values.sources.select(_KIND))
    rows = values.own["row"].to_numpy().astype(np.int64)
    whose = rows * kind.height + kinds.to_numpy()[values.own["source"].to_numpy()]
    are_several = np.bincount(whose)[whose] > 1
    several = np.flatnonzero(are_several)
    singular = defs.filter(pl.col("is_singular"))["attribute_def"].implode()
    is_singular = kind["attribute_def"].is_in(singular).to_numpy()
    of_part = whose[several]
    is_marked = values.own["is_primary"].to_numpy()[several]
    suspects = is_marked | is_singular[of_part % kind.height] | _are_equal(values.own, several, of_part)
    is_open = np.zeros(whose.max() + 1, bool)
    is_open[of_part[suspects]] = True
    return pl.Series(is_open[whose])


def _are_equal(own: pl.DataFrame, several: npt.NDArray[np.intp], whose: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which of some values are probably said twice: by a hash, which few others share."""
    if "address" in own.columns:
        same = write_addresses(own["address"][several])
    else:
        same = own.select("match_key", "text")[several].select(pl.coalesce("match_key", "text")).to_series()
    digest = pl.Series(whose).hash(0) ^ same.hash(1)
    return (repeats(digest) & same.is_not_null()).to_numpy()


def _part(resolved: pl.DataFrame, names: list[str]) -> CellValues:
    parted = part_values(resolved)
    return CellValues(parted.own.hstack(resolved.select("row_number", "is_superseded")).select(names), parted.sources)
