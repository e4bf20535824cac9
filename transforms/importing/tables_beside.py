"""A second table in a sheet: beside the first one, right of an empty column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

__all__ = ["find_gaps", "find_table_beside"]

#: What a column without a name is called, and what is put behind a name that comes again.
_UNNAMED: Final = re.compile(r"column \d+")
_AGAIN: Final = re.compile(r" \(\d+\)$")
_LEAST: Final = 2


def find_table_beside(header: Sequence[str], is_empty: Sequence[bool]) -> int | None:
    """Position of the empty column behind which another table stands; None when there is none.

    A row of it has nothing to do with the row of the sheet's own table that it stands beside.

    Args:
        header: column names, no two alike.
        is_empty: whether each has no cell.
    """
    names = ["" if empty and _UNNAMED.fullmatch(name) else name for name, empty in zip(header, is_empty, strict=True)]
    return min(find_gaps(names), default=None)


def find_gaps(names: Sequence[str]) -> set[int]:
    """Positions of columns without a name that, if they are empty, part two tables.

    Of the names on one side of each, one comes again on the other.

    Args:
        names: column names, empty for a column without one.
    """
    folded = [_AGAIN.sub("", name.strip()).casefold() for name in names]
    named = [at for at, name in enumerate(folded) if name]
    if len(named) < 2 * _LEAST:
        return set()
    first = {folded[at]: at for at in reversed(named)}
    gaps: set[int] = set()
    reach = -1  # of the names so far, the last place in which one comes again
    last = {folded[at]: at for at in named}
    for at, name in enumerate(folded):
        if name and first[name] == at:
            reach = max(reach, last[name])
        elif not name and named[_LEAST - 1] < at < min(reach, named[-_LEAST]):
            gaps.add(at)
    return gaps
