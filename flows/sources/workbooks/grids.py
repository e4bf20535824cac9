"""Workbooks as grids of values: calamine for .xlsx, xlrd for .xls, each with the other kind of reader behind it.

xlrd comes first for .xls because it alone tells number formats and error cells there; calamine is three times as
fast, but an .xls holds 65,536 rows a sheet at most.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from flows.sources.workbooks.cell_texts import find_zero_format
from flows.sources.workbooks.xlsx_marks import Marks, check_proportions, read_marks
from schemas.errors import SourceError
from schemas.vocabulary import ProblemCode

__all__ = ["Grid", "read_grids"]


@dataclass
class Grid:
    """One sheet's values within the rectangle it uses.

    Attributes:
        name: the sheet.
        index: its position in the workbook, from 0.
        rows: values as the reader gave them, all rows equally long.
        top: row of the first one in the workbook, from 1.
        left: column of the first value, from 1.
        is_hidden: whether a person has to unhide it to see it.
        marks: what is to be known of single cells.
    """

    name: str
    index: int
    rows: list[list[Any]]
    top: int = 1
    left: int = 1
    is_hidden: bool = False
    marks: Marks = field(default_factory=Marks)

    @property
    def width(self) -> int:
        """Columns."""
        return len(self.rows[0]) if self.rows else 0

    @cached_property
    def marked_rows(self) -> set[int]:
        """Rows of the workbook with any mark."""
        return self.marks.rows

    @cached_property
    def imprecise_rows(self) -> set[int]:
        """Positions of rows with a number so large that it may have lost digits."""
        return {
            at
            for at, row in enumerate(self.rows)
            if any(type(value) is float and not -1e15 < value < 1e15 for value in row)
        }


def read_grids(path: Path, file_type: str, unpacked_bytes: int) -> Iterator[Grid]:
    """Sheets of a workbook that hold anything.

    Args:
        path: the file.
        file_type: xlsx or xls, by content.
        unpacked_bytes: most that an .xlsx may unpack to.

    Raises:
        SourceError: `encrypted`, `too_large`, or `unreadable`.
    """
    if file_type == "xls":
        yield from _read_xls(path)
        return
    try:
        with ZipFile(path) as archive:
            check_proportions(archive, unpacked_bytes)
            marks = read_marks(archive)
    except (BadZipFile, KeyError, EOFError, OSError, ValueError, SyntaxError):  # SyntaxError is XML's ParseError
        raise _unreadable(path) from None
    yield from _read_xlsx(path, marks)


def _read_xlsx(path: Path, marks: dict[str, Marks]) -> Iterator[Grid]:
    try:
        grids = list(_calamine_grids(path))
    except _calamine_errors():
        grids = list(_openpyxl_grids(path))
    for grid in grids:
        grid.marks = marks.get(grid.name, Marks())
        yield grid


def _read_xls(path: Path) -> Iterator[Grid]:
    try:
        yield from list(_xlrd_grids(path))
    except SourceError:
        raise
    except Exception:  # xlrd raises AssertionError, IndexError, struct.error and more on files it does not know
        try:
            yield from list(_calamine_grids(path))
        except _calamine_errors():
            raise _unreadable(path) from None


def _calamine_errors() -> tuple[type[Exception], ...]:
    from python_calamine import CalamineError, PasswordError, WorksheetNotFound, XmlError, ZipError

    return (CalamineError, PasswordError, WorksheetNotFound, XmlError, ZipError)


def _calamine_grids(path: Path) -> Iterator[Grid]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    workbook = CalamineWorkbook.from_path(str(path))
    for index, sheet in enumerate(workbook.sheets_metadata):
        if sheet.typ != SheetTypeEnum.WorkSheet:
            continue
        content = workbook.get_sheet_by_index(index)
        if content.start is None:
            continue
        top, left = content.start
        is_hidden = sheet.visible != SheetVisibleEnum.Visible
        yield Grid(sheet.name, index, content.to_python(skip_empty_area=True), top + 1, left + 1, is_hidden)


def _openpyxl_grids(path: Path) -> Iterator[Grid]:
    """Slower by ten times and the last resort: it reads some files that calamine does not."""
    import openpyxl

    try:
        workbook = openpyxl.load_workbook(path, read_only=True, data_only=True)
        for index, sheet in enumerate(workbook.worksheets):
            rows = [list(row) for row in sheet.iter_rows(values_only=True)]
            width = max(map(len, rows), default=0)
            rows = [row + [None] * (width - len(row)) for row in rows]
            if any(value is not None for row in rows for value in row):
                yield Grid(sheet.title, index, rows, is_hidden=sheet.sheet_state != "visible")
    except Exception:  # openpyxl raises whatever the XML leads it to
        raise _unreadable(path) from None


def _xlrd_grids(path: Path) -> Iterator[Grid]:
    import xlrd

    try:
        book = xlrd.open_workbook(str(path), formatting_info=True, ragged_rows=False, logfile=_Silence())
    except xlrd.XLRDError as error:
        if "encrypted" in str(error):
            raise SourceError(
                ProblemCode.ENCRYPTED,
                "the workbook is protected with a password",
                todo="open it, remove the password, and save it again",
            ) from None
        raise
    formats = {
        key: found for key, item in book.format_map.items() if (found := find_zero_format(item.format_str or ""))
    }
    zeros = {at: formats[style.format_key] for at, style in enumerate(book.xf_list) if style.format_key in formats}
    for index, sheet in enumerate(book.sheets()):
        grid = Grid(sheet.name, index, [], is_hidden=sheet.visibility != 0)
        for row in range(sheet.nrows):
            values = sheet.row_values(row)
            types = sheet.row_types(row)
            grid.rows.append([_xlrd_value(book, *cell) for cell in zip(types, values, strict=True)])
            for column, kind in enumerate(types):
                if kind == xlrd.XL_CELL_ERROR:
                    grid.marks.errors[row + 1, column + 1] = xlrd.error_text_from_code.get(values[column], "#ERROR")
                elif kind == xlrd.XL_CELL_NUMBER and zeros and (found := zeros.get(sheet.cell_xf_index(row, column))):
                    grid.marks.zeros[row + 1, column + 1] = found
        if any(value != "" for row in grid.rows for value in row):
            yield grid


def _xlrd_value(book: Any, kind: int, value: Any) -> Any:
    """A cell's value with the type that xlrd gives beside it."""
    import xlrd

    if kind == xlrd.XL_CELL_DATE:
        try:
            moment = xlrd.xldate.xldate_as_datetime(value, book.datemode)
        except (xlrd.xldate.XLDateError, OverflowError, ValueError):
            return value
        return moment.time() if value < 1 else moment
    if kind == xlrd.XL_CELL_BOOLEAN:
        return bool(value)
    return "" if kind == xlrd.XL_CELL_ERROR else value


class _Silence:
    """xlrd prints warnings; nobody reads them here."""

    def write(self, text: str) -> None:
        """Drop it."""


def _unreadable(path: Path) -> SourceError:
    return SourceError(
        ProblemCode.UNREADABLE,
        "the workbook is damaged, or of a kind that is not read",
        where=path.name,
        todo="open it in a spreadsheet program and save it again as .xlsx",
    )
