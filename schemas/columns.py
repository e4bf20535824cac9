"""The columns of a table model, read off its class: pandera takes 15 ms to build the schema of one model."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args

import pandera.polars as pa
import polars as pl

__all__ = ["Column", "columns_of"]

_PYTHON_TYPES: dict[Any, pl.DataType] = {
    str: pl.String(),
    int: pl.Int64(),
    float: pl.Float64(),
    bool: pl.Boolean(),
}


@dataclass(frozen=True)
class Column:
    """One column, as its model declares it.

    Attributes:
        dtype: its Polars type.
        description: what it says.
        is_nullable: whether a value may be missing.
        checks: name of each of its checks -> what the check is given, such as `isin` -> allowed_values.
    """

    dtype: pl.DataType
    description: str
    is_nullable: bool
    checks: dict[str, dict[str, Any]]


@cache
def columns_of(model: type[pa.DataFrameModel]) -> dict[str, Column]:
    """Name -> column, in order; equal to what `model.to_schema()` has, which a test proves."""
    own = [
        base for base in reversed(model.__mro__) if issubclass(base, pa.DataFrameModel) and base != pa.DataFrameModel
    ]
    declared = {name: (base, kind) for base in own for name, kind in inspect.get_annotations(base).items()}
    return {name: _column(kind, vars(base)[name]) for name, (base, kind) in declared.items()}


def _column(kind: Any, field: Any) -> Column:
    checks = {check.name: check.statistics for check in field.checks}
    return Column(_polars_type(kind), field.description or "", field.nullable, checks)


def _polars_type(annotation: Any) -> pl.DataType:
    """The type that is meant by a type of Python, one of Polars, or `Annotated` with one and its arguments."""
    if arguments := get_args(annotation):
        made: pl.DataType = arguments[0](*arguments[1:])
        return made
    return _PYTHON_TYPES.get(annotation) or annotation()
