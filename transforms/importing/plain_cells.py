"""Cells that are values themselves, their labels, and dates whose year, month and day stand in columns of their own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import polars as pl

from schemas.vocabulary import ProblemCode
from transforms.attribute_defs import AttributeDefs
from transforms.importing.cells import list_cells, split_cells
from transforms.importing.kinds import Junk, normalize_values
from transforms.importing.mapping import ColumnMapping, find_def
from transforms.importing.phone_labels import find_phone_labels
from transforms.importing.plan import SLOT, ReadingPlan
from transforms.importing.readings import CELL_PROBLEM_SCHEMA, Reading, conform_values, join_readings, part_values
from transforms.normalize.dates import NO_DATE, normalize_dates
from transforms.normalize.distinct import on_distinct
from transforms.normalize.text import clean_text, is_junk

__all__ = ["judge_dates", "read_date_parts", "read_labels", "read_plain"]

_GOOGLE_PRIMARY: Final = r"^\s*\*"


def judge_dates(values: pl.Series, day_first: bool | None = None, habit: bool | None = None) -> pl.DataFrame:
    """Every distinct value of a date column with what it is taken for, the column judged together.

    Args:
        values: all values of the column.
        day_first: see `normalize_dates`.
        habit: see `normalize_dates`.

    Returns:
        original, date, yearless, reason, is_open; one row per distinct value that is not null.
    """
    distinct = values.drop_nulls().unique(maintain_order=True)
    judged = normalize_dates(distinct, day_first, habit)
    return judged.rename({"problem": "reason"}).with_columns(distinct.alias("original"))


def read_plain(
    wide: pl.DataFrame, plan: ReadingPlan, region: str, junk: Junk, dates: Mapping[int, pl.DataFrame]
) -> Reading:
    """Values of the plain columns, column by column: each repeats its own values.

    Args:
        wide: as `widen_rows` gives it.
        plan: the columns.
        region: country of phone numbers without prefix.
        junk: what stands for no value.
        dates: column position -> `judge_dates` of the whole column; a column not in it is judged by these rows.
    """
    readings = []
    for column in plan.plain.iter_rows(named=True):
        position, kind = column["column_index"], column["kind"]
        if kind == "date":
            normal = _read_dates(wide, position, junk, dates.get(position))
        else:
            normalize = partial(normalize_values, kind=kind, region=region, junk=junk)
            cells = split_cells(list_cells(wide, [position]), kind)
            normal = pl.concat([cells, on_distinct(cells["original"], normalize)], how="horizontal")
        name = plan.names[position]
        readings += _describe_phones(normal, column, name) if kind == "phone" else [_describe(normal, column, name)]
    return join_readings(readings)


def read_labels(wide: pl.DataFrame, plan: ReadingPlan) -> pl.DataFrame:
    """Non-empty cells of label columns beside plain columns.

    Returns:
        row, column_index (the column that is labeled), label_index (the label column), value (the cell), label
        (null for a mark alone), starred (Google marks the primary one by a star).
    """
    frames = [
        wide.select(
            "row",
            pl.lit(target, pl.Int64).alias("column_index"),
            pl.lit(source, pl.Int64).alias("label_index"),
            pl.col(str(source)).alias("value"),
        ).drop_nulls("value")
        for target, source in plan.labels.items()
    ]
    schema = {"row": pl.UInt32, "column_index": pl.Int64, "label_index": pl.Int64, "value": pl.String}
    cells = pl.concat([pl.DataFrame(schema=schema), *frames])
    return cells.with_columns(
        given_label=clean_text(cells["value"].str.replace(r"^\s*\*\s*", "")),
        starred=cells["value"].str.contains(_GOOGLE_PRIMARY),
    )


def read_date_parts(wide: pl.DataFrame, plan: ReadingPlan, defs: AttributeDefs, brand_id: str | None) -> Reading:
    """Dates in three columns, such as Thunderbird's birthdays."""
    return join_readings(_read_date_group(wide, group, plan, defs, brand_id) for group in plan.dates)


def _read_dates(wide: pl.DataFrame, position: int, junk: Junk, judged: pl.DataFrame | None) -> pl.DataFrame:
    cells = list_cells(wide, [position])
    known = judge_dates(cells["original"]) if judged is None else judged
    frame = cells.join(known, on="original", how="left", maintain_order="left")
    is_placeholder = is_junk(frame["original"], junk.of_kind("date"))
    nothing = pl.lit(is_placeholder) | (pl.col("reason") == NO_DATE).fill_null(False)
    is_read = pl.col("date").is_not_null() | pl.col("yearless").is_not_null()
    code = pl.when(nothing).then(pl.lit(ProblemCode.PLACEHOLDER.value)).otherwise(
        pl.when(~is_read).then(pl.lit(ProblemCode.BAD_DATE.value))
    )  # fmt: skip
    reason = pl.when(is_placeholder).then(pl.lit("It is a placeholder for no value.")).when(~is_read).then("reason")
    return frame.select(
        *cells.columns,
        text=pl.when(~is_placeholder).then("yearless"),
        number=pl.lit(None, pl.Float64),
        date=pl.when(~is_placeholder).then("date"),
        match_key=pl.coalesce(pl.col("date").dt.to_string("%Y-%m-%d"), "yearless"),
        code=code,
        reason=reason,
    )


def _describe(normal: pl.DataFrame, column: Mapping[str, Any], name: str) -> Reading:
    """Normal forms of one column with what they take from it."""
    is_bad = normal["code"].is_not_null()
    good, bad = (normal.filter(~is_bad), normal.filter(is_bad)) if is_bad.any() else (normal, normal.clear())
    taken = ("column_index", "attribute_def", "attribute_type", "label", "index", "is_partner")
    values = good.with_columns(position=column["order"] * SLOT + pl.col("piece"))
    shared = {**{key: column[key] for key in taken}, "columns": [name]}
    problems = bad.with_columns(value=pl.col("original")).select(CELL_PROBLEM_SCHEMA.keys())
    return Reading(conform_values(values, shared), problems)


def _describe_phones(normal: pl.DataFrame, column: Mapping[str, Any], name: str) -> list[Reading]:
    """Phone numbers of one column, those apart that say in their cell what they are."""
    labels = find_phone_labels(normal["original"])
    told = labels.drop_nulls().unique(maintain_order=True)
    plain = normal.filter(labels.is_null()) if told.len() else normal
    labeled = [_describe(normal.filter(labels == label), {**column, "label": label}, name) for label in told]
    return [_describe(plain, column, name), *labeled]


def _read_date_group(
    wide: pl.DataFrame, group: tuple[ColumnMapping, ...], plan: ReadingPlan, defs: AttributeDefs, brand_id: str | None
) -> Reading:
    columns = {column.part: str(column.column_index) for column in group}
    found = find_def(group[0].base, defs, brand_id)
    if found is None:
        return Reading.empty()
    texts = [pl.col(columns[part]).str.strip_chars() if part in columns else pl.lit("") for part in _PARTS]
    filled = wide.filter(pl.any_horizontal(pl.col(name).is_not_null() for name in columns.values()))
    written = filled.select(pl.concat_str([text.fill_null("") for text in texts], separator="-")).to_series()
    judged = normalize_dates(written)
    named = [pl.when(pl.col(name).is_not_null()).then(pl.lit(plan.names[int(name)])) for name in columns.values()]
    frame = filled.with_columns(
        judged,
        original=pl.concat_str(list(columns.values()), separator="\n", ignore_nulls=True),
        columns=pl.concat_list(named).list.drop_nulls(),
    )
    first = group[0]
    is_read = pl.col("date").is_not_null() | pl.col("yearless").is_not_null()
    values = frame.filter(is_read).with_columns(
        column_index=pl.lit(first.column_index, pl.Int64),
        position=pl.lit(first.column_index * SLOT, pl.Int64),
        attribute_def=pl.lit(found.attribute_def),
        attribute_type=pl.lit(found.name),
        label=pl.lit(first.label, pl.String),
        index=pl.lit(first.index, pl.Int64),
        is_partner=pl.lit(first.is_partner),
        text="yearless",
        match_key=pl.coalesce(pl.col("date").dt.to_string("%Y-%m-%d"), "yearless"),
    )
    bad = frame.filter(~is_read)
    problems = [
        bad.filter(pl.col(name).is_not_null()).select(
            "row",
            column_index=pl.lit(int(name), pl.Int64),
            value=pl.col(name),
            code=pl.lit(ProblemCode.BAD_DATE.value),
            reason=pl.coalesce("problem", pl.lit("Year, month and day together are no date.")),
        )
        for name in columns.values()
    ]
    return Reading(part_values(values), pl.concat(problems))


_PARTS: Final = ("year", "month", "day")
