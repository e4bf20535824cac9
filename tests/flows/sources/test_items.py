"""A row as one text gives back its cells, whatever they hold."""

import duckdb
import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flows.sources.items import Rows
from flows.sources.messages import Batch, join_cells
from schemas.ddl import create_statement
from schemas.tables import RAW_ROW_LINES
from schemas.views import VIEWS, view_statement
from transforms.importing.cells import split_lines

CELL = st.text(alphabet="a, \x1f\x1e\ue000\ue001\n\u0301é😀", max_size=4)
ROWS = st.integers(1, 3).flatmap(lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1))


@settings(max_examples=60, deadline=None)
@given(ROWS)
@example([["\x1f", "\ue000"], ["", ""], ["\u0301", "a"]])
def test_cells_come_back_from_lines(rows: list[list[str]]) -> None:
    numbers, width = pl.Series(range(1, len(rows) + 1)), len(rows[0])
    given_rows = Rows.of(Batch("", numbers.to_list(), [join_cells(row) for row in rows]))
    assert given_rows.frame["cells"].to_list() == rows
    assert split_lines(given_rows.lines, width).drop("row_number").rows() == [tuple(row) for row in rows]


def test_the_table_reads_the_cells_itself() -> None:
    rows = [["Ann", "", "x"], ["a\x1fb", "\u0301", "😀"], ["", "", ""]]
    with duckdb.connect() as connection:
        view = next(view for view in VIEWS if view.own == RAW_ROW_LINES)
        connection.execute(f"CREATE SCHEMA raw; {create_statement(RAW_ROW_LINES)}; {view_statement(view)}")
        for number, row in enumerate(rows, start=1):
            connection.execute(
                "INSERT INTO raw.row_lines VALUES ('f', '', ?, ?)",
                [number, join_cells(row)],
            )
        found = connection.execute("SELECT cells FROM raw.file_rows ORDER BY row_number").fetchall()
        assert [cells for (cells,) in found] == rows


def test_shorter_rows_have_no_further_cells() -> None:
    lines = Rows.of(Batch("", [1, 2], [join_cells(["a"]), join_cells(["b", "c"])])).lines
    assert split_lines(lines, 3).rows() == [(1, "a", None, None), (2, "b", "c", None)]
