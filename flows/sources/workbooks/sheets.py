"""A sheet's grid as messages: rows of texts, faults, header."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import chain
from typing import Any

from flows.sources.headers import find_header
from flows.sources.messages import Batch, Fault, Message, SheetRead, join_rows, unique_names
from flows.sources.workbooks.cell_texts import cell_text, is_imprecise
from flows.sources.workbooks.grid import Grid
from flows.sources.workbooks.merged_headers import fill_down, name_columns
from schemas.vocabulary import ProblemCode
from transforms.importing.tables_beside import find_gaps

__all__ = ["sheet_messages"]

_HEADER_ROWS = 300
_BATCH_CELLS = 500_000
_UNSHOWN = "{} (hidden rows)"  # a sheet for the rows that a person has to unhide


def sheet_messages(grid: Grid) -> Iterator[Message]:
    """A sheet's rows as text, its faults, and at last its header.

    Columns that have neither a name nor any cell are left out, unless they part two tables. Row 1 is the one below the
    header; an empty row counts but gives no row, so that row n stands n rows below the header in the workbook too.
    Hidden rows follow as a hidden sheet of their own. What may be wrong in the workbook comes first.
    """
    for doubt in grid.doubts:
        todo = "compare its values with the original, or export it again"
        yield Fault(ProblemCode.DAMAGED, f"the workbook is damaged: {doubt}", todo)
    rows = list(map(_write_row, grid.rows))
    table = _find_table(grid, rows)
    if table is None:
        return
    fill_down(grid, rows, table.body_at)
    hidden = set() if grid.is_hidden else grid.marks.hidden_rows
    shown = [at for at in range(table.body_at, len(rows)) if grid.row_numbers[at] not in hidden]
    yield from table.messages(shown, grid.name, grid.is_hidden)
    unshown = [at for at in range(table.body_at, len(rows)) if grid.row_numbers[at] in hidden and any(rows[at])]
    if unshown:
        yield from table.messages(unshown, _UNSHOWN.format(grid.name), is_hidden=True)


def _write_row(row: list[Any]) -> list[str]:
    """A row's values as texts; most rows are, which joining them finds out in a third of the time that asking takes."""
    try:
        "".join(row)
    except TypeError:
        return [value if type(value) is str else cell_text(value) for value in row]
    return row


def _find_table(grid: Grid, rows: list[list[str]]) -> _Table | None:
    """The table in a sheet: its header is the first visible one."""
    hidden = set() if grid.is_hidden else grid.marks.hidden_rows
    filled = (at for at, row in enumerate(rows) if any(map(str.strip, row)))
    first = next(filled, None)
    if first is None:
        return None
    start = next((at for at in chain([first], filled) if grid.row_numbers[at] not in hidden), None)
    if start is None:  # nothing in sight
        start, hidden = first, set()
    head = [
        row if grid.row_numbers[at] not in hidden else []
        for at, row in enumerate(rows[start : start + _HEADER_ROWS], start=start)
    ]
    header = find_header(head)
    header_at = start + header.position
    line = grid.row_numbers[header_at]
    if not header.is_named:
        return _Table(grid, [""] * grid.width, rows, header_at, 0, line - 1, is_named=False)
    names, height = name_columns(grid, rows, header_at)
    return _Table(grid, names, rows, header_at, height, line + height - 1)


class _Table:
    """The rows below a header."""

    def __init__(
        self,
        grid: Grid,
        names: list[str],
        rows: list[list[str]],
        header_at: int,
        height: int,
        line_before: int,
        is_named: bool = True,
    ):
        self.body_at = body_at = header_at + height
        self._grid, self._rows = grid, rows
        self._line_before = line_before  # in the workbook; row 1 is the one below
        self._header_line = line_before if is_named else 0
        self._above = ["\t".join(row).strip("\t") for row in rows[:header_at] if any(map(str.strip, row))]
        body = rows[body_at:]
        gaps = find_gaps(names)
        self._kept = [at for at, name in enumerate(names) if name or at in gaps or any(row[at] for row in body)]
        self._names = unique_names(
            [names[position] for position in self._kept], [grid.column_numbers[position] for position in self._kept]
        )
        self._name_of = dict(zip(self._kept, self._names, strict=True))

    def messages(self, positions: list[int], sheet: str, is_hidden: bool) -> Iterator[Message]:
        """Some of the rows, as one sheet."""
        size = max(1, min(self._grid.rows_at_once, _BATCH_CELLS // max(1, len(self._kept))))
        is_whole = len(self._kept) == self._grid.width
        numbers, marked = self._grid.row_numbers, self._grid.marked_rows
        unsure = self._grid.imprecise_rows.union(at for at in positions if numbers[at] in marked)
        count = 0
        for start in range(0, len(positions), size):
            part = positions[start : start + size]
            faulty = set()
            for at in part if not unsure.isdisjoint(part) else ():
                faults = list(_correct(self._grid, at, self._rows[at]))
                for position, fault in faults:
                    fault.sheet, fault.row_number = sheet, numbers[at] - self._line_before
                    fault.column_name = self._name_of.get(position)
                    yield fault
                    faulty.add(at)
            given = [at for at in part if any(self._rows[at]) or at in faulty]
            rows = [self._rows[at] for at in given]
            kept = rows if is_whole else [[cells[position] for position in self._kept] for cells in rows]
            yield Batch(sheet, [numbers[at] - self._line_before for at in given], join_rows(kept))
            count += len(given)
        hidden = self._hidden_columns()
        place = (sheet, self._grid.index, self._names, self._header_line, count)
        yield SheetRead(*place, is_hidden, hidden, self._above if sheet == self._grid.name else [])
        if not count:
            todo = "nothing, if that is right; otherwise fill the sheet"
            yield Fault(ProblemCode.NO_DATA_ROWS, "there is a header but no row below it", todo, sheet=sheet)

    def _hidden_columns(self) -> list[str]:
        hidden, numbers = self._grid.marks.hidden_columns, self._grid.column_numbers
        return [name for position, name in self._name_of.items() if numbers[position] in hidden]


def _correct(grid: Grid, at: int, cells: list[str]) -> Iterator[tuple[int, Fault]]:
    """Put a row's cells right where the workbook marks them; what cannot be right is emptied and reported."""
    row = grid.row_numbers[at]
    if row in grid.marked_rows:
        for position in range(len(cells)):
            fault = _judge(grid, (row, grid.column_numbers[position]), grid.rows[at][position], cells, position)
            if fault:
                cells[position] = ""
                yield position, fault
    if at in grid.imprecise_rows:
        for position, value in enumerate(grid.rows[at]):
            if is_imprecise(value) and cells[position]:
                reason = "the number has more than 15 digits, the last ones may be lost"
                yield position, _fault(cells[position], reason, "format the column as text and enter it again")
                cells[position] = ""


def _judge(grid: Grid, place: tuple[int, int], value: object, cells: list[str], position: int) -> Fault | None:
    """What is wrong with a marked cell; a number that shows with zeros gets them."""
    marks = grid.marks
    if place in marks.repeated:
        reason = "the cell stands in the file more than once"
        return _fault(cells[position], reason, "open the file in a spreadsheet program and save it")
    if place in marks.errors:
        return _fault(marks.errors[place], "the cell holds an error", "mend the formula")
    if place in marks.sixties and isinstance(value, date) and value.year == 1900:  # 1904 dates have that day
        return _fault("60", "the date is 29 February 1900, a day that never was", "enter the right date")
    if place in marks.formulas and not cells[position]:
        reason = "the cell holds a formula that was never calculated"
        return _fault(None, reason, "open the file in a spreadsheet program and save it")
    if place in marks.zeros and isinstance(value, int | float) and value >= 0 and value == int(value):
        cells[position] = marks.zeros[place].text(value)
    return None


def _fault(value: str | None, reason: str, todo: str) -> Fault:
    return Fault(ProblemCode.CELL_ERROR, reason, todo, value=value)
