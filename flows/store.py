"""The warehouse: the only file that imports duckdb. It knows tables and types, no business words."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from flows.contracts import conform
from flows.warehouse import Stamp, create_tables, stamp
from schemas.ddl import hash_expression, literal, polars_schema, quoted
from schemas.errors import BusyError, NotFoundError, PipelineError
from schemas.tables import Table
from schemas.views import VIEWS

__all__ = ["WRITING_GB", "Store", "open_published", "open_store"]

#: Nothing a file says may make DuckDB read another file, load code or see Python variables; nothing is printed.
_SANDBOX = (
    "SET TimeZone = 'UTC'",
    "SET enable_progress_bar = false",
    "SET python_enable_replacements = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET allow_community_extensions = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)

#: Memory for stages that write chunk after chunk; with more, DuckDB keeps what it has written, however long the file.
WRITING_GB = 0.4

#: Warehouses whose tables are known to be right, as this process left them.
_LEFT: dict[Path, Stamp | None] = {}

_NEWEST = pl.CompatLevel.newest()  # texts go over as Polars has them, not copied


class Store:
    """One connection to a warehouse. Values are bound, identifiers come from the registry."""

    def __init__(self, connection: duckdb.DuckDBPyConnection):
        self._connection = connection

    def read(
        self,
        table: Table,
        columns: Sequence[str] | None = None,
        where: str = "true",
        parameters: Sequence[object] = (),
    ) -> pl.DataFrame:
        """Rows of a table, with exactly the types of its model.

        Args:
            table: the table.
            columns: which columns; all of them by default.
            where: an SQL condition written in code, with `?` for every value.
            parameters: the values.
        """
        schema = polars_schema(table)
        names = list(columns or schema)
        selected = ", ".join(quoted(name) for name in names)
        query = f"SELECT {selected} FROM {table.full_name} WHERE {where}"  # noqa: S608 - identifiers from the registry
        rows, types = self.query(query, parameters), pl.Schema({name: schema[name] for name in names})
        return rows if rows.schema == types else rows.cast(types)

    def query(self, sql: str, parameters: Sequence[object] = ()) -> pl.DataFrame:
        """Any SELECT; one that an analyst typed fails with what DuckDB says of it.

        Raises:
            PipelineError: the query is wrong.
        """
        try:
            relation = self._connection.sql(sql, params=list(parameters))
            if relation is None:
                raise PipelineError("the query asks for nothing", expected="a SELECT")
            frame: pl.DataFrame = relation.pl()
        except (duckdb.ProgrammingError, duckdb.DataError, duckdb.PermissionException) as error:
            raise PipelineError(f"the query cannot be answered: {error}") from None
        return frame

    def count(self, table: Table, where: str = "true", parameters: Sequence[object] = ()) -> int:
        """How many rows satisfy a condition."""
        query = f"SELECT count(*) FROM {table.full_name} WHERE {where}"  # noqa: S608 - identifiers from the registry
        return int(self.execute(query, parameters)[0][0])

    def count_each(self, tables: Sequence[Table]) -> dict[str, int]:
        """Name of each table -> its rows, in one statement."""
        counts = (f"SELECT {literal(table.name)}, count(*) FROM {table.full_name}" for table in tables)  # noqa: S608
        return dict(self.execute(" UNION ALL ".join(counts)))

    def append(self, table: Table, frame: pl.DataFrame) -> int:
        """Add rows, filling the hashed id where the table has one; returns how many.

        Raises:
            ContractError: the frame's columns, types or values are not those of the table's model.
        """
        given = conform(table, frame)
        if given.is_empty():
            return 0
        expressions = {name: quoted(name) for name in given.columns}
        if table.hashed_id:
            expressions[table.hashed_id] = hash_expression(table)
        selected = ", ".join(f"{expressions[name]} AS {quoted(name)}" for name in table.columns if name in expressions)
        # a frame that is registered is kept until the transaction ends: measured, twice the memory
        self._connection.from_arrow(given.to_arrow(compat_level=_NEWEST)).project(selected).insert_into(_written(table))
        return given.height

    def replace(self, table: Table, frame: pl.DataFrame) -> int:
        """Make the table hold exactly these rows."""
        self.delete(table)
        return self.append(table, frame)

    def copy(
        self,
        source: Table | str,
        target: Table,
        expressions: Mapping[str, str],
        where: str = "true",
        parameters: Sequence[object] = (),
    ) -> int:
        """Add rows of one table to another inside DuckDB, filling the hashed id if not given; returns how many.

        Args:
            source: where the rows are: a table, or a query in brackets, written in code.
            target: where they go.
            expressions: target column -> SQL over the source, written in code; other columns have the same name there.
            where: an SQL condition on the source, written in code, with `?` for every value.
            parameters: the values.
        """
        cells = {name: expressions.get(name, quoted(name)) for name in target.filled}
        if target.hashed_id:
            cells[target.hashed_id] = expressions.get(target.hashed_id, hash_expression(target))
        names, values = ", ".join(map(quoted, cells)), ", ".join(cells.values())
        origin = source if isinstance(source, str) else source.full_name
        sql = f"INSERT INTO {_written(target)} ({names}) SELECT {values} FROM {origin} WHERE {where}"  # noqa: S608
        return int(self.execute(sql, parameters)[0][0])

    def delete(self, table: Table, where: str = "true", parameters: Sequence[object] = ()) -> None:
        """Delete the rows that satisfy a condition; all by default."""
        self.execute(f"DELETE FROM {_written(table)} WHERE {where}", parameters)  # noqa: S608

    def update(self, table: Table, assignments: str, where: str, parameters: Sequence[object] = ()) -> None:
        """Update rows of a small control table."""
        self.execute(f"UPDATE {_written(table)} SET {assignments} WHERE {where}", parameters)  # noqa: S608

    @contextmanager
    def transaction(self) -> Iterator[Store]:
        """All or nothing: what a stage writes is committed together."""
        self.execute("BEGIN")
        try:
            yield self
        except BaseException:
            self.execute("ROLLBACK")
            raise
        self.execute("COMMIT")

    def limit_memory(self, memory: str) -> None:
        """Give DuckDB so much memory from here on, such as `0.75GB`."""
        self.execute(f"SET memory_limit = {literal(memory)}")

    @contextmanager
    def one_thread(self) -> Iterator[None]:
        """For stages that write chunk after chunk: rows go one behind the other for as long as the with-block lasts.

        Of several threads each fills row groups of its own, and those that they leave half full are written twice.
        After an error the warehouse is closed anyway.
        """
        self.execute("SET threads = 1")
        yield
        self.execute("RESET threads")

    @contextmanager
    def lend(self, **frames: pl.DataFrame) -> Iterator[None]:
        """Frames that conditions and queries may name as tables, for as long as the with-block lasts."""
        for name, frame in frames.items():
            self._connection.register(name, frame.to_arrow(compat_level=_NEWEST))
        try:
            yield
        finally:
            for name in frames:
                self._connection.unregister(name)

    def digest(self, table: Table, without: Sequence[str] = ()) -> str:
        """SHA-256 over the table's rows as canonical text, whatever their order.

        Args:
            table: the table.
            without: columns left out because they tell of the run, not of the data.
        """
        names = [name for name in table.columns if name not in without]
        cells = ", ".join(f"coalesce(CAST({quoted(name)} AS VARCHAR), '\\N')" for name in names)
        query = f"SELECT md5(concat_ws('|', {cells})) AS row FROM {table.full_name} ORDER BY row"  # noqa: S608
        rows = self.execute(query)
        return hashlib.sha256("\n".join(row[0] for row in rows).encode()).hexdigest()

    @contextmanager
    def attached(self, database: Path, name: str, *, is_read_only: bool = False) -> Iterator[None]:
        """Another DuckDB file in the same folder, by a name, for as long as the with-block lasts.

        Raises:
            PipelineError: it is none, or it is read for a table that it has not.
        """
        try:
            self.execute(f"ATTACH {literal(str(database.resolve()))} AS {name}{' (READ_ONLY)' * is_read_only}")
        except duckdb.Error as error:
            raise PipelineError("the file cannot be opened", where=str(database)) from error
        try:
            yield
        finally:
            self.execute(f"DETACH {name}")

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Run a statement written in code to its end: a result left half-read blocks the connection."""
        return self._connection.execute(sql, list(parameters)).fetchall()


@contextmanager
def open_store(database: Path, settings: Mapping[str, Any] | None = None) -> Iterator[Store]:
    """Open (and on first use create) a warehouse for reading and writing.

    Its tables are looked at unless the file is as this process left it: a run opens a large one two dozen times.

    Args:
        database: path of the warehouse file.
        settings: DuckDB settings such as memory_limit, threads, temp_directory.

    Raises:
        BusyError: another process has it open.
        PipelineError: it cannot be opened, or another version made it.
    """
    before = stamp(database)
    try:
        connection = duckdb.connect(str(database), config=dict(settings or {}))
    except duckdb.IOException as error:
        if "lock" in str(error):
            raise BusyError(
                "another process has the warehouse open", where=database.name, todo="wait for it to end, then run again"
            ) from None
        raise PipelineError(
            "the warehouse cannot be opened", where=str(database), todo="check the file and its folder's permissions"
        ) from error
    try:
        connection.execute("SET allowed_configs = ['memory_limit', 'threads']")
        _lock_down(connection, [database.parent])
        store = Store(connection)
        if before is None or before != _LEFT.get(database):
            create_tables(store.execute)
        yield store
    finally:
        connection.close()
    _LEFT[database] = stamp(database)


@contextmanager
def open_published(database: Path) -> Iterator[Store]:
    """Open a published file read-only, as an analyst does.

    Raises:
        NotFoundError: nothing has been published yet.
        BusyError: it is a warehouse that a run has open.
    """
    if not database.exists():
        raise NotFoundError("nothing has been published yet", where=str(database), todo="run `leadpipe run` first")
    try:
        connection = duckdb.connect(str(database), read_only=True)
    except duckdb.IOException:
        raise BusyError("another process is writing to it", where=database.name, todo="wait for it to end") from None
    try:
        _lock_down(connection, [])
        yield Store(connection)
    finally:
        connection.close()


def _lock_down(connection: duckdb.DuckDBPyConnection, folders: Sequence[Path]) -> None:
    """No file outside these folders, and no setting, can be reached from here on."""
    names = ", ".join(literal(f"{folder.resolve()}/") for folder in folders)
    connection.execute(f"SET allowed_directories = [{names}]")
    for statement in _SANDBOX:
        connection.execute(statement)


def _written(table: Table) -> str:
    """Where rows of a table are: of a view, its own ones."""
    return next((view.own.full_name for view in VIEWS if view.table == table), table.full_name)
