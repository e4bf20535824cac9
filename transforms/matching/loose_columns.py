"""Columns of a contact file that no attribute is for, as custom attributes: matching can use them as they are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import CORE_ATTRIBUTES
from transforms.ids import hash_id
from transforms.importing.automatic import MAPPING_THRESHOLD
from transforms.matching.record_dates import are_of_records
from transforms.normalize.text import clean_text, fold_ascii, fold_text

__all__ = ["CLUSTER_COLUMNS", "choose_loose_columns", "find_repeats", "read_loose_columns"]

#: Columns that name the result of deduplicating: an earlier result must not decide the next.
CLUSTER_COLUMNS: Final = ("cluster_id", "leadpipe_cluster_id")
_FIRST_POSITION: Final = 1_000_000_000  # behind every value that the importer read
_SAMPLE: Final = 20_000  # rows looked at for repeats and dates
_REPEATING: Final = 0.8  # share of a column's values
_SCHEMA: Final = {name: dtype for name, dtype in polars_schema(CORE_ATTRIBUTES).items() if name != "attribute_id"}


def choose_loose_columns(
    columns: pl.DataFrame, given: Mapping[str, str] | None, hidden: Collection[str], taken: Collection[str]
) -> dict[int, str]:
    """Which unmapped columns of a sheet are compared as custom attributes: position -> name of the attribute.

    Of a mapping that was given, those that it maps to a name that no attribute has; else those that are filled and
    that nothing is known of. A column known to say nothing of a person, such as a date of export, is not compared.

    Args:
        columns: column_index, column_name, status, confidence, cells_count of the sheet's columns.
        given: header -> attribute type of the mapping, or None: the columns were mapped automatically.
        hidden: names of the columns that are hidden in the workbook.
        taken: names that attributes have already.
    """
    unmapped = columns.filter((pl.col("status") == "unmapped") & (pl.col("cells_count") > 0))
    chosen = {}
    for position, column, confidence in unmapped.select("column_index", "column_name", "confidence").iter_rows():
        if column in hidden or column.strip().casefold() in CLUSTER_COLUMNS:
            continue
        if given is not None and column in given:
            chosen[position] = _name(given[column], taken)
        elif given is None and confidence < MAPPING_THRESHOLD:
            chosen[position] = _name(column, taken)
    return chosen


def find_repeats(rows: pl.DataFrame, chosen: Collection[int], mapped: Collection[int]) -> list[int]:
    """Columns that say again what mapped columns of the same row say, such as a whole name beside its parts.

    Counted twice, what they say would weigh twice.

    Args:
        rows: cells.
        chosen: positions of the columns in question.
        mapped: positions of the columns that attributes are read from.
    """
    sample = rows.head(_SAMPLE)
    words = {position: _words(sample["cells"].list.get(position, null_on_oob=True)) for position in (*chosen, *mapped)}
    if not mapped:
        return []
    known = pl.DataFrame({str(position): words[position] for position in mapped}).select(
        pl.concat_list(pl.all().fill_null([])).alias("known")
    )
    repeats = []
    for position in chosen:
        new = known.with_columns(own=words[position]).filter(pl.col("own").is_not_null())
        extra = new.select(pl.col("own").list.set_difference("known").list.len() == 0).to_series()
        if len(extra) and extra.mean() >= _REPEATING:  # type: ignore[operator]  # the mean of Booleans is a number
            repeats.append(position)
    return repeats


def read_loose_columns(
    rows: pl.DataFrame,
    chosen: Mapping[int, str],
    header: Sequence[str],
    refused: pl.DataFrame,
    file_id: str,
    received_at: datetime,
) -> pl.DataFrame:
    """Their values as attributes of the rows' contacts, and cells that their own attribute could not take.

    A column without a value that repeats tells contacts apart and joins none: it is left out. So is one of dates that
    are of records, not of persons.

    Args:
        rows: contact_id, sheet, row_number, cells.
        chosen: position -> name of the attribute.
        header: column names.
        refused: row_number, column_name of cells that are in quarantine although they say something.
        file_id: the file.
        received_at: when it was taken.

    Returns:
        The columns of core.Attribute but for its hashed id.
    """
    parts = {position: (name, rows) for position, name in chosen.items()}
    for (column,), cells in refused.group_by("column_name"):
        if column in header:
            held = rows.join(cells.select("row_number"), on="row_number", how="semi")
            parts[header.index(str(column))] = (f"{column} (as received)", held)
    frames = [
        _read_column(part, position, name, header[position], file_id, received_at)
        for position, (name, part) in sorted(parts.items())
    ]
    return pl.concat([pl.DataFrame(schema=_SCHEMA), *frames])


def _read_column(
    rows: pl.DataFrame, position: int, name: str, column: str, file_id: str, received_at: datetime
) -> pl.DataFrame:
    original = rows["cells"].list.get(position, null_on_oob=True)
    values = rows.select("contact_id", "sheet", "row_number").with_columns(
        original.alias("original"), clean_text(original).alias("text"), fold_text(original).alias("match_key")
    )
    filled = values.filter(pl.col("match_key").is_not_null())
    if filled["match_key"].n_unique() == filled.height or are_of_records(fold_ascii(filled["text"].head(_SAMPLE))):
        return pl.DataFrame(schema=_SCHEMA)
    constants = {
        "attribute_def": pl.lit(hash_id("loose", name)), "attribute_type": pl.lit(name),
        "is_primary": pl.lit(False), "is_partner": pl.lit(False), "source": pl.lit("file"),
        "position": pl.lit(_FIRST_POSITION + position), "file_id": pl.lit(file_id),
        "created_at": pl.lit(received_at), "updated_at": pl.lit(received_at),
        "columns": pl.concat_list(pl.lit(column)),
    }  # fmt: skip
    known = filled.with_columns(value.alias(key) for key, value in constants.items())
    return known.select(
        pl.col(key).cast(dtype) if key in known.columns else pl.lit(None, dtype).alias(key)
        for key, dtype in _SCHEMA.items()
    )


def _name(text: str, taken: Collection[str]) -> str:
    name = " ".join(text.split()).casefold()
    return f"{name} (column)" if name in taken else name


def _words(values: pl.Series) -> pl.Series:
    return fold_ascii(values).str.split(" ")
