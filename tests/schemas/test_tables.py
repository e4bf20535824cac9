"""The registry: one model, grain and key per table, and every column described."""

from dataclasses import replace
from pathlib import Path

import duckdb
import polars as pl
import pytest

from schemas.columns import Column, columns_of
from schemas.ddl import comment_statements, create_statement, duckdb_type, polars_schema
from schemas.tables import MATCHING_SCORED_PAIRS, TABLES, Table
from schemas.vocabulary import Layer

MARTS_IN_THE_CONTRACT = {  # DESIGN 6
    "contacts", "contact_attributes", "contact_aliases", "duplicate_clusters", "duplicate_pairs", "leads",
    "assignments", "routing_decisions", "offers", "claims", "channels", "rules", "groups", "tags", "attribute_defs",
    "activities", "flow_enrolments", "lead_summary", "source_rows", "quarantine", "runs",
}  # fmt: skip


def test_every_mart_of_the_contract_is_there() -> None:
    assert {table.name for table in TABLES if table.layer is Layer.MARTS} >= MARTS_IN_THE_CONTRACT


def test_names_are_unique() -> None:
    assert len({table.full_name for table in TABLES}) == len(TABLES)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.full_name)
def test_table_is_documented_and_keyed(table: Table) -> None:
    assert table.grain.startswith("one row per")
    assert set(table.key) <= set(table.columns)
    assert set(table.hashed_from) <= set(table.columns)
    descriptions = {name: column.description for name, column in columns_of(table.model).items()}
    assert all(descriptions.values()), descriptions


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.full_name)
def test_columns_are_those_that_pandera_checks(table: Table) -> None:
    checked = {
        name: Column(
            column.dtype.type,
            column.description,
            column.nullable,
            {check.name: check.statistics for check in column.checks},
        )
        for name, column in table.model.to_schema().columns.items()
    }
    assert list(columns_of(table.model).items()) == list(checked.items())


@pytest.mark.parametrize("layer", Layer)
def test_duckdb_takes_the_statements_and_gives_the_types_back(layer: Layer) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"CREATE SCHEMA {layer}; SET TimeZone = 'UTC'")
        for table in (table for table in TABLES if table.layer is layer):
            connection.execute(create_statement(table))
            for statement in comment_statements(table):
                connection.execute(statement)
            assert dict(connection.sql(f"FROM {table.full_name}").pl().schema) == polars_schema(table)
        undescribed = connection.execute(
            "SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = ? AND comment IS NULL", [layer]
        ).fetchall()
        assert undescribed == []


def test_columns_are_kept_as_their_table_says(tmp_path: Path) -> None:
    table = replace(MATCHING_SCORED_PAIRS, uncompressed=("decided_by",))
    names = ("contact_id_r", "decided_by", "evidence")
    with duckdb.connect(str(tmp_path / "w.duckdb")) as connection:
        connection.execute(f"CREATE SCHEMA {table.layer}; {create_statement(table)}")
        rows = ", ".join(f"repeat(range || ' {name}, ', 9) AS {name}" for name in names)
        connection.execute(f"INSERT INTO {table.full_name} BY NAME SELECT {rows} FROM range(20000); CHECKPOINT")
        stored = dict(
            connection.execute(
                "SELECT column_name, min(compression) FROM pragma_storage_info(?)"
                " WHERE segment_type = 'VARCHAR' AND list_contains(?, column_name) GROUP BY 1",
                [table.full_name, list(names)],
            ).fetchall()
        )
    others = stored.pop("contact_id_r")
    assert stored == {"decided_by": "Uncompressed", "evidence": "ZSTD"}
    assert others not in stored.values()


def test_a_type_no_table_uses_is_refused() -> None:
    with pytest.raises(KeyError):
        duckdb_type(pl.Decimal(38, 2))
