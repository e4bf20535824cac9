""".xls of Excel 2 to 2003: xlrd, and calamine behind it.

xlrd comes first because it alone tells number formats, error cells and what is hidden; calamine is three times as
fast, but an .xls holds 65,536 rows a sheet at most.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from flows.sources.workbooks.calamine_grids import CALAMINE_ERRORS, read_calamine
from flows.sources.workbooks.cell_texts import ZeroFormat, find_zero_format
from flows.sources.workbooks.grid import Grid
from flows.sources.workbooks.marks import Marks
from flows.sources.workbooks.refusals import encrypted, unreadable
from schemas.errors import SourceError

__all__ = ["read_xls"]

_ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)  # a number format of hours that go on past 24


def read_xls(path: Path) -> Iterator[Grid]:
    """Sheets of a workbook that hold anything.

    Raises:
        SourceError: `encrypted`, or `unreadable`.
    """
    try:
        yield from list(_read_xlrd(path))
    except (SourceError, MemoryError):
        raise
    except Exception:  # xlrd raises AssertionError, IndexError, struct.error and more on files it does not know
        try:
            yield from list(read_calamine(path))
        except CALAMINE_ERRORS:
            raise unreadable() from None


def _read_xlrd(path: Path) -> Iterator[Grid]:
    import xlrd

    try:
        book = xlrd.open_workbook(str(path), formatting_info=True, ragged_rows=True, logfile=_Silence())
    except xlrd.XLRDError as error:
        if "encrypted" in str(error):
            raise encrypted() from None
        raise
    formats = {
        key: found for key, item in book.format_map.items() if (found := find_zero_format(item.format_str or ""))
    }
    zeros = {at: formats[style.format_key] for at, style in enumerate(book.xf_list) if style.format_key in formats}
    elapsed = {key for key, item in book.format_map.items() if _ELAPSED.search(item.format_str or "")}
    styles = {at for at, style in enumerate(book.xf_list) if style.format_key in elapsed}
    for index, sheet in enumerate(book.sheets()):
        if grid := _to_grid(book, index, sheet, zeros, styles):
            yield grid


def _to_grid(book: Any, index: int, sheet: Any, zeros: dict[int, ZeroFormat], elapsed: set[int]) -> Grid | None:
    import xlrd

    marks = Marks()
    rows = []
    for row in range(sheet.nrows):
        values, types = sheet.row_values(row), sheet.row_types(row)
        cells = [_to_value(book, *cell) for cell in zip(types, values, strict=True)]
        while cells and cells[-1] == "" and types[len(cells) - 1] != xlrd.XL_CELL_ERROR:
            cells.pop()  # blank cells that only have a format
        rows.append(cells)
        for column, kind in enumerate(types):
            place = (row + 1, column + 1)
            if kind == xlrd.XL_CELL_ERROR:
                marks.errors[place] = xlrd.error_text_from_code.get(values[column], "#ERROR")
            elif kind == xlrd.XL_CELL_NUMBER and zeros and (found := zeros.get(sheet.cell_xf_index(row, column))):
                marks.zeros[place] = found
            elif kind == xlrd.XL_CELL_DATE and elapsed and sheet.cell_xf_index(row, column) in elapsed:
                cells[column] = timedelta(days=values[column])
            elif kind == xlrd.XL_CELL_DATE and int(values[column]) == 60:
                marks.sixties.add(place)
    width = max(map(len, rows), default=0)
    while rows and not rows[-1]:
        rows.pop()
    for cells in rows:
        cells.extend([""] * (width - len(cells)))
    marks.hidden_rows = {row + 1 for row, info in sheet.rowinfo_map.items() if info.hidden}
    marks.hidden_columns = {column + 1 for column, info in sheet.colinfo_map.items() if info.hidden}
    marks.merged = [(top + 1, left + 1, bottom, right) for top, bottom, left, right in sheet.merged_cells]
    grid = Grid.of_block(sheet.name, index, rows)
    grid.is_hidden, grid.marks = sheet.visibility != 0, marks
    return grid if width else None


def _to_value(book: Any, kind: int, value: Any) -> Any:
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
