from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from flows.publish import publish
from flows.runs import Run
from flows.stages.build_marts import build_marts
from schemas.ddl import polars_schema
from schemas.tables import MARTS_CONTACTS, tables_of
from schemas.vocabulary import Layer

MARTS = tables_of(Layer.MARTS)


@pytest.fixture
def connection(published: Path) -> Any:
    with duckdb.connect(str(published / "published" / "leads.duckdb"), read_only=True) as connection:
        yield connection


def test_each_mart_answers_by_both_names(connection: duckdb.DuckDBPyConnection) -> None:
    for table in MARTS:
        by_name = connection.execute(f"SELECT count(*) FROM {table.name}").fetchone()
        by_layer = connection.execute(f"SELECT count(*) FROM marts.{table.name}").fetchone()
        assert by_name == by_layer, table.name
    assert connection.execute("SELECT display_name FROM contacts ORDER BY id").fetchall()[0] == ("Kate Bell",)


def test_tables_and_columns_are_commented(connection: duckdb.DuckDBPyConnection) -> None:
    tables = dict(connection.execute("SELECT table_name, comment FROM duckdb_tables()").fetchall())
    assert tables == {table.name: table.grain for table in MARTS}
    silent = "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal AND coalesce(comment, '') = ''"
    assert connection.execute(silent).fetchall() == []


def test_parquet_holds_what_the_database_holds(published: Path, connection: duckdb.DuckDBPyConnection) -> None:
    for table in MARTS:
        path = published / "published" / "parquet" / f"{table.name}.parquet"
        assert pl.read_parquet(path).schema == pl.Schema(polars_schema(table)), table.name
        both = f"(SELECT * FROM {table.name}) EXCEPT ALL (SELECT * FROM read_parquet('{path}'))"
        assert connection.execute(both).fetchall() == [], table.name


def test_only_what_is_for_readers_is_left(published: Path, built: Run) -> None:
    files = {str(path.relative_to(built.published)) for path in built.published.rglob("*") if path.is_file()}
    assert files == {"leads.duckdb", "report.html", *(f"parquet/{table.name}.parquet" for table in MARTS)}
    assert {path.stat().st_mode & 0o077 for path in built.published.rglob("*")} == {0}


def test_p4_a_polling_reader_never_meets_a_half_published_state(start: Callable[[], Any]) -> None:
    with start() as run:
        build_marts(run)
        publish(run)
        stop, seen = threading.Event(), []

        def poll() -> None:
            while not stop.is_set():
                try:
                    seen.append(_read_all(run.published))
                except Exception as error:  # whatever a reader meets is what this test is about
                    seen.append(repr(error))

        reader = threading.Thread(target=poll)
        reader.start()
        for _ in range(2):
            publish(run)
        stop.set()
        reader.join()
    assert len(seen) > 1
    assert set(seen) == {(2, 2, True)}


def _read_all(published: Path) -> tuple[int, int, bool]:
    with duckdb.connect(str(published / "leads.duckdb"), read_only=True) as connection:
        rows = connection.execute("SELECT count(*) FROM contacts").fetchone()
    page = (published / "report.html").read_text(encoding="utf-8")
    frame = pl.read_parquet((published / "parquet" / f"{MARTS_CONTACTS.name}.parquet").read_bytes())
    return (rows[0] if rows else -1, frame.height, page.rstrip().endswith("</html>"))


def test_what_a_killed_run_left_is_cleared(start: Callable[[], Any]) -> None:
    with start() as run:
        build_marts(run)
        leftover = run.published / ".new" / "leads.duckdb"
        leftover.parent.mkdir(parents=True)
        leftover.write_bytes(b"half a file")
        assert publish(run)["tables"] == len(MARTS)
        assert not leftover.exists()
