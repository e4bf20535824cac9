"""Rows of a sheet and their mapping into contacts, attribute values and problems: no cell is lost on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import STAGING_ATTRIBUTES, STAGING_CONTACT_ROWS
from schemas.vocabulary import Folder, ProblemCode
from transforms.attribute_defs import AttributeDefs
from transforms.ids import hash_ids
from transforms.importing.address_cells import read_addresses
from transforms.importing.cells import list_cells, widen_rows
from transforms.importing.full_names import read_full_names
from transforms.importing.kinds import Junk, todo_for
from transforms.importing.mapping import ColumnMapping
from transforms.importing.plain_cells import read_date_parts, read_labels, read_plain
from transforms.importing.plan import SLOT, ReadingPlan, plan_reading
from transforms.importing.readings import conform_values, join_readings
from transforms.normalize.text import clean_text, fold_text
from transforms.quarantine import PROBLEM_SCHEMA

__all__ = ["SheetContext", "SheetValues", "read_values"]

_ATTRIBUTE_SCHEMA: Final = polars_schema(STAGING_ATTRIBUTES)
_CONTACT_SCHEMA: Final = polars_schema(STAGING_CONTACT_ROWS)


@dataclass(frozen=True)
class SheetContext:
    """What all rows of a sheet share.

    Attributes:
        file_id: lineage.
        sheet: lineage; empty for CSV.
        brand_id: brand of the contacts.
        user_id: owner of the contacts.
        region: country of phone numbers without prefix.
        created_for: cause.
        created_at: when the file was received.
        run_sequence: run that took the file.
        tags: tags that every contact gets.
        source_type: source type of contacts that bring none (SPEC A-IM3).
    """

    file_id: str
    sheet: str
    brand_id: str | None
    user_id: str | None
    region: str
    created_for: str
    created_at: datetime
    run_sequence: int
    tags: tuple[str, ...] = ()
    source_type: str = "CSV"


@dataclass(frozen=True)
class SheetValues:
    """What rows of a sheet gave.

    Attributes:
        contact_rows: staging.contact_rows.
        attributes: staging.attributes, singular and primary not yet settled (see `transforms.eav`).
        problems: columns of PROBLEM_SCHEMA.
        cells: column_index, cells_count (not empty), quarantined_count (in quarantine), lost_count (in quarantine with
            nothing of them used).
    """

    contact_rows: pl.DataFrame
    attributes: pl.DataFrame
    problems: pl.DataFrame
    cells: pl.DataFrame


def read_values(
    rows: pl.DataFrame,
    mappings: Sequence[ColumnMapping],
    context: SheetContext,
    defs: AttributeDefs,
    junk: Junk,
    dates: Mapping[int, pl.DataFrame] | None = None,
) -> SheetValues:
    """Read rows of one sheet; any split of its rows into calls gives the same, if `dates` covers the whole sheet.

    Args:
        rows: row_number, cells.
        mappings: one per header column.
        context: what all rows share.
        defs: attribute definitions.
        junk: what stands for no value.
        dates: column position -> every distinct value of a date column with the date it was judged to be
            (`judge_dates`), so that one column has one order of day and month.
    """
    plan = plan_reading(mappings, defs, context.brand_id)
    wide = widen_rows(rows, plan.width)
    reading = join_readings(
        [
            read_plain(wide, plan, context.region, junk, dates or {}),
            read_date_parts(wide, plan, defs, context.brand_id),
            read_addresses(wide, plan, defs, junk),
        ]
    )
    names = read_full_names(wide, plan, reading.values, defs, junk)
    reading = join_readings([reading, names])
    labels = read_labels(wide, plan)
    values = _add_labels(reading.values, labels, plan)
    fields = list_cells(wide, [column.column_index for column in plan.fields])
    contacts = wide.select("row", "row_number").join(values, on="row", how="semi", maintain_order="left")
    values = pl.concat([values, *_add_defaults(contacts, values, fields, plan, context, defs)])
    problems = pl.concat(
        [reading.problems, _refuse_labels(labels, reading.values), _refuse_fields(fields, contacts)]
    )  # fmt: skip
    contact_rows = _build_contact_rows(contacts, fields, plan, context)
    empty = wide.join(contacts, on="row", how="anti", maintain_order="left")
    return SheetValues(
        contact_rows,
        _build_attributes(values, contacts, contact_rows, context),
        pl.concat([_place_problems(problems, wide, plan, context), _refuse_empty_rows(empty, plan, context)]),
        _count_cells(wide, plan, problems, reading.values),
    )


def _add_labels(values: pl.DataFrame, labels: pl.DataFrame, plan: ReadingPlan) -> pl.DataFrame:
    """Values of labeled columns with their row's label; the label column joins their lineage."""
    if labels.is_empty():
        return values
    names = pl.Series("name", [[name] for name in plan.names], dtype=pl.List(pl.String))
    found = labels.select(
        "row", "column_index", "given_label", "starred", label_columns=names.gather(labels["label_index"])
    )
    joined = values.join(found, on=["row", "column_index"], how="left", maintain_order="left")
    return joined.with_columns(
        label=pl.coalesce("given_label", "label"),
        is_primary=pl.col("is_primary") | pl.col("starred").fill_null(False),
        columns=pl.concat_list("columns", pl.col("label_columns").fill_null([])),
    ).select(values.columns)


def _add_defaults(
    contacts: pl.DataFrame,
    values: pl.DataFrame,
    fields: pl.DataFrame,
    plan: ReadingPlan,
    context: SheetContext,
    defs: AttributeDefs,
) -> list[pl.DataFrame]:
    """What every contact gets: the import's tags, and the source type unless its row has one (SPEC A-IM3).

    The source type also carries the lineage of the row's address book ids: both say where the contact is from.
    """
    names = pl.Series("name", plan.names, dtype=pl.String)
    named = fields.select("row", columns=names.gather(fields["column_index"])).group_by("row").agg("columns")
    with_source = values.filter(pl.col("attribute_type") == "source_type").select("row")
    sources = contacts.join(named, on="row", how="left", maintain_order="left").filter(
        ~pl.col("row").is_in(with_source["row"].implode()) | pl.col("columns").is_not_null()
    )
    frames = [_constant(sources, "source_type", context.source_type, 2 * plan.width, defs)]
    for place, tag in enumerate(context.tags, start=2 * plan.width + 1):
        frames.append(_constant(contacts.with_columns(columns=None), "tag", tag, place, defs))
    return frames


def _constant(rows: pl.DataFrame, attribute_type: str, text: str, order: int, defs: AttributeDefs) -> pl.DataFrame:
    found = defs.find(attribute_type)
    given = pl.Series([text])
    described = rows.head(rows.height if found else 0).with_columns(
        pl.col("columns").cast(pl.List(pl.String)).fill_null([]),
        attribute_def=pl.lit(found.attribute_def if found else None, pl.String),
        attribute_type=pl.lit(attribute_type),
        column_index=pl.lit(-1, pl.Int64),
        position=pl.lit(order * SLOT, pl.Int64),
        text=pl.lit(clean_text(given)[0], pl.String),
        match_key=pl.lit(fold_text(given)[0], pl.String),
    )
    return conform_values(described)


def _refuse_labels(labels: pl.DataFrame, values: pl.DataFrame) -> pl.DataFrame:
    orphans = labels.join(values, on=["row", "column_index"], how="anti")
    return orphans.select(
        "row",
        column_index="label_index",
        value="value",
        code=pl.lit(ProblemCode.LABEL_WITHOUT_VALUE.value),
        reason=pl.lit("It labels a value that is empty or in quarantine."),
    )


def _refuse_fields(fields: pl.DataFrame, contacts: pl.DataFrame) -> pl.DataFrame:
    return fields.join(contacts, on="row", how="anti").select(
        "row",
        "column_index",
        value="original",
        code=pl.lit(ProblemCode.EMPTY_CONTACT.value),
        reason=pl.lit("An address book id alone is no contact."),
    )


def _build_contact_rows(
    contacts: pl.DataFrame, fields: pl.DataFrame, plan: ReadingPlan, context: SheetContext
) -> pl.DataFrame:
    frame = contacts.with_columns(
        file_id=pl.lit(context.file_id),
        sheet=pl.lit(context.sheet),
        brand_id=pl.lit(context.brand_id, pl.String),
        user_id=pl.lit(context.user_id, pl.String),
        created_for=pl.lit(context.created_for),
        created_at=pl.lit(context.created_at).cast(_CONTACT_SCHEMA["created_at"]),
        run_sequence=pl.lit(context.run_sequence, pl.Int64),
    )
    for name in ("ios_address_book_id", "android_address_book_id"):
        positions = [column.column_index for column in plan.fields if column.part == name]
        first = fields.filter(pl.col("column_index").is_in(positions)).unique("row", keep="first", maintain_order=True)
        ids = first.select("row", clean_text(first["original"]).alias(name))
        frame = frame.join(ids, on="row", how="left", maintain_order="left")
    frame = frame.with_columns(hash_ids(frame, "file_id", "sheet", "row_number").alias("contact_id"))
    return frame.select(_CONTACT_SCHEMA.keys())


def _build_attributes(
    values: pl.DataFrame, contacts: pl.DataFrame, contact_rows: pl.DataFrame, context: SheetContext
) -> pl.DataFrame:
    lineage = contacts.select("row", "row_number").with_columns(contact_rows["contact_id"])
    frame = values.join(lineage, on="row", how="left", maintain_order="left")
    return frame.with_columns(
        is_superseded=pl.lit(False),
        created_at=pl.lit(context.created_at).cast(_ATTRIBUTE_SCHEMA["created_at"]),
        file_id=pl.lit(context.file_id),
        sheet=pl.lit(context.sheet),
    ).select(_ATTRIBUTE_SCHEMA.keys())


def _place_problems(
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


def _refuse_empty_rows(empty: pl.DataFrame, plan: ReadingPlan, context: SheetContext) -> pl.DataFrame:
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


def _count_cells(wide: pl.DataFrame, plan: ReadingPlan, problems: pl.DataFrame, values: pl.DataFrame) -> pl.DataFrame:
    """Per column: cells that are not empty, that are in quarantine, and of which nothing else was used."""
    counts = pl.DataFrame(
        {
            "column_index": range(plan.width),
            "cells_count": [wide.height - wide[str(position)].null_count() for position in range(plan.width)],
        },
        schema={"column_index": pl.Int64, "cells_count": pl.Int64},
    )
    refused = problems.select("row", "column_index").unique()
    used = values.filter(pl.col("attribute_type") != "address")  # its cells are used or refused one by one
    lost = refused.join(used, on=["row", "column_index"], how="anti")
    for name, cells in (("quarantined_count", refused), ("lost_count", lost)):
        per_column = cells.group_by("column_index").agg(pl.len().cast(pl.Int64).alias(name))
        counts = counts.join(per_column, on="column_index", how="left", maintain_order="left")
    return counts.with_columns(pl.col("quarantined_count", "lost_count").fill_null(0))
