"""CREATE TABLE and COMMENT statements, written from the models so that there is one place to change."""

from __future__ import annotations

import polars as pl

from schemas.columns import columns_of
from schemas.tables import Table

__all__ = [
    "column_definitions", "comment_statements", "create_statement", "duckdb_type", "hash_expression", "literal",
    "polars_schema", "quoted",
]  # fmt: skip

_PLAIN_TYPES: dict[type[pl.DataType], str] = {
    pl.String: "VARCHAR",
    pl.Int64: "BIGINT",
    pl.UInt32: "UINTEGER",
    pl.Float64: "DOUBLE",
    pl.Boolean: "BOOLEAN",
    pl.Date: "DATE",
}


def duckdb_type(dtype: pl.DataType) -> str:
    """DuckDB's name of a Polars type; raises KeyError for a type no table uses."""
    if isinstance(dtype, pl.List):
        return f"{duckdb_type(pl.List(dtype.inner).inner)}[]"  # type: ignore[arg-type]  # inner may be a class
    if isinstance(dtype, pl.Struct):
        fields = ", ".join(f"{quoted(field.name)} {duckdb_type(field.dtype)}" for field in dtype.fields)  # type: ignore[arg-type]
        return f"STRUCT({fields})"
    if isinstance(dtype, pl.Datetime):
        return "TIMESTAMPTZ"
    return _PLAIN_TYPES[dtype.base_type()]


def quoted(identifier: str) -> str:
    """An SQL identifier, safe whatever it holds."""
    return '"' + identifier.replace('"', '""') + '"'


def polars_schema(table: Table) -> dict[str, pl.DataType]:
    """Column name to Polars type, in column order."""
    return {name: column.dtype for name, column in columns_of(table.model).items()}


def hash_expression(table: Table) -> str:
    """SQL of the hashed id of a row of a table that has one, in the documents' UUID form."""
    parts = ", ".join(f"CAST({quoted(name)} AS VARCHAR)" for name in table.hashed_from)
    return f"CAST(CAST(md5(concat_ws('|', {parts})) AS UUID) AS VARCHAR)"


def create_statement(table: Table) -> str:
    """CREATE TABLE IF NOT EXISTS for one table of the registry."""
    return f"CREATE TABLE IF NOT EXISTS {table.full_name} (\n  {column_definitions(table)}\n)"


def column_definitions(table: Table) -> str:
    """What stands between the brackets of CREATE TABLE: each column's name, type and, where it is told, compression."""
    told = dict.fromkeys(table.uncompressed, "uncompressed") | dict.fromkeys(table.packed, "zstd")
    return ",\n  ".join(
        f"{quoted(name)} {duckdb_type(dtype)}" + (f" USING COMPRESSION {told[name]}" if name in told else "")
        for name, dtype in polars_schema(table).items()
    )


def comment_statements(table: Table, name: str | None = None, kind: str = "TABLE") -> list[str]:
    """COMMENT ON statements for a table and its columns.

    Args:
        table: the table.
        name: what it is called where it is published; its full name by default.
        kind: TABLE or VIEW.
    """
    name = name or table.full_name
    statements = [f"COMMENT ON {kind} {name} IS {literal(table.grain)}"]
    for column_name, column in columns_of(table.model).items():
        statements.append(f"COMMENT ON COLUMN {name}.{quoted(column_name)} IS {literal(column.description)}")
    return statements


def literal(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"
