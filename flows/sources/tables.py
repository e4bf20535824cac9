"""A table from any file that the readers know, whole and as text: for files that are no inbox inputs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flows.settings import Limits
from flows.sources.inbox import name_contact_file
from flows.sources.items import Rows
from flows.sources.messages import SheetRead
from flows.sources.reader import open_source
from schemas.errors import UnsupportedError

__all__ = ["TextTable", "read_table"]


@dataclass(frozen=True)
class TextTable:
    """Header and rows; each row with its line in the file, or row of the sheet, from 1."""

    header: list[str]
    rows: list[tuple[int, list[str]]]


def read_table(path: Path, limits: Limits) -> TextTable:
    """The first visible sheet of a workbook, or a delimited file.

    Raises:
        SourceError: it cannot be read.
        UnsupportedError: there is no table in it.
    """
    read: dict[str, list[tuple[int, list[str]]]] = {}
    sheets: list[SheetRead] = []
    for item in open_source(name_contact_file(path), limits).items:
        if isinstance(item, Rows):
            read.setdefault(item.sheet, []).extend(item.frame.select("row_number", "cells").iter_rows())
        elif isinstance(item, SheetRead):
            sheets.append(item)
    for sheet in sheets:
        if not sheet.is_hidden:
            return TextTable(
                sheet.header, [(sheet.header_line + row, cells) for row, cells in read.get(sheet.name, [])]
            )
    raise UnsupportedError("there is no table in it", where=path.name, expected="a workbook or a CSV file")
