"""Rows of a sheet that are no contacts: the header again, where files were joined, totals, notes, other tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from schemas.vocabulary import Folder, ProblemCode
from transforms.importing.mapping import ColumnMapping
from transforms.importing.other_tables import rows_of_others
from transforms.importing.row_contacts import SheetContext
from transforms.quarantine import PROBLEM_SCHEMA

__all__ = ["ASIDE_CELLS", "find_asides", "list_aside_cells", "refuse_asides"]

#: Grain: one row per cell of a mapped column in a row set aside.
ASIDE_CELLS: Final = {"row": pl.UInt32, "column_index": pl.Int64, "code": pl.String}

_CODE: Final = ProblemCode.NO_CONTACT_ROW.value
_REPEATED: Final = "The row repeats the header."
_TOTALS: Final = "The row holds totals."
_NOTE: Final = "The row is a note on the whole table."
_OTHER_TABLE: Final = "The row is of another table in the sheet, which begins in row {} with the columns {}."
_TITLE: Final = "The row is a title above the header, which is repeated below it."
_TODO: Final = "nothing, unless it is a person"
_MOVE: Final = "nothing here; to import that table, move it to a sheet or a file of its own"  # no row to be mended
_LOOKED_AT: Final = 2  # columns by which candidates are found: a whole comparison of every row would cost too much
_TOTAL: Final = (
    r"(?i)^(?:grand |sub)?(?:totals?(?: (?:records?|rows?|contacts?|clients?|customers?|members?|leads?))?"
    r"|total general|totale|totaal|gesamt(?:summe)?|summe|summa|somme|suma|sum|count"
    r"|average|итого|всего|razem|ogółem|celkem|toplam|合计|合計|总计|總計|합계) ?(?:of \w+)?[: ]*[\d.,]*$"
)
#: What programs write below a table that they export, alone in its row.
_NOTES: Final = (
    r"(?i)^(?:(?:report |file )?(?:generated|exported|printed|prepared|downloaded|created|run)[: ]+(?:by|on|at|from)\b"
    r"|(?:copyright\b|\(c\)|©).*(?:\d{4}|rights reserved)"
    r"|confidential (?:information|-|–)|page \d+ of \d+$|end of (?:report|file|list|data)\b|\*+ ?end\b"
    r"|[\d,]+ (?:records?|rows?|contacts?|results?|leads?)(?: (?:found|exported|selected|in total))?\.?$)"
)
_FIGURE: Final = r"^[$€£]? ?-?\d[\d.,' ]{0,14}%?$"
_PHONE_DIGITS: Final = r"^\d{7,}$"


def find_asides(wide: pl.DataFrame, names: Sequence[str], others: pl.DataFrame | None = None) -> pl.DataFrame:
    """row, row_number, reason, todo of rows that are no contacts.

    Args:
        wide: as `widen_rows` gives it.
        names: header texts.
        others: other tables in the sheet, in OTHER_TABLES.
    """
    asides = _find_lines_apart(wide, names).with_columns(todo=pl.lit(_TODO))
    if others is None or others.is_empty():
        return asides
    is_title = pl.col("columns").is_null()
    moved = rows_of_others(wide.select("row", "row_number"), others).select(
        "row",
        "row_number",
        reason=pl.when(is_title).then(pl.lit(_TITLE)).otherwise(pl.format(_OTHER_TABLE, "first_row", "columns")),
        todo=pl.when(is_title).then(pl.lit(_TODO)).otherwise(pl.lit(_MOVE)),
    )
    return pl.concat([asides.join(moved, on="row", how="anti"), moved]).sort("row")


def _find_lines_apart(wide: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """row, row_number, reason."""
    looked_at = [(str(position), name) for position, name in enumerate(names[:_LOOKED_AT])]
    if not looked_at:
        return wide.select("row", "row_number", reason=pl.lit(None, pl.String)).clear()
    leads = pl.coalesce(pl.col(column) for column, _ in looked_at).str.strip_chars()
    is_named = pl.any_horizontal(pl.col(column) == name for column, name in looked_at)
    is_note = leads.str.contains(_NOTES).fill_null(False)
    candidates = wide.filter(is_named.fill_null(False) | leads.str.contains(_TOTAL).fill_null(False) | is_note)
    cells = [pl.col(str(position)) for position in range(len(names))]
    repeats = [cell.eq_missing(pl.lit(name)) | cell.is_null() for cell, name in zip(cells, names, strict=True)]
    filled = pl.sum_horizontal(cell.is_not_null() for cell in cells)
    figures = pl.sum_horizontal(
        (cell.str.strip_chars().str.contains(_FIGURE) & ~cell.str.contains(_PHONE_DIGITS)).fill_null(False)
        for cell in cells
    )
    said = pl.sum_horizontal((cell.str.strip_chars() == leads).fill_null(False) for cell in cells)
    is_total = leads.str.contains(_TOTAL).fill_null(False) & (figures + said == filled)
    return candidates.select(
        "row",
        "row_number",
        reason=pl.when(pl.all_horizontal(repeats) & (filled > 1))
        .then(pl.lit(_REPEATED))
        .when(is_total)
        .then(pl.lit(_TOTALS))
        .when(is_note & (filled == 1))
        .then(pl.lit(_NOTE)),
    ).drop_nulls("reason")


def list_aside_cells(wide: pl.DataFrame, asides: pl.DataFrame, mappings: Sequence[ColumnMapping]) -> pl.DataFrame:
    """The cells of mapped columns in rows set aside, in ASIDE_CELLS."""
    rows = wide.join(asides, on="row", how="semi") if asides.height else wide.clear()
    cells = [
        rows.filter(pl.col(str(column.column_index)).is_not_null()).select(
            "row", pl.lit(column.column_index, pl.Int64).alias("column_index"), pl.lit(_CODE).alias("code")
        )
        for column in mappings
        if column.attribute_type is not None and rows.height
    ]
    return pl.concat([pl.DataFrame(schema=ASIDE_CELLS), *cells])


def refuse_asides(asides: pl.DataFrame, context: SheetContext) -> pl.DataFrame:
    """Problems of the rows set aside, in the columns of PROBLEM_SCHEMA."""
    return asides.select(
        "row_number",
        "reason",
        "todo",
        folder=pl.lit(Folder.CONTACTS.value),
        file_id=pl.lit(context.file_id),
        sheet=pl.lit(context.sheet),
        code=pl.lit(_CODE),
        column_name=pl.lit(None, pl.String),
        value=pl.lit(None, pl.String),
    ).select(pl.col(name).cast(dtype) for name, dtype in PROBLEM_SCHEMA.items())
