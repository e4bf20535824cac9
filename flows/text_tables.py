"""Tables of texts written for people: CSV or a workbook, without a cell that a spreadsheet would run."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.errors import PipelineError

if TYPE_CHECKING:
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

__all__ = ["Page", "write_csv", "write_workbook"]

_LONGEST_CELL = 32_767  # characters, in Excel
_MOST_ROWS = 1_048_576  # of a sheet, in Excel
_SHADE = "F1F4F9"


@dataclass(frozen=True)
class Page:
    """A table, and how a workbook shows it.

    Attributes:
        name: of the sheet.
        header: column names.
        rows: cells; as many as columns.
        choices: column -> what may be chosen in it.
        widths: column -> width in characters, where 12 is not right.
        bands: column whose every other value has shaded rows.
    """

    name: str
    header: Sequence[str]
    rows: Iterable[Sequence[str | None]]
    choices: dict[str, Sequence[str]] = field(default_factory=dict)
    widths: dict[str, int] = field(default_factory=dict)
    bands: str | None = None


def write_csv(page: Page, output: Path) -> None:
    """Write one table; the byte order mark tells Excel that it is UTF-8, and quotes keep a carriage return alone."""
    with output.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(page.header)
        writer.writerows(page.rows)


def write_workbook(pages: Sequence[Page], output: Path) -> None:
    """Write a workbook with a sheet a table. Every cell is a text: nothing is computed, and no zero is lost.

    Raises:
        PipelineError: a cell or a table is larger than Excel allows.
    """
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for page in pages:
        sheet = book.create_sheet(page.name)
        _lay_out(sheet, page)
        count = 0
        try:
            for cells in _styled(sheet, page, output):
                sheet.append(cells)
                count += 1
        except PipelineError:
            sheet.close()  # else its temporary file stays open
            raise
        if count > _MOST_ROWS:
            raise PipelineError(f"{count:,} rows are more than Excel allows", where=output.name, todo="name a .csv")
        _offer_choices(sheet, page, count)
    book.save(output)


def _lay_out(sheet: WriteOnlyWorksheet, page: Page) -> None:
    from openpyxl.utils import get_column_letter

    sheet.freeze_panes = "A2"
    for place, name in enumerate(page.header, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = page.widths.get(name, 12)


def _styled(sheet: WriteOnlyWorksheet, page: Page, output: Path) -> Iterable[list[Any]]:
    """The header, then the rows, as cells."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Alignment, Font, PatternFill

    bold, shade, wrapped = (
        Font(bold=True),
        PatternFill("solid", _SHADE, _SHADE),
        Alignment("left", "top", wrap_text=True),
    )
    band = list(page.header).index(page.bands) if page.bands else None
    shaded, last = False, None
    for number, row in enumerate([page.header, *page.rows]):
        if band is not None and number and row[band] != last:
            shaded, last = not shaded, row[band]
        cells = []
        for text in row:
            if len(text or "") > _LONGEST_CELL:
                raise PipelineError("a cell is longer than Excel allows", where=output.name, todo="name a .csv")
            cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", text or "") or None)
            if text:
                cell.data_type = "s"
            cell.number_format = "@"
            if band is not None:
                cell.alignment = wrapped
            if number == 0:
                cell.font = bold
            elif shaded and band is not None:
                cell.fill = shade
            cells.append(cell)
        yield cells


def _offer_choices(sheet: WriteOnlyWorksheet, page: Page, count: int) -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    for name, words in page.choices.items():
        letter = get_column_letter(list(page.header).index(name) + 1)
        offered = DataValidation(type="list", formula1=f'"{",".join(words)}"', allow_blank=True)
        offered.error, offered.errorTitle = f"Choose one of {', '.join(words)}, or leave it blank.", name
        offered.add(f"{letter}2:{letter}{max(count, 2)}")
        sheet.data_validations.append(offered)
