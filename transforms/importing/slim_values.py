"""Attribute values as they are stored: what many of them share is told once."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from schemas.ddl import polars_schema
from schemas.dtypes import WRITTEN_PARTS
from schemas.tables import STAGING_CELL_ADDRESSES, STAGING_CELL_VALUES, STAGING_VALUE_SOURCES
from transforms.importing.readings import CellValues, encode_rows
from transforms.importing.row_contacts import SheetContext
from transforms.normalize.text import lower_ascii

__all__ = ["slim_values"]

#: What values of one source have in common where they are stored, bar what the whole sheet has.
_SHARED: Final = ("attribute_def", "attribute_type", "label", "index", "is_partner", "columns")


def slim_values(
    values: CellValues, context: SheetContext, first_id: int, first_number: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Values and what they share as they are stored; `schemas.views` puts them together again.

    Args:
        values: of one sheet, with row_number and is_superseded, settled by `settle_cells`.
        context: what the sheet shares.
        first_id: source_id of the first source.
        first_number: contact_number of the sheet's first row.

    Returns:
        Rows of staging.value_sources, and of staging.cell_addresses or staging.cell_values.
    """
    used = values.own["source"].unique().sort()
    codes, distinct = encode_rows(values.sources.select(_SHARED)[used])
    sources = distinct.with_columns(
        pl.int_range(first_id, first_id + pl.len(), dtype=pl.Int64).alias("source_id"),
        created_at=pl.lit(context.created_at).cast(polars_schema(STAGING_VALUE_SOURCES)["created_at"]),
        file_id=pl.lit(context.file_id),
        sheet=pl.lit(context.sheet),
    )
    ids = np.zeros(values.sources.height, np.int64)
    ids[used.to_numpy()] = codes.to_numpy() + first_id
    own = values.own
    is_address = "address" in own.columns
    table = STAGING_CELL_ADDRESSES if is_address else STAGING_CELL_VALUES
    filled: dict[str, pl.Expr] = {
        "source_id": pl.lit(pl.Series("source_id", ids[own["source"].to_numpy()])),
        "contact_number": (pl.col("row_number") + (first_number - 1)).alias("contact_number"),
    }
    if is_address:
        filled |= {"other_original": _shorten("original", _write_parts(own["address"])).alias("other_original")}
    else:
        text = pl.col("text")
        # beyond ASCII, DuckDB does not always have the same lower case
        lowered = pl.when(text.str.len_bytes() == text.str.len_chars()).then(pl.lit(lower_ascii(own["text"])))
        filled |= {"original": _shorten("original", text), "match_key": _shorten("match_key", lowered)}
    rows = own.select(filled.get(name, pl.col(name)) for name in table.columns)
    return sources.select(STAGING_VALUE_SOURCES.columns), rows


def _write_parts(addresses: pl.Series) -> pl.Expr:
    """The parts of each address, a line each."""
    parts = addresses.struct.unnest()
    given = [name for name in WRITTEN_PARTS if parts[name].null_count() < parts.height]
    return pl.lit(parts.select(pl.concat_str(given or WRITTEN_PARTS, separator="\n", ignore_nulls=True)).to_series())


def _shorten(name: str, known: pl.Expr) -> pl.Expr:
    """Null where it is known without; what is null is empty, as no value is."""
    column = pl.col(name)
    return pl.when(column.is_null()).then(pl.lit("")).when(column.ne_missing(known)).then(column).alias(name)
