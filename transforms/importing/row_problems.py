"""Cells and rows that gave nothing, with their place, reason and remedy; and the counts that must add up."""

from __future__ import annotations

import polars as pl

from schemas.vocabulary import Folder, ProblemCode
from transforms.importing.kinds import todo_for
from transforms.importing.plan import ReadingPlan
from transforms.importing.readings import CellValues
from transforms.importing.row_contacts import SheetContext
from transforms.quarantine import PROBLEM_SCHEMA

__all__ = ["count_cells", "find_lost_cells", "place_problems", "refuse_empty_rows", "refuse_fields", "refuse_labels"]


def refuse_labels(labels: pl.DataFrame, loose: pl.DataFrame, values: CellValues) -> pl.DataFrame:
    """Labels of values that are not there: cells of label columns that no value used.

    Args:
        labels: as `read_labels` gives them.
        loose: cells of label columns that label no column.
        values: the values.
    """
    orphans = labels.join(values.places(), on=["row", "column_index"], how="anti") if labels.height else labels
    cells = [
        orphans.select("row", column_index="label_index", value="value"),
        loose.select("row", "column_index", value="original"),
    ]
    return pl.concat(cells).with_columns(
        code=pl.lit(ProblemCode.LABEL_WITHOUT_VALUE.value),
        reason=pl.lit("It labels a value that is empty or in quarantine."),
    )


def refuse_fields(fields: pl.DataFrame, contacts: pl.DataFrame) -> pl.DataFrame:
    """Address book ids of rows that gave no contact."""
    return fields.join(contacts, on="row", how="anti").select(
        "row",
        "column_index",
        value="original",
        code=pl.lit(ProblemCode.EMPTY_CONTACT.value),
        reason=pl.lit("An address book id alone is no contact."),
    )


def place_problems(
    problems: pl.DataFrame, wide: pl.DataFrame, plan: ReadingPlan, context: SheetContext
) -> pl.DataFrame:
    """Problems of cells in the columns of PROBLEM_SCHEMA, in the order of rows and columns."""
    placed = problems.sort("row", "column_index", maintain_order=True).join(
        wide.select("row", "row_number"), on="row", how="left", maintain_order="left"
    )
    names = pl.Series("column_name", plan.names, dtype=pl.String)
    return placed.with_columns(
        names.gather(placed["column_index"]),
        folder=pl.lit(Folder.CONTACTS.value),
        file_id=pl.lit(context.file_id),
        sheet=pl.lit(context.sheet),
        todo=todo_for(pl.col("code")),
    ).select(pl.col(name).cast(dtype) for name, dtype in PROBLEM_SCHEMA.items())


def refuse_empty_rows(empty: pl.DataFrame, plan: ReadingPlan, context: SheetContext) -> pl.DataFrame:
    """Rows that give no contact."""
    is_blank = pl.all_horizontal(pl.col(str(position)).is_null() for position in range(plan.width))
    reason = pl.when(is_blank).then(pl.lit("The row is empty.")).otherwise(
        pl.lit("None of its cells gives a value of a contact.")
    )  # fmt: skip
    todo = pl.when(is_blank).then(pl.lit("nothing")).otherwise(
        pl.lit("correct its cells, or map more columns, and import the file again")
    )  # fmt: skip
    return empty.select(
        "row_number",
        folder=pl.lit(Folder.CONTACTS.value),
        file_id=pl.lit(context.file_id),
        sheet=pl.lit(context.sheet),
        code=pl.lit(ProblemCode.EMPTY_CONTACT.value),
        reason=reason,
        todo=todo,
        column_name=pl.lit(None, pl.String),
        value=pl.lit(None, pl.String),
    ).select(pl.col(name).cast(dtype) for name, dtype in PROBLEM_SCHEMA.items())


def find_lost_cells(problems: pl.DataFrame, values: CellValues) -> pl.DataFrame:
    """row, column_index, code (its first problem's) of cells in quarantine of which nothing else was used.

    Of addresses, whose cells are used or refused one by one, no values are given.
    """
    if problems.is_empty():
        return problems.select("row", "column_index", "code")
    refused = problems.select("row", "column_index", "code").unique(
        ["row", "column_index"], keep="first", maintain_order=True
    )
    return refused.join(values.places(), on=["row", "column_index"], how="anti")


def count_cells(wide: pl.DataFrame, plan: ReadingPlan, problems: pl.DataFrame, lost: pl.DataFrame) -> pl.DataFrame:
    """Per column: cells that are not empty, that are in quarantine, and of which nothing else was used."""
    counts = pl.DataFrame(
        {
            "column_index": range(plan.width),
            "cells_count": [wide.height - wide[str(position)].null_count() for position in range(plan.width)],
        },
        schema={"column_index": pl.Int64, "cells_count": pl.Int64},
    )
    refused = problems.select("row", "column_index").unique()
    for name, cells in (("quarantined_count", refused), ("lost_count", lost)):
        per_column = cells.group_by("column_index").agg(pl.len().cast(pl.Int64).alias(name))
        counts = counts.join(per_column, on="column_index", how="left", maintain_order="left")
    return counts.with_columns(pl.col("quarantined_count", "lost_count").fill_null(0))
