"""The rejected rows of an import, written to be mended: CSV or XLSX, without a cell that a spreadsheet would run."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from flows.imports import KnownImport
from flows.store import Store, open_published
from flows.text_tables import Page, write_csv, write_workbook
from schemas.errors import PipelineError, UnsupportedError
from schemas.tables import OPS_QUARANTINE, RAW_FILE_ROWS, RAW_SHEETS
from schemas.vocabulary import Folder
from transforms.importing.rejects import compose_rejects, protect_texts

__all__ = ["write_rejects"]

#: Sheet name, header, rows.
_Table = tuple[str, list[str], list[list[str]]]
_PROBLEM = ["sheet", "row_number", "column_name", "value", "reason", "todo"]


def write_rejects(home: Path, known: KnownImport, output: Path) -> int:
    """Write the rows of an import that have anything in quarantine; returns how many.

    Raises:
        UnsupportedError: its rows are no rows of a table, or the output cannot hold them.
    """
    with open_published(home / "warehouse.duckdb") as store:
        tables = _read_tables(store, known)
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
    of_rows = "folder = ? AND file_id = ? AND row_number IS NOT NULL"
    problems = store.read(OPS_QUARANTINE, _PROBLEM, of_rows, [Folder.CONTACTS.value, known.file_id])
    sheets = store.read(RAW_SHEETS, where="file_id = ?", parameters=[known.file_id]).sort("sheet_index")
    if sheets.is_empty() and not problems.is_empty():
        raise UnsupportedError(
            "its rejected contacts are JSON objects, not rows", where=known.file,
            todo="correct them in the file by the published table quarantine, and import that",
        )  # fmt: skip
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
