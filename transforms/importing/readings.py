"""What every reader of cells gives: values found, and cells that gave none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import Any, Final

import polars as pl

from schemas.dtypes import ADDRESS_TYPE
from transforms.normalize.distinct import Codes, encode_numbers

__all__ = [
    "CELL_PROBLEM_SCHEMA", "SOURCE_SCHEMA", "CellValues", "Reading", "conform_values", "encode_rows", "join_readings",
    "join_values", "part_values",
]  # fmt: skip

#: Grain: one row per value. `row` counts the rows of the frame that is read, from 0; `source` the rows of the frame
#: that tells what values share. Addresses have a column `address` beside: its nulls in all other values would take
#: more memory than these.
_VALUE_SCHEMA: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "row": pl.UInt32, "source": pl.UInt32, "position": pl.Int64, "is_primary": pl.Boolean,
    "text": pl.String, "number": pl.Float64, "date": pl.Date, "original": pl.String, "match_key": pl.String,
}  # fmt: skip

#: Grain: one row per column, kind and label that values have, or some more. `column_index` is the column that holds
#: them (the first one of an address, -1 for none); `columns` names all that they were read from.
SOURCE_SCHEMA: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "column_index": pl.Int64, "attribute_def": pl.String, "attribute_type": pl.String, "label": pl.String,
    "index": pl.Int64, "is_partner": pl.Boolean, "columns": pl.List(pl.String),
}  # fmt: skip

#: Grain: one row per cell, or value in a cell, that could not be used.
CELL_PROBLEM_SCHEMA: Final = {
    "row": pl.UInt32, "column_index": pl.Int64, "value": pl.String, "code": pl.String, "reason": pl.String,
}  # fmt: skip


@dataclass(frozen=True)
class CellValues:
    """Values, and what many of them share, told once.

    Attributes:
        own: what each has of its own, and `source`.
        sources: what they share; `source` counts its rows.
    """

    own: pl.DataFrame
    sources: pl.DataFrame

    @classmethod
    def empty(cls) -> CellValues:
        """No values."""
        return cls(pl.DataFrame(schema=_VALUE_SCHEMA), pl.DataFrame(schema=SOURCE_SCHEMA))

    def shared(self, name: str) -> pl.Series:
        """A column that values share, of each value."""
        return self.sources[name].gather(self.own["source"])

    def expand(self) -> pl.DataFrame:
        """All columns in one frame, without `source`."""
        return self.own.drop("source").hstack(self.sources[self.own["source"]])

    def of(self, attribute_type: str, is_partner: bool | None = None) -> pl.DataFrame:
        """What values of a type have of their own: of the contact, of the partner, or (None) of both."""
        sources = self.sources.with_row_index("source").filter(pl.col("attribute_type") == attribute_type)
        if is_partner is not None:
            sources = sources.filter(pl.col("is_partner") == is_partner)
        return self.own.filter(pl.col("source").is_in(sources["source"].implode()))

    def places(self) -> pl.DataFrame:
        """row, column_index of each value."""
        return self.own.select("row", self.shared("column_index").alias("column_index"))


@dataclass(frozen=True)
class Reading:
    """Values, and problems in CELL_PROBLEM_SCHEMA."""

    values: CellValues
    problems: pl.DataFrame

    @classmethod
    def empty(cls) -> Reading:
        """Nothing read."""
        return cls(CellValues.empty(), pl.DataFrame(schema=CELL_PROBLEM_SCHEMA))


def join_values(parts: Iterable[CellValues]) -> CellValues:
    """All values of several frames, addresses or others."""
    every = list(parts) or [CellValues.empty()]
    given = [part for part in every if part.own.height] or every[:1]
    if len(given) == 1:
        return given[0]
    frames, before = [], 0
    for part in given:
        frames.append(part.own.with_columns(pl.col("source") + pl.lit(before, pl.UInt32)))
        before += part.sources.height
    return CellValues(pl.concat(frames), pl.concat([part.sources for part in given]))


def join_readings(readings: Iterable[Reading]) -> Reading:
    """All values and problems of several readings, addresses or others."""
    parts = list(readings) or [Reading.empty()]
    return Reading(join_values(part.values for part in parts), pl.concat([part.problems for part in parts]))


def conform_values(frame: pl.DataFrame, shared: Mapping[str, Any] | pl.DataFrame) -> CellValues:
    """Values whose sources are known; `address` is kept, columns that a frame lacks are null, and its flags false.

    Args:
        frame: columns of the values' own; without `source`, all have one.
        shared: what that one is, or all of them, with the columns of SOURCE_SCHEMA.
    """
    if not isinstance(shared, pl.DataFrame):
        shared = pl.DataFrame([shared], schema=SOURCE_SCHEMA)
    defaults = {"is_primary": False, "source": 0}
    schema = {**_VALUE_SCHEMA, **({"address": ADDRESS_TYPE} if "address" in frame.columns else {})}
    own = frame.select(
        pl.col(name).cast(dtype) if name in frame.columns else pl.lit(defaults.get(name), dtype).alias(name)
        for name, dtype in schema.items()
    )
    sources = shared.select(pl.col(name).cast(dtype) for name, dtype in SOURCE_SCHEMA.items())
    return CellValues(own if frame.height else own.clear(), sources)


def part_values(frame: pl.DataFrame) -> CellValues:
    """Values of a frame that tells of each what it shares as well; columns it lacks are null, and its flags false."""
    lacking = {"is_partner": False, "column_index": -1}
    told = frame.select(
        pl.col(name).cast(dtype) if name in frame.columns else pl.lit(lacking.get(name), dtype).alias(name)
        for name, dtype in SOURCE_SCHEMA.items()
    )
    codes, sources = encode_rows(told if frame.height else told.clear())
    return conform_values(frame.drop(SOURCE_SCHEMA, strict=False).with_columns(codes.alias("source")), sources)


def encode_rows(frame: pl.DataFrame) -> tuple[pl.Series, pl.DataFrame]:
    """Each row as the number of its distinct one, and these: few, and found by hashes of 64 bits.

    Finding them by value costs three times as much.
    """
    hashes = (pl.col(name).hash(seed) for seed, name in enumerate(frame.columns))
    keys = frame.select(key=reduce(xor, hashes).reinterpret(signed=True))["key"]
    codes: Codes
    codes, first = encode_numbers(keys.to_numpy())
    return pl.Series("source", codes, dtype=pl.UInt32), frame[first]
