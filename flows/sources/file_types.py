"""What a file is, by its first bytes: a name proves nothing."""

from __future__ import annotations

import codecs
import re
import zlib
from enum import StrEnum
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from flows.sources.archives import open_unchecked, plain_name
from schemas.errors import SourceError
from schemas.vocabulary import ProblemCode

__all__ = ["FileType", "find_file_type"]

_HEAD_BYTES = 4096
_ZIP = b"PK\x03\x04"
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
#: Excel 2 to 4 and 5 outside a compound document: a BOF record at the very beginning.
_OLD_EXCEL = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00", b"\x09\x08\x08\x00", b"\x09\x08\x10\x00")

#: First bytes of files that are neither text nor a workbook, and what to call them.
_OTHERS: dict[bytes, str] = {
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"%PDF": "a PDF document",
    b"\x1f\x8b": "a gzip archive",
    b"BZh": "a bzip2 archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
    b"MZ": "a Windows program",
    b"\x7fELF": "a Linux program",
    b"SQLite format 3": "an SQLite database",
    b"PAR1": "a Parquet file",
    b"{\\rtf": "an RTF document",
    b"BEGIN:VCARD": "a vCard",
}
#: Beginnings of text, lower case, that is no table.
_SPREADSHEET = b"urn:schemas-microsoft-com:office:spreadsheet"
#: What a ZIP archive says of itself when it is a workbook.
_XLSX_KIND = re.compile(rb"(?:spreadsheetml\.(?:sheet|template)|ms-excel\.(?:sheet|template)\.macroEnabled)\.main\+xml")
_XLSB_KIND = b"ms-excel.sheet.binary.macroEnabled.main"
_ODS_KIND = b"application/vnd.oasis.opendocument.spreadsheet"
_PEEK_BYTES = 1 << 20
_WORKBOOK_SUFFIXES = frozenset({".xls", ".xlsx", ".xlsm"})
_MARKUP: dict[bytes, str] = {
    b"<!doctype html": "an HTML page",
    b"<html": "an HTML page",
    b"<head": "an HTML page",
    b"<body": "an HTML page",
    b"<table": "an HTML table",
    b"<meta": "an HTML page",
    b"<style": "an HTML page",
    b"<!--": "an HTML page",
    b"<div": "an HTML page",
    b"<?xml": "an XML document",
}


class FileType(StrEnum):
    """Content that leadpipe can read."""

    XLSX = "xlsx"
    XLSB = "xlsb"
    ODS = "ods"
    XLS = "xls"
    SPREADSHEET_XML = "xml"
    HTML = "html"
    TEXT = "text"

    @property
    def is_workbook(self) -> bool:
        """Whether it has sheets."""
        return self is not FileType.TEXT


def find_file_type(path: Path) -> FileType:
    """What a file's content is.

    Raises:
        SourceError: `empty_file`, `encrypted`, or `wrong_file_type` naming what the name promises and what it is.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf") and path.stat().st_size <= _HEAD_BYTES:
        raise SourceError(
            ProblemCode.EMPTY_FILE, "the file is empty", where=path.name, todo="export it again, or delete it"
        )
    if head.startswith(_ZIP):
        return _type_of_zip(path)
    if head.startswith(_OLE):
        return _type_of_compound(path)
    if head.startswith(_OLD_EXCEL):
        return FileType.XLS
    for magic, kind in _OTHERS.items():
        if head.startswith(magic):
            raise _wrong(path, kind)
    start = _plain(head).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for tag, kind in _MARKUP.items():
        if start.startswith(tag):
            return _type_of_markup(path, start, kind)
    return FileType.TEXT


def _type_of_markup(path: Path, start: bytes, kind: str) -> FileType:
    """An XML spreadsheet by any name; an HTML table only where the name promises a workbook, as else it is an error
    page of the web application that the file was to come from."""
    if _SPREADSHEET in start:
        return FileType.SPREADSHEET_XML
    if b"<html" in start or kind != "an XML document":
        kind = "an HTML page"
        if path.suffix.lower() in _WORKBOOK_SUFFIXES:
            return FileType.HTML
    raise _wrong(path, kind)


def _plain(head: bytes) -> bytes:
    """The beginning in one byte a character, where a mark says that it has two."""
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if head.startswith(mark):
            return head[2:].decode(encoding, "ignore").encode()
    return head


def _type_of_zip(path: Path) -> FileType:
    try:
        with ZipFile(path) as archive:
            names = set(map(plain_name, archive.namelist()))
            kinds, kind = (_peek(archive, name) for name in ("[Content_Types].xml", "mimetype"))
            manifest = _peek(archive, "META-INF/manifest.xml")
    except (BadZipFile, NotImplementedError, ValueError, OSError, RuntimeError, zlib.error):
        raise SourceError(
            ProblemCode.UNREADABLE,
            "the workbook is damaged or cut off",
            where=path.name,
            todo="open it in a spreadsheet program and save it again as .xlsx",
        ) from None
    if "xl/workbook.xml" in names or _XLSX_KIND.search(kinds):
        return FileType.XLSX
    if "xl/workbook.bin" in names or _XLSB_KIND in kinds:
        return FileType.XLSB
    if "content.xml" in names and (kind.startswith(_ODS_KIND) or (not kind and _ODS_KIND in manifest)):
        if b"encryption-data" in manifest:
            raise _encrypted(path)
        return FileType.ODS
    if "content.xml" in names and kind:
        raise _wrong(path, "an OpenDocument file that is no spreadsheet")
    if any(name.startswith("word/") for name in names):
        raise _wrong(path, "a Word document")
    if any(name.endswith(".iwa") or name == "index.zip" for name in names):
        raise _wrong(path, "an Apple Numbers document")
    raise _wrong(path, "a ZIP archive")


def _peek(archive: ZipFile, name: str) -> bytes:
    """The beginning of a small part; nothing where there is none."""
    if name not in archive.NameToInfo:
        return b""
    with open_unchecked(archive, archive.getinfo(name)) as part:
        return part.read(_PEEK_BYTES)


def _type_of_compound(path: Path) -> FileType:
    """Compound (OLE) documents name their streams in UTF-16 in a directory, somewhere in the file."""
    content = path.read_bytes()

    def holds(name: str) -> bool:
        return name.encode("utf-16-le") + b"\x00\x00" in content

    if holds("EncryptedPackage"):
        raise _encrypted(path)
    if any(holds(name) for name in ("Workbook", "Book", "WORKBOOK", "BOOK", "workbook", "book")):
        return FileType.XLS
    if holds("WordDocument") or holds("PowerPoint Document"):
        raise _wrong(path, "a Word document" if holds("WordDocument") else "a PowerPoint presentation")
    return FileType.XLS  # its directory may be damaged: the readers will tell


def _encrypted(path: Path) -> SourceError:
    todo = "open it, remove the password, and save it again"
    what = "the workbook is protected with a password"
    return SourceError(ProblemCode.ENCRYPTED, what, where=path.name, todo=todo)


def _wrong(path: Path, kind: str) -> SourceError:
    return SourceError(
        ProblemCode.WRONG_FILE_TYPE,
        f"the name ends in {path.suffix.lower() or 'nothing'}, the content is {kind}",
        where=path.name,
        todo="save it as .xlsx or .csv and put that file into the inbox",
    )
