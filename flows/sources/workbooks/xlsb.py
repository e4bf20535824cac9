"""Binary workbooks (.xlsb): values by calamine; formats of zeros, errors and what is hidden from the records."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from zipfile import BadZipFile, ZipFile

from flows.sources.workbooks.calamine_grids import CALAMINE_ERRORS, read_calamine
from flows.sources.workbooks.cell_texts import ZeroFormat, find_zero_format
from flows.sources.workbooks.grid import Grid
from flows.sources.workbooks.marks import Marks
from flows.sources.workbooks.refusals import too_large, unreadable
from flows.sources.workbooks.xlsx_scan import check_archive, read_relations

__all__ = ["read_xlsb"]

#: Kinds of records, by the names of their specification.
_ROW, _ERROR, _FORMULA_ERROR, _LAST_CELL = 0, 3, 11, 11
_FORMAT, _STYLE, _BEGIN_STYLES, _END_STYLES = 44, 47, 617, 618
_COLUMNS, _SHEET, _MERGED = 60, 156, 176
_NUMBERS = frozenset({2, 5, 9})
_HIDDEN_ROW = 0x10
_ERRORS: Final = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
}  # fmt: skip
_MOST_CELLS = 50_000_000


def read_xlsb(path: Path, unpacked_bytes: int) -> Iterator[Grid]:
    """Sheets of a workbook that hold anything.

    Args:
        path: the file.
        unpacked_bytes: most that it may unpack to.

    Raises:
        SourceError: `too_large`, or `unreadable`.
    """
    try:
        with ZipFile(path) as archive:
            check_archive(archive, unpacked_bytes)
            marks = _read_marks(archive)
        grids = list(read_calamine(path))
    except (*CALAMINE_ERRORS, BadZipFile, KeyError, EOFError, ValueError, SyntaxError, struct.error, IndexError):
        raise unreadable() from None
    for grid in grids:
        grid.marks = marks.get(grid.name, Marks())
        yield grid


def _read_marks(archive: ZipFile) -> dict[str, Marks]:
    """Sheet name -> its marks."""
    workbook = "xl/workbook.bin"
    relations = {name: (kind, target) for name, kind, target in read_relations(archive, workbook)}
    styles = next((target for kind, target in relations.values() if kind.endswith("/styles")), "")
    zeros = _read_zeros(archive.read(styles)) if styles in archive.NameToInfo else {}
    marks = {}
    for kind, body in _records(archive.read(workbook)):
        if kind == _SHEET:
            relation, end = _text(body, 8)
            name, _ = _text(body, end)
            target = relations.get(relation, ("", ""))[1]
            if target in archive.NameToInfo:
                marks[name] = _read_sheet(archive.read(target), zeros)
    return marks


def _read_zeros(content: bytes) -> dict[int, ZeroFormat]:
    """Number of a cell's style -> its format, for formats of zeros only."""
    formats: dict[int, ZeroFormat] = {}
    zeros: dict[int, ZeroFormat] = {}
    position, is_cells = 0, False
    for kind, body in _records(content):
        if kind == _FORMAT and (found := find_zero_format(_text(body, 2)[0])):
            formats[struct.unpack_from("<H", body)[0]] = found
        elif kind in (_BEGIN_STYLES, _END_STYLES):
            is_cells = kind == _BEGIN_STYLES
        elif kind == _STYLE and is_cells:
            if found := formats.get(struct.unpack_from("<H", body, 2)[0]):
                zeros[position] = found
            position += 1
    return zeros


def _read_sheet(content: bytes, zeros: dict[int, ZeroFormat]) -> Marks:
    marks = Marks()
    row = last_column = 0
    for kind, body in _records(content):
        if kind == _ROW:
            row = int(struct.unpack_from("<I", body)[0]) + 1
            if body[11] & _HIDDEN_ROW:
                marks.hidden_rows.add(row)
        elif kind <= _LAST_CELL:
            column, style = struct.unpack_from("<II", body)
            last_column = max(last_column, column + 1)
            if kind in (_ERROR, _FORMULA_ERROR):
                marks.errors[row, column + 1] = _ERRORS.get(body[8], "#ERROR")
            elif kind in _NUMBERS and (found := zeros.get(style & 0xFFFFFF)):
                marks.zeros[row, column + 1] = found
        else:
            _mark_ranges(kind, body, marks)
    if row * last_column > _MOST_CELLS:
        raise too_large(f"a sheet reaches to row {row}, column {last_column}")
    return marks


def _mark_ranges(kind: int, body: bytes, marks: Marks) -> None:
    if kind == _COLUMNS and body[16] & 1:  # hidden
        first, last = struct.unpack_from("<II", body)
        marks.hidden_columns.update(range(first + 1, min(last, 1 << 14) + 2))
    elif kind == _MERGED:
        top, bottom, left, right = struct.unpack_from("<IIII", body)
        marks.merged.append((top + 1, left + 1, bottom + 1, right + 1))


def _records(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and body of each record."""
    at, end = 0, len(content)
    while at < end:
        kind, at = _variable(content, at, 2)
        size, at = _variable(content, at, 4)
        yield kind, content[at : at + size]
        at += size


def _variable(content: bytes, at: int, most: int) -> tuple[int, int]:
    """A number of seven bits a byte, the lowest first; the eighth says that another byte follows. And where it ends."""
    number = 0
    for place in range(most):
        byte = content[at]
        at += 1
        number |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            break
    return number, at


def _text(body: bytes, at: int) -> tuple[str, int]:
    """A counted text, and where it ends."""
    (count,) = struct.unpack_from("<I", body, at)
    count = 0 if count == 0xFFFFFFFF else count
    end = at + 4 + 2 * count
    return body[at + 4 : end].decode("utf-16-le"), end
