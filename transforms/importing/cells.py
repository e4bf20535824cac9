"""Rows of a sheet as columns, then as one long frame of the cells that are not empty."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import polars as pl

from transforms.importing.phone_cells import mark_phones, may_be_several

__all__ = ["CELL_SCHEMA", "list_cells", "sample_columns", "split_cells", "split_lines", "widen_rows"]

#: Grain of a long frame: one row per value in a cell; `piece` counts the values of one cell from 0.
CELL_SCHEMA: Final = {"row": pl.UInt32, "column_index": pl.Int64, "piece": pl.Int64, "original": pl.String}

#: Google's own separator of several values in a cell, and what people write.
_MARKS: Final = {
    "email": r"\s*(?::::|[;|\r\n])\s*",
    "tag": r"\s*(?::::|[,;|\r\n])\s*",
}
_SEVERAL: Final = (*_MARKS, "phone")
#: What a column of cells with one value each has nowhere: found much faster than the marks are replaced.
_PERHAPS: Final = {"email": r":::|[;|\r\n]|@.*@", "tag": r":::|[,;|\r\n]|#.*#"}
_HASHTAGS: Final = r"^\s*#\S+(?:\s+#\S+)+\s*$"
_SPLIT: Final = "\x1f"
#: Commas and spaces part e-mails only where there are two: "ann@example,com" is one with a slip in it.
_TWO_EMAILS: Final = r"@.*@"
_SLASHED_EMAILS: Final = r"^(?:[^/@]+@[^/@]+/)+[^/@]+@[^/@]+$"


def split_lines(rows: pl.DataFrame, width: int) -> pl.DataFrame:
    """The cells of raw.file_rows as String columns "0", "1" …

    Args:
        rows: row_number, line.
        width: number of header columns. Rows may be shorter.
    """
    names = [str(position) for position in range(width)]
    numbered = rows.with_row_index("row")
    parts = []
    for (mark,), part in numbered.group_by(pl.col("line").str.head(1), maintain_order=True):
        fields = part["line"].str.split_exact(str(mark), width).struct.unnest()
        cells = fields.drop(fields.columns[0])  # nothing stands before the first mark
        parts.append(
            part.select("row", "row_number").hstack(cells.rename(dict(zip(cells.columns, names, strict=True))))
        )
    if not parts:
        return rows.select("row_number", *(pl.lit(None, pl.String).alias(name) for name in names))
    return pl.concat(parts).sort("row").drop("row") if len(parts) > 1 else parts[0].drop("row")


def widen_rows(rows: pl.DataFrame, width: int) -> pl.DataFrame:
    """Cells as String columns "0", "1" …; blank cells are null, others as received, spaces included.

    Args:
        rows: row_number, and cells as a list, or as `split_lines` gives them.
        width: number of header columns. Lists may be shorter.

    Returns:
        row (position in the frame, from 0), row_number, and one column per header column.
    """
    if "cells" in rows.columns:
        listed = [
            pl.col("cells").list.get(position, null_on_oob=True).alias(str(position)) for position in range(width)
        ]
        rows = rows.select("row_number", *listed)
    frame = rows.with_row_index("row")
    return frame.with_columns(
        pl.when(pl.col(str(position)).str.strip_chars() != "").then(pl.col(str(position))).alias(str(position))
        for position in range(width)
    )


def sample_columns(rows: pl.DataFrame, width: int) -> pl.DataFrame:
    """The cells of some rows, one String column per header column."""
    return widen_rows(rows, width).drop("row", "row_number")


def list_cells(wide: pl.DataFrame, positions: Iterable[int]) -> pl.DataFrame:
    """The non-empty cells of some columns as a long frame, in the columns of CELL_SCHEMA."""
    frames = [
        wide.select("row", pl.col(str(position)).alias("original"))
        .drop_nulls("original")
        .select("row", pl.lit(position, pl.Int64).alias("column_index"), pl.lit(0, pl.Int64).alias("piece"), "original")
        for position in positions
    ]
    return pl.concat(frames) if frames else pl.DataFrame(schema=CELL_SCHEMA)


def split_cells(cells: pl.DataFrame, kind: str) -> pl.DataFrame:
    """One row per value where a cell holds several: e-mails and phones by ; or a new line, tags by , ; or |.

    Args:
        cells: columns of CELL_SCHEMA.
        kind: email, phone or tag; other kinds have one value per cell.

    Returns:
        The same columns; a cell of separators alone stays whole.
    """
    if kind not in _SEVERAL:
        return cells
    text = pl.col("original")
    is_perhaps = cells.select(
        may_be_several(text) if kind == "phone" else text.str.contains(_PERHAPS[kind])
    ).to_series()
    if not is_perhaps.any():
        return cells
    marked = mark_phones(text, _SPLIT) if kind == "phone" else text.str.replace_all(_MARKS[kind], _SPLIT)
    if kind == "email":
        parted = marked.str.replace_all(r"\s(?:/|&|and|or)\s|[\s,]+", _SPLIT)
        marked = pl.when(text.str.contains(_TWO_EMAILS)).then(parted).otherwise(marked)
        marked = pl.when(text.str.contains(_SLASHED_EMAILS)).then(marked.str.replace_all("/", _SPLIT)).otherwise(marked)
    if kind == "tag":
        parted = marked.str.replace_all(r"\s+", _SPLIT)
        marked = pl.when(text.str.contains(_HASHTAGS)).then(parted).otherwise(marked)
    pieces = (
        cells.filter(is_perhaps)
        .with_columns(pieces=_drop_blank(marked.str.split(_SPLIT)))
        .with_columns(pieces=pl.when(pl.col("pieces").list.len() > 0).then("pieces").otherwise(pl.concat_list(text)))
        .with_columns(piece=pl.int_ranges(pl.col("pieces").list.len(), dtype=pl.Int64))
        .select("row", "column_index", "piece", pl.col("pieces").alias("original"))
        .explode("piece", "original")
    )
    return pl.concat([cells.filter(~is_perhaps), pieces])


def _drop_blank(pieces: pl.Expr) -> pl.Expr:
    return pieces.list.eval(pl.element().filter(pl.element().str.strip_chars() != ""))
