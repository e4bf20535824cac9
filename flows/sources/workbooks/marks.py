"""What a workbook says of cells, rows and columns besides their values."""

from __future__ import annotations

from dataclasses import dataclass, field

from flows.sources.workbooks.cell_texts import ZeroFormat

__all__ = ["Marks", "Place", "Range"]

#: Row and column of a cell in its sheet, both from 1.
Place = tuple[int, int]
#: First row, first column, last row, last column, all from 1.
Range = tuple[int, int, int, int]


@dataclass
class Marks:
    """What is to be known of one sheet.

    Attributes:
        zeros: formats that fill up with zeros.
        errors: `#N/A` and the like.
        formulas: formulas that no program has calculated.
        sixties: cells that hold 60, which is a day that never was where they are dates.
        repeated: cells that stand in the file more than once.
        hidden_rows: rows that a person has to unhide, or that a filter keeps out of sight.
        hidden_columns: columns likewise.
        merged: ranges of cells that show as one.
        values_count: cells with a value, as the file tells it; 0 when not counted.
        has_negatives: whether any number is below zero.
        is_far: its last cell stands so far out that a grid from the first cell on would not fit into memory.
    """

    zeros: dict[Place, ZeroFormat] = field(default_factory=dict)
    errors: dict[Place, str] = field(default_factory=dict)
    formulas: set[Place] = field(default_factory=set)
    sixties: set[Place] = field(default_factory=set)
    repeated: set[Place] = field(default_factory=set)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    merged: list[Range] = field(default_factory=list)
    values_count: int = 0
    has_negatives: bool = False
    is_far: bool = False

    @property
    def rows(self) -> set[int]:
        """Rows in which any cell is marked."""
        return {row for row, _ in (*self.zeros, *self.errors, *self.formulas, *self.sixties, *self.repeated)}
