"""An import tried out: the same stages on a warehouse that is thrown away, so that nothing is written."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from flows import stages
from flows.homes import warehouse_of
from flows.imports import SHORT_ID, describe_import
from flows.runs import start_trial
from flows.settings import load_settings
from flows.sources.inbox import identify, name_contact_file, read_side_text
from flows.stages.withdraw import read_undone
from flows.store import Store, open_published
from schemas.ddl import polars_schema
from schemas.errors import UnsupportedError
from schemas.tables import (
    CORE_ATTRIBUTES,
    CORE_BRANDS,
    CORE_CONTACTS,
    OPS_QUARANTINE,
    RAW_FILES,
    RAW_IMPORTS,
    STAGING_ATTRIBUTES,
    STAGING_FILE_COLUMNS,
)
from schemas.vocabulary import ColumnStatus, Folder
from transforms.importing.trial import compose_mappings, find_known_rows

__all__ = ["check_file", "map_file"]

_EXAMPLES = 5
_KEYS = ["contact_id", "attribute_type", "text", "match_key"]
_IS_KEY = "attribute_type IN ('email', 'phone_number', 'first_name', 'last_name')"


@dataclass(frozen=True)
class _Known:
    """What the warehouse has already."""

    brands: pl.DataFrame
    values: pl.DataFrame
    side_texts: dict[str, str | None]


def check_file(home: Path, path: Path, side_text: str | None) -> Iterator[str]:
    """Lines on what an import of a file would do; nothing is written.

    Args:
        home: folder of the warehouse that it would go to.
        path: the file.
        side_text: text of its side file; None for what lies beside it, if anything.
    """
    known = _read_known(home)
    with _tried(home, path, side_text, known) as (store, file_id):
        yield from describe_import(store, file_id)
        given = side_text if side_text is not None else read_side_text(name_contact_file(path))
        if file_id in known.side_texts and given in (None, known.side_texts[file_id]):
            yield f"  It was imported before (import {file_id[:SHORT_ID]}): importing it again changes nothing."
        staged = store.read(STAGING_ATTRIBUTES, _KEYS, f"{_IS_KEY} AND NOT is_superseded AND NOT is_partner")
        found = find_known_rows(staged, known.values)
        yield f"  {found:,} of the contacts have an e-mail, or a phone number and name, of a contact already there"
        yield from _column_lines(store)
        yield from _reject_lines(store)


def map_file(home: Path, path: Path) -> tuple[list[str], dict[str, object]]:
    """How a file's columns are mapped: lines to show, and the same in the form of a side file.

    Raises:
        UnsupportedError: the file has no columns to map.
    """
    with _tried(home, path, None, _read_known(home)) as (store, file_id):
        columns = store.read(STAGING_FILE_COLUMNS).sort("sheet", "column_index")
        if columns.is_empty() or not store.count(RAW_FILES, "format NOT IN ('json', 'jsonl', 'unreadable')"):
            lines = " ".join(describe_import(store, file_id))
            raise UnsupportedError("the file has no columns to map", where=path.name, todo=lines)
        return list(_column_lines(store)), compose_mappings(columns)


@contextmanager
def _tried(home: Path, path: Path, side_text: str | None, known: _Known) -> Iterator[tuple[Store, str]]:
    """A warehouse with that file alone, read as an import would read it; and the file's id."""
    with (
        tempfile.TemporaryDirectory(prefix="leadpipe-check-") as folder,
        start_trial("check", Path(folder), datetime.now(UTC), load_settings(home)) as run,
    ):
        with run.store() as store:
            store.replace(CORE_BRANDS, known.brands)
        stages.ingest_files(run, [str(path)], [side_text])
        stages.stage_contacts(run)
        with run.store() as store:
            yield store, identify(name_contact_file(path))[1].file_id


def _read_known(home: Path) -> _Known:
    warehouse = warehouse_of(home)
    if not warehouse.exists():
        empty = pl.DataFrame(schema=polars_schema(CORE_ATTRIBUTES)).select(_KEYS)
        return _Known(pl.DataFrame(schema=polars_schema(CORE_BRANDS)), empty, {})
    is_live = f"contact_id IN (SELECT contact_id FROM {CORE_CONTACTS.full_name} WHERE deleted_at IS NULL)"  # noqa: S608
    with open_published(warehouse) as store:
        imports = store.read(RAW_IMPORTS, ["file_id", "side_file", "run_sequence"]).sort("run_sequence")
        undone = read_undone(store)
        in_force = imports.filter(~pl.col("file_id").is_in(undone)).select("file_id", "side_file")
        values = store.read(
            CORE_ATTRIBUTES, _KEYS, f"{_IS_KEY} AND {is_live} AND deleted_at IS NULL AND NOT is_partner"
        )
        return _Known(store.read(CORE_BRANDS), values, dict(in_force.rows()))


def _column_lines(store: Store) -> Iterator[str]:
    columns = store.read(STAGING_FILE_COLUMNS).sort("sheet", "column_index")
    for sheet, part in columns.group_by("sheet", maintain_order=True):
        yield f"  columns of sheet {sheet[0]}:" if sheet[0] else "  columns:"
        for row in part.iter_rows(named=True):
            if row["status"] == ColumnStatus.UNMAPPED:
                target = "not mapped"
            else:
                details = [row["label"], None if row["index"] is None else f"index {row['index']}"]
                details += ["partner"] if row["is_partner"] else []
                target = " ".join([row["attribute_type"], *(f"({detail})" for detail in details if detail)])
            yield f"    {row['column_name']} -> {target}  [{row['confidence']:.0%}: {row['reason']}]"


def _reject_lines(store: Store) -> Iterator[str]:
    of_rows = "folder = ? AND row_number IS NOT NULL"
    problems = store.read(OPS_QUARANTINE, where=of_rows, parameters=[Folder.CONTACTS.value])
    if problems.is_empty():
        return
    yield "  rejected, for example:"
    for row in problems.sort("sheet", "row_number", "column_name").head(_EXAMPLES).iter_rows(named=True):
        place = ", ".join(text for text in (row["sheet"], f"row {row['row_number']}", row["column_name"]) if text)
        value = f" {row['value']!r}" if row["value"] else ""
        yield f"    {place}:{value} {row['reason']}"
