"""Large sheets of an .xlsx, in a third of the time that a general reader takes; those of regular XML only."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, Any, Final
from zipfile import ZipFile

import numpy as np
import numpy.typing as npt

from flows.sources.workbooks.cell_texts import cell_text, is_imprecise
from flows.sources.workbooks.grid import MOST_CELLS, Grid
from flows.sources.workbooks.marks import Marks
from flows.sources.workbooks.number_formats import NumberFormats
from flows.sources.workbooks.package import SheetPart, read_shared_xml
from flows.sources.workbooks.xlsx_cells import Cells, find_cells
from flows.sources.workbooks.xlsx_scan import find_merged, mark_hidden, read_whole_rows
from flows.sources.workbooks.xlsx_texts import read_shared_texts
from flows.sources.workbooks.xml_tags import IrregularError, Numbers, read_texts, require

__all__ = ["read_regular_sheets"]

_BEGIN, _END, _EMPTY = b"<sheetData>", b"</sheetData>", b"<sheetData/>"
_ENCODING: Final = re.compile(rb"<\?xml[^>]*encoding=[\"'](?!utf-8)", re.IGNORECASE)
_ATTRIBUTES: Final = re.compile(rb'"(?: [st]="\w+")* ?')
_ATTRIBUTE: Final = re.compile(rb' ([st])="(\w+)"')
_NUMBER_SIGNS: Final = frozenset("0123456789.+-eE")
_BOOLEANS: Final = {"1": "TRUE", "true": "TRUE", "0": "FALSE", "false": "FALSE"}

_Values = npt.NDArray[np.object_]


class _Shown(dict[str, str | float]):
    """Number as a style's cells hold it -> text that they show; itself where it has more digits than is sure."""

    def __init__(self, style: int, formats: NumberFormats) -> None:
        self._style, self._formats = style, formats

    def __missing__(self, text: str) -> str | float:
        require(set(text) <= _NUMBER_SIGNS)
        try:
            value = float(text)
        except ValueError:
            raise IrregularError from None
        require(math.isfinite(value) and not self._formats.is_leap_day(value, self._style))
        zeros = self._formats.zeros.get(self._style)
        if is_imprecise(value):
            self[text] = value
        elif zeros and value >= 0 and value.is_integer():
            self[text] = zeros.text(value)
        else:
            self[text] = cell_text(self._formats.show(value, self._style))
        return self[text]


@dataclass(frozen=True)
class _Shared:
    """What the sheets of a workbook share: texts, by number; how they show numbers; numbers as shown, by style."""

    texts: _Values
    formats: NumberFormats
    numbers: dict[int, _Shown] = field(default_factory=dict)


def read_regular_sheets(
    archive: ZipFile, sheets: Iterable[SheetPart], formats: NumberFormats
) -> dict[str, Grid | None]:
    """Sheet name -> grid of the sheets whose XML is regular, None for one that holds nothing; without the others.

    Args:
        archive: of the workbook.
        sheets: those to read.
        formats: how its cells show numbers.
    """
    try:
        texts = read_shared_texts(read_shared_xml(archive))
    except IrregularError:
        return {}
    shared = _Shared(np.fromiter(texts, object, len(texts)), formats)
    grids: dict[str, Grid | None] = {}
    for sheet in sheets:
        with archive.open(sheet.part) as stream, suppress(IrregularError):
            grids[sheet.name] = _read_sheet(stream, sheet, shared)
    return grids


def _read_sheet(stream: IO[bytes], sheet: SheetPart, shared: _Shared) -> Grid | None:
    """A sheet's grid, None when it holds nothing; raises IrregularError where it is no table of plain values."""
    marks = Marks()
    rows: list[list[Any]] = []
    top, width, left = 1, 0, MOST_CELLS
    for xml in _read_rows(stream, marks):
        cells = find_cells(xml)
        if not len(cells.rows):
            continue
        first, last = int(cells.rows[0]), int(cells.rows[-1])
        top = top if rows else first
        require(first >= top + len(rows))  # a row behind the ones before
        left, widest = min(left, int(cells.columns.min())), int(cells.columns.max())
        if widest > width:
            for row in rows:
                row += [""] * (widest - width)
            width = widest
        require((last - top + 1) * width <= MOST_CELLS)
        block = np.full((last - top - len(rows) + 1, width), "", object)
        block[cells.rows - top - len(rows), cells.columns - 1] = _read_values(xml, cells, shared, marks)
        rows += block.tolist()
    if not rows:
        return None
    if left > 1:
        rows = [row[left - 1 :] for row in rows]
    grid = Grid.of_block(sheet.name, sheet.index, rows, top, left)
    grid.is_hidden, grid.marks = sheet.is_hidden, marks
    return grid


def _read_rows(stream: IO[bytes], marks: Marks) -> Iterator[bytes]:
    """The XML of rows, some whole ones at once; what stands before and behind them is marked."""
    is_begun = False
    for block in read_whole_rows(stream):
        if not is_begun:
            head, begin, block = block.partition(_BEGIN)
            require(b"<worksheet" in head and b"<!" not in head and not _ENCODING.match(head))
            require(begin or _EMPTY in head)
            mark_hidden(head, marks)
            is_begun = True
        rows, _, tail = block.partition(_END)
        marks.merged += find_merged(tail)
        if b"hidden=" in rows:
            mark_hidden(rows, marks)
        yield rows


def _read_values(xml: bytes, cells: Cells, shared: _Shared, marks: Marks) -> _Values:
    """What the cells show; errors are marked, and empty."""
    values = np.fromiter(read_texts(xml, cells.begins, cells.ends), object, len(cells.rows))
    for kind, attributes in enumerate(cells.attributes):
        require(_ATTRIBUTES.fullmatch(attributes))
        given = {name.decode(): value.decode() for name, value in _ATTRIBUTE.findall(attributes)}
        at = np.flatnonzero(cells.kinds == kind)
        require((cells.is_inline[at] == (given.get("t") == "inlineStr")).all())
        texts, style = values[at].tolist(), int(given.get("s", 0))
        match given.get("t", "n"):
            case "inlineStr" | "str":
                continue
            case "s":
                values[at] = shared.texts[_read_numbers(texts, len(shared.texts))]
            case "n":
                shown = shared.numbers.setdefault(style, _Shown(style, shared.formats))
                values[at] = np.fromiter(map(shown.__getitem__, texts), object, len(at))
            case "b":
                require(set(texts) <= _BOOLEANS.keys())
                values[at] = np.fromiter(map(_BOOLEANS.__getitem__, texts), object, len(at))
            case "e":
                places = zip(cells.rows[at].tolist(), cells.columns[at].tolist(), strict=True)
                marks.errors.update(zip(places, texts, strict=True))
                values[at] = ""
            case _:
                raise IrregularError
    return values


def _read_numbers(texts: list[str], count: int) -> Numbers:
    """Numbers of shared texts, all below a count."""
    digits = "".join(texts)
    require(digits.isascii() and digits.isdecimal() and all(texts))
    numbers = np.fromiter(map(int, texts), np.int64, len(texts))
    require(numbers.max() < count)
    return numbers
