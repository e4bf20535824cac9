"""OpenDocument spreadsheets (.ods): what LibreOffice and Google Sheets save."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from xml.parsers import expat
from zipfile import ZipFile

from flows.sources.workbooks.grid import Grid
from flows.sources.workbooks.marks import Marks, Place
from flows.sources.workbooks.package import check_archive
from flows.sources.workbooks.refusals import too_large, unreadable
from flows.sources.workbooks.xml_events import make_parser

__all__ = ["read_ods"]

#: Elements whose text or cells are not the sheet's.
_FOREIGN = frozenset({"annotation", "shapes", "tracked-changes", "frame", "ruby-text"})
_HIDDEN = ("collapse", "filter")
_MOST_CELLS = 5_000_000
_NUMBERS = frozenset({"float", "percentage", "currency"})
_ZEROS = re.compile(r"\d+(?:-\d+)*")
_ERROR = re.compile(r"#[A-Z0-9/!?]+|Err:\d+")
_SPAN = re.compile(r"(-?)P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,]\d+)?S)?")

Given = dict[str, str]


def read_ods(path: Path, unpacked_bytes: int) -> Iterator[Grid]:
    """Sheets of a spreadsheet that hold anything.

    Args:
        path: the file.
        unpacked_bytes: most that it may unpack to.

    Raises:
        SourceError: `unreadable`, or `too_large`.
        zipfile.BadZipFile: the archive contradicts itself.
    """
    reading = _Reading()
    parser = make_parser(reading)
    try:
        with ZipFile(path) as archive:
            check_archive(archive, unpacked_bytes)
            with archive.open("content.xml") as content:
                parser.ParseFile(content)
    except (expat.ExpatError, KeyError, EOFError, zlib.error, OSError, NotImplementedError):
        raise unreadable() from None
    yield from reading.grids


class _Reading:
    """Handlers of the parser, and what they have found so far."""

    def __init__(self) -> None:
        self.grids: list[Grid] = []
        self._sheets = self._foreign = self._count = 0
        self._style = ""
        self._hidden_styles: set[str] = set()
        self._cell: Given | None = None
        self._paragraphs: list[str] = []
        self._begin_sheet({})

    def _begin_sheet(self, given: Given) -> None:
        self._name = given.get("name", "")
        self._is_hidden = given.get("style-name") in self._hidden_styles
        self._cells: dict[Place, Any] = {}
        self._marks = Marks()
        self._row = self._column = self._table_column = 0
        self._row_times = 1

    def start(self, name: str, attributes: Given) -> None:
        """An element begins."""
        local = name.rpartition(" ")[2]
        if self._foreign or local in _FOREIGN:
            self._foreign += 1
            return
        handler = getattr(self, f"_start_{local.replace('-', '_')}", None)
        if handler:
            handler({key.rpartition(" ")[2]: value for key, value in attributes.items()} | _own_type(attributes))

    def _start_style(self, given: Given) -> None:
        self._style = given.get("name", "")

    def _start_table_properties(self, given: Given) -> None:
        if given.get("display") == "false":
            self._hidden_styles.add(self._style)

    def _start_table(self, given: Given) -> None:
        self._begin_sheet(given)

    def _start_table_column(self, given: Given) -> None:
        first = self._table_column + 1
        self._table_column += _times(given, "number-columns-repeated")
        if given.get("visibility") in _HIDDEN:
            self._marks.hidden_columns.update(range(first, min(self._table_column, 1 << 14) + 1))

    def _start_table_row(self, given: Given) -> None:
        self._row, self._column = self._row + 1, 0
        self._row_times = _times(given, "number-rows-repeated")
        if given.get("visibility") in _HIDDEN:
            self._marks.hidden_rows.update(range(self._row, min(self._row + self._row_times, 1 << 20)))

    def _start_table_cell(self, given: Given) -> None:
        self._cell, self._paragraphs = given, []

    def _start_covered_table_cell(self, given: Given) -> None:
        self._cell, self._paragraphs = given, []

    def _start_p(self, given: Given) -> None:
        self._paragraphs.append("")

    def _start_s(self, given: Given) -> None:
        self.text(" " * min(_times(given, "c"), 1000))

    def _start_tab(self, given: Given) -> None:
        self.text("\t")

    def _start_line_break(self, given: Given) -> None:
        self.text("\n")

    def text(self, data: str) -> None:
        """Text between elements."""
        if self._cell is not None and self._paragraphs and not self._foreign:
            self._paragraphs[-1] += data

    def end(self, name: str) -> None:
        """An element ends."""
        if self._foreign:
            self._foreign -= 1
            return
        local = name.rpartition(" ")[2]
        if local in ("table-cell", "covered-table-cell") and self._cell is not None:
            self._end_cell(self._cell, covered=local.startswith("covered"))
            self._cell = None
        elif local == "table-row":
            self._row += self._row_times - 1
        elif local == "table":
            grid = Grid.of_cells(self._name, self._sheets, self._cells, self._marks)
            self._sheets += 1
            if grid:
                grid.is_hidden = self._is_hidden
                self.grids.append(grid)

    def _end_cell(self, given: Given, covered: bool) -> None:
        place, times = (self._row, self._column + 1), _times(given, "number-columns-repeated")
        self._column += times
        across, down = _times(given, "number-columns-spanned"), _times(given, "number-rows-spanned")
        if across * down > 1:
            self._marks.merged.append((*place, place[0] + down - 1, place[1] + across - 1))
        shown = "\n".join(self._paragraphs)
        is_error = given.get("own-type") == "error" or ("formula" in given and bool(_ERROR.fullmatch(shown)))
        has_no_value = "formula" in given and "value-type" not in given and not shown
        value = "" if covered or is_error else _to_value(given, shown)
        if value == "" and not is_error and not has_no_value:
            return
        self._count += times * self._row_times
        if self._count > _MOST_CELLS:
            raise too_large(f"its sheets have more than {_MOST_CELLS:,} cells")
        for row in range(place[0], place[0] + self._row_times):
            for column in range(place[1], place[1] + times):
                self._cells[row, column] = value
                if is_error:
                    self._marks.errors[row, column] = shown
                elif has_no_value:
                    self._marks.formulas.add((row, column))


def _own_type(attributes: Given) -> Given:
    """LibreOffice tells errors by an attribute of its own, of the same name as the standard's."""
    kind = next((value for key, value in attributes.items() if "calcext" in key and key.endswith(" value-type")), "")
    standard = next((value for key, value in attributes.items() if key.endswith("office:1.0 value-type")), "")
    return {"own-type": kind, **({"value-type": standard} if standard else {})}


def _to_value(given: Given, shown: str) -> Any:
    kind = given.get("value-type", "string")
    try:
        if kind in _NUMBERS:
            return _to_number(float(given["value"]), shown)
        if kind == "date":
            return datetime.fromisoformat(given["date-value"][:26])
        if kind == "time" and (found := _SPAN.fullmatch(given["time-value"])):
            days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
            span = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
            return -span if found.group(1) else span
        if kind == "boolean":
            return given["boolean-value"] == "true"
    except (KeyError, ValueError):
        return shown
    return given.get("string-value", shown)


def _to_number(value: float, shown: str) -> float | str:
    """The number, or its digits as a format of zeros and dashes shows them: 02134, 000-12-3456."""
    digits = shown.replace("-", "")
    is_formatted = _ZEROS.fullmatch(shown) and shown != digits.lstrip("0") and value.is_integer()
    return shown if is_formatted and digits and int(digits) == value and shown != "0" else value


def _times(given: Given, name: str) -> int:
    value = given.get(name, "")
    return max(1, int(value)) if value.isascii() and value.isdigit() else 1
