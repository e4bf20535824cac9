"""A delimited file's delimiter and header row, found in its beginning."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import median

from flows.sources.delimited.csv_records import read_records

__all__ = ["Dialect", "find_dialect", "find_header"]

_DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_RECORDS = 300
_LAST_HEADER_RECORD = 30  # a header row further down is not looked for
_EXCEL_HINT = re.compile(r"^\"?sep=(.)\"?[\r\n]+")  # first line that Excel understands


@dataclass(frozen=True)
class Dialect:
    """How a delimited file is laid out.

    Attributes:
        delimiter: character between cells.
        header: cells of the header row, as they stand.
        header_line: physical line the header begins in, from 1.
        lines_before: physical lines before the first data row.
    """

    delimiter: str
    header: list[str]
    header_line: int
    lines_before: int


def find_dialect(sample: str) -> Dialect:
    """Delimiter and header row of a delimited file.

    The delimiter is the one whose column count is most constant; of equal ones, the one with more columns. Lines
    before the header (a title, an export notice, Excel's `sep=;`) are passed over.

    Args:
        sample: the beginning of the file, whole lines.
    """
    hint = _EXCEL_HINT.match(sample)
    delimiter = hint.group(1) if hint else max(_DELIMITERS, key=lambda candidate: _constancy(sample, candidate))
    records = list(islice(read_records(_lines(sample), delimiter, 0), _SAMPLE_RECORDS))
    hint_records = 1 if hint else 0
    position = hint_records + find_header([record.cells for record in records[hint_records:]])
    if position >= len(records):
        return Dialect(delimiter, [], 0, 0)
    lines_above = sum(len(record.lines) for record in records[:position])
    header = records[position]
    return Dialect(delimiter, header.cells, lines_above + 1, lines_above + len(header.lines))


def find_header(rows: Sequence[Sequence[str]]) -> int:
    """Position of the header: the first row with at least half as many filled cells as the rows usually have.

    Half of the width also counts, as contact exports have many more columns than a row fills.
    """
    filled = [sum(1 for cell in row if cell.strip()) for row in rows]
    usual = median(count for count in filled if count) if any(filled) else 0
    enough = max(1.0, usual / 2 if usual > 2 else usual)
    candidates = (position for position, count in enumerate(filled[:_LAST_HEADER_RECORD]) if count >= enough)
    return next(candidates, next((position for position, count in enumerate(filled) if count), len(rows)))


def _constancy(sample: str, delimiter: str) -> tuple[float, int]:
    records = islice(read_records(_lines(sample), delimiter, 0), _SAMPLE_RECORDS)
    widths = Counter(len(record.cells) for record in records if record.cells)
    widths.pop(1, None)  # a line without the delimiter says nothing for it
    if not widths:
        return (0.0, 0)
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
    return (count / sum(widths.values()) * _share_split(sample, delimiter), width)


def _share_split(sample: str, delimiter: str) -> float:
    """Share of lines that hold the delimiter at all, so that a comma in one note does not win."""
    lines = [line for line in islice(_lines(sample), _SAMPLE_RECORDS) if line.strip()]
    return sum(delimiter in line for line in lines) / len(lines)


def _lines(sample: str) -> io.StringIO:
    return io.StringIO(sample, newline="")
