"""The sheets of one contact file, in chunks of rows, so that memory stays flat however long the file is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import polars as pl

from flows.store import Store
from schemas.tables import RAW_FILE_ROWS, RAW_PROBLEMS, RAW_RECORDS, RAW_SHEETS
from schemas.vocabulary import Folder, ProblemCode
from transforms.importing.cells import split_lines
from transforms.importing.rejects import ROW_COLUMN, is_mended, unprotect

__all__ = [
    "Sheet", "count_refused_cells", "read_chunks", "read_date_values", "read_objects", "read_rows_after_gaps",
    "read_sample", "read_sheets",
]  # fmt: skip

#: Rows, cells and bytes that are read at once, and rows that always are: bounds memory, whatever the rows are like.
_CHUNK_ROWS: Final = 100_000
_CHUNK_CELLS: Final = 3_000_000
_CHUNK_BYTES: Final = 32 << 20
_FEWEST_ROWS: Final = 1_000
_CHUNK_OBJECTS: Final = 50_000
_SAMPLE_ROWS: Final = 1_000
_UNPROTECTED_HEADER: Final = pl.col("header").list.eval(unprotect(pl.element()))


@dataclass(frozen=True)
class Sheet:
    """One table of a contact file, as raw.sheets describes it."""

    file_id: str
    sheet: str
    header: list[str]
    rows_count: int
    is_hidden: bool
    hidden_columns: list[str]

    @property
    def is_mended(self) -> bool:
        """Whether `leadpipe rejects` wrote it: then its cells are read as they were before it protected them."""
        return is_mended(self.header)

    @property
    def place(self) -> list[object]:
        """What finds its rows in raw.file_rows."""
        return [self.file_id, self.sheet]


def read_sheets(store: Store, file_id: str) -> list[Sheet]:
    """The tables of a file, in its order."""
    sheets = store.read(RAW_SHEETS, where="file_id = ?", parameters=[file_id]).sort("sheet_index")
    header = pl.when(pl.col("header").list.contains(ROW_COLUMN)).then(_UNPROTECTED_HEADER).otherwise("header")
    columns = ("file_id", "sheet", header.alias("header"), "rows_count", "is_hidden", "hidden_columns")
    return [Sheet(*row) for row in sheets.select(columns).rows()]


def read_sample(store: Store, sheet: Sheet) -> pl.DataFrame:
    """The first rows, by which columns are judged, as `read_chunks` gives them."""
    rows = store.read(
        RAW_FILE_ROWS,
        ["row_number", "line"],
        "file_id = ? AND sheet = ? AND row_number <= ?",
        [*sheet.place, _SAMPLE_ROWS],
    )
    return _read_cells(rows, sheet)


def read_rows_after_gaps(store: Store, sheet: Sheet) -> pl.DataFrame:
    """The rows that follow an empty one, and those right behind them, as `read_chunks` gives them."""
    of_sheet = f"FROM {RAW_FILE_ROWS.full_name} WHERE file_id = ? AND sheet = ?"
    query = (
        f"WITH after AS (SELECT row_number {of_sheet} AND row_number > 1 EXCEPT SELECT row_number + 1 {of_sheet})"  # noqa: S608 - identifiers from the registry
        f" SELECT row_number, line {of_sheet} AND row_number IN"
        f" (SELECT row_number FROM after UNION SELECT row_number + 1 FROM after)"
    )
    return _read_cells(store.query(query, sheet.place * 3), sheet)


def count_refused_cells(store: Store, file_id: str) -> int:
    """Cells that their reader refused, such as errors of a formula: raw has their rows without them."""
    is_cell = "folder = ? AND file_id = ? AND code = ? AND row_number IS NOT NULL AND column_name IS NOT NULL"
    return store.count(RAW_PROBLEMS, is_cell, [Folder.CONTACTS.value, file_id, ProblemCode.CELL_ERROR.value])


def _read_cells(rows: pl.DataFrame, sheet: Sheet) -> pl.DataFrame:
    wide = split_lines(rows.sort("row_number"), len(sheet.header))
    return wide.with_columns(unprotect(pl.exclude("row_number"))) if sheet.is_mended else wide


def read_chunks(store: Store, sheet: Sheet) -> Iterator[pl.DataFrame]:
    """All rows in order, some thousands at a time: row_number, and the cells as columns "0", "1" …"""
    query = (
        "SELECT coalesce(max(row_number), 0) AS last, coalesce(CAST(avg(strlen(line)) AS BIGINT), 0) AS bytes"  # noqa: S608 - identifiers from the registry
        f" FROM {RAW_FILE_ROWS.full_name} WHERE file_id = ? AND sheet = ?"
    )
    last, size = store.query(query, sheet.place).row(0)
    most = min(_CHUNK_ROWS, _CHUNK_CELLS // max(1, len(sheet.header)), _CHUNK_BYTES // max(1, size))
    step = max(_FEWEST_ROWS, most)
    for start in range(0, last, step):
        rows = store.read(
            RAW_FILE_ROWS,
            ["row_number", "line"],
            "file_id = ? AND sheet = ? AND row_number > ? AND row_number <= ?",
            [*sheet.place, start, start + step],
        )
        if not rows.is_empty():
            yield _read_cells(rows, sheet)


def read_date_values(store: Store, sheet: Sheet, positions: list[int]) -> dict[int, pl.Series]:
    """Every distinct value of some columns, for these are judged as a whole; nothing stands before a line's mark."""
    if not positions:
        return {}
    # a line is split once for all of them; split_part, once for each, takes as long for one as this for two
    query = (
        "SELECT DISTINCT unnest(CAST(? AS BIGINT[])) AS position,"  # noqa: S608 - identifiers from the registry
        " unnest(list_select(string_split(line, line[1]), CAST(? AS BIGINT[]))) AS value"
        f" FROM {RAW_FILE_ROWS.full_name} WHERE file_id = ? AND sheet = ?"
    )
    found = store.query(query, [positions, [position + 2 for position in positions], *sheet.place])
    texts = found.with_columns(pl.col("value").fill_null("")).unique()  # null where a row is shorter
    values = {position: texts.filter(pl.col("position") == position)["value"].sort() for position in positions}
    if not sheet.is_mended:
        return values
    plain = pl.col("value")
    return {at: given.to_frame().select(unprotect(plain).unique().sort()).to_series() for at, given in values.items()}


def read_objects(store: Store, file_id: str) -> Iterator[pl.DataFrame]:
    """file_id, record_number, payload of the JSON contacts of a file, in order, some thousands at a time."""
    where, place = "folder = ? AND file_id = ?", [Folder.CONTACTS.value, file_id]
    query = f"SELECT max(record_number) AS last FROM {RAW_RECORDS.full_name} WHERE {where}"  # noqa: S608 - identifiers from the registry
    last = store.query(query, place)["last"][0] or 0
    for start in range(0, last, _CHUNK_OBJECTS):
        part = f"{where} AND record_number > ? AND record_number <= ?"
        columns = ["file_id", "record_number", "payload"]
        records = store.read(RAW_RECORDS, columns, part, [*place, start, start + _CHUNK_OBJECTS])
        if not records.is_empty():
            yield records.sort("record_number")
