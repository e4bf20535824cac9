"""The header row of a table, delimited or in a workbook."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

__all__ = ["HeaderPlace", "find_header"]

_LAST_HEADER_ROW = 30  # a header row further down is not looked for

#: What a person's cell holds and a column's name does not: an e-mail address, or a number of seven digits and more.
_PERSONAL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}|[+(]?\d(?:[ ().+-]{0,2}\d){6,14}")


@dataclass(frozen=True)
class HeaderPlace:
    """Where a table's header is.

    Attributes:
        position: of the header row; of the first data row when no row is a header; the number of rows when all
            are empty.
        is_named: whether that row holds names of columns.
    """

    position: int
    is_named: bool


def find_header(rows: Sequence[Sequence[str]]) -> HeaderPlace:
    """The header: the first row with at least half as many filled cells as the rows usually have.

    Half of the width also counts, as contact exports have many more columns than a row fills. A row with a person's
    e-mail address or phone number is data: then the table has no header.
    """
    filled = [sum(1 for cell in row if cell.strip()) for row in rows]
    usual = median(count for count in filled if count) if any(filled) else 0
    enough = max(1.0, usual / 2 if usual > 2 else usual)
    candidates = (position for position, count in enumerate(filled[:_LAST_HEADER_ROW]) if count >= enough)
    position = next(candidates, next((position for position, count in enumerate(filled) if count), len(rows)))
    is_data = position < len(rows) and any(_PERSONAL.fullmatch(cell.strip()) for cell in rows[position])
    return HeaderPlace(position, not is_data)
