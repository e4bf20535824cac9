"""What every reader of cells gives: values found, and cells that gave none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import polars as pl

from schemas.dtypes import ADDRESS_TYPE

__all__ = ["CELL_PROBLEM_SCHEMA", "VALUE_SCHEMA", "Reading", "conform_values", "join_readings"]

#: Grain: one row per value. `row` counts the rows of the frame that is read, from 0; `column_index` is the column that
#: holds the value (the first one of an address); `columns` names all that it was read from. Addresses have a column
#: `address` beside: its nulls in all other values would take more memory than these.
VALUE_SCHEMA: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "row": pl.UInt32, "column_index": pl.Int64, "position": pl.Int64,
    "attribute_def": pl.String, "attribute_type": pl.String, "label": pl.String, "index": pl.Int64,
    "is_primary": pl.Boolean, "is_partner": pl.Boolean,
    "text": pl.String, "number": pl.Float64, "date": pl.Date,
    "original": pl.String, "match_key": pl.String, "columns": pl.List(pl.String),
}  # fmt: skip

#: Grain: one row per cell, or value in a cell, that could not be used.
CELL_PROBLEM_SCHEMA: Final = {
    "row": pl.UInt32, "column_index": pl.Int64, "value": pl.String, "code": pl.String, "reason": pl.String,
}  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """Values in VALUE_SCHEMA and problems in CELL_PROBLEM_SCHEMA."""

    values: pl.DataFrame
    problems: pl.DataFrame

    @classmethod
    def empty(cls) -> Reading:
        """Nothing read."""
        return cls(pl.DataFrame(schema=VALUE_SCHEMA), pl.DataFrame(schema=CELL_PROBLEM_SCHEMA))


def join_readings(readings: Iterable[Reading]) -> Reading:
    """All values and problems of several readings, addresses or others."""
    parts = list(readings) or [Reading.empty()]
    return Reading(pl.concat([part.values for part in parts]), pl.concat([part.problems for part in parts]))


def conform_values(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame in VALUE_SCHEMA, `address` kept; columns it lacks are null, and its flags false."""
    defaults = {"is_primary": False, "is_partner": False}
    schema = {**VALUE_SCHEMA, **({"address": ADDRESS_TYPE} if "address" in frame.columns else {})}
    return frame.select(
        pl.col(name).cast(dtype) if name in frame.columns else pl.lit(defaults.get(name), dtype).alias(name)
        for name, dtype in schema.items()
    )
