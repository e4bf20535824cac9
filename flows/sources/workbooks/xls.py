""".xls of Excel 2 to 2003: xlrd, and calamine behind it.

xlrd comes first because it alone tells number formats, error cells and what is hidden; calamine is three times as
fast, but an .xls holds 65,536 rows a sheet at most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from flows.sources.workbooks.calamine_grids import CALAMINE_ERRORS, read_calamine
from flows.sources.workbooks.cell_texts import ZeroFormat, find_zero_format
from flows.sources.workbooks.grid import Grid
from flows.sources.workbooks.marks import Marks
from flows.sources.workbooks.refusals import encrypted, unreadable
from flows.sources.workbooks.serials import is_elapsed_format
from schemas.errors import SourceError

__all__ = ["read_xls"]

#: Code pages by the character set that a font names, as Windows numbers them.
_CODE_PAGES: Final = {
    77: "mac_roman", 128: "cp932", 129: "cp949", 134: "gbk", 136: "big5", 161: "cp1253", 162: "cp1254", 163: "cp1258",
    177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250",
}  # fmt: skip
_UNICODE_BIFF = 80


def read_xls(path: Path) -> Iterator[Grid]:
    """Sheets of a workbook that hold anything.

    Raises:
        SourceError: `encrypted`, or `unreadable`.
    """
    try:
        yield from list(_read_xlrd(path))
    except (SourceError, MemoryError):
        raise
    except Exception:  # xlrd raises AssertionError, IndexError, struct.error and more on files it does not know
        try:
            yield from list(read_calamine(path))
        except CALAMINE_ERRORS:
            raise unreadable() from None


def _read_xlrd(path: Path) -> Iterator[Grid]:
    import xlrd

    try:
        book = _open(path)
        if book.biff_version < _UNICODE_BIFF and book.codepage is None:
            book = _open(path, _code_page(book))
    except xlrd.XLRDError as error:
        if "encrypted" in str(error):
            raise encrypted() from None
        raise
    formats = {
        key: found for key, item in book.format_map.items() if (found := find_zero_format(item.format_str or ""))
    }
    zeros = {at: formats[style.format_key] for at, style in enumerate(book.xf_list) if style.format_key in formats}
    elapsed = {key for key, item in book.format_map.items() if is_elapsed_format(item.format_str or "")}
    styles = {at for at, style in enumerate(book.xf_list) if style.format_key in elapsed}
    for index, sheet in enumerate(book.sheets()):
        if grid := _to_grid(book, index, sheet, zeros, styles):
            yield grid


def _open(path: Path, code_page: str | None = None) -> Any:
    import xlrd

    return xlrd.open_workbook(
        str(path), formatting_info=True, ragged_rows=True, logfile=_Silence(), encoding_override=code_page
    )


def _code_page(book: Any) -> str:
    """The code page of a workbook before Excel 97 that names none: what most of its fonts are for."""
    fonts = Counter(page for font in book.font_list if (page := _CODE_PAGES.get(font.character_set)))
    return fonts.most_common(1)[0][0] if fonts else "cp1252"


def _to_grid(book: Any, index: int, sheet: Any, zeros: dict[int, ZeroFormat], elapsed: set[int]) -> Grid | None:
    import xlrd

    marks = Marks()
    numeric = (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE)  # xlrd takes [h] for no date
    rows = []
    for row in range(sheet.nrows):
        values, types = sheet.row_values(row), sheet.row_types(row)
        cells = [_to_value(book, *cell) for cell in zip(types, values, strict=True)]
        while cells and cells[-1] == "" and types[len(cells) - 1] != xlrd.XL_CELL_ERROR:
            cells.pop()  # blank cells that only have a format
        rows.append(cells)
        for column, kind in enumerate(types):
            place = (row + 1, column + 1)
            if kind == xlrd.XL_CELL_ERROR:
                marks.errors[place] = xlrd.error_text_from_code.get(values[column], "#ERROR")
            elif elapsed and kind in numeric and sheet.cell_xf_index(row, column) in elapsed:
                cells[column] = timedelta(days=values[column])
            elif kind == xlrd.XL_CELL_NUMBER and zeros and (found := zeros.get(sheet.cell_xf_index(row, column))):
                marks.zeros[place] = found
            elif kind == xlrd.XL_CELL_DATE and int(values[column]) == 60:
                marks.sixties.add(place)
    numbers = [at + 1 for at, cells in enumerate(rows) if cells]  # a sheet may have 65,536 rows that only have a format
    rows = [cells for cells in rows if cells]
    width = max(map(len, rows), default=0)
    for cells in rows:
        cells.extend([""] * (width - len(cells)))
    marks.hidden_rows = {row + 1 for row, info in sheet.rowinfo_map.items() if info.hidden}
    marks.hidden_columns = {column + 1 for column, info in sheet.colinfo_map.items() if info.hidden}
    marks.merged = [(top + 1, left + 1, bottom, right) for top, bottom, left, right in sheet.merged_cells]
    grid = Grid(sheet.name, index, rows, numbers, range(1, width + 1), sheet.visibility != 0, marks)
    return grid if width else None


def _to_value(book: Any, kind: int, value: Any) -> Any:
    """A cell's value with the type that xlrd gives beside it."""
    import xlrd

    if kind == xlrd.XL_CELL_DATE:
        try:
            moment = xlrd.xldate.xldate_as_datetime(value, book.datemode)
        except (xlrd.xldate.XLDateError, OverflowError, ValueError):
            return value
        return moment.time() if value < 1 else moment
    if kind == xlrd.XL_CELL_BOOLEAN:
        return bool(value)
    return "" if kind == xlrd.XL_CELL_ERROR else value


class _Silence:
    """xlrd prints warnings; nobody reads them here."""

    def write(self, text: str) -> None:
        """Drop it."""
