"""What readers of .xlsx leave out: number formats of zeros, error cells, formulas without a value, what is hidden.

Looks at the XML as bytes and stops where a workbook is damaged or out of all proportion, before a reader builds its
grid.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from xml.etree import ElementTree
from zipfile import ZipFile, ZipInfo

from flows.sources.workbooks.cell_texts import ZeroFormat, find_zero_format
from flows.sources.workbooks.marks import Marks, Place
from flows.sources.workbooks.refusals import too_large, unreadable

__all__ = ["check_archive", "find_negatives", "find_part", "find_repeated", "read_marks", "read_relations"]

_BLOCK_BYTES = 1 << 20
_MOST_TIMES_LARGER = 200  # a contact table packs 10 to 30 times, a bomb 1,000 times
_SMALL_BYTES = 64 << 20  # below, the proportion does not matter
_MOST_CELLS = 50_000_000
_PART_BYTES = 64 << 20  # styles and the list of sheets are read whole

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
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)


def check_archive(archive: ZipFile, most_bytes: int) -> None:
    """Refuse an archive that unpacks to far more than it weighs, whose parts are damaged, or whose XML has entities.

    Sheets are left to `read_marks`, which unpacks them anyway.

    Raises:
        SourceError: `too_large`, or `unreadable`.
        zipfile.BadZipFile: a checksum or a size is wrong.
    """
    members = archive.infolist()
    packed, unpacked = sum(item.compress_size for item in members), sum(item.file_size for item in members)
    if unpacked > most_bytes or (unpacked > _SMALL_BYTES and unpacked > _MOST_TIMES_LARGER * packed):
        raise too_large(f"it unpacks to {unpacked >> 20} MB from {packed >> 10} KB")
    if any(item.flag_bits & 1 for item in members):
        raise unreadable("a part of it is protected with a password")
    if len({item.filename for item in members}) < len(members):
        raise unreadable("the workbook has a part twice")
    for item in members:
        if item.filename.lower().endswith((".xml", ".rels")) and not _is_sheet(item):
            with archive.open(item) as stream:
                while block := stream.read(_BLOCK_BYTES):
                    _refuse_entities(block)


def _is_sheet(item: ZipInfo) -> bool:
    name = item.filename.replace("\\", "/").lower()
    return name.startswith("xl/worksheets/") and "/_rels/" not in name


def _refuse_entities(block: bytes) -> None:
    """XML in a workbook never declares a document type; a bomb of entities does, at its beginning."""
    if b"<!DOCTYPE" in block or b"<!ENTITY" in block:
        raise unreadable("its XML declares entities, which no spreadsheet program writes")


def read_marks(archive: ZipFile) -> dict[str, Marks]:
    """Sheet name -> its marks.

    Raises:
        SourceError: `unreadable`, or `too_large`.
    """
    zero_formats = _zero_formats(archive)
    marks = {}
    for name, part in _sheet_parts(archive).items():
        with archive.open(part) as stream:
            marks[name] = _scan_sheet(stream, zero_formats)
    return marks


def _sheet_parts(archive: ZipFile) -> dict[str, str]:
    """Sheet name -> name of its XML in the archive."""
    workbook = _workbook_part(archive)
    targets = {relation_id: target for relation_id, _, target in read_relations(archive, workbook)}
    parts: dict[str, str] = {}
    for sheet in _parse(archive, workbook).iterfind("{*}sheets/{*}sheet"):
        relation_id = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), "")
        if part := find_part(archive, targets.get(relation_id, "")):
            parts[sheet.get("name", "")] = part
    return parts


def _workbook_part(archive: ZipFile) -> str:
    """xl/workbook.xml; some programs put it elsewhere and say so."""
    if find_part(archive, "xl/workbook.xml"):
        return "xl/workbook.xml"
    return next(target for _, kind, target in read_relations(archive, "") if kind.endswith("/officeDocument"))


def read_relations(archive: ZipFile, part: str) -> Iterator[tuple[str, str, str]]:
    """Id, type and target of the relations of a part, or of the whole archive."""
    folder, _, name = part.rpartition("/")
    prefix = f"{folder}/" if folder else ""
    for relation in _parse(archive, f"{prefix}_rels/{name}.rels").iterfind("{*}Relationship"):
        target = relation.get("Target", "")
        whole = target.lstrip("/") if target.startswith("/") else f"{prefix}{target}"
        yield relation.get("Id", ""), relation.get("Type", ""), whole


def find_part(archive: ZipFile, part: str) -> str:
    """A part's name as the archive has it, some programs write backslashes or small letters; '' without that part."""
    if part in archive.NameToInfo:
        return part
    plain = part.lower()
    return next((name for name in archive.NameToInfo if name.replace("\\", "/").lower() == plain), "")


def _zero_formats(archive: ZipFile) -> dict[bytes, ZeroFormat]:
    """Style number, as the sheets write it -> format, for the formats of zeros only."""
    part = next(
        (at for _, kind, at in read_relations(archive, _workbook_part(archive)) if kind.endswith("/styles")), ""
    )
    if not find_part(archive, part):
        return {}
    styles = _parse(archive, part)
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
    name = find_part(archive, part)
    if archive.getinfo(name).file_size > _PART_BYTES:
        raise too_large(f"its part {part} is out of proportion")
    return ElementTree.fromstring(archive.read(name))


def _scan_sheet(stream: IO[bytes], zero_formats: dict[bytes, ZeroFormat]) -> Marks:
    marks = Marks()
    styled = re.compile(rb'(<(?:\w+:)?c\b[^>]*?\bs="(' + b"|".join(zero_formats) + rb')"[^>]*>)')
    last_row, last_column = 0, 1
    block = b""
    is_prefixed: bool | None = None
    for block in _whole_rows(stream):
        if is_prefixed is None:
            _refuse_entities(block)
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
            _mark_hidden(block, marks)
    marks.is_far = last_row * last_column > _MOST_CELLS
    marks.merged = [
        (*corner, *other)
        for first, last in _MERGED.findall(block)
        if (corner := _place(b'r="' + first + b'"')) and (other := _place(b'r="' + last + b'"'))
    ]
    return marks


def _mark_values(block: bytes, marks: Marks, is_prefixed: bool) -> None:
    """Values that are none, and how many there are; plain bytes are searched for first, as that is fast."""
    marks.values_count += block.count(b":v>") // 2 if is_prefixed else block.count(b"</v>") + block.count(b"</is>")
    if b't="e"' in block:
        for cell, error in _ERROR_CELL.findall(block):
            if place := _place(cell):
                marks.errors[place] = error.decode("utf-8", "replace")
    if (b":f" if is_prefixed else b"<f") in block:
        marks.formulas.update(
            place for cell in _BARE_FORMULA.findall(block) if b't="e"' not in cell and (place := _place(cell))
        )
    marks.has_negatives |= b"v>-" in block
    if b"v>60" in block:
        marks.sixties.update(place for cell in _SIXTY.findall(block) if (place := _place(cell)))


def _mark_hidden(block: bytes, marks: Marks) -> None:
    rows = (_NUMBER.search(row) for row in _HIDDEN_ROW.findall(block))
    marks.hidden_rows.update(int(number.group(1)) for number in rows if number)
    for column in _HIDDEN_COLUMN.findall(block):
        ends = {name: int(number) for name, number in _COLUMN_END.findall(column)}
        marks.hidden_columns.update(range(ends.get(b"min", 1), min(ends.get(b"max", 0), _LAST_COLUMN) + 1))


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


def find_repeated(path: Path, sheet: str) -> set[Place]:
    """Cells of a sheet that stand in the file more than once; readers disagree on which one counts."""
    seen: Counter[bytes] = Counter()
    with ZipFile(path) as archive, archive.open(_sheet_parts(archive)[sheet]) as stream:
        for block in _whole_rows(stream):
            seen.update(_VALUED_CELL.findall(block))
    repeated = (b'r="' + reference + b'"' for reference, count in seen.items() if count > 1)
    return {place for reference in repeated if (place := _place(reference))}


def find_negatives(path: Path, sheet: str) -> dict[Place, float]:
    """Cells of a sheet with a number below zero."""
    with ZipFile(path) as archive, archive.open(_sheet_parts(archive)[sheet]) as stream:
        found = (match for block in _whole_rows(stream) for match in _NEGATIVE.findall(block))
        return {place: float(number) for cell, number in found if (place := _place(cell))}


def _place(cell: bytes) -> Place | None:
    """(row, column) of a cell's tag; None when it relies on its position alone."""
    reference = _REFERENCE.search(cell)
    return (int(reference.group(2)), _column_number(reference.group(1))) if reference else None


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
