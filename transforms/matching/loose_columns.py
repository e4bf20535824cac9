"""Columns of a contact file that no attribute is for, as custom attributes: matching can use them as they are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import CORE_ATTRIBUTES
from transforms.ids import hash_id
from transforms.importing.automatic import MAPPING_THRESHOLD
from transforms.normalize.text import clean_text, fold_text

__all__ = ["CLUSTER_COLUMNS", "choose_loose_columns", "read_loose_columns"]

#: Columns that name the result of deduplicating: an earlier result must not decide the next.
CLUSTER_COLUMNS: Final = ("cluster_id", "leadpipe_cluster_id")
_FIRST_POSITION: Final = 1_000_000_000  # behind every value that the importer read


def choose_loose_columns(
    columns: pl.DataFrame, given: Mapping[str, str] | None, hidden: Collection[str]
) -> dict[int, str]:
    """Which unmapped columns of a sheet are compared as custom attributes: position -> name of the attribute.

    Of a mapping that was given, those that it maps to a name that no attribute has; else those that are filled and
    that nothing is known of. A column known to say nothing of a person, such as a date of export, is not compared.

    Args:
        columns: column_index, column_name, status, confidence, cells_count of the sheet's columns.
        given: header -> attribute type of the mapping, or None: the columns were mapped automatically.
        hidden: names of the columns that are hidden in the workbook.
    """
    unmapped = columns.filter((pl.col("status") == "unmapped") & (pl.col("cells_count") > 0))
    chosen = {}
    for position, name, confidence in unmapped.select("column_index", "column_name", "confidence").iter_rows():
        if name in hidden or name.strip().casefold() in CLUSTER_COLUMNS:
            continue
        if given is not None and name in given:
            chosen[position] = given[name]
        elif given is None and confidence < MAPPING_THRESHOLD:
            chosen[position] = " ".join(name.split()).casefold()
    return chosen


def read_loose_columns(
    rows: pl.DataFrame, chosen: Mapping[int, str], header: Collection[str], file_id: str, received_at: datetime
) -> pl.DataFrame:
    """Their values as attributes of the rows' contacts.

    A column without a value that repeats tells contacts apart and joins none: it is left out.

    Args:
        rows: contact_id, sheet, row_number, cells.
        chosen: position -> name of the attribute.
        header: column names.
        file_id: the file.
        received_at: when it was taken.

    Returns:
        The columns of core.Attribute but for its hashed id.
    """
    schema = {name: dtype for name, dtype in polars_schema(CORE_ATTRIBUTES).items() if name != "attribute_id"}
    names = list(header)
    frames = [pl.DataFrame(schema=schema)]
    for position, name in chosen.items():
        original = rows["cells"].list.get(position, null_on_oob=True)
        values = rows.select("contact_id", "sheet", "row_number").with_columns(
            original.alias("original"), clean_text(original).alias("text"), fold_text(original).alias("match_key")
        )
        filled = values.filter(pl.col("match_key").is_not_null())
        if filled["match_key"].n_unique() == filled.height:
            continue
        constants = {
            "attribute_def": pl.lit(hash_id("loose", name)), "attribute_type": pl.lit(name),
            "is_primary": pl.lit(False), "is_partner": pl.lit(False), "source": pl.lit("file"),
            "position": pl.lit(_FIRST_POSITION + position), "file_id": pl.lit(file_id),
            "created_at": pl.lit(received_at), "updated_at": pl.lit(received_at),
            "columns": pl.concat_list(pl.lit(names[position])),
        }  # fmt: skip
        known = filled.with_columns(value.alias(column) for column, value in constants.items())
        frames.append(
            known.select(
                pl.col(column).cast(dtype) if column in known.columns else pl.lit(None, dtype).alias(column)
                for column, dtype in schema.items()
            )
        )
    return pl.concat(frames)
