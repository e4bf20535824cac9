"""Grids by calamine: the fastest reader, in Rust; it aborts the process on files out of all proportion."""

from __future__ import annotations

from collections.abc import Container, Iterator
from pathlib import Path

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    WorksheetNotFound,
    XmlError,
    ZipError,
)

from flows.sources.workbooks.grid import Grid

__all__ = ["CALAMINE_ERRORS", "read_calamine"]

CALAMINE_ERRORS = (CalamineError, PasswordError, WorksheetNotFound, XmlError, ZipError, OSError)


def read_calamine(path: Path, but: Container[str] = ()) -> Iterator[Grid]:
    """Sheets that hold anything, but some; raises one of CALAMINE_ERRORS."""
    try:
        yield from _read(path, but)
    except OverflowError:  # a number in a format of dates, far beyond them
        raise CalamineError("a date is too large") from None
    except BaseException as error:
        # what panics in Rust is no Exception here, and its class has no name to import
        if type(error).__name__ == "PanicException":
            raise CalamineError("calamine panicked") from None
        raise


def _read(path: Path, but: Container[str]) -> Iterator[Grid]:
    workbook = CalamineWorkbook.from_path(str(path))
    for index, sheet in enumerate(workbook.sheets_metadata):
        if sheet.typ != SheetTypeEnum.WorkSheet or sheet.name in but:
            continue
        content = workbook.get_sheet_by_index(index)
        if content.start is None:
            continue
        top, left = content.start
        grid = Grid.of_block(sheet.name, index, content.to_python(skip_empty_area=True), top + 1, left + 1)
        grid.is_hidden = sheet.visible != SheetVisibleEnum.Visible
        yield grid
