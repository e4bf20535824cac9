"""What a workbook's archive consists of: whether it may be unpacked, its sheets, and what they share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree
from zipfile import BadZipFile, ZipFile, ZipInfo

from flows.sources.archives import is_xml, plain_name
from flows.sources.workbooks.number_formats import NumberFormats
from flows.sources.workbooks.refusals import too_large, unreadable
from flows.sources.workbooks.serials import EPOCH_1900, EPOCH_1904

__all__ = [
    "SheetPart", "check_archive", "find_part", "list_sheets", "read_number_formats", "read_relations",
    "read_shared_xml", "refuse_entities", "size_shared_xml",
]  # fmt: skip

_BLOCK_BYTES = 1 << 20
_MOST_TIMES_LARGER = 200  # a contact table packs 10 to 30 times, a bomb 1,000 times
_SMALL_BYTES = 64 << 20  # below, the proportion does not matter
_PART_BYTES = 64 << 20  # styles and the list of sheets are read whole


@dataclass(frozen=True)
class SheetPart:
    """A sheet: its name, its position among all sheets, its part of the archive, whether it is hidden."""

    name: str
    index: int
    part: str
    is_hidden: bool


def check_archive(archive: ZipFile, most_bytes: int) -> None:
    """Refuse an archive that unpacks to far more than it weighs, whose parts are damaged, or whose XML has entities.

    Sheets are left to their readers, which unpack them anyway.

    Raises:
        SourceError: `too_large`, or `unreadable`.
        zipfile.BadZipFile: a checksum or a size is wrong, or two parts have one name.
    """
    members = archive.infolist()
    packed, unpacked = sum(item.compress_size for item in members), sum(item.file_size for item in members)
    if unpacked > most_bytes or (unpacked > _SMALL_BYTES and unpacked > _MOST_TIMES_LARGER * packed):
        raise too_large(f"it unpacks to {unpacked >> 20} MB from {packed >> 10} KB")
    if any(item.flag_bits & 1 for item in members):
        raise unreadable("a part of it is protected with a password")
    if len({plain_name(item.filename) for item in members}) < len(members):
        raise BadZipFile("a part stands in it twice")
    for item in members:
        if is_xml(item) and not _is_sheet(item):
            with archive.open(item) as stream:
                while block := stream.read(_BLOCK_BYTES):
                    refuse_entities(block)


def _is_sheet(item: ZipInfo) -> bool:
    name = plain_name(item.filename)
    return name.startswith("xl/worksheets/") and "/_rels/" not in name


def refuse_entities(block: bytes) -> None:
    """XML in a workbook never declares entities; a bomb does, at its beginning. A bare document type does no harm."""
    if b"<!ENTITY" in block:
        raise unreadable("its XML declares entities, which no spreadsheet program writes")


def list_sheets(archive: ZipFile) -> list[SheetPart]:
    """The sheets of an .xlsx, those of charts among them."""
    workbook = _workbook_part(archive)
    targets = {relation_id: target for relation_id, _, target in read_relations(archive, workbook)}
    sheets = []
    for index, sheet in enumerate(_parse(archive, workbook).iterfind("{*}sheets/{*}sheet")):
        relation_id = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), "")
        if part := find_part(archive, targets.get(relation_id, "")):
            sheets.append(SheetPart(sheet.get("name", ""), index, part, sheet.get("state", "visible") != "visible"))
    return sheets


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
    return next((name for name in archive.NameToInfo if plain_name(name) == plain), "")


def read_number_formats(archive: ZipFile) -> NumberFormats:
    """How cells show numbers, by their styles."""
    properties = _parse(archive, _workbook_part(archive)).find("{*}workbookPr")
    is_1904 = properties is not None and properties.get("date1904") in ("1", "true")
    part = _find_related(archive, "styles")
    if not part:
        return NumberFormats()
    styles = _parse(archive, part)
    codes = {item.get("numFmtId"): item.get("formatCode", "") for item in styles.iterfind("{*}numFmts/{*}numFmt")}
    numbers = [style.get("numFmtId", "") for style in styles.iterfind("{*}cellXfs/{*}xf")]
    formats = ((int(number) if number.isdecimal() else 0, codes.get(number, "")) for number in numbers)
    return NumberFormats.of_styles(formats, EPOCH_1904 if is_1904 else EPOCH_1900)


def read_shared_xml(archive: ZipFile) -> bytes:
    """The XML of the texts that the sheets share; empty where there is none."""
    part = _find_related(archive, "sharedStrings")
    return archive.read(part) if part else b""


def size_shared_xml(archive: ZipFile) -> int:
    """Bytes of that XML, without unpacking it."""
    part = _find_related(archive, "sharedStrings")
    return archive.getinfo(part).file_size if part else 0


def _find_related(archive: ZipFile, kind: str) -> str:
    """The part of a workbook of that kind; '' where there is none."""
    relations = read_relations(archive, _workbook_part(archive))
    return find_part(archive, next((target for _, name, target in relations if name.endswith(f"/{kind}")), ""))


def _parse(archive: ZipFile, part: str) -> ElementTree.Element:
    name = find_part(archive, part)
    if archive.getinfo(name).file_size > _PART_BYTES:
        raise too_large(f"its part {part} is out of proportion")
    return ElementTree.fromstring(archive.read(name))
