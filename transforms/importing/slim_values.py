"""Attribute values as they are stored: what many of them share is told once."""

from __future__ import annotations

from functools import reduce
from operator import xor
from typing import Final

import polars as pl

from schemas.ddl import polars_schema
from schemas.dtypes import WRITTEN_PARTS
from schemas.tables import STAGING_CELL_ADDRESSES, STAGING_CELL_VALUES, STAGING_VALUE_SOURCES
from transforms.importing.row_contacts import SheetContext
from transforms.normalize.distinct import encode_numbers
from transforms.normalize.text import lower_ascii

__all__ = ["slim_values"]

#: What values of one column of a sheet have in common, bar what the whole sheet has; and what tells the columns apart.
_SHARED: Final = ("attribute_def", "attribute_type", "label", "index", "is_partner", "columns")
_VARYING: Final = tuple(name for name in _SHARED if name != "attribute_type")


def slim_values(
    attributes: pl.DataFrame, context: SheetContext, first_id: int, first_number: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Part attributes from what they share; `schemas.views` puts them together again.

    Args:
        attributes: of one sheet, as `build_attributes` gives them, settled by `resolve_values`.
        context: what the sheet shares.
        first_id: source_id of the first source.
        first_number: contact_number of the sheet's first row.

    Returns:
        Rows of staging.value_sources, and of staging.cell_addresses or staging.cell_values.
    """
    # hashes of 64 bits stand for the few combinations there are: finding them by value costs three times as much
    hashes = (pl.col(name).hash(seed) for seed, name in enumerate(_VARYING))
    keys = attributes.select(key=reduce(xor, hashes).reinterpret(signed=True))["key"]
    numbers, first = encode_numbers(keys.to_numpy())
    sources = attributes.select(pl.col(_SHARED).gather(first)).with_columns(
        pl.int_range(first_id, first_id + pl.len(), dtype=pl.Int64).alias("source_id"),
        created_at=pl.lit(context.created_at).cast(polars_schema(STAGING_VALUE_SOURCES)["created_at"]),
        file_id=pl.lit(context.file_id),
        sheet=pl.lit(context.sheet),
    )
    ids = pl.Series("source_id", numbers, dtype=pl.Int64) + first_id
    is_address = "address" in attributes.columns
    table = STAGING_CELL_ADDRESSES if is_address else STAGING_CELL_VALUES
    number = pl.col("row_number") + (first_number - 1)
    filled: dict[str, pl.Expr] = {"source_id": pl.lit(ids), "contact_number": number.alias("contact_number")}
    if is_address:
        filled |= {"other_original": _shorten("original", _write_parts(attributes["address"])).alias("other_original")}
    else:
        text = pl.col("text")
        # beyond ASCII, DuckDB does not always have the same lower case
        lowered = pl.when(text.str.len_bytes() == text.str.len_chars()).then(pl.lit(lower_ascii(attributes["text"])))
        filled |= {"original": _shorten("original", text), "match_key": _shorten("match_key", lowered)}
    own = attributes.select(filled.get(name, pl.col(name)) for name in table.columns)
    return sources.select(STAGING_VALUE_SOURCES.columns), own


def _write_parts(addresses: pl.Series) -> pl.Expr:
    """The parts of each address, a line each."""
    parts = addresses.struct.unnest()
    given = [name for name in WRITTEN_PARTS if parts[name].null_count() < parts.height]
    return pl.lit(parts.select(pl.concat_str(given or WRITTEN_PARTS, separator="\n", ignore_nulls=True)).to_series())


def _shorten(name: str, known: pl.Expr) -> pl.Expr:
    """Null where it is known without; what is null is empty, as no value is."""
    column = pl.col(name)
    return pl.when(column.is_null()).then(pl.lit("")).when(column.ne_missing(known)).then(column).alias(name)
