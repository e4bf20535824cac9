from __future__ import annotations

import os
import time
from pathlib import Path

import polars as pl
import pytest

from flows.published_file import find_base, write_published
from flows.store import open_published, open_store
from schemas.ddl import polars_schema
from schemas.errors import NotFoundError
from schemas.tables import MARTS_CONTACT_ALIASES, MARTS_RUNS


def test_a_published_file_answers_bare_and_layered_names_with_comments(tmp_path: Path) -> None:
    aliases = pl.DataFrame([{"contact_id": "1", "canonical_id": "1"}], schema=polars_schema(MARTS_CONTACT_ALIASES))
    home = tmp_path / "home with 'quote"
    home.mkdir()
    with open_store(home / "warehouse.duckdb") as store:
        store.append(MARTS_CONTACT_ALIASES, aliases)
        assert write_published(store, [MARTS_CONTACT_ALIASES], home, None, {}) == {"contact_aliases": 1}
    with open_published(home / "leads.duckdb") as published:
        assert published.query("FROM contact_aliases").equals(published.query("FROM marts.contact_aliases"))
        comments = published.query("SELECT comment FROM duckdb_columns() WHERE table_name = 'contact_aliases'")
        assert comments["comment"].null_count() == 0
    with pytest.raises(NotFoundError, match="leadpipe run"), open_published(tmp_path / "none.duckdb"):
        pass


_RUN = """
    INSERT INTO ops.runs BY NAME SELECT '{0}' AS run_id, {0} AS run_sequence, 'run' AS command, now() AS clock,
        now() AS started_at, now() + INTERVAL 1 MINUTE AS finished_at, 'done' AS status, '{{}}' AS versions
"""
_RENAMED = "RENAME (started_at AS started, finished_at AS finished)"
_ROWS = 150_000  # more than one group of rows: DuckDB clears away what is deleted of few


def test_only_an_earlier_run_s_file_that_is_not_full_of_deleted_rows_is_taken_over(tmp_path: Path) -> None:
    tables = [MARTS_CONTACT_ALIASES, MARTS_RUNS]
    with open_store(tmp_path / "warehouse.duckdb") as store:
        store.execute(_RUN.format(1))
        store.execute(f"INSERT INTO marts.runs BY NAME SELECT * {_RENAMED} FROM ops.runs")
        store.execute(f"INSERT INTO matching.aliases SELECT 'contact ' || n, n, NULL FROM range({_ROWS}) t(n)")
        write_published(store, tables, tmp_path, None, {})

        def find() -> int | None:
            return find_base(store, tmp_path, [MARTS_CONTACT_ALIASES])

        assert find() is None  # of the run itself
        store.execute(_RUN.format(2))
        assert find() == 1
        for where, base in (("% 10 = 0", 1), ("% 10 < 4", None)):
            with store.attached(tmp_path / "leads.duckdb", "published"):
                store.execute(f"DELETE FROM published.main.contact_aliases WHERE CAST(canonical_id AS INT) {where}")
            assert find() == base
        assert find_base(store, tmp_path / "none", []) is None


def test_a_file_that_was_written_to_after_its_run_is_not_taken_over(tmp_path: Path) -> None:
    with open_store(tmp_path / "warehouse.duckdb") as store:
        store.execute(_RUN.format(1))
        store.execute(f"INSERT INTO marts.runs BY NAME SELECT * {_RENAMED} FROM ops.runs")
        write_published(store, [MARTS_RUNS], tmp_path, None, {})
        store.execute(_RUN.format(2))
        assert find_base(store, tmp_path, []) == 1
        later = time.time() + 120
        os.utime(tmp_path / "leads.duckdb", (later, later))
        assert find_base(store, tmp_path, []) is None
