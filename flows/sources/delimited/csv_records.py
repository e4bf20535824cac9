"""Delimited text record by record with csv.reader, for whatever the fast path does not take."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import TextIO

from flows.sources.delimited.layout import Layout
from flows.sources.delimited.loose_quotes import split_loosely

__all__ = ["Flaw", "Record", "read_lines", "read_records"]

_LONGEST_LINE = 1 << 24  # characters
_MOST_LINES = 1_000  # physical lines of one record: beyond, a quote was never closed


class Flaw(Enum):
    """Why a line is no record."""

    OPEN_QUOTE = "a quote opens in this line and is never closed"
    LONG_LINE = "the line is longer than 16 million characters"


@dataclass(frozen=True)
class Record:
    """One record with the physical lines it stood in.

    Attributes:
        cells: its fields; none for a blank line.
        lines: the lines, with their ends.
        flaw: why there are no cells; only this line is lost to the table.
    """

    cells: list[str]
    lines: list[str]
    flaw: Flaw | None = None

    @property
    def text(self) -> str:
        """As it stood in the file, without the last line end."""
        return "".join(self.lines).rstrip("\r\n")


def read_lines(file: TextIO) -> Iterator[str]:
    """Physical lines with their ends; of a line longer than any is, the beginning."""
    while line := file.readline(_LONGEST_LINE):
        rest = line
        while len(rest) == _LONGEST_LINE and not rest.endswith(("\n", "\r")):
            rest = file.readline(_LONGEST_LINE)
        yield line


@dataclass
class _Feed:
    """Lines for csv.reader, remembered until their record is complete."""

    lines: Iterator[str]
    layout: Layout
    pending: deque[str] = field(default_factory=deque)
    taken: list[str] = field(default_factory=list)
    is_cut: bool = False  # asked for a line in the middle of a record that has had enough of them

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.pending.popleft() if self.pending else next(self.lines, None)
        if line is not None and len(line) < _LONGEST_LINE and len(self.taken) < _MOST_LINES:
            self.taken.append(line)
            return self.layout.unescape(line)
        if line is not None and not self.taken:
            self.taken.append(line)
        elif line is not None:
            self.pending.appendleft(line)
        self.is_cut = bool(self.taken)
        raise StopIteration

    def take(self) -> list[str]:
        """The lines of the record just read."""
        lines, self.taken = self.taken, []
        return lines

    def take_first(self) -> str:
        """The first line of a broken record; the others are returned to the feed."""
        first, *rest = self.take()
        self.pending.extendleft(reversed(rest))
        self.is_cut = False
        return first


def read_records(lines: Iterable[str], layout: Layout, width: int) -> Iterator[Record]:
    """Records of delimited text.

    Where quotes are wrong, the reading counts that gives the table's width and keeps every character, first of the
    line by itself, then of all lines up to the closing quote. A quote that swallows other rows is found by the
    lines between: half of them or more split into the table's width by themselves. When no reading fits, the first
    line is a flawed record and the others are read again.

    Args:
        lines: physical lines with their ends.
        layout: what they are cut by.
        width: columns of the table; 0 when not known yet.
    """
    csv.field_size_limit(_LONGEST_LINE * 2)
    feed = _Feed(iter(lines), layout)
    reader = csv.reader(feed, delimiter=layout.delimiter, quotechar=layout.quote, skipinitialspace=layout.is_spaced)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            if not feed.is_cut:
                return
            yield Record([], [feed.take_first()], Flaw.LONG_LINE)  # it was withheld from csv.reader
        except csv.Error:  # a field longer than any text is
            yield Record([], [feed.take_first()], Flaw.OPEN_QUOTE)
        else:
            if feed.is_cut or any(layout.quote in line for line in feed.taken):
                yield _settle(cells, feed, width)
            else:
                yield Record(cells, feed.take())


def _settle(cells: list[str], feed: _Feed, width: int) -> Record:
    """The record that begins with the feed's first line, as csv.reader has read it or as its quotes want it."""
    layout, lines = feed.layout, feed.taken
    text = "".join(map(layout.unescape, lines))
    swallows = feed.is_cut or (len(lines) > 2 and _swallows_rows(lines, layout, width))
    if not swallows and layout.is_regular(text):
        return Record(cells, feed.take())
    first = layout.unescape(lines[0]).rstrip("\r\n")
    if width and (loose := split_loosely(first, layout, width)):
        return Record(loose, [feed.take_first()])
    if width and not swallows and (loose := split_loosely(text.rstrip("\r\n"), layout, width)):
        return Record(loose, feed.take())
    if len(lines) == 1 and not feed.is_cut:
        return Record(cells, feed.take())
    return Record([], [feed.take_first()], Flaw.OPEN_QUOTE)


def _swallows_rows(lines: list[str], layout: Layout, width: int) -> bool:
    inner = lines[1:-1]
    return width > 2 and 2 * sum(line.count(layout.delimiter) == width - 1 for line in inner) >= len(inner)
