"""The published DuckDB file and its Parquet files: written anew, or taken over but for what is otherwise."""

# ruff: noqa: S608 - table names come from the registry; nothing else is put into a query

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from flows.homes import DATABASE
from flows.published_tables import create_tables, fill_table, published_name, replace_table
from flows.store import Store
from schemas.ddl import literal, quoted
from schemas.errors import PipelineError
from schemas.tables import MARTS_RUNS, OPS_RUNS, Table

__all__ = ["Patch", "find_base", "write_published"]

#: Level 1 of Zstandard is a twentieth larger than its default here, and takes two thirds of the time. A dictionary of
#: more values than that, as of ids, is begun and given up again: a tenth of the time for nothing.
_PARQUET: Final = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 5000"
#: Places of deleted rows that a table may have per row when it is taken over: they take room until it is written anew.
_MOST_DELETED: Final = 0.25
#: The run that published a file, and when it ended: none where it was not an earlier one of this warehouse.
_PUBLISHED_BY: Final = f"""
    SELECT run_sequence, r.finished_at FROM base.main.{MARTS_RUNS.name} p
    JOIN {OPS_RUNS.full_name} r USING (run_id, run_sequence)
    WHERE run_sequence = (SELECT max(run_sequence) FROM base.main.{MARTS_RUNS.name})
        AND run_sequence < (SELECT max(run_sequence) FROM {OPS_RUNS.full_name})
"""


@dataclass(frozen=True)
class Patch:
    """How a large table is made of what was published last.

    Attributes:
        is_other: condition on its rows as published that are gone or are to be written again.
        rows: query of the rows to write.
    """

    is_other: str
    rows: str


def write_published(
    store: Store,
    tables: Sequence[Table],
    target: Path,
    base: Path | None,
    patches: Mapping[Table, Patch],
    earlier: Path | None = None,
    *,
    with_parquet: bool = True,
) -> dict[str, int]:
    """Write tables, with their comments, into a DuckDB file under their bare names, and each as a Parquet file.

    The layer's name is a schema of views in that file, so that `contacts` and `marts.contacts` both answer. Of what an
    earlier run published only tables that are otherwise are written, and get a Parquet file.

    Args:
        store: where the tables are.
        tables: which ones.
        target: an empty folder to write to; Parquet files go to a folder in it.
        base: folder of what an earlier run published (`find_base`); none: everything is written.
        patches: tables of the base that are amended; all others are written whole.
        earlier: what was published last: where all is written, tables that it has alike are taken over without rows.
        with_parquet: whether there are to be Parquet files.

    Returns:
        Name of each table -> its rows.
    """
    (target / "parquet").mkdir()
    if base:
        shutil.copyfile(base / DATABASE, target / DATABASE)
    with store.attached(target / DATABASE, "published"):
        if not base:
            create_tables(store, tables, earlier)
        with store.transaction():
            if base:
                written = {table for table in tables if _renew_table(store, table, patches.get(table))}
            else:
                written = set(tables)
                for table in tables:
                    fill_table(store, table)
        counts = {}
        for table in tables:  # from what was just written: a table may be a view that takes long
            name, rows = f"parquet/{table.name}.parquet", published_name(table)
            if with_parquet and (table in written or not (base and (base / name).exists())):
                copying = f"COPY (FROM {rows}) TO {literal(str((target / name).resolve()))} ({_PARQUET})"
            else:
                copying = f"SELECT count(*) FROM {rows}"
            counts[table.name] = int(store.execute(copying)[0][0])
        return counts


def find_base(store: Store, folder: Path, amended: Iterable[Table]) -> int | None:
    """Sequence of the run that published what is in a folder, where it can be taken over.

    It is not where the file was written to after that run ended: readers are to open it read-only, and may not.

    Args:
        store: the warehouse.
        folder: of what was published last.
        amended: the tables that are to be amended: where too much of one is deleted rows, all is written anew.
    """
    database = folder / DATABASE
    if not database.exists():
        return None
    try:
        with store.attached(database, "base", is_read_only=True):
            found = store.execute(_PUBLISHED_BY)
            is_worn = any(_is_worn(store, table) for table in amended)
    except PipelineError:  # readers have something else there: it is replaced
        return None
    written_at = datetime.fromtimestamp(database.stat().st_mtime, UTC)
    if is_worn or not found or found[0][1] is None or written_at > found[0][1]:
        return None
    return int(found[0][0])


def _is_worn(store: Store, table: Table) -> bool:
    places, held = store.execute(f"SELECT coalesce(max(rowid) + 1, 0), count(*) FROM base.main.{quoted(table.name)}")[0]
    return bool(places - held > _MOST_DELETED * held)


def _renew_table(store: Store, table: Table, patch: Patch | None) -> bool:
    """Make a published table hold what it is to hold; returns whether it did not already."""
    name = published_name(table)
    if patch:
        deleted = store.execute(f"DELETE FROM {name} WHERE {patch.is_other}")
        added = store.execute(f"INSERT INTO {name} BY NAME {patch.rows}")
        return bool(deleted[0][0] or added[0][0])
    if _describe(store, name) == _describe(store, table.full_name):
        return False
    replace_table(store, table)
    return True


def _describe(store: Store, name: str) -> tuple[object, ...]:
    """The same for tables that hold the same rows."""
    return store.execute(f"SELECT count(*), sum(hash(t)) FROM {name} t")[0]
