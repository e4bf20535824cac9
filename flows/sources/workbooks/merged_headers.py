"""Column names where header cells are merged across columns or rows."""

from __future__ import annotations

from collections.abc import Sequence

from flows.sources.headers import join_groups
from flows.sources.workbooks.grid import Grid

__all__ = ["fill_down", "name_columns"]

Rows = Sequence[Sequence[str]]


def name_columns(grid: Grid, rows: Rows, header_at: int) -> tuple[list[str], int]:
    """Names of the columns, and how many rows the header takes.

    A cell merged across columns names them all. Where others are merged down into the next row, that row belongs to
    the header: 'Phone' above 'Home' and 'Work' gives 'Phone Home' and 'Phone Work'. Groups in the row above the header
    come before the names, too.

    Groups that are not merged count, too, where they tell names apart.

    Args:
        grid: the sheet.
        rows: its texts.
        header_at: position of the header row.
    """
    filled = _fill(grid, rows, header_at)
    row = grid.row_numbers[header_at]
    height = 1
    if header_at + 1 < len(rows) and _has_two_rows(grid, rows, header_at):
        height = 2
        below = _fill(grid, rows, header_at + 1)
        filled = [_join(above, name) for above, name in zip(filled, below, strict=True)]
    groups = [place for place in grid.marks.merged if place[0] == row - 1 == place[2] and place[1] < place[3]]
    if header_at and len(groups) > 1:  # a single one is a title
        for _, left, _, right in groups:
            positions = grid.positions(left, right)
            for position in positions:
                filled[position] = _join(rows[header_at - 1][positions[0]], filled[position])
    elif header_at and row - 1 == grid.row_numbers[header_at - 1]:
        filled = join_groups(rows[header_at - 1], filled) or filled
    return filled, height


def _has_two_rows(grid: Grid, rows: Rows, header_at: int) -> bool:
    """Some names stand across columns and all others down into the next row, which so tells the first ones apart."""
    row = grid.row_numbers[header_at]
    beside = {position for position, name in enumerate(rows[header_at]) if name}
    across = False
    for top, left, bottom, right in grid.marks.merged:
        if top == row and (bottom == row + 1 or (bottom == row and left < right)):
            beside -= set(grid.positions(left, right))
            across |= bottom == row
    return across and not beside


def _fill(grid: Grid, rows: Rows, at: int) -> list[str]:
    """A row with the cells that are merged across filled up."""
    names = list(rows[at])
    row = grid.row_numbers[at]
    for top, left, bottom, right in grid.marks.merged:
        positions = grid.positions(left, right)
        if top <= row <= bottom and left < right and positions and top in grid.row_numbers:
            text = rows[grid.row_numbers.index(top)][positions[0]]
            for position in positions:
                names[position] = names[position] or text
    return names


def fill_down(grid: Grid, rows: list[list[str]], body_at: int) -> None:
    """Give each row below the header the text of a cell that is merged across several rows: it shows in all.

    A row without a cell of its own is no row: a person whose every cell is merged would come twice.
    """
    if not grid.marks.merged:
        return
    own = {at for at, row in enumerate(rows) if any(map(str.strip, row))}
    for top, left, bottom, right in grid.marks.merged:
        positions = grid.positions(left, right)
        if top < bottom and left == right and positions and top in grid.row_numbers:
            first = grid.row_numbers.index(top)
            for at in range(first + 1, len(rows)):
                if grid.row_numbers[at] > bottom:
                    break
                if at >= body_at and at in own:
                    rows[at][positions[0]] = rows[at][positions[0]] or rows[first][positions[0]]


def _join(above: str, name: str) -> str:
    return " ".join(part for part in dict.fromkeys((above.strip(), name.strip())) if part)
