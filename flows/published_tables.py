"""The tables of the published file, each with a view in its layer's schema, and both with comments."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from flows.store import Store
from schemas.columns import columns_of
from schemas.ddl import column_definitions, comment_statements, duckdb_type, quoted
from schemas.errors import PipelineError
from schemas.tables import Table

__all__ = ["create_tables", "fill_table", "published_name", "replace_table"]

#: What a file has: schema, name and comment of each table and view, then of each of their columns, with its type.
_MADE: Final = """
    SELECT schema_name, table_name, 0 AS place, 'table' AS column_name, 'TABLE' AS type, comment
    FROM duckdb_tables() WHERE database_name = 'earlier'
    UNION ALL SELECT schema_name, view_name, 0, 'view', 'VIEW', comment
    FROM duckdb_views() WHERE database_name = 'earlier' AND NOT internal
    UNION ALL SELECT schema_name, table_name, 1 + column_index, column_name, data_type, comment
    FROM duckdb_columns() WHERE database_name = 'earlier' AND NOT internal
    ORDER BY schema_name, table_name, place
"""


def published_name(table: Table) -> str:
    """What a table is called where the published file is attached as `published`."""
    return f"published.main.{quoted(table.name)}"


def create_tables(store: Store, tables: Sequence[Table], earlier: Path | None) -> None:
    """Create tables without rows, their views and comments in an empty file that is attached as `published`.

    There are nine hundred comments, each a statement of a third of a millisecond: where what was published last has the
    same ones, its tables are taken over.

    Args:
        store: the warehouse.
        tables: which ones.
        earlier: the file that was published last, if anything was.
    """
    if earlier and earlier.exists() and _are_copied(store, tables, earlier):
        return
    with store.transaction():  # one commit: a commit for each comment costs seconds
        for layer in dict.fromkeys(table.layer for table in tables):
            store.execute(f"CREATE SCHEMA published.{layer}")
        for table in tables:
            name, view = published_name(table), f"published.{table.full_name}"
            store.execute(f"CREATE TABLE {name} ({column_definitions(table)})")
            store.execute(f"CREATE VIEW {view} AS FROM main.{quoted(table.name)}")
            for statement in (*comment_statements(table, name), *comment_statements(table, view, "VIEW")):
                store.execute(statement)


def fill_table(store: Store, table: Table) -> None:
    """Give a published table, which has no rows yet, those of the warehouse."""
    store.execute(f"INSERT INTO {published_name(table)} FROM {table.full_name}")


def replace_table(store: Store, table: Table) -> None:
    """Make a published table anew with the rows of the warehouse; the view of it stays as it is."""
    name = published_name(table)
    store.execute(f"CREATE OR REPLACE TABLE {name} ({column_definitions(table)})")
    fill_table(store, table)
    for statement in comment_statements(table, name):
        store.execute(statement)


def _are_copied(store: Store, tables: Sequence[Table], earlier: Path) -> bool:
    """Take the tables of a file over, without rows, if they are as they would be created."""
    try:
        with store.attached(earlier, "earlier", is_read_only=True):
            is_alike = store.execute(_MADE) == _list_wanted(store, tables)
            if is_alike:
                store.execute("COPY FROM DATABASE earlier TO published (SCHEMA)")
    except PipelineError:  # readers have something else there
        return False
    return is_alike


def _list_wanted(store: Store, tables: Sequence[Table]) -> list[tuple[object, ...]]:
    """The rows of `_MADE` for these tables."""
    types = list({duckdb_type(column.dtype) for table in tables for column in columns_of(table.model).values()})
    shown = store.execute(f"SELECT {', '.join(f'typeof(CAST(NULL AS {name}))' for name in types)}")[0]
    type_of = dict(zip(types, shown, strict=True))
    rows: list[tuple[object, ...]] = []
    for table in tables:
        for schema, kind in (("main", "table"), (table.layer.value, "view")):
            rows.append((schema, table.name, 0, kind, kind.upper(), table.grain))
            for place, (name, column) in enumerate(columns_of(table.model).items(), 2):
                rows.append((schema, table.name, place, name, type_of[duckdb_type(column.dtype)], column.description))
    return sorted(rows)
