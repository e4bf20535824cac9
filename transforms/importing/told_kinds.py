"""Columns whose kind each row's label tells: Google's "Event 1 - Label" and "Event 1 - Value", and its relations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

import polars as pl

from schemas.vocabulary import ProblemCode
from transforms.attribute_defs import AttributeDefs
from transforms.importing.full_names import read_full_names
from transforms.importing.kinds import Junk
from transforms.importing.mapping import ColumnMapping, leave_unmapped
from transforms.importing.plain_cells import read_plain
from transforms.importing.plan import ReadingPlan, plan_reading
from transforms.importing.readings import CELL_PROBLEM_SCHEMA, CellValues, Reading, join_readings
from transforms.normalize.text import fold_text

__all__ = ["read_told"]

_PARTNER: Final = "full_name of the partner"
_PARTNER_LABELS: Final = (
    "spouse|partner|domestic partner|life partner|husband|wife|significant other|fiance|fiancee|ehepartner|ehepartnerin"
    "|ehemann|ehefrau|partnerin|conjoint|conjointe|epoux|epouse|conyuge|esposo|esposa|coniuge|marito|moglie|echtgenoot"
    "|echtgenote"
)
#: Mapped type -> folded label -> what the value beside it is; anything else is kept as a note.
_KINDS: Final = {
    "event": {
        label: kind
        for kind, labels in {
            "birthday": "birthday|birthdate|birth date|date of birth|dob|geburtstag|anniversaire|cumpleanos|compleanno",
            "wedding_anniversary": "anniversary|wedding anniversary|wedding|wedding date|marriage|marriage anniversary"
            "|jahrestag|hochzeitstag|anniversaire de mariage|aniversario de bodas|anniversario di matrimonio",
            "home_anniversary": "home anniversary|house anniversary|closing|closing date|closing anniversary"
            "|home closing|home purchase|home purchase date|home purchase anniversary|purchase anniversary",
            "work_anniversary": "work anniversary|job anniversary|employment anniversary",
            "child_birthday": "child birthday|childs birthday|child's birthday|kids birthday|kid's birthday",
        }.items()
        for label in labels.split("|")
    },
    "relation": dict.fromkeys(_PARTNER_LABELS.split("|"), _PARTNER),
}
_NOTE: Final = "note"


def read_told(
    wide: pl.DataFrame,
    plan: ReadingPlan,
    known: CellValues,
    region: str,
    junk: Junk,
    dates: Mapping[int, pl.DataFrame],
    defs: AttributeDefs,
    brand_id: str | None,
) -> Reading:
    """Values of columns whose kind their labels tell: dates of a kind, the partner's name, and notes of the rest.

    "Anniversary" makes it the wedding anniversary and "Spouse" the partner's name. What no attribute stands for, such
    as a manager, is the note "Manager: Ann Lee".

    Args:
        wide: as `widen_rows` gives it.
        plan: the columns.
        known: values of the other columns.
        region: country of phone numbers without prefix.
        junk: what stands for no value.
        dates: column position -> `judge_dates` of the whole column.
        defs: attribute definitions.
        brand_id: brand whose own definitions count too.
    """
    readings = []
    for column in plan.told:
        for rows, as_told in _sort_rows(wide, column, plan):
            told = plan_reading(_alone(as_told, plan), defs, brand_id)
            readings.append(read_plain(rows, told, region, junk, dates))
            readings.append(read_full_names(rows, told, known, defs, junk))
        readings.append(_refuse_lone_labels(wide, column, plan))
    return join_readings(readings)


def _sort_rows(
    wide: pl.DataFrame, column: ColumnMapping, plan: ReadingPlan
) -> Iterator[tuple[pl.DataFrame, ColumnMapping]]:
    """Rows of one kind, with the mapping of the column in them."""
    name = str(column.column_index)
    given = wide.filter(pl.col(name).is_not_null())
    label = _labels_of(given, column, plan)
    kinds = fold_text(label).replace_strict(_KINDS[column.base], default=_NOTE, return_dtype=pl.String)
    for kind in kinds.unique(maintain_order=True):
        rows = given.filter(kinds == kind)
        if kind == _PARTNER:
            yield rows, replace(column, attribute_type="full_name", is_partner=True, index=None)
        elif kind == _NOTE:
            title = label.filter(kinds == kind).fill_null(column.base.capitalize())
            noted = rows.with_columns(pl.concat_str(title, pl.lit(": "), pl.col(name)).alias(name))
            yield noted, replace(column, attribute_type=_NOTE, index=None)
        else:
            yield rows, replace(column, attribute_type=kind, index=None)


def _labels_of(rows: pl.DataFrame, column: ColumnMapping, plan: ReadingPlan) -> pl.Series:
    source = plan.told_labels.get(column.column_index)
    if source is None:
        return pl.Series("label", [None] * rows.height, dtype=pl.String)
    return rows[str(source)].str.replace(r"^\s*\*\s*", "").str.strip_chars().replace("", None).alias("label")


def _alone(column: ColumnMapping, plan: ReadingPlan) -> list[ColumnMapping]:
    return [
        column if position == column.column_index else leave_unmapped(position, name, "another column")
        for position, name in enumerate(plan.names)
    ]


def _refuse_lone_labels(wide: pl.DataFrame, column: ColumnMapping, plan: ReadingPlan) -> Reading:
    source = plan.told_labels.get(column.column_index)
    if source is None:
        return Reading.empty()
    lone = wide.filter(pl.col(str(source)).is_not_null() & pl.col(str(column.column_index)).is_null())
    problems = lone.select(
        "row",
        column_index=pl.lit(source, pl.Int64),
        value=pl.col(str(source)),
        code=pl.lit(ProblemCode.LABEL_WITHOUT_VALUE.value),
        reason=pl.lit("It labels a value that is empty."),
    )
    return replace(Reading.empty(), problems=problems.select(CELL_PROBLEM_SCHEMA.keys()))
