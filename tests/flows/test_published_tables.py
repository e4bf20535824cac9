"""Published tables are commented, however they came to be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from flows import published_tables
from flows.published_tables import create_tables, fill_table, replace_table
from flows.store import Store, open_published, open_store
from schemas.columns import columns_of
from schemas.ddl import polars_schema
from schemas.tables import MARTS_CONTACT_ALIASES, MARTS_FLAT_CONTACTS, MARTS_LEADS, MARTS_TAGS

TABLES = [MARTS_CONTACT_ALIASES, MARTS_FLAT_CONTACTS, MARTS_LEADS]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    aliases = pl.DataFrame([{"contact_id": "1", "canonical_id": "1"}], schema=polars_schema(MARTS_CONTACT_ALIASES))
    with open_store(tmp_path / "warehouse.duckdb") as opened:
        opened.append(MARTS_CONTACT_ALIASES, aliases)
        yield opened


@pytest.fixture
def earlier(store: Store, tmp_path: Path) -> Path:
    with store.attached(tmp_path / "earlier.duckdb", "published"):
        create_tables(store, TABLES, None)
        fill_table(store, MARTS_CONTACT_ALIASES)
    return tmp_path / "earlier.duckdb"


def create(store: Store, target: Path, earlier: Path | None) -> None:
    with store.attached(target, "published"):
        create_tables(store, TABLES, earlier)


def assert_is_made(database: Path, rows: int) -> None:
    with open_published(database) as published:
        assert published.query("FROM contact_aliases").height == rows
        assert published.query("FROM marts.contact_aliases").height == rows
        columns = "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal"
        wanted = {
            (table.name, name, column.description)
            for table in TABLES
            for name, column in columns_of(table.model).items()
        }
        found = published.query(columns).rows()
        assert set(found) == wanted
        assert len(found) == 2 * len(wanted), "of tables and of views"
        grains = "SELECT comment FROM duckdb_tables() UNION ALL SELECT comment FROM duckdb_views() WHERE NOT internal"
        assert sorted(published.query(grains)["comment"]) == sorted(2 * [table.grain for table in TABLES])


def test_the_same_tables_are_taken_over_without_rows(
    store: Store, earlier: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(published_tables, "comment_statements")  # none is written
    create(store, tmp_path / "new.duckdb", earlier)
    assert_is_made(tmp_path / "new.duckdb", rows=0)


@pytest.mark.parametrize(
    "difference",
    [
        "COMMENT ON COLUMN published.main.leads.id IS 'another'",
        "COMMENT ON VIEW published.marts.leads IS 'another'",
        "ALTER TABLE published.main.leads DROP COLUMN id",
        f"CREATE TABLE published.main.{MARTS_TAGS.name} AS FROM {MARTS_TAGS.full_name}",
    ],
)
def test_other_tables_are_not(store: Store, earlier: Path, tmp_path: Path, difference: str) -> None:
    with store.attached(earlier, "published"):
        store.execute(difference)
    create(store, tmp_path / "new.duckdb", earlier)
    assert_is_made(tmp_path / "new.duckdb", rows=0)


def test_a_file_that_is_no_database_is_passed_over(store: Store, tmp_path: Path) -> None:
    (tmp_path / "earlier.duckdb").write_bytes(b"something else")
    create(store, tmp_path / "new.duckdb", tmp_path / "earlier.duckdb")
    assert_is_made(tmp_path / "new.duckdb", rows=0)


def test_a_table_that_is_replaced_keeps_its_view_and_comments(store: Store, earlier: Path) -> None:
    store.update(MARTS_CONTACT_ALIASES, "canonical_id = '2'", "true")
    with store.attached(earlier, "published"):
        replace_table(store, MARTS_CONTACT_ALIASES)
    assert_is_made(earlier, rows=1)
    with open_published(earlier) as published:
        assert published.query("FROM marts.contact_aliases")["canonical_id"].to_list() == ["2"]
