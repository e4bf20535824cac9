"""Run a Python function once per distinct value: the road for the odd rest that no expression covers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import polars as pl

__all__ = ["map_distinct"]

T = TypeVar("T")


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
