"""Publishing: the marts as one DuckDB file, Parquet files and a report, each swapped in whole."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from flows.report import write_report
from flows.runs import Counts, Run
from flows.store import export_tables
from schemas.tables import tables_of
from schemas.vocabulary import Layer

__all__ = ["publish"]


def publish(run: Run) -> Counts:
    """Write everything anew beside what is published, then put each file in its place by a rename.

    A reader that has a file open keeps what it read; one that opens a file meets the old or the new, never half.
    """
    tables = tables_of(Layer.MARTS)
    new = run.published / ".new"
    shutil.rmtree(new, ignore_errors=True)  # left by a run that was killed
    (new / "parquet").mkdir(parents=True)
    (run.published / "parquet").mkdir(exist_ok=True)
    with run.store() as store:
        rows = export_tables(store, tables, new / "leads.duckdb", new / "parquet")
        write_report(store, run.report, rows, new / "report.html")
    # the database comes last: as long as it is the old one, the next run knows that this one did not end
    files = sorted(new.rglob("*.*"), key=lambda path: (path.suffix == ".duckdb", path))
    for path in files:
        _sync(path)
    for path in files:
        path.replace(run.published / path.relative_to(new))
    _sync(run.published / "parquet")
    _sync(run.published)
    shutil.rmtree(new)
    return {"tables": len(tables), "rows": sum(rows.values()), "contact_attributes": rows["contact_attributes"]}


def _sync(path: Path) -> None:
    """Have the disk hold a file, or a folder's names, before anything is built upon it."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
