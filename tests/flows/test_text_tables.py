"""Tables for people: nothing in them runs, nothing is lost, and choices are offered."""

from pathlib import Path

import openpyxl
import pytest

from flows.settings import Limits
from flows.sources.tables import read_table
from flows.text_tables import Page, write_csv, write_workbook
from schemas.errors import PipelineError, UnsupportedError
from transforms.importing.rejects import protect_texts

HEADER = ["a", "b"]
ROWS = [["=1+1", "02134"], ["@x", ""], ["two\nlines, “quoted”", "+1 415"], ["-3", "\x07bell"]]


def test_a_workbook_holds_texts_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    write_workbook([Page("one", HEADER, ROWS, bands="a"), Page("two", HEADER, [])], path)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["one", "two"]
    cells = [cell for row in book["one"].iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.value for cell in book["one"]["B"]] == ["b", "02134", None, "+1 415", "bell"]
    assert book["one"].freeze_panes == "A2"


def test_what_is_written_is_read_back_with_its_lines(tmp_path: Path) -> None:
    page = Page("one", HEADER, [protect_texts(row) for row in ROWS[:3]])
    write_csv(page, tmp_path / "x.csv")
    write_workbook([page], tmp_path / "x.xlsx")
    for name in ("x.csv", "x.xlsx"):
        table = read_table(tmp_path / name, Limits())
        assert table.header == HEADER
        assert [cells for _, cells in table.rows] == [["'=1+1", "02134"], ["'@x", ""], ROWS[2]]
        assert [line for line, _ in table.rows] == [2, 3, 4]


def test_a_lone_carriage_return_comes_back(tmp_path: Path) -> None:
    rows = [["Ann", "one\r"], ["Bo", "a\rb"], ["Cy", 'say "x"\r\ny']]
    write_csv(Page("one", HEADER, rows), tmp_path / "x.csv")
    assert [cells for _, cells in read_table(tmp_path / "x.csv", Limits()).rows] == rows


def test_what_excel_cannot_hold_is_told(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match="longer than Excel allows"):
        write_workbook([Page("one", ["a"], [["x" * 40_000]])], tmp_path / "x.xlsx")


def test_a_file_without_a_table(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('{"contacts": [{"attributes": []}]}')
    with pytest.raises(UnsupportedError, match="no table"):
        read_table(path, Limits())
