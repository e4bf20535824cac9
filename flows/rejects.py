"""What an import rejected, written to be mended: rows as CSV or XLSX, without a cell that a spreadsheet would run;
contact objects as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl

from flows.homes import warehouse_of
from flows.imports import TO_MEND, KnownImport
from flows.store import Store, open_published
from flows.text_tables import Page, write_csv, write_workbook
from schemas.errors import PipelineError
from schemas.tables import OPS_QUARANTINE, RAW_FILE_ROWS, RAW_RECORDS, RAW_SHEETS, STAGING_CONTACT_ROWS
from schemas.vocabulary import Folder
from transforms.importing.rejects import compose_objects, compose_rejects, protect_texts

__all__ = ["write_rejects"]

#: Sheet name, header, rows.
_Table = tuple[str, list[str], list[list[str]]]
_PROBLEM = ["sheet", "row_number", "column_name", "value", "reason", "todo"]


def write_rejects(home: Path, known: KnownImport, output: Path) -> int:
    """Write the rows or contact objects of an import that have anything to mend in quarantine; returns how many.

    Raises:
        PipelineError: the output cannot hold them.
    """
    with open_published(warehouse_of(home)) as store:
        tables = _read_tables(store, known)
        objects = [] if tables else _read_objects(store, known)
    if objects:
        _write_objects(objects, output)
        return len(objects)
    if not tables:
        return 0
    pages = [
        Page(name or "rejects", protect_texts(header), [protect_texts(row) for row in rows])
        for name, header, rows in tables
    ]
    if output.suffix.lower() == ".xlsx":
        write_workbook(pages, output)
    elif output.suffix.lower() != ".csv":
        raise PipelineError("rejects are written as .csv or .xlsx", where=output.name, todo="give such a name with -o")
    elif len(tables) > 1:
        raise PipelineError(f"{len(tables)} sheets have rejects", where=output.name, todo="name an .xlsx with -o")
    else:
        write_csv(pages[0], output)
    return sum(len(rows) for _, _, rows in tables)


def _read_tables(store: Store, known: KnownImport) -> list[_Table]:
    problems = _read_problems(store, known)
    sheets = store.read(RAW_SHEETS, where="file_id = ?", parameters=[known.file_id]).sort("sheet_index")
    tables = []
    for sheet, header in sheets.select("sheet", "header").rows():
        found = problems.filter(pl.col("sheet").fill_null("") == sheet)
        if found.is_empty():
            continue
        numbers = found["row_number"].unique().to_list()
        is_one = "file_id = ? AND sheet = ? AND list_contains(?, row_number)"
        rows = store.read(RAW_FILE_ROWS, ["row_number", "cells"], is_one, [known.file_id, sheet, numbers])
        tables.append((sheet, *compose_rejects(known.file_id, sheet, header, rows, found)))
    return tables


def _read_problems(store: Store, known: KnownImport) -> pl.DataFrame:
    of_rows = f"folder = ? AND file_id = ? AND {TO_MEND}"
    return store.read(OPS_QUARANTINE, _PROBLEM, of_rows, [Folder.CONTACTS.value, known.file_id])


def _read_objects(store: Store, known: KnownImport) -> list[dict[str, Any]]:
    """Contact objects with a problem; each has the id of its contact, so that it updates that when it comes again."""
    problems = _read_problems(store, known)
    place = [Folder.CONTACTS.value, known.file_id]
    records = store.read(RAW_RECORDS, ["record_number", "payload"], "folder = ? AND file_id = ?", place)
    columns = ["row_number", "contact_id", "given_id", "user_id", "brand_id"]
    contacts = store.read(STAGING_CONTACT_ROWS, columns, "file_id = ?", [known.file_id])
    return compose_objects(known.file_id, dict(records.rows()), contacts, problems)


def _write_objects(objects: list[dict[str, Any]], output: Path) -> None:
    if output.suffix.lower() != ".json":
        raise PipelineError("rejected contact objects are written as .json", where=output.name, todo="name a .json")
    output.write_text(json.dumps(objects, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
