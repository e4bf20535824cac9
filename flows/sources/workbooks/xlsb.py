"""Binary workbooks (.xlsb), from their records.

No reader at hand takes all of them: dates stored in few bytes come out as numbers, texts of several fonts not at all.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from zipfile import ZipFile

from flows.sources.workbooks.grid import Grid
from flows.sources.workbooks.marks import Marks, Place
from flows.sources.workbooks.number_formats import NumberFormats
from flows.sources.workbooks.package import check_archive
from flows.sources.workbooks.refusals import too_large, unreadable
from flows.sources.workbooks.xlsb_book import Book, read_book
from flows.sources.workbooks.xlsb_records import read_packed, read_records, read_text

__all__ = ["read_xlsb"]

#: Kinds of records, by the names of their specification.
_ROW, _PACKED, _ERROR, _BOOL, _REAL, _TEXT, _SHARED = 0, 2, 3, 4, 5, 6, 7
_FORMULA_TEXT, _FORMULA_REAL, _FORMULA_BOOL, _FORMULA_ERROR = 8, 9, 10, 11
_COLUMNS, _RICH, _MERGED = 60, 62, 176
_CELLS = frozenset({*range(_PACKED, _FORMULA_ERROR + 1), _RICH})
_HIDDEN_ROW = 0x10
_ERRORS: Final = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
}  # fmt: skip
_MOST_BYTES = 128 << 20  # of a sheet; 200,000 rows of 30 columns take 100 MB

#: Row of the workbook -> columns and values of its cells.
Rows = dict[int, tuple[list[int], list[Any]]]


def read_xlsb(path: Path, unpacked_bytes: int) -> Iterator[Grid]:
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
            yield from list(_read_grids(archive))
    except (KeyError, EOFError, zlib.error, ValueError, SyntaxError, struct.error, IndexError):
        raise unreadable() from None


def _read_grids(archive: ZipFile) -> Iterator[Grid]:
    book = read_book(archive)
    if not book.sheets:
        raise unreadable()
    for sheet in book.sheets:
        if archive.getinfo(sheet.part).file_size > _MOST_BYTES:
            raise too_large(f"the sheet {sheet.name!r} is out of proportion")
        marks = Marks()
        rows = _read_rows(archive.read(sheet.part), book, marks)
        if grid := Grid.of_rows(sheet.name, sheet.index, rows, marks):
            grid.is_hidden = sheet.is_hidden
            yield grid


def _read_rows(content: bytes, book: Book, marks: Marks) -> Rows:
    """Cells of a sheet that hold a value or an error, the error marked and its value empty."""
    rows: Rows = {}
    row = 0
    for kind, body in read_records(content):
        if kind in _CELLS:
            column, style = struct.unpack_from("<II", body)
            value = _to_value(kind, body, book.strings)
            if type(value) is float:
                value = _show(value, (row, column + 1), style & 0xFFFFFF, book.formats, marks)
            elif value is None:
                marks.errors[row, column + 1] = _ERRORS.get(body[8], "#ERROR")
            if value != "":
                columns, values = rows.setdefault(row, ([], []))
                columns.append(column + 1)
                values.append("" if value is None else value)
        elif kind == _ROW:
            row = int(struct.unpack_from("<I", body)[0]) + 1
            if body[11] & _HIDDEN_ROW:
                marks.hidden_rows.add(row)
        else:
            _mark_ranges(kind, body, marks)
    return rows


def _to_value(kind: int, body: bytes, strings: list[str]) -> Any:
    """A cell's value, None for an error; what it holds begins behind column and style."""
    if kind == _SHARED:
        return strings[struct.unpack_from("<I", body, 8)[0]]
    if kind == _PACKED:
        return read_packed(body, 8)
    if kind in (_REAL, _FORMULA_REAL):
        return struct.unpack_from("<d", body, 8)[0]
    if kind in (_TEXT, _FORMULA_TEXT):
        return read_text(body, 8)[0]
    if kind in (_BOOL, _FORMULA_BOOL):
        return bool(body[8])
    return read_text(body, 9)[0] if kind == _RICH else None


def _show(value: float, place: Place, style: int, formats: NumberFormats, marks: Marks) -> Any:
    """A number as its format shows it."""
    if style in formats.zeros:
        marks.zeros[place] = formats.zeros[style]
    if formats.is_leap_day(value, style):
        marks.sixties.add(place)
    return formats.show(value, style)


def _mark_ranges(kind: int, body: bytes, marks: Marks) -> None:
    if kind == _COLUMNS and body[16] & 1:  # hidden
        first, last = struct.unpack_from("<II", body)
        marks.hidden_columns.update(range(first + 1, min(last, 1 << 14) + 2))
    elif kind == _MERGED:
        top, bottom, left, right = struct.unpack_from("<IIII", body)
        marks.merged.append((top + 1, left + 1, bottom + 1, right + 1))
