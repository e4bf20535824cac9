"""Attribute values as they are stored: what many of them share is told once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import Final

import polars as pl

from schemas.tables import STAGING_CELL_ADDRESSES, STAGING_CELL_VALUES, STAGING_VALUE_SOURCES

__all__ = ["SlimValues", "slim_values"]

#: What values of one column of a file have in common, and what of it is not the same in the whole sheet.
_SHARED: Final = tuple(name for name in STAGING_VALUE_SOURCES.columns if name != "source_id")
_VARYING: Final = ("attribute_def", "label", "index", "is_partner", "created_at", "columns")


@dataclass(frozen=True)
class SlimValues:
    """Rows of staging.value_sources, staging.cell_values and staging.cell_addresses."""

    sources: pl.DataFrame
    values: pl.DataFrame
    addresses: pl.DataFrame


def slim_values(attributes: pl.DataFrame, first_id: int) -> SlimValues:
    """Part attributes from what they share; `schemas.views` puts them together again.

    Args:
        attributes: columns of staging.attributes, of one sheet.
        first_id: source_id of the first source.
    """
    # hashes of 64 bits stand for the few combinations there are: finding them by value costs three times as much
    hashes = (pl.col(name).hash(seed) for seed, name in enumerate(_VARYING))
    keyed = attributes.select(key=reduce(xor, hashes)).with_row_index("place")
    found = keyed.unique("key", keep="first", maintain_order=True).with_columns(
        source_id=pl.int_range(first_id, first_id + pl.len(), dtype=pl.Int64)
    )
    sources = attributes.select(pl.col(_SHARED).gather(found["place"])).with_columns(found["source_id"])
    sourced = attributes.with_columns(keyed.join(found, on="key", how="left", maintain_order="left")["source_id"])
    is_address = attributes["address"].is_not_null()
    plain = sourced.select(
        pl.exclude("address", "original", "match_key", *_SHARED), _shorten("original"), _shorten("match_key")
    )
    return SlimValues(
        sources.select(STAGING_VALUE_SOURCES.columns),
        plain.filter(~is_address).select(STAGING_CELL_VALUES.columns),
        sourced.select(STAGING_CELL_ADDRESSES.columns).filter(is_address),
    )


def _shorten(name: str) -> pl.Expr:
    """Null where the text says it already; what is null is empty, as no value is."""
    column = pl.col(name)
    return pl.when(column.is_null()).then(pl.lit("")).when(column.ne_missing("text")).then(column).alias(name)
