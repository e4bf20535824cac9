"""What readers of .xlsx leave out: number formats of zeros, error cells, formulas without a value, what is hidden.

Looks at the XML as bytes and stops where a workbook is damaged or out of all proportion, before a reader builds its
grid.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO
from zipfile import ZipFile

from flows.sources.workbooks.cell_texts import ZeroFormat
from flows.sources.workbooks.grid import MOST_CELLS
from flows.sources.workbooks.marks import Marks, Place, Range
from flows.sources.workbooks.number_formats import NumberFormats
from flows.sources.workbooks.package import SheetPart, list_sheets, refuse_entities

__all__ = ["find_merged", "find_negatives", "find_repeated", "mark_hidden", "read_marks", "read_whole_rows"]

_BLOCK_BYTES = 1 << 20

_ROW = re.compile(rb'row [^>]*?\br="(\d+)"')
_FAR_COLUMN = re.compile(rb' r="([A-Z]{3})\d')  # begins with plain bytes, which are searched for fast
_REFERENCE = re.compile(rb'\br="([A-Z]{1,3})(\d+)"')
_ERROR_CELL = re.compile(rb'(<(?:\w+:)?c\b[^>]*?\bt="e"[^>]*>).*?<(?:\w+:)?v>([^<]*)<', re.DOTALL)
_HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*?\bhidden="(?:1|true)"[^>]*>')
_NUMBER = re.compile(rb'\br="(\d+)"')
_HIDDEN_COLUMN = re.compile(rb'<(?:\w+:)?col\b[^>]*?\bhidden="(?:1|true)"[^>]*>')
_COLUMN_END = re.compile(rb'\b(min|max)="(\d+)"')
_LAST_COLUMN = 16_384
_MERGED = re.compile(rb'mergeCell ref="([A-Z]{1,3}\d+):([A-Z]{1,3}\d+)"')
_NEGATIVE = re.compile(
    rb"(<(?:\w+:)?c\b[^>]*>)\s*(?:<(?:\w+:)?f\b[^<]*(?:</(?:\w+:)?f>)?\s*)?<(?:\w+:)?v>(-[\d.eE+-]+)<"
)
_SIXTY = re.compile(rb"(<(?:\w+:)?c\b[^>]*>)\s*<(?:\w+:)?v>60(?:\.\d+)?<")
_VALUED_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3}\d+)"[^>]*(?<!/)>')
_BARE_FORMULA = re.compile(
    rb"(<(?:\w+:)?c\b[^>]*>)\s*<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>)\s*"
    rb"(<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)


def read_marks(archive: ZipFile, sheets: Iterable[SheetPart], formats: NumberFormats) -> dict[str, Marks]:
    """Name of each sheet -> its marks.

    Raises:
        SourceError: `unreadable`, or `too_large`.
    """
    zero_formats = {str(style).encode(): found for style, found in formats.zeros.items()}
    marks = {}
    for sheet in sheets:
        with archive.open(sheet.part) as stream:
            marks[sheet.name] = _scan_sheet(stream, zero_formats)
    return marks


def _scan_sheet(stream: IO[bytes], zero_formats: dict[bytes, ZeroFormat]) -> Marks:
    marks = Marks()
    styled = re.compile(rb'(<(?:\w+:)?c\b[^>]*?\bs="(' + b"|".join(zero_formats) + rb')"[^>]*>)')
    last_row, last_column = 0, 1
    block = b""
    is_prefixed: bool | None = None
    for block in read_whole_rows(stream):
        if is_prefixed is None:
            refuse_entities(block)
            is_prefixed = b"<worksheet" not in block
        row = _ROW.search(block, max(0, block.rfind(b"row ")))
        last_row = max(last_row, int(row.group(1)) if row else 0)
        last_column = max(last_column, *(_column_number(name) for name in set(_FAR_COLUMN.findall(block))), 1)
        if zero_formats:
            for cell, style in styled.findall(block):
                if place := _place(cell):
                    marks.zeros[place] = zero_formats[style]
        _mark_values(block, marks, is_prefixed)
        if b"hidden=" in block:
            mark_hidden(block, marks)
    marks.is_far = last_row * last_column > MOST_CELLS
    marks.merged = find_merged(block)
    return marks


def find_merged(block: bytes) -> list[Range]:
    """Merged ranges of cells, which stand behind the rows."""
    return [
        (*corner, *other)
        for first, last in _MERGED.findall(block)
        if (corner := _place(b'r="' + first + b'"')) and (other := _place(b'r="' + last + b'"'))
    ]


def _mark_values(block: bytes, marks: Marks, is_prefixed: bool) -> None:
    """Values that are none, and how many there are; plain bytes are searched for first, as that is fast."""
    marks.values_count += block.count(b":v>") // 2 if is_prefixed else block.count(b"</v>") + block.count(b"</is>")
    if b't="e"' in block:
        for cell, error in _ERROR_CELL.findall(block):
            if place := _place(cell):
                marks.errors[place] = error.decode("utf-8", "replace")
    if (b":f" if is_prefixed else b"<f") in block:
        marks.formulas.update(
            place
            for cell, nothing in _BARE_FORMULA.findall(block)
            if b't="e"' not in cell
            and not (nothing and b't="str"' in cell)  # such as of =IF(A2="", "", A2)
            and (place := _place(cell))
        )
    marks.has_negatives |= b"v>-" in block
    if b"v>60" in block:
        marks.sixties.update(place for cell in _SIXTY.findall(block) if (place := _place(cell)))


def mark_hidden(block: bytes, marks: Marks) -> None:
    """Rows and columns that a person has to unhide."""
    rows = (_NUMBER.search(row) for row in _HIDDEN_ROW.findall(block))
    marks.hidden_rows.update(int(number.group(1)) for number in rows if number)
    for column in _HIDDEN_COLUMN.findall(block):
        ends = {name: int(number) for name, number in _COLUMN_END.findall(column)}
        marks.hidden_columns.update(range(ends.get(b"min", 1), min(ends.get(b"max", 0), _LAST_COLUMN) + 1))


def read_whole_rows(stream: IO[bytes]) -> Iterator[bytes]:
    """The sheet in blocks that end where a row ends, so that no cell is cut in two."""
    rest = b""
    while block := stream.read(_BLOCK_BYTES):
        block = rest + block
        cut = block.rfind(b"row>") + 4
        if cut < 4:
            rest = block
            continue
        yield block[:cut]
        rest = block[cut:]
    yield rest


def find_repeated(path: Path, sheet: str) -> set[Place]:
    """Cells of a sheet that stand in the file more than once; readers disagree on which one counts."""
    seen: Counter[bytes] = Counter()
    with ZipFile(path) as archive, archive.open(_find_sheet(archive, sheet)) as stream:
        for block in read_whole_rows(stream):
            seen.update(_VALUED_CELL.findall(block))
    repeated = (b'r="' + reference + b'"' for reference, count in seen.items() if count > 1)
    return {place for reference in repeated if (place := _place(reference))}


def find_negatives(path: Path, sheet: str) -> dict[Place, float]:
    """Cells of a sheet with a number below zero."""
    with ZipFile(path) as archive, archive.open(_find_sheet(archive, sheet)) as stream:
        found = (match for block in read_whole_rows(stream) for match in _NEGATIVE.findall(block))
        numbers = ((cell, float(number)) for cell, number in found)
        return {place: number for cell, number in numbers if number < 0 and (place := _place(cell))}  # -0.0 is none


def _find_sheet(archive: ZipFile, name: str) -> str:
    return next(sheet.part for sheet in list_sheets(archive) if sheet.name == name)


def _place(cell: bytes) -> Place | None:
    """(row, column) of a cell's tag; None when it relies on its position alone."""
    reference = _REFERENCE.search(cell)
    return (int(reference.group(2)), _column_number(reference.group(1))) if reference else None


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
