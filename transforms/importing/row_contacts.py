"""Values of rows completed to contacts: labels, what every contact of an import gets, and lineage."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import STAGING_ATTRIBUTES, STAGING_CONTACT_ROWS
from transforms.attribute_defs import AttributeDefs
from transforms.ids import hash_ids
from transforms.importing.plan import SLOT, ReadingPlan
from transforms.importing.readings import CellValues, conform_values, encode_rows, join_values, part_values
from transforms.normalize.text import clean_text, fold_text

__all__ = ["SheetContext", "add_defaults", "add_labels", "build_contact_rows", "join_attributes"]

_ATTRIBUTE_SCHEMA: Final = polars_schema(STAGING_ATTRIBUTES)
_CONTACT_SCHEMA: Final = polars_schema(STAGING_CONTACT_ROWS)
#: What values have from their contact or their sheet.
_OF_CONTACT: Final = ("contact_id", "created_at", "file_id", "sheet")


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


def add_labels(values: CellValues, labels: pl.DataFrame, plan: ReadingPlan) -> CellValues:
    """Values of labeled columns with their row's label; the label column joins their lineage."""
    if labels.is_empty():
        return values
    column_index = values.shared("column_index")
    is_labeled = column_index.is_in(labels["column_index"].unique().implode())
    own = values.own.with_columns(column_index).filter(is_labeled)
    found = labels.select("row", "column_index", "given_label", "starred", "label_index")
    own = own.join(found, on=["row", "column_index"], how="left", maintain_order="left")
    codes, sources = encode_rows(own.select("source", "given_label", "label_index"))
    names = pl.Series("name", [[name] for name in plan.names], dtype=pl.List(pl.String))
    shared = values.sources[sources["source"]].with_columns(
        sources["given_label"], label_columns=names.gather(sources["label_index"])
    )
    shared = shared.with_columns(
        label=pl.coalesce("given_label", "label"),
        columns=pl.concat_list("columns", pl.col("label_columns").fill_null([])),
    )
    is_primary = pl.col("is_primary") | pl.col("starred").fill_null(False)
    labeled = conform_values(own.with_columns(codes, is_primary=is_primary), shared)
    return join_values([replace(values, own=values.own.filter(~is_labeled)), labeled])


def add_defaults(
    contacts: pl.DataFrame,
    values: CellValues,
    fields: pl.DataFrame,
    plan: ReadingPlan,
    context: SheetContext,
    defs: AttributeDefs,
) -> list[CellValues]:
    """What every contact gets: the import's tags, and the source type unless its row has one (SPEC A-IM3).

    The source type also carries the lineage of the row's address book ids: both say where the contact is from.
    """
    names = pl.Series("name", plan.names, dtype=pl.String)
    named = fields.select("row", columns=names.gather(fields["column_index"])).group_by("row").agg("columns")
    sources = contacts.join(named, on="row", how="left", maintain_order="left")
    if "source_type" in plan.plain["attribute_type"]:
        has_source = pl.col("row").is_in(values.of("source_type")["row"].implode())
        sources = sources.filter(~has_source | pl.col("columns").is_not_null())
    frames = [_constant(sources, "source_type", context.source_type, 2 * plan.width, defs)]
    for place, tag in enumerate(context.tags, start=2 * plan.width + 1):
        frames.append(_constant(contacts.with_columns(columns=None), "tag", tag, place, defs))
    return frames


def _constant(rows: pl.DataFrame, attribute_type: str, text: str, order: int, defs: AttributeDefs) -> CellValues:
    found = defs.find(attribute_type)
    given = pl.Series([text])
    described = rows.head(rows.height if found else 0).with_columns(
        position=pl.lit(order * SLOT, pl.Int64),
        text=pl.lit(clean_text(given)[0], pl.String),
        match_key=pl.lit(fold_text(given)[0], pl.String),
    )
    attribute_def = found.attribute_def if found else None
    if rows["columns"].null_count() == rows.height:
        kind: dict[str, object] = {"attribute_def": attribute_def, "attribute_type": attribute_type, "columns": []}
        return conform_values(described, {"column_index": -1, "is_partner": False, **kind})
    return part_values(
        described.with_columns(
            pl.col("columns").cast(pl.List(pl.String)).fill_null([]),
            attribute_def=pl.lit(attribute_def, pl.String),
            attribute_type=pl.lit(attribute_type),
        )
    )


def build_contact_rows(
    contacts: pl.DataFrame, fields: pl.DataFrame, plan: ReadingPlan, context: SheetContext
) -> pl.DataFrame:
    """staging.contact_rows of the rows that gave a value; `fields` has the cells of contact fields."""
    frame = contacts.with_columns(
        file_id=pl.lit(context.file_id),
        sheet=pl.lit(context.sheet),
        given_id=pl.lit(None, pl.String),
        brand_id=pl.lit(context.brand_id, pl.String),
        user_id=pl.lit(context.user_id, pl.String),
        created_for=pl.lit(context.created_for),
        created_at=pl.lit(context.created_at).cast(_CONTACT_SCHEMA["created_at"]),
        run_sequence=pl.lit(context.run_sequence, pl.Int64),
        print=pl.lit(None, pl.Int64),
        content=pl.lit(None, pl.Int64),
        contact_number=pl.lit(None, pl.Int64),
    )
    for name in ("ios_address_book_id", "android_address_book_id"):
        positions = [column.column_index for column in plan.fields if column.part == name]
        if not positions:
            frame = frame.with_columns(pl.lit(None, pl.String).alias(name))
            continue
        first = fields.filter(pl.col("column_index").is_in(positions)).unique("row", keep="first", maintain_order=True)
        ids = first.select("row", clean_text(first["original"]).alias(name))
        frame = frame.join(ids, on="row", how="left", maintain_order="left")
    frame = frame.with_columns(hash_ids(frame, "file_id", "sheet", "row_number").alias("contact_id"))
    return frame.select(_CONTACT_SCHEMA.keys())


def join_attributes(parts: Iterable[CellValues], contact_rows: pl.DataFrame) -> pl.DataFrame:
    """All columns of staging.attributes, of values with row_number and is_superseded."""
    frames = (part.expand().drop("column_index") for part in parts)
    whole = pl.concat([pl.DataFrame(schema=_ATTRIBUTE_SCHEMA).drop(_OF_CONTACT), *frames], how="diagonal")
    shared = contact_rows.select("row_number", *_OF_CONTACT)
    return whole.join(shared, on="row_number", how="left", maintain_order="left").select(_ATTRIBUTE_SCHEMA.keys())
