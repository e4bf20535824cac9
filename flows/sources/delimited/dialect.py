"""A delimited file's layout and header row, found in its beginning."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from flows.sources.delimited.csv_records import Record, read_records
from flows.sources.delimited.layout import Layout
from flows.sources.headers import find_header, join_groups

__all__ = ["Dialect", "find_dialect"]

_DELIMITERS = (",", ";", "\t", "|", "^", "~")
_SAMPLE_RECORDS = 300
_EXCEL_HINT = re.compile(r"^\"?sep=(.)\"?[\r\n]+")  # first line that Excel understands


@dataclass(frozen=True)
class Dialect:
    """How a delimited file is laid out.

    Attributes:
        layout: what its lines are cut by.
        header: cells of the header row, as they stand; nameless ones where the first row is a person's.
        header_line: physical line the header begins in, from 1; 0 when there is none.
        lines_before: physical lines before the first data row.
        above: lines above the header that are not blank, as they stand.
    """

    layout: Layout
    header: list[str]
    header_line: int
    lines_before: int
    above: tuple[str, ...] = ()


def find_dialect(sample: str) -> Dialect:
    """Layout and header row of a delimited file.

    The delimiter is the one whose column count is most constant; of equal ones, the one with more columns. Lines
    before the header (a title, an export notice, Excel's `sep=;`) are passed over.

    Args:
        sample: the beginning of the file, whole lines.
    """
    hint = _EXCEL_HINT.match(sample)
    if hint:
        layout = _refine(Layout(hint.group(1)), sample)
    else:
        candidates = [_refine(Layout(delimiter), sample) for delimiter in _DELIMITERS]
        candidates += [candidate for candidate in [_refine(Layout(" "), sample)] if _is_quoted_by_blanks(sample)]
        layout = max(candidates, key=lambda candidate: _constancy(sample, candidate))
    records = _records(sample, layout, _usual_width(sample, layout))
    skipped = 1 if hint else 0
    found = find_header([record.cells for record in records[skipped:]])
    position = skipped + found.position
    if position >= len(records):
        return Dialect(layout, [], 0, 0)
    lines_above = sum(len(record.lines) for record in records[:position])
    above = tuple(record.text for record in records[:position] if record.text.strip())
    header = records[position]
    if not found.is_named:
        return Dialect(layout, [""] * _usual_width(sample, layout), 0, lines_above, above)
    groups = join_groups(records[position - 1].cells, header.cells) if position > skipped else None
    return Dialect(layout, groups or header.cells, lines_above + 1, lines_above + len(header.lines), above)


def _refine(layout: Layout, sample: str) -> Layout:
    """The layout with the quote, escape and blank that the sample shows for this delimiter."""
    delimiter = re.escape(layout.delimiter)
    if layout.delimiter != " " and _has_blank_behind_each(layout, sample):
        layout = replace(layout, is_spaced=True)
    edge = f"(?:^|{delimiter}{' ' if layout.is_spaced else ''})"
    enclosed = {
        quote: len(re.findall(f"{edge}{quote}[^{quote}\r\n]+{quote}(?=[{delimiter}\r\n])", sample, re.MULTILINE))
        for quote in "\"'"
    }
    if enclosed["'"] > 1 and not enclosed['"']:
        layout = replace(layout, quote="'")
    return replace(layout, is_escaped=_is_escaped(layout, sample))


def _is_escaped(layout: Layout, sample: str) -> bool:
    """A backslash before a quote within a cell, and no fewer lines that are regular when it counts as escape."""
    if not re.search(rf"\\{layout.quote}[^{re.escape(layout.delimiter)}\r\n]", sample):
        return False
    escaped = replace(layout, is_escaped=True)
    lines = list(islice(io.StringIO(sample), _SAMPLE_RECORDS))
    plain = sum(map(layout.is_regular, lines))
    return sum(escaped.is_regular(escaped.unescape(line)) for line in lines) > plain


def _has_blank_behind_each(layout: Layout, sample: str) -> bool:
    delimiter = re.escape(layout.delimiter)
    unquoted = re.sub(r"\"[^\"\r\n]*\"|(?<![^\s,;\t|])'[^'\r\n]*'", "", sample)
    every, blank = len(re.findall(delimiter, unquoted)), len(re.findall(f"{delimiter}(?: |(?=[\r\n]))", unquoted))
    return every > 2 and blank == every and f"{layout.delimiter} " in unquoted


def _is_quoted_by_blanks(sample: str) -> bool:
    """Blanks separate cells only where quotes hold those together that have some: nobody's names are cells else."""
    return len(re.findall(r"(?:^| )\"[^\"\r\n]* [^\"\r\n]*\"(?=[ \r\n])", sample, re.MULTILINE)) > 1


def _constancy(sample: str, layout: Layout) -> tuple[float, int]:
    widths = Counter(len(record.cells) for record in _records(sample, layout, 0) if record.cells)
    widths.pop(1, None)  # a line without the delimiter says nothing for it
    if not widths:
        return (0.0, 0)
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
    return (count / sum(widths.values()) * _share_split(sample, layout.delimiter), width)


def _usual_width(sample: str, layout: Layout) -> int:
    widths = Counter(len(record.cells) for record in _records(sample, layout, 0) if record.cells)
    return max(widths, key=lambda width: (widths[width], width), default=0)


def _share_split(sample: str, delimiter: str) -> float:
    """Share of lines that hold the delimiter at all, so that a comma in one note does not win."""
    lines = [line for line in islice(_lines(sample), _SAMPLE_RECORDS) if line.strip()]
    return sum(delimiter in line for line in lines) / len(lines)


def _records(sample: str, layout: Layout, width: int) -> list[Record]:
    return list(islice(read_records(_lines(sample), layout, width), _SAMPLE_RECORDS))


def _lines(sample: str) -> Iterator[str]:
    return io.StringIO(sample, newline="")
