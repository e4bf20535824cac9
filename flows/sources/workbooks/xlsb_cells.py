"""Values of a binary workbook from its records, cell by cell: slower than calamine, for the sheets it does not read.

Those are sheets whose cells stand so far apart that calamine would build a grid of millions, sheets with errors around
their values, and workbooks that make it panic.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from flows.sources.workbooks.marks import Place
from flows.sources.workbooks.refusals import too_large
from flows.sources.workbooks.serials import EPOCH_1900, EPOCH_1904, SerialKind, find_serial_kind, to_moment
from flows.sources.workbooks.xlsb_records import read_records, read_text

__all__ = ["BookParts", "read_book_parts", "read_cells"]

#: Kinds of records, by the names of their specification.
_ROW, _RK, _BOOL, _REAL, _TEXT, _SHARED, _FORMULA_TEXT, _FORMULA_REAL, _FORMULA_BOOL = 0, 2, 4, 5, 6, 7, 8, 9, 10
_STRING, _FORMAT, _STYLE, _BEGIN_STYLES, _END_STYLES, _RICH, _PROPERTIES = 19, 44, 47, 617, 618, 62, 153
_MOST_CELLS: Final = 2_000_000


@dataclass(frozen=True)
class BookParts:
    """What cells refer to.

    Attributes:
        strings: shared texts.
        kinds: number of a cell's style -> how it shows a number as a date or time, where it does.
        epoch: day 0 of its dates.
    """

    strings: list[str]
    kinds: dict[int, SerialKind]
    epoch: datetime


def read_book_parts(workbook: bytes, styles: bytes, strings: bytes) -> BookParts:
    """Parts of a workbook that all of its sheets share; a part that is missing is empty."""
    codes: dict[int, str] = {}
    kinds: dict[int, SerialKind] = {}
    position, is_cells = 0, False
    for kind, body in read_records(styles):
        if kind == _FORMAT:
            codes[struct.unpack_from("<H", body)[0]] = read_text(body, 2)[0]
        elif kind in (_BEGIN_STYLES, _END_STYLES):
            is_cells = kind == _BEGIN_STYLES
        elif kind == _STYLE and is_cells:
            (number,) = struct.unpack_from("<H", body, 2)
            if found := find_serial_kind(number, codes.get(number, "")):
                kinds[position] = found
            position += 1
    shared = [read_text(body, 1)[0] for kind, body in read_records(strings) if kind == _STRING]
    is_1904 = any(kind == _PROPERTIES and body[0] & 1 for kind, body in read_records(workbook))
    return BookParts(shared, kinds, EPOCH_1904 if is_1904 else EPOCH_1900)


def read_cells(content: bytes, parts: BookParts) -> dict[Place, Any]:
    """Cells of a sheet that hold a value; an error is none.

    Raises:
        SourceError: `too_large`.
    """
    cells: dict[Place, Any] = {}
    row = 0
    for kind, body in read_records(content):
        if kind == _ROW:
            row = int(struct.unpack_from("<I", body)[0]) + 1
        elif _RK <= kind <= _FORMULA_BOOL or kind == _RICH:
            column, style = struct.unpack_from("<II", body)
            value = _to_value(kind, body, parts.strings)
            if type(value) is float and (shown := parts.kinds.get(style & 0xFFFFFF)):
                value = to_moment(value, shown, parts.epoch)
            if value not in ("", None):
                cells[row, column + 1] = value
                if len(cells) > _MOST_CELLS:
                    raise too_large(f"a sheet of cells that stand far apart has more than {_MOST_CELLS:,}")
    return cells


def _to_value(kind: int, body: bytes, strings: list[str]) -> Any:
    """A cell's value; its own text begins behind column and style."""
    if kind == _RK:
        return _read_rk(struct.unpack_from("<I", body, 8)[0])
    if kind in (_REAL, _FORMULA_REAL):
        return struct.unpack_from("<d", body, 8)[0]
    if kind in (_BOOL, _FORMULA_BOOL):
        return bool(body[8])
    if kind == _SHARED:
        return strings[struct.unpack_from("<I", body, 8)[0]]
    if kind in (_TEXT, _FORMULA_TEXT):
        return read_text(body, 8)[0]
    return read_text(body, 9)[0] if kind == _RICH else None


def _read_rk(packed: int) -> float:
    """A number in thirty bits: whole, or the upper half of a double; the last bits say which, and whether by 100."""
    whole = (packed >> 2) - (1 << 30 if packed & 0x80000000 else 0)
    value = float(whole) if packed & 2 else struct.unpack("<d", struct.pack("<Q", (packed & 0xFFFFFFFC) << 32))[0]
    return value / 100 if packed & 1 else value
