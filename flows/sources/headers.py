"""The header row of a table, delimited or in a workbook."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from string import ascii_uppercase

__all__ = ["HeaderPlace", "find_header", "join_groups"]

_LAST_HEADER_ROW = 30  # a header row further down is not looked for
_FEWEST_NUMBERED = 3

#: What a person's cell holds and a column's name does not: an e-mail address, or a number of seven digits and more.
_PERSONAL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}|[+(]?\d(?:[ ().+-]{0,2}\d){6,14}")

_DIGITS = re.compile(r"\d{3}")

Row = Sequence[str]


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


def find_header(rows: Sequence[Row]) -> HeaderPlace:
    """The header: the first row with at least half as many filled cells as the rows usually have.

    Half of the width also counts, as contact exports have many more columns than a row fills. A row with a person's
    e-mail address or phone number is data, and then the table has no header; unless the row is a note on the whole
    table ("Prepared by …"), with the header below it. A row of groups is passed over, whether it tells the names below
    it apart ("Home", "Work" above "Phone", "Phone") or only gathers them ("Person" above "First", "Last"), and so is
    one that numbers the columns.
    """
    filled = [_count(row) for row in rows]
    usual = median(count for count in filled if count) if any(filled) else 0
    enough = max(1.0, usual / 2 if usual > 2 else usual)
    full = (position for position, count in enumerate(filled[:_LAST_HEADER_ROW]) if count >= enough)
    candidates = [position for position in full if not _numbers_columns(rows[position])]
    position = next(iter(candidates), next((position for position, count in enumerate(filled) if count), len(rows)))
    if position < len(rows) and _is_personal(rows[position]):
        below = (at for at in candidates if at and filled[at] > max(filled[:at]) and _names_people(rows, at))
        found = next(below, None)
        return HeaderPlace(position, False) if found is None else HeaderPlace(found, True)
    if position + 1 < len(rows) and (join_groups(rows[position], rows[position + 1]) or _are_groups(rows, position)):
        position += 1
    return HeaderPlace(position, True)


def join_groups(above: Row, names: Row) -> list[str] | None:
    """Names of columns with the group that each stands under, "Home Phone" and "Work Phone"; None without groups.

    The row above holds groups when it is less filled than the names, some of which repeat, and none does any more
    under its group. A group reaches to the next one; the last one to the last name that needs it.

    Args:
        above: the row above the header.
        names: the header row.
    """
    starts = [at for at, text in enumerate(above[: len(names)]) if text.strip()]
    count = Counter(name.strip().casefold() for name in names if name.strip())
    repeated = [at for at, name in enumerate(names) if count[name.strip().casefold()] > 1]
    if len(starts) < 2 or len(starts) >= _count(names) or not repeated or _is_personal(above) or _is_personal(names):
        return None
    joined = list(names)
    for start, end in zip(starts, [*starts[1:], repeated[-1] + 1], strict=True):
        for at in range(start, end):
            joined[at] = f"{above[start].strip()} {names[at].strip()}" if names[at].strip() else names[at]
    plain = Counter(joined[at].strip().casefold() for at in repeated)
    return joined if max(plain.values()) == 1 else None


def _are_groups(rows: Sequence[Row], at: int) -> bool:
    """Whether a row only gathers the columns that the row below it names.

    Each of its cells stands above a name, and there are twice as many names or more; these are words, while the rows
    below them hold people's cells.
    """
    above, names = rows[at], rows[at + 1]
    starts = [start for start, text in enumerate(above) if text.strip()]
    if len(starts) < 2 or 2 * len(starts) > _count(names):
        return False
    is_over = all(start < len(names) and names[start].strip() for start in starts)
    return is_over and not any(_DIGITS.search(name) for name in names) and _names_people(rows, at + 1)


def _numbers_columns(row: Row) -> bool:
    """Whether its cells are 0, 1, 2 … or 1, 2, 3 …, or A, B, C … as a spreadsheet calls its columns."""
    cells = [cell.strip() for cell in row if cell.strip()]
    numbers = [str(number) for number in range(len(cells) + 1)]
    return len(cells) >= _FEWEST_NUMBERED and cells in (numbers[:-1], numbers[1:], list(ascii_uppercase[: len(cells)]))


def _count(row: Row) -> int:
    return sum(1 for cell in row if cell.strip())


def _is_personal(row: Row) -> bool:
    return any(_PERSONAL.fullmatch(cell.strip()) for cell in row)


def _names_people(rows: Sequence[Row], at: int) -> bool:
    """Whether a row without a person's cells names a column in which the rows below have mostly such cells."""
    if _is_personal(rows[at]):
        return False
    below = rows[at + 1 :]
    for column, name in enumerate(rows[at]):
        cells = [row[column].strip() for row in below if column < len(row) and row[column].strip()]
        if name.strip() and cells and 2 * sum(1 for cell in cells if _PERSONAL.fullmatch(cell)) >= len(cells):
            return True
    return False
