"""Columns of name suffixes: "Jr." in a cell of its own stands behind the last name, as in a name in one cell."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import polars as pl

from schemas.vocabulary import ProblemCode
from transforms.importing.cells import list_cells
from transforms.importing.kinds import Junk
from transforms.importing.plan import ReadingPlan
from transforms.importing.readings import (
    CELL_PROBLEM_SCHEMA,
    CellValues,
    Reading,
    conform_values,
    encode_rows,
    join_values,
)
from transforms.normalize.text import clean_text, fold_text, is_junk

__all__ = ["add_suffixes"]

_LAST_NAME: Final = "last_name"


def add_suffixes(values: CellValues, wide: pl.DataFrame, plan: ReadingPlan, junk: Junk) -> Reading:
    """All values, last names with what stands in their row's suffix column; it joins their lineage.

    Args:
        values: of all columns but those of suffixes.
        wide: as `widen_rows` gives it.
        plan: the columns.
        junk: what stands for no suffix.

    Returns:
        The values, and a problem for each suffix without a last name, or that stands for none.
    """
    problems = [pl.DataFrame(schema=CELL_PROBLEM_SCHEMA)]
    for column in plan.suffixes:
        cells = list_cells(wide, [column.column_index])
        is_nothing = is_junk(cells["original"], junk.of_kind("text")) | clean_text(cells["original"]).is_null()
        problems.append(
            _refuse(cells.filter(is_nothing), ProblemCode.PLACEHOLDER, "It is a placeholder for no suffix.")
        )
        cells = cells.filter(~is_nothing)
        lasts = values.of(_LAST_NAME, column.is_partner).sort("position").unique("row", keep="first")
        lone = cells.join(lasts, on="row", how="anti", maintain_order="left")
        problems.append(_refuse(lone, ProblemCode.LABEL_WITHOUT_VALUE, "It belongs to a last name that is missing."))
        named = lasts.join(cells.select("row", suffix="original"), on="row", how="inner", maintain_order="left")
        values = _put_behind(values, named, column.column_name)
    return Reading(values, pl.concat(problems))


def _put_behind(values: CellValues, named: pl.DataFrame, column_name: str) -> CellValues:
    """The values, with those of `named` in their place: columns of the values' own, and suffix."""
    suffix = clean_text(named["suffix"].str.strip_chars(" ,"))
    is_said = named["match_key"].str.split(" ").list.last() == fold_text(suffix)
    text = pl.when(pl.lit(is_said).fill_null(False)).then("text").otherwise(pl.concat_str("text", pl.lit(" "), suffix))
    changed = named.with_columns(text=text, original=pl.concat_str("original", "suffix", separator="\n"))
    changed = changed.with_columns(match_key=fold_text(changed["text"]))
    codes, sources = encode_rows(named.select("source"))
    shared = values.sources[sources["source"]].with_columns(columns=pl.concat_list("columns", pl.lit(column_name)))
    kept = values.own.join(named, on=["row", "source", "position"], how="anti", maintain_order="left")
    return join_values([replace(values, own=kept), conform_values(changed.with_columns(codes), shared)])


def _refuse(cells: pl.DataFrame, code: ProblemCode, reason: str) -> pl.DataFrame:
    return cells.select("row", "column_index", value="original", code=pl.lit(code.value), reason=pl.lit(reason)).select(
        CELL_PROBLEM_SCHEMA.keys()
    )
