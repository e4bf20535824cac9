"""One sheet of a workbook as a grid of values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from flows.sources.workbooks.marks import Marks, Place
from flows.sources.workbooks.refusals import too_large

__all__ = ["Grid"]

_MOST_CELLS = 50_000_000


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
    """

    name: str
    index: int
    rows: list[list[Any]]
    row_numbers: Sequence[int]
    column_numbers: Sequence[int]
    is_hidden: bool = False
    marks: Marks = field(default_factory=Marks)

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
        if not cells:
            return None
        rows = {number: at for at, number in enumerate(sorted({row for row, _ in cells}))}
        columns = {number: at for at, number in enumerate(sorted({column for _, column in cells}))}
        if len(rows) * len(columns) > _MOST_CELLS:
            raise too_large(f"a sheet has {len(rows)} rows and {len(columns)} columns")
        values: list[list[Any]] = [[""] * len(columns) for _ in rows]
        for (row, column), value in cells.items():
            values[rows[row]][columns[column]] = value
        return cls(name, index, values, list(rows), list(columns), marks=marks or Marks())

    def stretched(self, places: Iterable[Place]) -> Grid:
        """The grid with room for places around it, if it has none; its rows and columns follow one another."""
        rows, columns = map(set, zip(*places, strict=True))
        if rows <= set(self.row_numbers) and columns <= set(self.column_numbers):
            return self
        top, bottom = min(self.row_numbers[0], *rows), max(self.row_numbers[-1], *rows)
        left, right = min(self.column_numbers[0], *columns), max(self.column_numbers[-1], *columns)
        before, after = [""] * (self.column_numbers[0] - left), [""] * (right - self.column_numbers[-1])
        above, below = self.row_numbers[0] - top, bottom - self.row_numbers[-1]
        width = len(before) + self.width + len(after)
        values = [
            *([""] * width for _ in range(above)),
            *([*before, *row, *after] for row in self.rows),
            *([""] * width for _ in range(below)),
        ]
        grid = Grid.of_block(self.name, self.index, values, top, left)
        grid.is_hidden, grid.marks = self.is_hidden, self.marks
        return grid

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
