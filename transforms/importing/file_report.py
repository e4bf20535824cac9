"""What is said of a contact file as a whole: its columns, its side file, its sheets, and counts that add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import STAGING_FILE_COLUMNS
from schemas.vocabulary import ColumnStatus, Folder, ProblemCode
from transforms.attribute_defs import AttributeDefs
from transforms.importing.cells import widen_rows
from transforms.importing.decisions import ImportDecision, find_skip_reason
from transforms.importing.mapping import ColumnMapping, leave_unmapped, missing_columns, unknown_types
from transforms.quarantine import Problem, problems_frame

__all__ = [
    "count_outcomes", "count_skipped_cells", "join_counts", "report_columns", "report_open_dates",
    "report_other_keys", "report_side_file", "skip_columns",
]  # fmt: skip

_COLUMN_SCHEMA: Final = polars_schema(STAGING_FILE_COLUMNS)
_COUNT_SCHEMA: Final = dict.fromkeys(("column_index", "cells_count", "quarantined_count", "lost_count"), pl.Int64)


def report_columns(file_id: str, sheet: str, mappings: Sequence[ColumnMapping], cells: pl.DataFrame) -> pl.DataFrame:
    """staging.file_columns of one sheet.

    Args:
        file_id: lineage.
        sheet: lineage.
        mappings: one per header column.
        cells: column_index, cells_count, quarantined_count; several rows of a column are added up.
    """
    rows = [
        (
            file_id, sheet, column.column_index, column.column_name,
            ColumnStatus.MAPPED if column.attribute_type else ColumnStatus.UNMAPPED,
            column.attribute_type, column.label, column.index, column.is_partner, column.confidence, column.reason,
        )
        for column in mappings
    ]  # fmt: skip
    counted = list(_COLUMN_SCHEMA)[-2:]
    described = pl.DataFrame(
        rows, schema={name: dtype for name, dtype in _COLUMN_SCHEMA.items() if name not in counted}, orient="row"
    )
    sums = cells.group_by("column_index").agg(pl.col(counted).sum())
    joined = described.join(sums, on="column_index", how="left", maintain_order="left")
    return joined.with_columns(pl.col(counted).fill_null(0)).select(_COLUMN_SCHEMA.keys())


def report_other_keys(file_id: str, other_keys: pl.DataFrame) -> pl.DataFrame:
    """staging.file_columns of the keys of JSON contacts that no column holds.

    Args:
        file_id: lineage.
        other_keys: column_name, cells_count.
    """
    keys = other_keys.group_by("column_name").agg(pl.col("cells_count").sum()).sort("column_name")
    reason = "a key of contact objects that no attribute holds"
    mappings = [leave_unmapped(position, name, reason) for position, name in enumerate(keys["column_name"])]
    cells = keys.with_row_index("column_index").select(
        pl.col("column_index").cast(pl.Int64), "cells_count", quarantined_count=pl.lit(0, pl.Int64)
    )
    return report_columns(file_id, "", mappings, cells)


def report_open_dates(
    file_id: str, sheet: str, mappings: Sequence[ColumnMapping], dates: Mapping[int, pl.DataFrame]
) -> pl.DataFrame:
    """Date columns in which nothing tells day from month, in the columns of PROBLEM_SCHEMA.

    Args:
        file_id: the file.
        sheet: the sheet.
        mappings: one per header column.
        dates: column position -> `judge_dates` of the column.
    """
    problems = []
    for position, judged in dates.items():
        is_open = judged.filter("is_open")
        if is_open.is_empty():
            continue
        read = pl.coalesce(pl.col("date").dt.to_string("--%m-%d"), "yearless").str.slice(5)
        day_first = is_open.select(read.cast(pl.Int32) == pl.col("original").str.extract(r"(\d{1,2})").cast(pl.Int32))
        order = "the day" if day_first.item(0, 0) else "the month"
        dates_said = "a date" if is_open.height == 1 else f"{is_open.height:,} different dates"
        reason = f"{dates_said} can be read either way; {order} was taken to come first."
        todo = 'nothing, if that is right; else say so in the side file: "locale": "en-GB" (day first) or "en-US"'
        name = mappings[position].column_name
        code = ProblemCode.AMBIGUOUS_DATES
        problems.append(Problem(file_id, Folder.CONTACTS.value, code, reason, todo, sheet=sheet, column_name=name))
    return problems_frame(problems)


def skip_columns(header: Sequence[str], reason: str) -> list[ColumnMapping]:
    """The columns of a sheet that is not imported."""
    return [leave_unmapped(position, name, reason) for position, name in enumerate(header)]


def count_skipped_cells(rows: pl.DataFrame, width: int) -> pl.DataFrame:
    """column_index, cells_count, quarantined_count, lost_count of rows that are not imported."""
    wide = widen_rows(rows, width)
    counts = [(position, wide.height - wide[str(position)].null_count(), 0, 0) for position in range(width)]
    return pl.DataFrame(counts, schema=_COUNT_SCHEMA, orient="row")


def join_counts(cells: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Counts of cells of all chunks of a sheet, also of none."""
    return pl.concat([pl.DataFrame(schema=_COUNT_SCHEMA), *cells])


def count_outcomes(columns: pl.DataFrame, lost_cells: int) -> Counter[str]:
    """Cells read, mapped, unmapped and quarantined: the last three add up to the first.

    Args:
        columns: staging.file_columns.
        lost_cells: cells of mapped columns that are in quarantine with nothing of them used.
    """
    read = int(columns["cells_count"].sum())
    unmapped = int(columns.filter(pl.col("status") == ColumnStatus.UNMAPPED)["cells_count"].sum())
    return Counter(
        cells_read=read,
        cells_mapped=read - unmapped - lost_cells,
        cells_unmapped=unmapped,
        cells_quarantined=lost_cells,
    )


def report_side_file(
    file_id: str, decision: ImportDecision, sheets: Sequence[tuple[str, Sequence[str], int, bool]], defs: AttributeDefs
) -> pl.DataFrame:
    """Problems of a file with its side file and its sheets, in the columns of PROBLEM_SCHEMA.

    Args:
        file_id: the file.
        decision: how it is imported.
        sheets: name, header, number of rows, whether hidden, of every sheet.
        defs: attribute definitions.
    """
    side, folder = decision.side, Folder.CONTACTS.value
    todo = "correct the side file"
    held = " The contacts are held back until that is mended." if side.is_unusable else ""
    problems = [
        Problem(file_id, folder, ProblemCode.BAD_SIDE_FILE, f"In the side file {complaint}.{held}", todo)
        for complaint in side.complaints
    ]
    if side.is_unusable:
        return problems_frame(problems)
    if side.sheet is not None and side.sheet not in [name for name, *_ in sheets]:
        reason = f"The side file selects the sheet {side.sheet!r}, which the file does not have."
        problems.append(Problem(file_id, folder, ProblemCode.UNKNOWN_SHEET, reason, todo))
    read = []
    for name, header, rows_count, is_hidden in sheets:
        if reason := find_skip_reason(name, is_hidden, side) or "":
            advice = "nothing; to import it, name it as `sheet` in the side file"
            reason = f"{reason} Its {rows_count} rows were not imported."
            problems.append(Problem(file_id, folder, ProblemCode.SKIPPED_SHEET, reason, advice, sheet=name))
        else:
            read.append(header)
    mappings = side.mappings or {}
    for column in missing_columns(read, mappings) if read else []:
        reason = "The side file maps this column, which the file does not have."
        problems.append(Problem(file_id, folder, ProblemCode.UNKNOWN_MAPPING_COLUMN, reason, todo, column_name=column))
    for column in unknown_types(mappings, defs, decision.brand_id):
        kind = mappings[column].attribute_type
        reason = f"The side file maps this column to {kind!r}, which no attribute definition has."
        problems.append(
            Problem(file_id, folder, ProblemCode.UNKNOWN_ATTRIBUTE, reason, todo, column_name=column, value=kind)
        )
    return problems_frame(problems)
