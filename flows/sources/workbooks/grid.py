"""One sheet of a workbook as a grid of values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from flows.sources.messages import BATCH_ROWS
from flows.sources.workbooks.marks import Marks, Place
from flows.sources.workbooks.refusals import too_large

__all__ = ["MOST_CELLS", "Grid"]

#: Of a sheet that is read.
MOST_CELLS = 50_000_000


@dataclass
class Grid:
    """One sheet's values, without the rows and columns around them.

    Attributes:
        name: the sheet.
        index: its position in the workbook, from 0.
        rows: values as the reader gave them, all rows equally long.
        row_numbers: of each row in the workbook, from 1.
        column_numbers: of each column, from 1.
        is_hidden: whether a person has to unhide it to see it.
        marks: what is to be known of single cells.
        rows_at_once: most rows that are handed over together.
        doubts: what may be wrong in the workbook as a whole; the first of its grids has them.
    """

    name: str
    index: int
    rows: list[list[Any]]
    row_numbers: Sequence[int]
    column_numbers: Sequence[int]
    is_hidden: bool = False
    marks: Marks = field(default_factory=Marks)
    rows_at_once: int = BATCH_ROWS
    doubts: list[str] = field(default_factory=list)

    @classmethod
    def of_block(cls, name: str, index: int, rows: list[list[Any]], top: int = 1, left: int = 1) -> Grid:
        """A grid of the rows from one on, and of the columns from one on."""
        width = len(rows[0]) if rows else 0
        return cls(name, index, rows, range(top, top + len(rows)), range(left, left + width))

    @classmethod
    def of_cells(cls, name: str, index: int, cells: dict[Place, Any], marks: Marks | None = None) -> Grid | None:
        """A grid of single cells, however far apart they are; None when there is none.

        Raises:
            SourceError: `too_large`.
        """
        rows: dict[int, tuple[list[int], list[Any]]] = {}
        for (row, column), value in cells.items():
            columns, values = rows.setdefault(row, ([], []))
            columns.append(column)
            values.append(value)
        return cls.of_rows(name, index, rows, marks)

    @classmethod
    def of_rows(
        cls, name: str, index: int, rows: Mapping[int, tuple[list[int], list[Any]]], marks: Marks | None = None
    ) -> Grid | None:
        """A grid of rows, each the columns and values of its cells; None when there is none.

        Raises:
            SourceError: `too_large`.
        """
        numbers = sorted({column for columns, _ in rows.values() for column in columns})
        if not numbers:
            return None
        if len(rows) * len(numbers) > MOST_CELLS:
            raise too_large(f"a sheet has {len(rows)} rows and {len(numbers)} columns")
        at = {number: position for position, number in enumerate(numbers)}
        values: list[list[Any]] = []
        for number in sorted(rows):
            columns, given = rows[number]
            if columns != numbers:
                whole = [""] * len(numbers)
                for column, value in zip(columns, given, strict=True):
                    whole[at[column]] = value
                given = whole
            values.append(given)
        return cls(name, index, values, sorted(rows), numbers, marks=marks or Marks())

    @property
    def width(self) -> int:
        """Columns."""
        return len(self.column_numbers)

    def positions(self, left: int, right: int) -> list[int]:
        """Positions of the columns from one to another of the workbook."""
        return [at for at, number in enumerate(self.column_numbers) if left <= number <= right]

    @cached_property
    def marked_rows(self) -> set[int]:
        """Rows of the workbook with any mark."""
        return self.marks.rows

    @cached_property
    def imprecise_rows(self) -> set[int]:
        """Positions of rows with a number so large that it may have lost digits."""
        return {
            at
            for at, row in enumerate(self.rows)
            if float in map(type, row)  # most rows have none, which is found in a fifth of the time
            and any(type(value) is float and not -1e15 < value < 1e15 for value in row)
        }
