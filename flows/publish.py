"""Publishing: the marts as one DuckDB file, Parquet files and a report, each swapped in whole."""

# ruff: noqa: S608 - table names come from the registry; nothing else is put into a query

from __future__ import annotations

import os
import shutil
from pathlib import Path

from flows.homes import DATABASE
from flows.published_file import Patch, find_base, write_published
from flows.report import write_report
from flows.runs import Counts, Run
from flows.stages.people_marts import CONTACT_MARTS
from flows.store import Store
from schemas.surviving import surviving_of
from schemas.tables import (
    MARTS_CONTACT_ATTRIBUTES,
    MATCHING_CONTACT_PRINTS,
    Table,
    tables_of,
)
from schemas.views import attributes_of
from schemas.vocabulary import Layer

__all__ = ["publish"]

_PRINTS = f"SELECT contact_id FROM {MATCHING_CONTACT_PRINTS.full_name}"


def publish(run: Run) -> Counts:
    """Write what is otherwise than published beside it, then put each file in its place by a rename.

    A reader that has a file open keeps what it read; one that opens a file meets the old or the new, never half.
    """
    tables = tables_of(Layer.MARTS)
    new = run.published / ".new"
    shutil.rmtree(new, ignore_errors=True)  # left by a run that was killed
    new.mkdir(parents=True)
    (run.published / "parquet").mkdir(exist_ok=True)
    with run.store() as store:
        since = find_base(store, run.published, CONTACT_MARTS)
        base = None if since is None or _are_most_newer(store, since) else run.published
        rows = write_published(
            store, tables, new, base, _amend_contacts(since or 0), run.published / DATABASE,
            with_parquet=run.settings.parquet,
        )  # fmt: skip
        write_report(store, run.report, rows, new / "report.html")
    # the database comes last: as long as it is the old one, the next run knows that this one did not end
    files = sorted(new.rglob("*.*"), key=lambda path: (path.suffix == ".duckdb", path))
    for path in files:
        _sync(path)
    for path in files:
        path.replace(run.published / path.relative_to(new))
    _sync(run.published / "parquet")
    if not run.settings.parquet:  # those of an earlier run no longer say what the database says
        shutil.rmtree(run.published / "parquet")
    _sync(run.published)
    shutil.rmtree(new)
    return {"tables": len(tables), "rows": sum(rows.values()), "contact_attributes": rows["contact_attributes"]}


def _are_most_newer(store: Store, since: int) -> bool:
    """Whether most contacts were derived after a run: then writing all of them anew is less work."""
    newer = store.count(MATCHING_CONTACT_PRINTS, "run_sequence > ?", [since])
    return 2 * newer >= store.count(MATCHING_CONTACT_PRINTS)


def _amend_contacts(since: int) -> dict[Table, Patch]:
    """Marts of contacts as a run left them: contacts that no later run derived are as they were."""
    newer = f"{_PRINTS} WHERE run_sequence > {since}"
    rows = {table: f"FROM {table.full_name} WHERE {key} IN ({newer})" for table, key in CONTACT_MARTS.items()}
    among = f"contact_id IN ({newer})"
    rows[MARTS_CONTACT_ATTRIBUTES] = surviving_of(attributes_of(among), among)
    return {
        table: Patch(f"{key} IN ({newer}) OR {key} NOT IN ({_PRINTS})", rows[table])
        for table, key in CONTACT_MARTS.items()
    }


def _sync(path: Path) -> None:
    """Have the disk hold a file, or a folder's names, before anything is built upon it."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
