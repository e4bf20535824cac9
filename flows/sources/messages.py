"""What readers say, in plain values: the workbook process sends these as lines of JSON."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

import msgspec

from schemas.vocabulary import CELL_MARK

__all__ = ["BATCH_ROWS", "Batch", "Fault", "Message", "Refusal", "SheetRead", "join_cells", "join_rows", "unique_names"]

#: Rows or records that are handed over at once.
BATCH_ROWS = 20_000

_LONGEST_VALUE = 10_000  # characters of a value that a fault repeats; the input file has the rest


class Batch(msgspec.Struct, tag="rows"):
    """Data rows of one sheet; a line is a row's cells as `join_cells` puts them together."""

    sheet: str
    numbers: list[int] = []
    lines: list[str] = []


class SheetRead(msgspec.Struct, tag="sheet"):
    """One sheet, after its rows; `rows_count` is of rows with a filled cell, refused ones included.

    `hidden_columns` are names of the header; `lines_above` what stands above it, a workbook's cells parted by tabs.
    """

    name: str
    index: int
    header: list[str]
    header_line: int
    rows_count: int
    is_hidden: bool = False
    hidden_columns: list[str] = []
    lines_above: list[str] = []


class Fault(msgspec.Struct, tag="fault"):
    """A row or cell that could not be read; `row_number` counts data rows or records from 1."""

    code: str
    reason: str
    todo: str
    sheet: str | None = None
    row_number: int | None = None
    column_name: str | None = None
    value: str | None = None

    def __post_init__(self) -> None:
        if self.value is not None and len(self.value) > _LONGEST_VALUE:
            self.value = self.value[:_LONGEST_VALUE] + " …"


class Refusal(msgspec.Struct, tag="refusal"):
    """The file as a whole cannot be read."""

    code: str
    reason: str
    todo: str


Message = Batch | SheetRead | Fault | Refusal


def join_cells(cells: Sequence[str]) -> str:
    """The cells of a row as one text, each behind a mark that none of them holds."""
    line = f"{CELL_MARK}{CELL_MARK.join(cells)}"
    if line.count(CELL_MARK) == len(cells):
        return line
    mark = next(mark for mark in map(chr, count(0xE000)) if not any(mark in cell for cell in cells))
    return f"{mark}{mark.join(cells)}"


def join_rows(rows: Sequence[Sequence[str]]) -> list[str]:
    """`join_cells` of many rows: whether a cell holds the mark is asked of all at once."""
    lines = [f"{CELL_MARK}{CELL_MARK.join(cells)}" for cells in rows]
    if "".join(lines).count(CELL_MARK) == sum(map(len, rows)):
        return lines
    return list(map(join_cells, rows))


def unique_names(cells: Sequence[str], positions: Sequence[int] | None = None) -> list[str]:
    """Column names, one per cell of a header row, no two alike.

    A column without a name is called by its position, 'column 7'; the second 'Phone' is 'Phone (2)'. Otherwise
    a name stays as it stands in the file, blanks around it included.

    Args:
        cells: the header row.
        positions: position of each in the file, from 1, where that is not 1, 2, 3 …
    """
    names: list[str] = []
    taken: set[str] = set()
    counts: dict[str, int] = {}  # a sheet may have one name 16,384 times
    for position, cell in zip(positions or range(1, len(cells) + 1), cells, strict=True):
        plain = cell if cell.strip() else f"column {position}"
        name, count = plain, counts.get(plain, 1)
        while name in taken:
            count += 1
            name = f"{plain} ({count})"
        counts[plain] = count
        taken.add(name)
        names.append(name)
    return names
