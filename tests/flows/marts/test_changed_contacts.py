"""Only contacts that are otherwise than they were are derived and published anew, and all is as if everything were."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from typing import Any

import duckdb
import polars as pl
import pytest

from flows.publish import publish
from flows.runs import Run
from flows.stages.build_marts import build_marts
from flows.store import open_published
from schemas.tables import MARTS_RUNS, MATCHING_CONTACT_PRINTS, tables_of
from schemas.vocabulary import Layer

StartOn = Callable[[Path], Any]

MARTS = tables_of(Layer.MARTS)
MANY = 8  # contacts that nothing happens to: as long as they are most, not all are derived anew

_OTHERS = f"""
    INSERT INTO core.settled_contacts BY NAME
    SELECT c.* REPLACE ('other-' || n AS contact_id, 100 + n AS row_number)
    FROM core.settled_contacts c, range({MANY}) t(n) WHERE contact_id LIKE '%kate';
    INSERT INTO core.lead_attributes BY NAME
    SELECT a.* REPLACE ('other-' || n AS contact_id, 'a-' || n || position AS attribute_id, 100 + n AS row_number)
    FROM core.lead_attributes a, range({MANY}) t(n) WHERE contact_id LIKE '%kate';
    INSERT INTO matching.aliases BY NAME
    SELECT 'other-' || n AS contact_id, 'other-' || n AS canonical_id FROM range({MANY}) t(n);
"""
_REQUEST = """
    INSERT INTO staging.requests BY NAME
    SELECT 'r1' AS request_id, 'user-9' AS user_id, 'log' AS file_id, 1 AS record_number,
        'contacts.merge' AS operation, now() AS requested_at;
"""
#: What happens to contacts -> SQL, and how many canonical contacts are derived anew (gone ones are not).
CHANGES = {
    "nothing": ("SELECT 1", 0),
    "a value": ("UPDATE core.lead_attributes SET text = 'Hanna' WHERE contact_id LIKE '%made' AND position = 0", 1),
    "a label": ("UPDATE core.lead_attributes SET label = 'Home' WHERE contact_id LIKE '%katie' AND position = 1", 1),
    "a deleted value": ("UPDATE core.lead_attributes SET deleted_at = now() WHERE contact_id = 'other-1'", 1),
    "a touch": ("UPDATE core.settled_contacts SET last_touch = created_at WHERE contact_id LIKE '%katie'", 1),
    "a deleted contact": ("UPDATE core.settled_contacts SET deleted_at = now() WHERE contact_id LIKE '%made'", 0),
    "a deleted member": ("UPDATE core.settled_contacts SET deleted_at = now() WHERE contact_id LIKE '%katie'", 1),
    "a new owner of a lead": ("UPDATE routing.assignments SET user_id = 'user-3'", 1),
    "a merge": (
        "UPDATE matching.aliases SET canonical_id = 'other-0', cluster_id = 'c' WHERE contact_id SIMILAR TO '.*[01]'",
        1,
    ),
    "a merge taken apart": (
        "UPDATE matching.aliases SET canonical_id = contact_id, cluster_id = NULL; DELETE FROM matching.clusters",
        2,
    ),
    "another parent": ("UPDATE matching.aliases SET canonical_id = 'bbbbbbbb-katie' WHERE cluster_id = 'cluster'", 1),
    "a merge that was asked for": (
        f"{_REQUEST} INSERT INTO core.merge_events SELECT 'r1', 'aaaaaaaa-kate', 'bbbbbbbb-katie', now()",
        1,
    ),
    "values of most": ("UPDATE core.lead_attributes SET text = 'X' WHERE contact_id > 'other-2'", MANY + 2),
    "a definition": ("UPDATE core.attribute_defs SET is_singular = true WHERE name = 'email'", MANY + 2),
}


@pytest.fixture(scope="module")
def published_home(filled_home: Path, start_on: StartOn, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that is published, most of whose contacts are one like the other; to be copied."""
    home = copytree(filled_home, tmp_path_factory.mktemp("published"), dirs_exist_ok=True)
    with start_on(home) as run:
        _execute(run, _OTHERS)
        build_marts(run)
        publish(run)
    return home


@pytest.fixture
def begin(published_home: Path, start_on: StartOn, tmp_path: Path) -> Callable[[], Any]:
    """Starts runs on a copy of the published home."""
    home = copytree(published_home, tmp_path, dirs_exist_ok=True)
    return lambda: start_on(home)


@pytest.mark.parametrize("change", CHANGES)
def test_contacts_that_are_otherwise_are_derived_anew_and_all_is_as_if_everything_were(
    begin: Callable[[], Any], change: str
) -> None:
    sql, derived = CHANGES[change]
    with begin() as run:
        _execute(run, sql)
        build_marts(run)
        publish(run)
        with run.store() as store:
            assert store.count(MATCHING_CONTACT_PRINTS, "run_sequence = ?", [run.run_sequence]) == derived
        amended = _digests(run)
        with run.store() as store:
            store.delete(MATCHING_CONTACT_PRINTS)
        build_marts(run)
        publish(run)  # all of it: what a run published itself is no base
        assert _digests(run) == amended


def test_parquet_files_of_marts_that_are_as_they_were_stay(begin: Callable[[], Any]) -> None:
    with begin() as run:
        before = _parquet_times(run.published)
        build_marts(run)
        publish(run)
        after = _parquet_times(run.published)
        assert {name for name, time in after.items() if time != before[name]} == {MARTS_RUNS.name}
        (run.published / "parquet" / "contacts.parquet").unlink()
    with begin() as run:
        build_marts(run)
        publish(run)
        assert pl.read_parquet(run.published / "parquet" / "contacts.parquet").height == MANY + 2


def test_parquet_files_that_nobody_wants_are_not_left_as_they_were(begin: Callable[[], Any]) -> None:
    with begin() as run:
        build_marts(run)
        publish(replace(run, settings=replace(run.settings, parquet=False)))
        assert {path.name for path in run.published.iterdir()} == {"leads.duckdb", "report.html"}
    with begin() as run:
        build_marts(run)
        publish(run)
        assert _parquet_times(run.published).keys() == {table.name for table in MARTS}


@pytest.mark.parametrize("broken", ["no database", "another warehouse's", "none at all"])
def test_a_published_file_that_is_not_of_an_earlier_run_is_replaced(begin: Callable[[], Any], broken: str) -> None:
    with begin() as run:
        database = run.published / "leads.duckdb"
        if broken == "no database":
            database.write_bytes(b"something else")
        elif broken == "another warehouse's":
            with duckdb.connect(str(database)) as connection:
                connection.execute("UPDATE runs SET run_id = 'another'; DELETE FROM contacts")
        else:
            database.unlink()
        build_marts(run)
        publish(run)
        with open_published(database) as store:
            assert store.query("SELECT count(*) AS n FROM contacts")["n"].to_list() == [MANY + 2]


def _execute(run: Run, sql: str) -> None:
    with run.store() as store:
        for statement in filter(str.strip, sql.split(";")):
            store.execute(statement)


def _digests(run: Run) -> dict[str, tuple[str, str]]:
    """Of each mart in the warehouse and as published."""
    with run.store() as store, open_published(run.published / "leads.duckdb") as published:
        return {table.name: (store.digest(table), published.digest(table)) for table in MARTS}


def _parquet_times(published: Path) -> dict[str, int]:
    return {path.stem: path.stat().st_mtime_ns for path in (published / "parquet").iterdir()}
