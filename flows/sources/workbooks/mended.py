"""Archives whose directory and parts contradict each other: a copy without contradictions, and what may be wrong in it.

Spreadsheet programs and some readers take such files as they are; others refuse them, or take another part than these.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo
from zlib import crc32

from flows.sources.archives import is_xml, open_unchecked, plain_name
from flows.sources.workbooks.refusals import unreadable

__all__ = ["mend_archive"]

_BLOCK_BYTES = 1 << 20
_CONTENT_TYPES = "[Content_Types].xml"


def mend_archive(path: Path, mended: Path) -> list[str]:
    """Write a copy of an archive in which each part stands once, with the checksum that it has.

    Of a part that stands in it twice, the last one counts, as for all readers; of names in other case, the one that the
    list of contents has.

    Returns:
        What may be wrong in the copy, part by part.

    Raises:
        SourceError: `unreadable`: a damaged part is no XML any more.
        zipfile.BadZipFile, zlib.error, EOFError: a part cannot be unpacked.
    """
    doubts = []
    with ZipFile(path) as archive, ZipFile(mended, "w", ZIP_DEFLATED, compresslevel=1) as copy:
        for items in _group_names(archive):
            last = _choose(archive, items)
            if len({(item.CRC, item.file_size) for item in items}) > 1:
                doubts.append(f"its part {last.filename} stands in it twice, and one of them was read")
            if not last.is_dir() and _copy_part(archive, last, copy) != last.CRC:
                doubts.append(f"its part {last.filename} is not what was saved")
    return doubts


def _group_names(archive: ZipFile) -> list[list[ZipInfo]]:
    """Parts that have the same name but for case and slashes."""
    groups = defaultdict(list)
    for item in archive.infolist():
        groups[plain_name(item.filename)].append(item)
    return list(groups.values())


def _choose(archive: ZipFile, items: list[ZipInfo]) -> ZipInfo:
    """The one that counts."""
    if len({item.filename for item in items}) > 1 and _CONTENT_TYPES in archive.NameToInfo:
        with open_unchecked(archive, archive.getinfo(_CONTENT_TYPES)) as part:
            contents = part.read()
        items = [item for item in items if f'"/{item.filename}"'.encode() in contents] or items
    return items[-1]


def _copy_part(archive: ZipFile, item: ZipInfo, copy: ZipFile) -> int:
    """The checksum of a part; XML that is not as it was saved has to be XML still."""
    checksum = 0
    with open_unchecked(archive, item) as part, copy.open(ZipInfo(item.filename), "w") as target:
        while block := part.read(_BLOCK_BYTES):
            checksum = crc32(block, checksum)
            target.write(block)
    if checksum != item.CRC and is_xml(item):
        with open_unchecked(archive, item) as part:
            try:
                expat.ParserCreate().ParseFile(part)
            except expat.ExpatError:
                raise unreadable("a part of it is damaged") from None
    return checksum
