"""Status: the last runs, the published tables with their digests, and what is in quarantine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from flows import report_queries
from flows.homes import database_of
from flows.model_report import read_kept_lines
from flows.store import Store, open_published
from schemas.tables import MARTS_RUNS, tables_of
from schemas.vocabulary import Layer

__all__ = ["read_status"]

_RUNS_SHOWN = 5


def read_status(home: Path) -> list[str]:
    """What is published in a home folder, in lines to print.

    Raises:
        NotFoundError: nothing has been published yet.
    """
    published = database_of(home)
    with open_published(published) as store:
        lines = [f"Published: {published}", *_run_lines(store), *_table_lines(store), *_problem_lines(store)]
    return [*lines, "", *(f"Matching: {line}" for line in read_kept_lines(home))]


def _run_lines(store: Store) -> Iterator[str]:
    runs = store.read(MARTS_RUNS).sort("run_sequence", descending=True).head(_RUNS_SHOWN)
    yield ""
    yield "Runs, the latest first (the first of them published this file):"
    for row in runs.iter_rows(named=True):
        seconds = f", {(row['finished'] - row['started']).total_seconds():.1f} s" if row["finished"] else ""
        status = "published" if row["status"] == "running" else row["status"]
        yield f"  {row['run_sequence']:>4}  {row['started']:%Y-%m-%d %H:%M} UTC  {row['command']:<9}{status}{seconds}"


def _table_lines(store: Store) -> Iterator[str]:
    yield ""
    yield "Tables, rows, digest of the content:"
    for table in tables_of(Layer.MARTS):
        yield f"  {table.name:<20}{store.count(table):>12,}  {store.digest(table)[:16]}"


def _problem_lines(store: Store) -> Iterator[str]:
    problems = report_queries.read_problems(store)
    if problems:
        yield ""
        yield "In quarantine:"
    for code, count, _, _, todo in problems:
        yield f"  {count:>8,}  {code}: {todo}"
