"""Delimited text record by record with csv.reader, for whatever the fast path does not take."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

__all__ = ["Record", "read_records"]

_LONGEST_FIELD = 1 << 24  # characters
_MOST_LINES = 50  # physical lines of one record: beyond, a quote was never closed


@dataclass(frozen=True)
class Record:
    """One record with the physical lines it stood in.

    Attributes:
        cells: its fields; none for a blank line.
        lines: the lines, with their ends.
        is_broken: a quote opened in its line was never closed; only that line is lost to the table.
    """

    cells: list[str]
    lines: list[str]
    is_broken: bool = False

    @property
    def text(self) -> str:
        """As it stood in the file, without the last line end."""
        return "".join(self.lines).rstrip("\r\n")


@dataclass
class _Feed:
    """Lines for csv.reader, remembered until their record is complete."""

    lines: Iterator[str]
    pending: deque[str] = field(default_factory=deque)
    taken: list[str] = field(default_factory=list)
    is_cut: bool = False  # asked for a line in the middle of a record that has had enough of them

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.pending.popleft() if self.pending else next(self.lines, None)
        if line is not None and len(self.taken) < _MOST_LINES:
            self.taken.append(line)
            return line
        if line is not None:
            self.pending.appendleft(line)
        self.is_cut = bool(self.taken)
        raise StopIteration

    def take(self) -> list[str]:
        """The lines of the record just read."""
        lines, self.taken = self.taken, []
        return lines

    def give_back_but_first(self) -> str:
        """Return every line of a broken record but its first to the feed."""
        first, *rest = self.take()
        self.pending.extendleft(reversed(rest))
        self.is_cut = False
        return first


def read_records(lines: Iterable[str], delimiter: str, width: int) -> Iterator[Record]:
    """Records of delimited text, `"` quoting, `""` an escaped quote.

    A quote that swallows other rows is found by the lines between: there are more than 50, or each splits into
    the table's width by itself. Then its first line is a broken record and the others are read again.

    Args:
        lines: physical lines with their ends.
        delimiter: one character.
        width: columns of the table; 0 when not known yet.
    """
    csv.field_size_limit(_LONGEST_FIELD)
    feed = _Feed(iter(lines))
    while True:
        is_broken = False
        try:
            for cells in csv.reader(feed, delimiter=delimiter):
                is_broken = feed.is_cut or (len(feed.taken) > 2 and _swallows_rows(feed.taken, delimiter, width))
                if is_broken:
                    break
                yield Record(cells, feed.take())
        except csv.Error:  # a field longer than any text is
            is_broken = True
        if not is_broken:
            return
        yield Record([], [feed.give_back_but_first()], is_broken=True)


def _swallows_rows(lines: list[str], delimiter: str, width: int) -> bool:
    return width > 2 and all(line.count(delimiter) == width - 1 for line in lines[1:-1])
