"""CSV and its relations: regular UTF-8 through numpy block by block, all else through csv.reader.

Row numbers count records below the header: row 1 is the first. Blank lines and rows of empty cells (`,,,`) count, as
in the spreadsheet that shows the file, but give no row.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import IO

import polars as pl

from flows.sources.delimited.csv_records import Flaw, Record, read_lines, read_records
from flows.sources.delimited.dialect import Dialect, find_dialect
from flows.sources.delimited.layout import Layout
from flows.sources.delimited.regular import last_record_end, read_regular_rows
from flows.sources.items import Item, Rows, Source
from flows.sources.messages import BATCH_ROWS, Batch, Fault, SheetRead, join_cells, unique_names
from flows.sources.text import find_encoding
from schemas.errors import SourceError
from schemas.vocabulary import ProblemCode

__all__ = ["open_delimited"]

_SAMPLE_CHARACTERS = 1 << 18
_LONGEST_HEADER = 1 << 22  # characters
_BLOCK_BYTES = 8 << 20
_MOST_COLUMNS = 16_384  # as in Excel
_SHEET = ""  # a CSV has one table without a name


def open_delimited(path: Path, given_encoding: str | None = None) -> Source:
    """Open a delimited text file, its dialect found by content, and its encoding unless somebody gives it.

    A given encoding that does not fit is reported, and the file read as it looks.

    Raises:
        SourceError: `unreadable` text, `no_data_rows` for a file without any cell, or `too_large`.
    """
    faults: list[Item] = []
    try:
        encoding = find_encoding(path, given_encoding)
    except (SourceError, LookupError):
        encoding = find_encoding(path)
        reason = f"the side file says {given_encoding!r}, but the characters are not that; read as {encoding}"
        faults.append(Fault(ProblemCode.BAD_SIDE_FILE, reason, "correct the side file, or leave its encoding out"))
    dialect = find_dialect(_read_sample(path, encoding))
    if not dialect.header or (dialect.header_line and not any(cell.strip() for cell in dialect.header)):
        raise SourceError(ProblemCode.EMPTY_FILE, "the file has no cells", where=path.name, todo="export it again")
    if len(dialect.header) > _MOST_COLUMNS:
        raise SourceError(
            ProblemCode.TOO_LARGE,
            f"the header has {len(dialect.header)} columns",
            where=path.name,
            expected=f"at most {_MOST_COLUMNS}",
            todo="check that the file is a table",
        )
    return Source("csv", encoding, chain(faults, _read_items(path, encoding, dialect)))


def _read_sample(path: Path, encoding: str) -> str:
    """The beginning of the file, whole lines; a first line longer than any header is refused."""
    with path.open(encoding=encoding, newline="") as file:
        sample = file.read(_SAMPLE_CHARACTERS)
        if len(sample) < _SAMPLE_CHARACTERS:
            return sample
        end = max(sample.rfind("\n"), sample.rfind("\r", 0, -1)) + 1
        if end:
            return sample[:end]
        sample += file.readline(_LONGEST_HEADER)
    if len(sample) > _LONGEST_HEADER:
        todo = "check that the file is a table with line ends"
        raise SourceError(ProblemCode.TOO_LARGE, "its first line does not end", where=path.name, todo=todo)
    return sample


def _read_items(path: Path, encoding: str, dialect: Dialect) -> Iterator[Item]:
    header = unique_names(dialect.header)
    reader = _Reader(path, encoding, dialect.layout, len(header))
    yield from reader.read(dialect.lines_before)
    above = list(dialect.above)
    yield SheetRead(_SHEET, 0, header, dialect.header_line, reader.rows_count, lines_above=above)
    if not reader.rows_count:
        yield Fault(
            ProblemCode.NO_DATA_ROWS,
            "there is a header but no row below it",
            "nothing, if that is right; otherwise export it again",
            sheet=_SHEET,
        )


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    """The rest of a file in blocks of whole records, if it is regular, the last one with its line end."""
    rest = b""
    while block := file.read(_BLOCK_BYTES):
        block = rest + block
        end = last_record_end(block)
        yield block[:end] if end else block  # no record ends in it: not regular
        rest = block[end:] if end else b""
    if rest:
        yield rest + b"\n"


class _Reader:
    """One pass over the data rows; counts them as it goes."""

    def __init__(self, path: Path, encoding: str, layout: Layout, width: int):
        self._path = path
        self._encoding = encoding
        self._layout = layout
        self._width = width
        self._last_number = 0
        self.rows_count = 0  # of rows with a filled cell

    def read(self, lines_before: int) -> Iterator[Item]:
        """Fast while the bytes are regular, record by record from the first block that is not."""
        layout = self._layout
        if self._encoding not in ("utf-8", "utf-8-sig") or not layout.delimiter.isascii() or not layout.is_plain:
            with self._path.open(encoding=self._encoding, newline="") as text:
                yield from self._read_carefully(islice(read_lines(text), lines_before, None))
            return
        with self._path.open("rb") as file:
            offset = self._offset_of(lines_before)
            file.seek(offset)
            for block in _blocks(file):
                lines = read_regular_rows(block, layout.delimiter, self._width)
                if lines is None:
                    break
                yield self._number(lines)
                offset += len(block)
            else:
                return
            file.seek(offset)
            with io.TextIOWrapper(file, "utf-8", newline="") as text:
                yield from self._read_carefully(read_lines(text))

    def _offset_of(self, lines: int) -> int:
        """Bytes that the first lines take."""
        with self._path.open(encoding=self._encoding, newline="") as text:
            before = sum(len(line.encode()) for line in islice(text, lines))
        return before + (3 if self._encoding == "utf-8-sig" else 0)

    def _number(self, lines: pl.Series) -> Rows:
        """The lines with their numbers, but for those of empty cells, which are nothing but marks."""
        first = self._last_number + 1
        numbers = pl.int_range(first, first + lines.len(), eager=True).alias("row_number")
        filled = pl.DataFrame([numbers, lines]).filter(pl.col("line").str.len_bytes() > self._width)
        self.rows_count += filled.height
        self._last_number += lines.len()
        return Rows(_SHEET, filled)

    def _read_carefully(self, lines: Iterator[str]) -> Iterator[Item]:
        batch = Batch(_SHEET)
        for record in read_records(lines, self._layout, self._width):
            self._last_number += 1
            fault = self._fault_of(record)
            if not fault and not any(record.cells):
                continue
            self.rows_count += 1
            if fault:
                yield fault
            else:
                batch.numbers.append(self._last_number)
                cells = (record.cells + [""] * (self._width - len(record.cells)))[: self._width]
                batch.lines.append(join_cells(cells))
            if len(batch.numbers) >= BATCH_ROWS:
                yield Rows.of(batch)
                batch = Batch(_SHEET)
        yield Rows.of(batch)

    def _fault_of(self, record: Record) -> Fault | None:
        surplus = [cell for cell in record.cells[self._width :] if cell]
        if record.flaw:
            code = ProblemCode.TOO_LARGE if record.flaw is Flaw.LONG_LINE else ProblemCode.BROKEN_ROW
            reason = record.flaw.value
        elif surplus:
            code = ProblemCode.ROW_TOO_LONG
            reason = f"the row has {len(record.cells)} cells, the header {self._width}"
        else:
            return None
        todo = "put cells that hold the delimiter or a quote into quotes, doubling quotes inside"
        return Fault(code, reason, todo, sheet=_SHEET, row_number=self._last_number, value=record.text)
