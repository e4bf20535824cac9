"""The warehouse keeps its types, its transactions and its walls."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

from flows.store import open_store
from schemas.ddl import polars_schema
from schemas.errors import ContractError, PipelineError
from schemas.tables import CORE_ATTRIBUTES, CORE_BRANDS, RAW_UNDOS


def brands(*names: str) -> pl.DataFrame:
    rows = [{"brand_id": name, "name": name.upper()} for name in names]
    return pl.DataFrame(rows, schema=polars_schema(CORE_BRANDS))


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "home with 'quote" / "warehouse.duckdb"


@pytest.fixture(autouse=True)
def _home(database: Path) -> None:
    database.parent.mkdir()


def test_rows_come_back_with_the_types_of_the_model(database: Path) -> None:
    with open_store(database) as store:
        assert store.append(CORE_BRANDS, brands("a", "b")) == 2
    with open_store(database) as store:
        frame = store.read(CORE_BRANDS, where="brand_id = ?", parameters=["b"])
        assert dict(frame.schema) == polars_schema(CORE_BRANDS)
        assert frame["name"].to_list() == ["B"]
        assert store.count(CORE_BRANDS) == 2


def test_an_id_is_hashed_from_its_lineage(database: Path) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    value = {"contact_id": "c", "attribute_def": "d", "attribute_type": "tag", "is_primary": False, "source": "file"}
    value |= {"is_partner": False, "file_id": "f", "sheet": "", "row_number": 1, "columns": ["Tag"], "text": "New"}
    value |= {"created_at": moment, "updated_at": moment}
    schema = {name: dtype for name, dtype in polars_schema(CORE_ATTRIBUTES).items() if name != "attribute_id"}
    rows = pl.DataFrame([{**value, "position": position} for position in (0, 1)], schema=schema)
    with open_store(database) as store:
        store.append(CORE_ATTRIBUTES, rows)
        first = store.read(CORE_ATTRIBUTES, ["attribute_id"], "true ORDER BY position")["attribute_id"].to_list()
        store.replace(CORE_ATTRIBUTES, rows.reverse())
        again = store.read(CORE_ATTRIBUTES, ["attribute_id"], "true ORDER BY position")["attribute_id"].to_list()
    assert first == again
    assert len(set(first)) == 2


@pytest.mark.parametrize(
    "frame",
    [
        brands("a").drop("region"),
        brands("a").with_columns(pl.lit(1).alias("surplus")),
        brands("a").with_columns(pl.lit("soon").alias("deleted_at")),
        brands("a").with_columns(pl.lit(None, dtype=pl.String).alias("brand_id")),
    ],
    ids=["missing", "surplus", "type", "null"],
)
def test_a_frame_that_breaks_the_model_is_refused(database: Path, frame: pl.DataFrame) -> None:
    with open_store(database) as store:
        with pytest.raises(ContractError, match=r"core\.brands"):
            store.append(CORE_BRANDS, frame)
        assert store.count(CORE_BRANDS) == 0


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("ALTER TABLE core.brands DROP COLUMN region", r"core\.brands"),
        ("DROP VIEW core.contacts; CREATE TABLE core.contacts AS FROM core.settled_contacts", r"core\.contacts"),
    ],
    ids=["columns", "a table that is a view now"],
)
def test_a_warehouse_of_another_version_is_named_as_such(database: Path, statement: str, named: str) -> None:
    with open_store(database) as store:
        store.query("SELECT 1")
    with duckdb.connect(str(database)) as connection:
        connection.execute(statement)
    with (
        pytest.raises(PipelineError, match=rf"another version: 1 table.s. .* {named}.* run again"),
        open_store(database),
    ):
        pass


def test_a_view_of_another_version_is_renewed(database: Path) -> None:
    view = "SELECT sql, comment FROM duckdb_views() WHERE schema_name = 'core' AND view_name = 'contacts'"
    with open_store(database) as store:
        as_it_is = store.query(view)
    with duckdb.connect(str(database)) as connection:
        connection.execute("CREATE OR REPLACE VIEW core.contacts AS FROM core.settled_contacts")
        assert connection.execute(view).fetchall() != as_it_is.rows()
    with open_store(database) as store:
        assert store.query(view).equals(as_it_is)


def test_a_mart_that_was_written_and_is_a_query_now_becomes_one(database: Path) -> None:
    kind = "SELECT table_type FROM information_schema.tables WHERE table_schema = 'marts' AND table_name = ?"
    with open_store(database) as store:
        assert store.query(kind, ["duplicate_pairs"]).item() == "VIEW"
    with duckdb.connect(str(database)) as connection:
        connection.execute("CREATE TABLE marts.written AS FROM marts.duplicate_pairs; DROP VIEW marts.duplicate_pairs")
        connection.execute("ALTER TABLE marts.written RENAME TO duplicate_pairs")
    with open_store(database) as store:
        assert store.query(kind, ["duplicate_pairs"]).item() == "VIEW"


def test_a_warehouse_that_was_replaced_is_looked_at_again(database: Path) -> None:
    with open_store(database) as store:
        store.append(CORE_BRANDS, brands("a"))
    database.unlink()
    with open_store(database) as store:
        assert store.count(CORE_BRANDS) == 0


def _replace_then_fail(database: Path) -> None:
    with open_store(database) as store, store.transaction():
        store.replace(CORE_BRANDS, brands("b", "c"))
        raise RuntimeError


def test_a_transaction_is_all_or_nothing(database: Path) -> None:
    with open_store(database) as store:
        store.append(CORE_BRANDS, brands("a"))
    with pytest.raises(RuntimeError):
        _replace_then_fail(database)
    with open_store(database) as store:
        assert store.read(CORE_BRANDS)["brand_id"].to_list() == ["a"]


def test_the_digest_sees_values_and_not_order(database: Path) -> None:
    with open_store(database) as store:
        store.replace(CORE_BRANDS, brands("a", "b"))
        digest = store.digest(CORE_BRANDS)
        store.replace(CORE_BRANDS, brands("b", "a"))
        assert store.digest(CORE_BRANDS) == digest
        store.replace(CORE_BRANDS, brands("a", "c"))
        assert store.digest(CORE_BRANDS) != digest
        assert store.digest(CORE_BRANDS, without=["brand_id", "name"]) == store.digest(
            CORE_BRANDS, without=["name", "brand_id"]
        )


@pytest.mark.parametrize(
    "sql",
    [
        "FROM '/etc/passwd'",
        "FROM read_text('/etc/passwd')",
        "FROM read_csv('/etc/passwd')",
        "SET enable_external_access = true",
        "ATTACH '/tmp/other.duckdb'",
        "FROM aliases",
        "SELEC 1",
    ],
)
def test_no_query_reaches_past_the_walls(database: Path, sql: str) -> None:
    aliases = brands("a")
    with open_store(database) as store, pytest.raises(PipelineError, match="cannot be answered"):
        store.query(sql)
    assert aliases.height == 1  # a variable of that name must not be read as a table


def test_many_appends_of_one_thread_fill_row_groups(database: Path) -> None:
    undone_at = pl.lit(datetime(2026, 1, 1, tzinfo=UTC)).cast(pl.Datetime("us", "UTC"))
    ids = pl.DataFrame({"file_id": [str(number) for number in range(130_000)]})
    rows = ids.with_columns(run_sequence=pl.lit(1, pl.Int64), undone_at=undone_at)
    with open_store(database) as store:
        with store.one_thread(), store.transaction():
            store.append(RAW_UNDOS, rows)
            store.append(RAW_UNDOS, rows)
        filled = store.query(
            f"SELECT sum(count) AS filled FROM pragma_storage_info('{RAW_UNDOS.full_name}') WHERE column_name ="
            " 'run_sequence' AND segment_type = 'BIGINT' GROUP BY row_group_id ORDER BY row_group_id"
        )
    assert filled["filled"].to_list() == [122_880, 122_880, 14_240], "else they are written again by a checkpoint"


@pytest.mark.parametrize(("sql", "says"), [("", "asks for nothing"), ("SELECT 'a'::INT", "cannot be answered")])
def test_a_wrong_query_is_told_in_a_sentence(database: Path, sql: str, says: str) -> None:
    with open_store(database) as store, pytest.raises(PipelineError, match=says):
        store.query(sql)
