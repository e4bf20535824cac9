"""What the sheets of a binary workbook (.xlsb) share: its list of sheets, texts, number formats and system of dates."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from zipfile import ZipFile

from flows.sources.workbooks.number_formats import NumberFormats
from flows.sources.workbooks.package import SheetPart, find_part, read_relations
from flows.sources.workbooks.serials import EPOCH_1900, EPOCH_1904
from flows.sources.workbooks.xlsb_records import read_records, read_text

__all__ = ["Book", "read_book"]

_WORKBOOK: Final = "xl/workbook.bin"
#: Kinds of records, by the names of their specification.
_STRING, _FORMAT, _STYLE, _PROPERTIES, _SHEET, _BEGIN_STYLES, _END_STYLES = 19, 44, 47, 153, 156, 617, 618


@dataclass(frozen=True)
class Book:
    """What cells refer to.

    Attributes:
        sheets: the worksheets; charts and dialogs are none.
        strings: shared texts.
        formats: how cells show numbers.
    """

    sheets: list[SheetPart]
    strings: list[str]
    formats: NumberFormats


def read_book(archive: ZipFile) -> Book:
    """Raises KeyError, struct.error or the like where the archive is no such workbook."""
    relations = list(read_relations(archive, _WORKBOOK))
    parts = {kind.rpartition("/")[2]: find_part(archive, target) for _, kind, target in relations}
    styles, shared = (archive.read(part) if (part := parts.get(kind)) else b"" for kind in ("styles", "sharedStrings"))
    targets = {name: find_part(archive, target) for name, kind, target in relations if kind.endswith("/worksheet")}
    sheets, is_1904 = [], False
    for kind, body in read_records(archive.read(_WORKBOOK)):
        if kind == _PROPERTIES:
            is_1904 = bool(body[0] & 1)
        elif kind == _SHEET:
            sheets.append(body)
    return Book(
        [sheet for index, body in enumerate(sheets) if (sheet := _to_sheet(index, body, targets))],
        [read_text(body, 1)[0] for kind, body in read_records(shared) if kind == _STRING],
        NumberFormats.of_styles(_read_styles(styles), EPOCH_1904 if is_1904 else EPOCH_1900),
    )


def _to_sheet(index: int, body: bytes, targets: dict[str, str]) -> SheetPart | None:
    relation, end = read_text(body, 8)
    name, _ = read_text(body, end)
    part = targets.get(relation)
    return SheetPart(name, index, part, struct.unpack_from("<I", body)[0] != 0) if part else None


def _read_styles(content: bytes) -> Iterator[tuple[int, str]]:
    """Number and code of the format of each style of cells."""
    codes: dict[int, str] = {}
    is_cells = False
    for kind, body in read_records(content):
        if kind == _FORMAT:
            codes[struct.unpack_from("<H", body)[0]] = read_text(body, 2)[0]
        elif kind in (_BEGIN_STYLES, _END_STYLES):
            is_cells = kind == _BEGIN_STYLES
        elif kind == _STYLE and is_cells:
            (number,) = struct.unpack_from("<H", body, 2)
            yield number, codes.get(number, "")
