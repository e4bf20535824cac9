"""XML spreadsheets of Excel 2002 and 2003 (SpreadsheetML), mostly named .xls; many CRMs still export them."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from xml.parsers import expat

from flows.sources.workbooks.cell_texts import ZeroFormat, find_zero_format
from flows.sources.workbooks.grid import Grid
from flows.sources.workbooks.marks import Marks, Place
from flows.sources.workbooks.refusals import too_large, unreadable
from flows.sources.workbooks.serials import EPOCH_1900, is_elapsed_format, to_moment
from flows.sources.workbooks.xml_events import make_parser

__all__ = ["read_spreadsheet_xml"]

_SPREADSHEET = "urn:schemas-microsoft-com:office:spreadsheet "
_EXCEL = "urn:schemas-microsoft-com:office:excel "
#: Numbers below 1 are written as times of the day before the first one, and count from it until the day that never was.
_DAY_BEFORE, _FIRST_DAY, _LEAP_DAY = (datetime.fromisoformat(day) for day in ("1899-12-31", "1900-01-01", "1900-02-28"))
_MOST_ROWS, _MOST_COLUMNS = 1 << 20, 1 << 14
#: Control characters, which XML forbids: Excel writes references to them, web applications the characters themselves.
_CONTROL_CHARACTERS = re.compile(
    rb"&#(?:0*(?:[0-8]|1[1245-9]|2\d|3[01])|x0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]));|[\x01-\x08\x0b\x0c\x0e-\x1f]"
)
_BAD_CHARACTERS = frozenset(
    map(expat.errors.codes.get, (expat.errors.XML_ERROR_BAD_CHAR_REF, expat.errors.XML_ERROR_INVALID_TOKEN))
)
_TWO_BYTES_A_CHARACTER = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_FOREIGN = frozenset({"Comment", "NamedCell", "PhoneticText"})  # hold text that is not the cell's


def read_spreadsheet_xml(path: Path) -> Iterator[Grid]:
    """Sheets of an XML spreadsheet that hold anything.

    Raises:
        SourceError: `unreadable`, or `too_large`.
    """
    try:
        try:
            yield from _read(path)
        except expat.ExpatError as error:
            if error.code not in _BAD_CHARACTERS or path.read_bytes().startswith(_TWO_BYTES_A_CHARACTER):
                raise
            yield from _read(path, _CONTROL_CHARACTERS)
    except (expat.ExpatError, LookupError):
        raise unreadable("the XML spreadsheet is damaged or cut off") from None


def _read(path: Path, left_out: re.Pattern[bytes] | None = None) -> list[Grid]:
    reading = _Reading()
    parser = make_parser(reading)
    parser.StartDoctypeDeclHandler = _refuse_doctype
    with path.open("rb") as file:
        if left_out is None:
            parser.ParseFile(file)
        else:
            parser.Parse(left_out.sub(b"", file.read()), True)
    return reading.grids


def _refuse_doctype(*_: object) -> None:
    raise unreadable("its XML declares entities, which no spreadsheet program writes")


class _Reading:
    """Handlers of the parser, and what they have found so far."""

    def __init__(self) -> None:
        self.grids: list[Grid] = []
        self._sheets = 0
        self._formats: dict[str, ZeroFormat] = {}
        self._elapsed: set[str] = set()
        self._style = ""
        self._foreign = 0  # depth below an element whose text is not the cell's
        self._texts: list[str] | None = None
        self._visible: list[str] | None = None
        self._begin_sheet("")

    def _begin_sheet(self, name: str) -> None:
        self._name, self._is_hidden = name, False
        self._cells: dict[Place, Any] = {}
        self._marks = Marks()
        self._row = self._column = 0
        self._table_column = 0
        self._column_styles: dict[int, str] = {}
        self._row_style = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        namespace, _, local = name.rpartition(" ")
        given = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        if local in _FOREIGN or self._foreign:
            self._foreign += 1
        elif f"{namespace} " == _EXCEL and local == "Visible":
            self._visible = []
        elif f"{namespace} " == _SPREADSHEET:
            handler = getattr(self, f"_start_{local.lower()}", None)
            if handler:
                handler(given)

    def _start_style(self, given: dict[str, str]) -> None:
        self._style = given.get("ID", "")

    def _start_numberformat(self, given: dict[str, str]) -> None:
        code = given.get("Format", "")
        if found := find_zero_format(code):
            self._formats[self._style] = found
        elif is_elapsed_format(code):
            self._elapsed.add(self._style)

    def _start_worksheet(self, given: dict[str, str]) -> None:
        self._begin_sheet(given.get("Name", ""))

    def _start_column(self, given: dict[str, str]) -> None:
        self._table_column = _number(given, "Index", self._table_column + 1)
        last = min(self._table_column + _number(given, "Span", 0), _MOST_COLUMNS)
        if style := given.get("StyleID"):
            self._column_styles.update(dict.fromkeys(range(self._table_column, last + 1), style))
        if given.get("Hidden") == "1":
            self._marks.hidden_columns.update(range(self._table_column, last + 1))
        self._table_column = last

    def _start_row(self, given: dict[str, str]) -> None:
        self._row = _number(given, "Index", self._row + 1)
        self._column = 0
        self._row_style = given.get("StyleID", "")
        self._row_span = _number(given, "Span", 0)
        if given.get("Hidden") == "1":
            self._marks.hidden_rows.update(range(self._row, min(self._row + self._row_span, _MOST_ROWS) + 1))

    def _start_cell(self, given: dict[str, str]) -> None:
        self._column = _number(given, "Index", self._column + 1)
        if self._row > _MOST_ROWS or self._column > _MOST_COLUMNS:
            raise too_large(f"a sheet reaches to row {self._row}, column {self._column}")
        self._across, down = _number(given, "MergeAcross", 0), _number(given, "MergeDown", 0)
        if self._across or down:
            self._marks.merged.append((self._row, self._column, self._row + down, self._column + self._across))
        self._cell_style = given.get("StyleID") or self._row_style or self._column_styles.get(self._column, "")
        self._has_formula = "Formula" in given

    def _start_data(self, given: dict[str, str]) -> None:
        self._type = given.get("Type", "String")
        self._texts = []

    def text(self, data: str) -> None:
        """Text between elements."""
        if self._visible is not None:
            self._visible.append(data)
        elif self._texts is not None and not self._foreign:
            self._texts.append(data)

    def end(self, name: str) -> None:
        """An element ends."""
        namespace, _, local = name.rpartition(" ")
        if self._foreign:
            self._foreign -= 1
        elif local == "Visible" and self._visible is not None:
            self._is_hidden |= "hidden" in "".join(self._visible).lower()
            self._visible = None
        elif f"{namespace} " != _SPREADSHEET:
            return
        elif local == "Data" and self._texts is not None:
            self._keep("".join(self._texts).replace("\r\n", "\n").replace("\r", "\n"))
            self._texts = None
        elif local == "Cell":
            self._column += self._across
        elif local == "Row":
            self._row += self._row_span
        elif local == "Worksheet":
            self._end_sheet()

    def _keep(self, text: str) -> None:
        place = (self._row, self._column)
        if self._type == "Error":
            self._marks.errors[place] = text
            self._cells[place] = ""
        elif text:
            value = _to_value(self._type, text)
            if isinstance(value, datetime) and (self._cell_style in self._elapsed or value < _FIRST_DAY):
                days = (value - (EPOCH_1900 if value > _LEAP_DAY else _DAY_BEFORE)) / timedelta(days=1)
                value = to_moment(days, "elapsed" if self._cell_style in self._elapsed else "moment", EPOCH_1900)
            self._cells[place] = value
            if self._type == "Number" and self._cell_style in self._formats:
                self._marks.zeros[place] = self._formats[self._cell_style]

    def _end_sheet(self) -> None:
        grid = Grid.of_cells(self._name, self._sheets, self._cells, self._marks)
        self._sheets += 1
        if grid:
            grid.is_hidden = self._is_hidden
            self.grids.append(grid)


def _to_value(kind: str, text: str) -> Any:
    try:
        if kind == "Number":
            return float(text)
        if kind == "DateTime":
            return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return text
    return text == "1" if kind == "Boolean" else text


def _number(given: dict[str, str], name: str, otherwise: int) -> int:
    value = given.get(name, "")
    return int(value) if value.isascii() and value.isdigit() else otherwise
