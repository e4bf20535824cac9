"""What readers of .xlsx leave out: number formats of zeros, error cells, formulas without a value, far corners.

Looks at the XML as bytes and stops where a workbook is out of all proportion, before a reader builds its grid.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO
from xml.etree import ElementTree
from zipfile import ZipFile

from flows.sources.workbooks.cell_texts import ZeroFormat, find_zero_format
from schemas.errors import SourceError
from schemas.vocabulary import ProblemCode

__all__ = ["Marks", "check_proportions", "read_marks"]

_BLOCK_BYTES = 1 << 20
_MOST_TIMES_LARGER = 200  # a contact table packs 10 to 30 times, a bomb 1,000 times
_SMALL_BYTES = 64 << 20  # below, the proportion does not matter
_MOST_CELLS = 50_000_000
_PART_BYTES = 64 << 20  # styles and the list of sheets are read whole

_ROW = re.compile(rb'row [^>]*?\br="(\d+)"')
_FAR_COLUMN = re.compile(rb' r="([A-Z]{3})\d')  # begins with plain bytes, which are searched for fast
_REFERENCE = re.compile(rb'\br="([A-Z]{1,3})(\d+)"')
_ERROR_CELL = re.compile(rb'(<(?:\w+:)?c\b[^>]*?\bt="e"[^>]*>).*?<(?:\w+:)?v>([^<]*)<', re.DOTALL)
_BARE_FORMULA = re.compile(
    rb"(<(?:\w+:)?c\b[^>]*>)\s*<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)


@dataclass
class Marks:
    """What is to be known of single cells; keys are (row, column), both from 1.

    Attributes:
        zeros: formats that fill up with zeros.
        errors: `#N/A` and the like.
        formulas: formulas that no program has calculated.
    """

    zeros: dict[tuple[int, int], ZeroFormat] = field(default_factory=dict)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    formulas: set[tuple[int, int]] = field(default_factory=set)

    @property
    def rows(self) -> set[int]:
        """Rows in which any cell is marked."""
        return {row for row, _ in (*self.zeros, *self.errors, *self.formulas)}


def check_proportions(archive: ZipFile, most_bytes: int) -> None:
    """Refuse an archive that unpacks to far more than it weighs.

    Raises:
        SourceError: `too_large`.
    """
    packed = sum(member.compress_size for member in archive.infolist())
    unpacked = sum(member.file_size for member in archive.infolist())
    if unpacked > most_bytes or (unpacked > _SMALL_BYTES and unpacked > _MOST_TIMES_LARGER * packed):
        raise _too_large(f"it unpacks to {unpacked >> 20} MB from {packed >> 10} KB")


def read_marks(archive: ZipFile) -> dict[str, Marks]:
    """Sheet name -> its marks.

    Raises:
        SourceError: `too_large`: a cell stands so far out that the grid would not fit into memory.
    """
    zero_formats = _zero_formats(archive)
    marks = {}
    for name, part in _sheet_parts(archive).items():
        with archive.open(part) as stream:
            marks[name] = _scan_sheet(stream, zero_formats)
    return marks


def _sheet_parts(archive: ZipFile) -> dict[str, str]:
    """Sheet name -> name of its XML in the archive."""
    targets = {
        relation.get("Id"): relation.get("Target", "")
        for relation in _parse(archive, "xl/_rels/workbook.xml.rels").iterfind("{*}Relationship")
    }
    parts: dict[str, str] = {}
    for sheet in _parse(archive, "xl/workbook.xml").iterfind("{*}sheets/{*}sheet"):
        relation_id = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), None)
        target = targets.get(relation_id, "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if part in archive.NameToInfo:
            parts[sheet.get("name", "")] = part
    return parts


def _zero_formats(archive: ZipFile) -> dict[bytes, ZeroFormat]:
    """Style number, as the sheets write it -> format, for the formats of zeros only."""
    if "xl/styles.xml" not in archive.NameToInfo:
        return {}
    styles = _parse(archive, "xl/styles.xml")
    formats = {
        item.get("numFmtId"): found
        for item in styles.iterfind("{*}numFmts/{*}numFmt")
        if (found := find_zero_format(item.get("formatCode", "")))
    }
    return {
        str(position).encode(): formats[style.get("numFmtId")]
        for position, style in enumerate(styles.iterfind("{*}cellXfs/{*}xf"))
        if style.get("numFmtId") in formats
    }


def _parse(archive: ZipFile, part: str) -> ElementTree.Element:
    if archive.getinfo(part).file_size > _PART_BYTES:
        raise _too_large(f"its part {part} is out of proportion")
    return ElementTree.fromstring(archive.read(part))


def _scan_sheet(stream: IO[bytes], zero_formats: dict[bytes, ZeroFormat]) -> Marks:
    marks = Marks()
    styled = re.compile(rb'(<(?:\w+:)?c\b[^>]*?\bs="(' + b"|".join(zero_formats) + rb')"[^>]*>)')
    last_row, last_column = 0, 1
    for block in _whole_rows(stream):
        row = _ROW.search(block, max(0, block.rfind(b"row ")))
        last_row = max(last_row, int(row.group(1)) if row else 0)
        last_column = max(last_column, *(_column_number(name) for name in set(_FAR_COLUMN.findall(block))), 1)
        if last_row * last_column > _MOST_CELLS:
            raise _too_large(f"a sheet reaches to row {last_row}, column {last_column}")
        if zero_formats:
            for cell, style in styled.findall(block):
                if place := _place(cell):
                    marks.zeros[place] = zero_formats[style]
        if b't="e"' in block:
            for cell, error in _ERROR_CELL.findall(block):
                if place := _place(cell):
                    marks.errors[place] = error.decode("utf-8", "replace")
        if b"<f" in block or b":f>" in block:
            marks.formulas.update(
                place for cell in _BARE_FORMULA.findall(block) if b't="e"' not in cell and (place := _place(cell))
            )
    return marks


def _whole_rows(stream: IO[bytes]) -> Iterator[bytes]:
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


def _place(cell: bytes) -> tuple[int, int] | None:
    """(row, column) of a cell's tag; None when it relies on its position alone."""
    reference = _REFERENCE.search(cell)
    return (int(reference.group(2)), _column_number(reference.group(1))) if reference else None


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _too_large(what: str) -> SourceError:
    return SourceError(ProblemCode.TOO_LARGE, what, todo="copy the table alone into a new workbook and save that")
