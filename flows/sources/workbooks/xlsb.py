"""Binary workbooks (.xlsb): values by calamine; formats of zeros, errors and what is hidden from the records.

Where calamine cannot, the values come from the records, too.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile, ZipFile

from flows.sources.workbooks.calamine_grids import CALAMINE_ERRORS, read_calamine
from flows.sources.workbooks.cell_texts import ZeroFormat, find_zero_format
from flows.sources.workbooks.grid import Grid
from flows.sources.workbooks.marks import Marks, Place
from flows.sources.workbooks.refusals import too_large, unreadable
from flows.sources.workbooks.xlsb_cells import read_book_parts, read_cells
from flows.sources.workbooks.xlsb_records import read_records, read_text
from flows.sources.workbooks.xlsx_scan import check_archive, read_relations

__all__ = ["read_xlsb"]

_WORKBOOK: Final = "xl/workbook.bin"
#: Kinds of records, by the names of their specification.
_ROW, _ERROR, _FORMULA_ERROR, _LAST_CELL = 0, 3, 11, 11
_FORMAT, _STYLE, _BEGIN_STYLES, _END_STYLES = 44, 47, 617, 618
_COLUMNS, _SHEET, _MERGED = 60, 156, 176
_NUMBERS = frozenset({2, 5, 9})
_HIDDEN_ROW = 0x10
_ERRORS: Final = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
}  # fmt: skip
_MOST_CELLS, _WIDE_CELLS, _MOST_TIMES_WIDER = 50_000_000, 2_000_000, 50
_MOST_BYTES = 128 << 20  # of a sheet; 200,000 rows of 30 columns take 100 MB


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
            sheets = _read_sheets(archive)
            grids = None if any(sheet.marks.is_far for sheet in sheets) else _read_plainly(path)
            if grids is None:
                grids = _read_cells(archive, sheets)
    except (BadZipFile, KeyError, EOFError, ValueError, SyntaxError, struct.error, IndexError):
        raise unreadable() from None
    for sheet in sheets:
        grid = grids.get(sheet.name)
        if sheet.marks.errors:  # calamine has no place for those around the values
            grid = grid.stretched(sheet.marks.errors) if grid else sheet.to_grid(dict.fromkeys(sheet.marks.errors, ""))
        if grid:
            grid.marks = sheet.marks
            yield grid


@dataclass
class _Sheet:
    """A sheet as the records tell it."""

    name: str
    index: int
    part: str
    is_hidden: bool
    marks: Marks

    def to_grid(self, cells: dict[Place, Any]) -> Grid | None:
        """Its cells as a grid."""
        grid = Grid.of_cells(self.name, self.index, cells)
        if grid:
            grid.is_hidden = self.is_hidden
        return grid


def _read_plainly(path: Path) -> dict[str, Grid] | None:
    """Sheet name -> grid, or None where calamine does not read them."""
    try:
        return {grid.name: grid for grid in read_calamine(path)}
    except CALAMINE_ERRORS:
        return None


def _read_cells(archive: ZipFile, sheets: list[_Sheet]) -> dict[str, Grid]:
    """Sheet name -> grid, cell by cell."""
    parts = read_book_parts(
        archive.read(_WORKBOOK), *(_read_part(archive, kind) for kind in ("styles", "sharedStrings"))
    )
    grids = {}
    for sheet in sheets:
        cells = read_cells(archive.read(sheet.part), parts)
        if grid := sheet.to_grid(dict.fromkeys(sheet.marks.errors, "") | cells):
            grids[sheet.name] = grid
    return grids


def _read_sheets(archive: ZipFile) -> list[_Sheet]:
    """The worksheets with their marks; charts and dialogs have other kinds of parts."""
    targets = {name: target for name, kind, target in read_relations(archive, _WORKBOOK) if kind.endswith("/worksheet")}
    zeros = _read_zeros(_read_part(archive, "styles"))
    sheets = []
    bodies = (body for kind, body in read_records(archive.read(_WORKBOOK)) if kind == _SHEET)
    for index, body in enumerate(bodies):
        relation, end = read_text(body, 8)
        name, _ = read_text(body, end)
        part = targets.get(relation, "")
        if part in archive.NameToInfo:
            if archive.getinfo(part).file_size > _MOST_BYTES:
                raise too_large(f"the sheet {name!r} is out of proportion")
            is_hidden = struct.unpack_from("<I", body)[0] != 0
            sheets.append(_Sheet(name, index, part, is_hidden, _read_sheet(archive.read(part), zeros)))
    if not sheets:
        raise unreadable()
    return sheets


def _read_part(archive: ZipFile, kind: str) -> bytes:
    """A part that the workbook refers to by its kind; nothing where there is none."""
    part = next((target for _, of, target in read_relations(archive, _WORKBOOK) if of.endswith(f"/{kind}")), "")
    return archive.read(part) if part in archive.NameToInfo else b""


def _read_zeros(content: bytes) -> dict[int, ZeroFormat]:
    """Number of a cell's style -> its format, for formats of zeros only."""
    formats: dict[int, ZeroFormat] = {}
    zeros: dict[int, ZeroFormat] = {}
    position, is_cells = 0, False
    for kind, body in read_records(content):
        if kind == _FORMAT and (found := find_zero_format(read_text(body, 2)[0])):
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
    row = last_column = cells = 0
    for kind, body in read_records(content):
        if kind == _ROW:
            row = int(struct.unpack_from("<I", body)[0]) + 1
            if body[11] & _HIDDEN_ROW:
                marks.hidden_rows.add(row)
        elif kind <= _LAST_CELL:
            column, style = struct.unpack_from("<II", body)
            last_column, cells = max(last_column, column + 1), cells + 1
            if kind in (_ERROR, _FORMULA_ERROR):
                marks.errors[row, column + 1] = _ERRORS.get(body[8], "#ERROR")
            elif kind in _NUMBERS and (found := zeros.get(style & 0xFFFFFF)):
                marks.zeros[row, column + 1] = found
        else:
            _mark_ranges(kind, body, marks)
    area = row * last_column  # calamine builds all of it
    marks.is_far = area > _MOST_CELLS or (area > _WIDE_CELLS and area > _MOST_TIMES_WIDER * cells)
    return marks


def _mark_ranges(kind: int, body: bytes, marks: Marks) -> None:
    if kind == _COLUMNS and body[16] & 1:  # hidden
        first, last = struct.unpack_from("<II", body)
        marks.hidden_columns.update(range(first + 1, min(last, 1 << 14) + 2))
    elif kind == _MERGED:
        top, bottom, left, right = struct.unpack_from("<IIII", body)
        marks.merged.append((top + 1, left + 1, bottom + 1, right + 1))
