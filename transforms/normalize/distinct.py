"""Work once per distinct value: columns of contacts repeat, and functions are slow."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import polars as pl

__all__ = ["map_distinct", "on_distinct"]

T = TypeVar("T")
Rows = TypeVar("Rows", pl.Series, pl.DataFrame)

_FEWEST = 500  # below, finding out costs as much as it saves
_REPEATED = 3  # times that the values of a column must occur on average


def map_distinct(
    values: pl.Series, function: Callable[[str], T], dtype: pl.DataType | type[pl.DataType], *, where: pl.Series
) -> pl.Series:
    """Results of a function of one text, called once per distinct value.

    Args:
        values: String series.
        function: any pure function of one text; never called with null.
        dtype: type of its results.
        where: Boolean series; only these values are looked at.

    Returns:
        Series of the same height, null where `where` is false or null, or the value is null.
    """
    wanted = pl.select(value=pl.when(where).then(values)).cast(pl.String)
    distinct = wanted.drop_nulls().unique()
    results = pl.Series("result", [function(value) for value in distinct["value"]], dtype=dtype)
    return wanted.join(distinct.with_columns(results), on="value", how="left", maintain_order="left")["result"]


def on_distinct(values: pl.Series, function: Callable[[pl.Series], Rows]) -> Rows:
    """A function's rows for all values, worked out for the distinct ones where these are few.

    Args:
        values: String series.
        function: gives one row per value, whatever the others are.
    """
    column = values.to_frame("value")
    if values.len() < _FEWEST or column.select(pl.col("value").approx_n_unique()).item() * _REPEATED > values.len():
        return function(values)
    distinct = column.unique(maintain_order=True).with_row_index("place")
    places = column.join(distinct, on="value", how="left", nulls_equal=True, maintain_order="left")["place"]
    return function(distinct["value"].alias(values.name))[places]
