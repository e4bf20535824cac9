"""The right reader for each kind of workbook."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import BadZipFile

from flows.sources.file_types import FileType
from flows.sources.workbooks.grid import Grid
from flows.sources.workbooks.refusals import unreadable

__all__ = ["read_grids"]


def read_grids(path: Path, file_type: FileType, unpacked_bytes: int) -> Iterator[Grid]:
    """Sheets of a workbook that hold anything.

    Args:
        path: the file.
        file_type: what its content is.
        unpacked_bytes: most that an archive may unpack to.

    Raises:
        SourceError: `encrypted`, `too_large`, or `unreadable`.
    """
    # each reader is imported for its own files only: a process pays for every module
    match file_type:
        case FileType.XLS:
            from flows.sources.workbooks.xls import read_xls

            yield from read_xls(path)
        case FileType.SPREADSHEET_XML:
            from flows.sources.workbooks.spreadsheet_xml import read_spreadsheet_xml

            yield from read_spreadsheet_xml(path)
        case FileType.HTML:
            from flows.sources.workbooks.html_tables import read_html_tables

            yield from read_html_tables(path)
        case FileType.ODS:
            from flows.sources.workbooks.ods import read_ods

            yield from _read_archive(read_ods, path, unpacked_bytes)
        case FileType.XLSB:
            from flows.sources.workbooks.xlsb import read_xlsb

            yield from _read_archive(read_xlsb, path, unpacked_bytes)
        case _:
            from flows.sources.workbooks.xlsx import read_xlsx

            yield from _read_archive(read_xlsx, path, unpacked_bytes)


def _read_archive(read: Callable[[Path, int], Iterator[Grid]], path: Path, unpacked_bytes: int) -> Iterator[Grid]:
    """Sheets of an archive, or of a mended copy of it where its directory and its parts contradict each other."""
    try:
        yield from read(path, unpacked_bytes)
    except BadZipFile:
        from flows.sources.workbooks.mended import mend_archive

        with TemporaryDirectory() as folder:
            mended = Path(folder) / path.name
            try:
                doubts = mend_archive(path, mended)
                grids = list(read(mended, unpacked_bytes))
            except (BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError):
                raise unreadable() from None
            for grid in grids[:1]:
                grid.doubts = doubts
            yield from grids
