"""What rows say, as two numbers each: by these a newer export of the same people is told from news (SPEC A-IM2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import xor
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from transforms.importing.readings import CellValues
from transforms.normalize.distinct import encode_texts

__all__ = ["print_rows"]

_SAID: Final = ("attribute_def", "is_partner", "text", "number", "date")
_TOLD: Final = ("label", "is_primary", "match_key")
_NOTHING = pl.lit(0, pl.UInt64)

Numbers = npt.NDArray[np.int64]


def print_rows(
    contact_rows: pl.DataFrame, attributes: Iterable[pl.DataFrame | CellValues], key: str = "row_number"
) -> pl.DataFrame:
    """Fill `print` and `content` of rows.

    Rows whose cells say the same share `print`, whatever order their columns are in and however they are labeled; what
    an import gives to all of its rows is in no cell. Rows that bring the same in all that counts share `content`. A
    hash is that of one version of Polars: what it is compared with was derived by the same one.

    Args:
        contact_rows: columns of staging.contact_rows, of one file.
        attributes: their values, in columns of staging.attributes, `address` or not; settled by `resolve_values`, or
            by `settle_cells`.
        key: which column tells the rows apart.
    """
    given: list[tuple[pl.DataFrame, pl.DataFrame | None]] = []
    for values in attributes:
        given += [(values.own, values.sources) if isinstance(values, CellValues) else (values, None)]
    given = [(part, sources) for part, sources in given if part.height]
    if not given:
        return contact_rows
    parts = [part for part, _ in given]
    of_rows, *of_values = _number([contact_rows[key], *(part[key] for part in parts)])
    size = 1 + max(int(places.max(initial=-1)) for places in (of_rows, *of_values))
    sums = {name: np.zeros(size, np.int64) for name in ("print", "content")}
    is_told = np.zeros(size, bool)
    for (part, sources), places in zip(given, of_values, strict=True):
        is_told[places] = True
        for hashes in _hash_values(part, sources):
            np.add.at(sums[hashes.name], places, hashes.to_numpy())
    told = pl.DataFrame({**sums, "is_told": is_told})[of_rows]
    return contact_rows.with_columns(
        told.select(
            print=pl.when(pl.col("print") != 0).then("print"),
            content=pl.when("is_told").then("content"),
        )
    )


def _number(keys: Sequence[pl.Series]) -> list[Numbers]:
    """Several series of keys, numbers that are close to each other or texts, as small numbers."""
    every = pl.concat(keys)
    numbers: Numbers = np.asarray(encode_texts(every)[0] if every.dtype == pl.String else every, np.int64)
    numbers = numbers - numbers.min()
    return np.split(numbers, np.cumsum([len(series) for series in keys[:-1]]))


def _hash_values(part: pl.DataFrame, sources: pl.DataFrame | None) -> pl.DataFrame:
    """What each value adds to `print` and to `content` of its row; 0 for nothing."""
    parts: Sequence[str] = ()
    if "address" in part.columns:
        addresses = part["address"].struct.unnest().select(pl.all().name.prefix("address."))
        parts = [name for name in addresses.columns if addresses[name].null_count() < addresses.height]
        part = part.hstack(addresses.select(parts))
    is_given, is_live = pl.col("original").is_not_null(), ~pl.col("is_superseded")
    said, told = _hash(part, [*_SAID, *parts]), _hash(part, _TOLD)
    if sources is not None:
        shared = sources.select(said=_hash(sources, _SAID), told=_hash(sources, _TOLD))[part["source"]]
        said, told = said ^ pl.lit(shared["said"]), told ^ pl.lit(shared["told"])
    hashed = part.select(is_given=is_given, is_live=is_live, said=said, told=told)
    content = pl.col("said") ^ pl.col("told") ^ pl.col("is_given").hash(97)
    return hashed.select(
        print=pl.when("is_given", "is_live").then(_signed(pl.col("said").hash(98))).otherwise(0),
        content=pl.when("is_live").then(_signed(content.hash(99))).otherwise(0),
    )


def _hash(frame: pl.DataFrame, names: Sequence[str]) -> pl.Expr:
    """One number of some columns; those without a value leave it as it is, so that they may be left out."""
    hashes = [
        pl.when(pl.col(name).is_not_null()).then(pl.col(name).hash(_seed(name))).otherwise(_NOTHING)
        for name in names
        if name in frame.columns and frame[name].null_count() < frame.height
    ]
    return reduce(xor, hashes) if hashes else _NOTHING


def _seed(name: str) -> int:
    """The same for a column wherever it stands, and another one for each."""
    return int.from_bytes(name.encode()[-8:], "little") % (1 << 63)


def _signed(number: pl.Expr) -> pl.Expr:
    """DuckDB has no column of 64 bits without a sign here."""
    return number.reinterpret(signed=True)
