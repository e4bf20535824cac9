"""The tables of a warehouse file: created on first use, and refused where another version made them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from schemas.ddl import create_statement, literal
from schemas.errors import PipelineError
from schemas.tables import TABLES
from schemas.views import VIEWS, view_statement
from schemas.vocabulary import Layer

__all__ = ["Stamp", "create_tables", "stamp"]

#: What changes whenever a file is replaced or written to.
Stamp = tuple[int, int, int, int]


def stamp(database: Path) -> Stamp | None:
    """The stamp of a warehouse file at rest; None for one that is not there, or was not closed in order."""
    if database.with_name(f"{database.name}.wal").exists() or not database.exists():
        return None
    found = database.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def create_tables(execute: Callable[[str], list[tuple[Any, ...]]]) -> None:
    """Create the tables that are not there yet, and the views that are not there as they are now.

    Args:
        execute: runs a statement on the warehouse, and returns its rows.

    Raises:
        PipelineError: those that are there are of another version.
    """
    known = {
        name: set(columns)
        for name, columns in execute(
            "SELECT schema_name || '.' || table_name, list(column_name) FROM duckdb_columns() GROUP BY ALL"
        )
    }
    wanted = {table.full_name: set(table.columns) for table in TABLES}
    derived = dict(execute("SELECT schema_name || '.' || view_name, comment FROM duckdb_views()"))
    views = {view.table: view_statement(view) for view in VIEWS}
    stored = [table for table in views if table.full_name in known.keys() - derived.keys()]
    written_anew = [table.full_name for table in stored if table.layer is Layer.MARTS]  # by every run
    other = [name for name, columns in wanted.items() if known.get(name, columns) != columns]
    other += sorted({table.full_name for table in stored} - {*written_anew})
    if other:
        raise PipelineError(
            f"the warehouse was made by another version: {len(other)} table(s) are made otherwise, such as {other[0]}",
            where="warehouse.duckdb",
            todo="move it away and run again: what is in the inbox is taken anew",
        )
    missing = [table for table in TABLES if table.full_name not in known and table not in views]
    stale = [table for table, statement in views.items() if derived.get(table.full_name) != _mark(statement)]
    if not missing and not stale:
        return
    execute("BEGIN")
    for layer in Layer:
        execute(f"CREATE SCHEMA IF NOT EXISTS {layer}")
    for name in written_anew:
        execute(f"DROP TABLE {name}")
    for table in missing:
        execute(create_statement(table))
    for table in stale:
        execute(views[table])
        execute(f"COMMENT ON VIEW {table.full_name} IS {literal(_mark(views[table]))}")
    execute("COMMIT")


def _mark(statement: str) -> str:
    """Which query a view has: DuckDB gives it back in words of its own."""
    return f"query {hashlib.md5(statement.encode(), usedforsecurity=False).hexdigest()}"
