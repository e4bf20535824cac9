"""The process that reads one workbook: a crash, a hang or a bomb costs that file only.

Run as `python -m flows.sources.workbooks.process PATH TYPE OUT BYTES SECONDS UNPACKED`; writes messages as lines of
JSON to OUT. Imports neither Polars nor DuckDB, as each workbook pays for what is imported here.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from flows.sources.headers import find_header
from flows.sources.messages import BATCH_ROWS, Batch, Fault, Message, Refusal, SheetRead, unique_names
from flows.sources.workbooks.cell_texts import cell_text, is_imprecise
from flows.sources.workbooks.grids import Grid, read_grids
from schemas.errors import SourceError
from schemas.vocabulary import ProblemCode

__all__ = ["sheet_messages"]

_HEADER_ROWS = 300
_BATCH_CELLS = 500_000


def main(path: str, file_type: str, out: str, most_bytes: str, seconds: str, unpacked_bytes: str) -> None:
    """Read a workbook under limits of memory and processor time."""
    resource.setrlimit(resource.RLIMIT_AS, (int(most_bytes), int(most_bytes)))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds) + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    encode = msgspec.json.Encoder().encode
    with Path(out).open("wb") as file:
        try:
            for grid in read_grids(Path(path), file_type, int(unpacked_bytes)):
                file.writelines(encode(message) + b"\n" for message in sheet_messages(grid))
        except SourceError as error:
            file.write(encode(Refusal(error.code, error.what, error.todo or "")) + b"\n")
        except MemoryError:
            todo = "split it, or raise limits.reader_memory_gb in settings.toml"
            file.write(encode(Refusal(ProblemCode.TOO_LARGE, "the workbook does not fit into memory", todo)) + b"\n")


def sheet_messages(grid: Grid) -> Iterator[Message]:
    """A sheet's rows as text, its faults, and at last its header.

    Columns that have neither a name nor any cell are left out. Row 1 is the one below the header; an empty row
    counts but gives no row, so that row n stands n rows below the header in the workbook too.
    """
    # the test spares most cells a call: 200,000 x 30 take 1.2 s instead of 2.6
    rows = [[value if type(value) is str else cell_text(value) for value in row] for row in grid.rows]
    header = find_header(rows[:_HEADER_ROWS])
    if header.position >= len(rows):
        return
    header_at = header.position if header.is_named else header.position - 1
    names = rows[header_at] if header.is_named else [""] * grid.width
    body = rows[header_at + 1 :]
    used = [name or any(column) for name, column in zip(names, _columns(body, grid.width), strict=True)]
    kept = [position for position, is_used in enumerate(used) if is_used]
    names = unique_names([names[position] for position in kept], [position + grid.left for position in kept])
    name_of = dict(zip(kept, names, strict=True))
    size = max(1, min(BATCH_ROWS, _BATCH_CELLS // max(1, len(kept))))
    batch, count = Batch(grid.name), 0
    for number, cells in enumerate(body, start=1):
        faults = list(_correct(grid, header_at + number, cells))
        for position, fault in faults:
            fault.row_number, fault.column_name = number, name_of.get(position)
            yield fault
        if not any(cells) and not faults:
            continue
        count += 1
        batch.numbers.append(number)
        batch.cells.append([cells[position] for position in kept])
        if len(batch.numbers) >= size:
            yield batch
            batch = Batch(grid.name)
    yield batch
    yield SheetRead(grid.name, grid.index, names, grid.top + header_at if header.is_named else 0, count, grid.is_hidden)
    if not count:
        todo = "nothing, if that is right; otherwise fill the sheet"
        yield Fault(ProblemCode.NO_DATA_ROWS, "there is a header but no row below it", todo, sheet=grid.name)


def _columns(rows: list[list[str]], width: int) -> Iterator[tuple[str, ...]]:
    return zip(*rows, strict=True) if rows else iter([()] * width)


def _correct(grid: Grid, at: int, cells: list[str]) -> Iterator[tuple[int, Fault]]:
    """Put a row's cells right where the workbook marks them; what cannot be right is emptied and reported."""
    row = grid.top + at
    if row in grid.marked_rows:
        for position in range(len(cells)):
            place = (row, grid.left + position)
            value = grid.rows[at][position]
            if place in grid.marks.zeros and isinstance(value, int | float) and value >= 0:
                cells[position] = grid.marks.zeros[place].text(value)
            elif place in grid.marks.errors:
                yield position, _fault(grid, grid.marks.errors[place], "the cell holds an error", "mend the formula")
                cells[position] = ""
            elif place in grid.marks.formulas and not cells[position]:
                reason = "the cell holds a formula that was never calculated"
                yield position, _fault(grid, None, reason, "open the file in a spreadsheet program and save it")
    if at in grid.imprecise_rows:
        for position, value in enumerate(grid.rows[at]):
            if is_imprecise(value):
                reason = "the number has more than 15 digits, the last ones are lost"
                yield position, _fault(grid, cells[position], reason, "format the column as text and enter it again")
                cells[position] = ""


def _fault(grid: Grid, value: str | None, reason: str, todo: str) -> Fault:
    return Fault(ProblemCode.CELL_ERROR, reason, todo, sheet=grid.name, value=value)


if __name__ == "__main__":
    main(*sys.argv[1:])
