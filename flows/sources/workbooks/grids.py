"""The right reader for each kind of workbook."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from flows.sources.file_types import FileType
from flows.sources.workbooks.grid import Grid

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

            yield from read_ods(path, unpacked_bytes)
        case FileType.XLSB:
            from flows.sources.workbooks.xlsb import read_xlsb

            yield from read_xlsb(path, unpacked_bytes)
        case _:
            from flows.sources.workbooks.xlsx import read_xlsx

            yield from read_xlsx(path, unpacked_bytes)
