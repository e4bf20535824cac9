"""Records whose quotes are wrong, cut so that every character is kept and the table's width comes out."""

from __future__ import annotations

from collections.abc import Iterator

from flows.sources.delimited.layout import Layout

__all__ = ["split_loosely"]

_MOST_STEPS = 5_000  # of the search, for one record
_MOST_CLOSINGS = 6  # ends that are tried for one quoted cell


def split_loosely(record: str, layout: Layout, width: int) -> list[str] | None:
    """Cells of a record in which a quote stands where none should, or None when no reading has the width.

    A quote that opens a cell closes at a quote before a delimiter or the end, the nearest one first; where no such
    reading has the width, it stands for itself. Quotes within cells stay.

    Args:
        record: text of one record, unescaped, without its line end.
        layout: what it is cut by.
        width: cells it must have.
    """
    stack: list[tuple[int, tuple[str, ...]]] = [(0, ())]
    seen: set[tuple[int, int]] = set()
    for _ in range(_MOST_STEPS):
        if not stack:
            return None
        start, cells = stack.pop()
        if start > len(record):
            if len(cells) == width:
                return list(cells)
            continue
        if len(cells) < width and (start, len(cells)) not in seen:
            seen.add((start, len(cells)))
            # the last one is tried first
            stack.extend((end + 1, (*cells, cell)) for end, cell in reversed(list(_next_cells(record, start, layout))))
    return None


def _next_cells(record: str, start: int, layout: Layout) -> Iterator[tuple[int, str]]:
    """Where the cell that begins at `start` may end, and what it is then, the likeliest first."""
    if layout.is_spaced and record.startswith(" ", start):
        start += 1
    if record.startswith(layout.quote, start):
        closings = _closings(record, start + 1, layout)
        inside = [(end, record[start + 1 : end]) for end in closings]
        double = layout.quote * 2
        # of several ends, those that leave no single quote inside are likelier
        inside.sort(key=lambda found: layout.quote in found[1].replace(double, ""))
        yield from ((end + 1, text.replace(double, layout.quote)) for end, text in inside)
    end = record.find(layout.delimiter, start)
    end = len(record) if end < 0 else end
    yield end, record[start:end]


def _closings(record: str, start: int, layout: Layout) -> list[int]:
    found: list[int] = []
    position = record.find(layout.quote, start)
    while position >= 0 and len(found) < _MOST_CLOSINGS:
        if position + 1 == len(record) or record.startswith(layout.delimiter, position + 1):
            found.append(position)
        position = record.find(layout.quote, position + 1)
    return found
