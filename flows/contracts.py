"""Frames held against the model of the table that they go to."""

from __future__ import annotations

from functools import cache

import pandera.errors
import pandera.polars as pa
import polars as pl

from schemas.columns import Column, columns_of
from schemas.ddl import polars_schema
from schemas.errors import ContractError
from schemas.tables import Table

__all__ = ["conform"]


def conform(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame in the table's column order and types, its values checked against the model.

    Raises:
        ContractError: columns, types or values are not those of the model.
    """
    types = polars_schema(table)
    schema = {name: types[name] for name in table.filled}
    given = set(frame.columns)
    if given != set(schema):
        missing, extra = sorted(set(schema) - given), sorted(given - set(schema))
        raise ContractError(f"missing columns {missing}, unknown columns {extra}", where=table.full_name)
    try:
        ordered = frame.select(pl.col(name).cast(dtype) for name, dtype in schema.items())
    except pl.exceptions.PolarsError as error:
        wrong = {name: str(frame.schema[name]) for name, dtype in schema.items() if frame.schema[name] != dtype}
        raise ContractError(f"columns of another type: {wrong}", where=table.full_name) from error
    if ordered.is_empty():
        return ordered
    try:
        if not _satisfies(ordered, columns_of(table.model)):
            _checks_of(table).validate(ordered, lazy=True)
    except pandera.errors.SchemaErrors as error:
        failures = error.failure_cases.group_by("column", "check").len().rows()
        raise ContractError(f"values that break the model: {failures}", where=table.full_name) from None
    return ordered


@cache
def _checks_of(table: Table) -> pa.DataFrameSchema:
    """The model's checks of the columns that are written: it is copied to leave some out."""
    checks = table.model.to_schema()
    return checks.remove_columns([name for name in checks.columns if name not in table.filled])


def _satisfies(frame: pl.DataFrame, columns: dict[str, Column]) -> bool:
    """Whether all values surely satisfy a model: what pandera takes a fifth of the time of writing to find out."""
    for values in frame:
        column = columns[values.name]
        if not column.is_nullable and (values.null_count() or (values.dtype.is_float() and values.is_nan().any())):
            return False
        limits = dict(column.checks)
        least, most = limits.pop("greater_than_or_equal_to", {}), limits.pop("less_than_or_equal_to", {})
        allowed = limits.pop("isin", {"allowed_values": ()})["allowed_values"]
        if limits or (allowed and not set(values.drop_nulls().unique()) <= set(allowed)):
            return False
        if values.null_count() < values.len() and (
            (least and values.min() < least["min_value"]) or (most and values.max() > most["max_value"])
        ):
            return False
    return True
