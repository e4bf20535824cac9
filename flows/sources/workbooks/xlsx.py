""".xlsx and .xlsm: large ones of regular XML by their tags; others by calamine, and openpyxl behind it.

What calamine and openpyxl leave out comes from a scan of the XML.
"""

from __future__ import annotations

import zlib
from collections.abc import Container, Iterator
from datetime import time
from itertools import repeat
from pathlib import Path
from zipfile import ZipFile

from flows.sources.workbooks.calamine_grids import CALAMINE_ERRORS, read_calamine
from flows.sources.workbooks.grid import Grid
from flows.sources.workbooks.marks import Marks, Place
from flows.sources.workbooks.number_formats import NumberFormats
from flows.sources.workbooks.package import SheetPart, check_archive, list_sheets, read_number_formats
from flows.sources.workbooks.refusals import unreadable
from flows.sources.workbooks.repeated_texts import RepeatedTexts, measure_repeated
from flows.sources.workbooks.xlsx_scan import find_negatives, find_repeated, read_marks
from schemas.errors import SourceError

__all__ = ["read_xlsx"]

_LARGE_BYTES = 8 << 20  # a sheet from which on the modules that find tags are worth their import


def read_xlsx(path: Path, unpacked_bytes: int) -> Iterator[Grid]:
    """Sheets of a workbook that hold anything.

    Args:
        path: the file.
        unpacked_bytes: most that it may unpack to.

    Raises:
        SourceError: `too_large`, or `unreadable`.
        zipfile.BadZipFile: the archive contradicts itself.
    """
    try:
        with ZipFile(path) as archive:
            check_archive(archive, unpacked_bytes)
            sheets, formats = list_sheets(archive), read_number_formats(archive)
            repeated = measure_repeated(archive, sheets, unpacked_bytes)
            regular = _read_regular(archive, sheets, formats, repeated)
            marks = read_marks(archive, [sheet for sheet in sheets if sheet.name not in regular], formats)
    except (KeyError, EOFError, zlib.error, OSError, ValueError, SyntaxError, NotImplementedError, StopIteration):
        raise unreadable() from None  # SyntaxError is XML's ParseError
    others = [] if regular and not marks else _read_others(path, regular, marks, repeated)
    for grid in sorted([*filter(None, regular.values()), *others], key=lambda grid: grid.index):
        if repeated.are_large:
            grid.rows_at_once = repeated.rows_at_once(grid.width)
        yield grid


def _read_regular(
    archive: ZipFile, sheets: list[SheetPart], formats: NumberFormats, repeated: RepeatedTexts
) -> dict[str, Grid | None]:
    """Sheet name -> grid of sheets of regular XML, None for an empty one; nothing where all are small."""
    if not repeated.are_large and all(archive.getinfo(sheet.part).file_size < _LARGE_BYTES for sheet in sheets):
        return {}
    from flows.sources.workbooks.xlsx_sheets import read_regular_sheets

    return read_regular_sheets(archive, sheets, formats)


def _read_others(path: Path, regular: Container[str], marks: dict[str, Marks], repeated: RepeatedTexts) -> list[Grid]:
    """The other sheets, by readers for any kind of XML."""
    try:
        # calamine would build the rectangle, or a copy of a text for each of its cells, and abort
        is_large = repeated.are_large or any(mark.is_far for mark in marks.values())
        grids = list(_read_openpyxl(path, regular) if is_large else read_calamine(path, regular))
    except CALAMINE_ERRORS:
        grids = list(_read_openpyxl(path, regular))
    for grid in grids:
        grid.marks = marks.get(grid.name, Marks())
        empty = sum(sum(map(list.count, grid.rows, repeat(nothing))) for nothing in ("", None))
        filled = sum(map(len, grid.rows)) - empty
        if grid.marks.values_count > filled + len(grid.marks.errors):  # also where a text is empty
            grid.marks.repeated = find_repeated(path, grid.name)
        if grid.marks.has_negatives and any(time in map(type, row) for row in grid.rows):
            _undo_times(grid, find_negatives(path, grid.name))
    return grids


def _undo_times(grid: Grid, negatives: dict[Place, float]) -> None:
    """Numbers below zero are no times of day, as calamine says, whatever their format: Excel shows ##### for them."""
    rows = {number: at for at, number in enumerate(grid.row_numbers)}
    columns = {number: at for at, number in enumerate(grid.column_numbers)}
    for (row, column), number in negatives.items():
        if row in rows and column in columns and type(grid.rows[rows[row]][columns[column]]) is time:
            grid.rows[rows[row]][columns[column]] = number


def _read_openpyxl(path: Path, but: Container[str]) -> Iterator[Grid]:
    """Sheets but some. Slower by ten times and the last resort: it reads some files that calamine does not."""
    import openpyxl

    try:
        workbook = openpyxl.load_workbook(path, read_only=True, data_only=True)
        for index, sheet in enumerate(workbook.worksheets):
            if sheet.title in but:
                continue
            sheet.reset_dimensions()
            rows = enumerate(sheet.iter_rows(values_only=True), start=1)
            cells = {
                (row, column): value
                for row, values in rows
                for column, value in enumerate(values, start=1)
                if value is not None
            }
            if grid := Grid.of_cells(sheet.title, index, cells):
                grid.is_hidden = sheet.sheet_state != "visible"
                yield grid
    except (MemoryError, SourceError):
        raise
    except Exception:  # openpyxl raises whatever the XML leads it to
        raise unreadable() from None
