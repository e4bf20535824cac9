"""One contact file deduplicated by itself: the same stages on a warehouse that is thrown away."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from flows import stages
from flows.imports import describe_import
from flows.runs import start_trial
from flows.settings import Settings
from flows.sources.inbox import identify, name_contact_file, read_side_text
from flows.store import Store
from schemas.errors import UnsupportedError
from schemas.tables import (
    CORE_ATTRIBUTE_DEFS,
    CORE_ATTRIBUTES,
    MATCHING_ALIASES,
    MATCHING_SCORED_PAIRS,
    OPS_QUARANTINE,
    RAW_FILE_ROWS,
    RAW_FILES,
    RAW_RECORDS,
    RAW_SHEETS,
    STAGING_CONTACT_ROWS,
    STAGING_FILE_COLUMNS,
)
from schemas.vocabulary import ProblemCode
from transforms.importing.side_files import read_side_file
from transforms.matching.loose_columns import choose_loose_columns, find_repeats, read_loose_columns
from transforms.matching.model import FIELDS
from transforms.matching.row_clusters import assign_clusters, fill_gaps, number_pairs

__all__ = ["Deduplicated", "Sheet", "dedupe_file"]

_PLACE = ["sheet", "row_number"]
#: Cells that their attribute could not take, and that say something nevertheless.
_REFUSALS = (ProblemCode.BAD_DATE, ProblemCode.BAD_PHONE, ProblemCode.BAD_EMAIL, ProblemCode.BAD_NUMBER)
_IS_REFUSED = "sheet = ? AND row_number IS NOT NULL AND column_name IS NOT NULL AND list_contains(?, code)"


@dataclass(frozen=True)
class Sheet:
    """A table of the input: its columns as they stood, every row in its place; and cluster_id."""

    name: str
    frame: pl.DataFrame


@dataclass(frozen=True)
class Deduplicated:
    """What came out.

    Attributes:
        sheets: the input's tables.
        pairs: scored pairs by row.
        told: lines on how the file was read and what was found.
    """

    sheets: list[Sheet]
    pairs: pl.DataFrame
    told: list[str]


def dedupe_file(path: Path, side_text: str | None) -> Deduplicated:
    """Match the rows of a contact file with each other.

    Args:
        path: the file.
        side_text: text of its side file; None for what lies beside it, if anything.

    Raises:
        UnsupportedError: there is nothing to read in it.
    """
    os.umask(0o077)
    with _matched(path, side_text) as (store, file_id, loose):
        lines = list(describe_import(store, file_id))
        if loose:
            lines.append(f"  compared as they are: {', '.join(loose)}")
        tables = _read_tables(store, file_id)
        if not tables:
            raise UnsupportedError("there are no rows in it", where=path.name, todo=" ".join(lines))
        rows = store.read(STAGING_CONTACT_ROWS, ["contact_id", *_PLACE])
        aliases = store.read(MATCHING_ALIASES)
        places = pl.concat([frame.select(sheet=pl.lit(name), row_number="row_number") for name, _, frame in tables])
        clusters = assign_clusters(places, rows, aliases, file_id)
        pairs = number_pairs(store.read(MATCHING_SCORED_PAIRS), rows, places)
    sheets = [
        Sheet(name, _widen(header, frame, clusters.filter(pl.col("sheet") == name))) for name, header, frame in tables
    ]
    sizes = clusters["cluster_id"].value_counts()["count"]
    lines.append(
        f"  {clusters.height:,} rows are {len(sizes):,} clusters; {int((sizes > 1).sum()):,} of them have more than one"
        f" row, {int((pairs['decision'] == 'review').sum()):,} more pairs are for a person to see"
    )
    if empty := sum(frame["cells"].null_count() for _, _, frame in tables):
        lines.append(f"  {empty:,} of these rows have no value that was read: each stands in its place, by itself")
    return Deduplicated(sheets, pairs if len(tables) > 1 else pairs.drop("sheet_l", "sheet_r"), lines)


@contextmanager
def _matched(path: Path, side_text: str | None) -> Iterator[tuple[Store, str, list[str]]]:
    """A warehouse with that file alone, its contacts matched brand-wide; the file's id, and columns compared as are."""
    settings = Settings()
    settings = replace(settings, matching=replace(settings.matching, scope="brand"))
    with (
        tempfile.TemporaryDirectory(prefix="leadpipe-dedupe-") as folder,
        start_trial("dedupe", Path(folder), datetime.now(UTC), settings) as run,
    ):
        stages.ingest_files(run, [str(path)], [side_text])
        stages.stage_contacts(run)
        stages.build_contacts(run)
        file = name_contact_file(path)
        file_id = identify(file)[1].file_id
        given = side_text if side_text is not None else read_side_text(file)
        with run.store() as store, store.transaction():
            loose = _take_loose_columns(store, file_id, given, run.clock)
        for stage in (stages.judge, stages.block, stages.compare, stages.cluster):
            stage(run)
        with run.store() as store:
            yield store, file_id, loose


def _take_loose_columns(store: Store, file_id: str, side_text: str | None, clock: datetime) -> list[str]:
    """What the importer leaves unmapped, or refuses, is an attribute of its own here; returns the columns' names."""
    given = read_side_file(side_text).mappings
    types = None if given is None else {name: column.attribute_type for name, column in given.items()}
    taken = {*FIELDS, *store.read(CORE_ATTRIBUTE_DEFS, ["name"])["name"]}
    contacts = store.read(STAGING_CONTACT_ROWS, ["contact_id", *_PLACE])
    sheets = store.read(RAW_SHEETS, ["sheet", "header", "hidden_columns"], "NOT is_hidden")
    compared: set[str] = set()
    for sheet, header, hidden in sheets.iter_rows():
        columns = store.read(STAGING_FILE_COLUMNS, where="sheet = ?", parameters=[sheet])
        refused = store.read(OPS_QUARANTINE, ["row_number", "column_name"], _IS_REFUSED, [sheet, list(_REFUSALS)])
        chosen = choose_loose_columns(columns, types, hidden or [], taken)
        if not chosen and refused.is_empty():
            continue
        rows = contacts.join(store.read(RAW_FILE_ROWS, [*_PLACE, "cells"], "sheet = ?", [sheet]), on=_PLACE)
        mapped = columns.filter(pl.col("status") == "mapped")["column_index"].to_list()
        repeats = find_repeats(rows, chosen, mapped)
        new = {position: name for position, name in chosen.items() if position not in repeats}
        values = read_loose_columns(rows, new, list(header), refused.unique(), file_id, clock)
        store.append(CORE_ATTRIBUTES, values)
        compared.update(values["columns"].list.first())
    return sorted(compared)


def _read_tables(store: Store, file_id: str) -> list[tuple[str, list[str], pl.DataFrame]]:
    """Name, header, and row_number, cells of each visible sheet; JSON objects are one column of texts."""
    of_file = "file_id = ?"
    if store.count(RAW_FILES, "format IN ('json', 'jsonl')"):
        records = store.read(RAW_RECORDS, ["record_number", "payload"], of_file, [file_id]).sort("record_number")
        cells = records.select(row_number="record_number", cells=pl.concat_list("payload"))
        return [("", ["record"], cells)]
    sheets = store.read(RAW_SHEETS, where=f"{of_file} AND NOT is_hidden AND rows_count > 0", parameters=[file_id])
    tables = []
    for sheet, header in sheets.sort("sheet_index").select("sheet", "header").iter_rows():
        rows = store.read(RAW_FILE_ROWS, ["row_number", "cells"], f"{of_file} AND sheet = ?", [file_id, sheet])
        tables.append((sheet, list(header), fill_gaps(rows)))
    return tables


def _widen(header: list[str], rows: pl.DataFrame, clusters: pl.DataFrame) -> pl.DataFrame:
    """The rows as they stood, and the cluster of each."""
    name = next(name for name in _cluster_names() if name not in header)
    cells = (pl.col("cells").list.get(place, null_on_oob=True).alias(text) for place, text in enumerate(header))
    joined = rows.join(clusters, on="row_number", how="left", maintain_order="left")
    return joined.select(*cells, pl.col("cluster_id").alias(name))


def _cluster_names() -> Iterator[str]:
    yield "cluster_id"
    yield "leadpipe_cluster_id"
    number = 2
    while True:
        yield f"leadpipe_cluster_id_{number}"
        number += 1
