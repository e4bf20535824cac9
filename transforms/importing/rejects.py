"""Rejected rows and contact objects in the layout of their file, to be mended and imported again; reading them back.

Cells that a spreadsheet would take for a formula are written with a quote before them, which the reader takes away.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

__all__ = [
    "OWN_COLUMNS",
    "ROW_COLUMN",
    "compose_objects",
    "compose_rejects",
    "is_mended",
    "protect_texts",
    "read_references",
    "unprotect",
]

_REASON_COLUMN: Final = "leadpipe reason"
_TODO_COLUMN: Final = "leadpipe what to do"
ROW_COLUMN: Final = "leadpipe row"
#: Columns that `leadpipe rejects` adds and the reader knows again.
OWN_COLUMNS: Final = (_REASON_COLUMN, _TODO_COLUMN, ROW_COLUMN)

_FORMULA: Final = r"^'*[=+\-@\t\r\x{ff1d}]"
_PROTECTED: Final = r"^'('*[=+\-@\t\r\x{ff1d}])"
_PHONE: Final = r"^\+?[0-9 ().\-]+$"
_REFERENCE: Final = r"^([0-9a-f]{8,64}):((?s:.*)):([0-9]{1,18})$"
_ID_CHARACTERS: Final = 16  # of a file's id, in a reference to one of its rows


def compose_rejects(
    file_id: str, sheet: str, header: Sequence[str], rows: pl.DataFrame, problems: pl.DataFrame
) -> tuple[list[str], list[list[str]]]:
    """Header and rows of the rejects of one sheet: its own columns, then OWN_COLUMNS.

    Args:
        file_id: the file.
        sheet: the sheet.
        header: its columns. Those that an earlier `leadpipe rejects` added are left out.
        rows: row_number, cells of the rows with a problem.
        problems: row_number, column_name, value, reason, todo of all problems of rows, those that could not be read
            as rows included: their text is in the reason.
    """
    kept = [position for position, name in enumerate(header) if name not in OWN_COLUMNS]
    cells_of = {number: list(cells) for number, cells in rows.select("row_number", "cells").rows()}
    table = []
    ordered = problems.sort("row_number", "column_name", nulls_last=True)
    for (number,), found in ordered.group_by("row_number", maintain_order=True):
        cells = [*cells_of.get(number, []), *[""] * len(header)][: len(header)]
        reasons, todos = [], []
        for column, value, reason, todo in found.select("column_name", "value", "reason", "todo").rows():
            if column in header and not cells[header.index(column)]:
                cells[header.index(column)] = value
            text = f" The row was: {value}" if number not in cells_of and column is None and value else ""
            reasons.append(f"{column}: {reason}" if column else f"{reason}{text}")
            todos.append(todo)
        told = ["; ".join(dict.fromkeys(reasons)), "; ".join(dict.fromkeys(todos))]
        reference = f"{file_id[:_ID_CHARACTERS]}:{sheet}:{number}"
        table.append([*(cells[position] or "" for position in kept), *told, reference])
    return [*(header[position] for position in kept), *OWN_COLUMNS], table


def compose_objects(
    file_id: str, payloads: Mapping[int, str], contacts: pl.DataFrame, problems: pl.DataFrame
) -> list[dict[str, Any]]:
    """Contact objects with a problem, as they came, with OWN_COLUMNS and what says whose contact they are.

    Args:
        file_id: the file.
        payloads: record number -> JSON text of the object.
        contacts: row_number, contact_id, given_id, user_id, brand_id of the contacts that the objects gave.
        problems: row_number, column_name, value, reason, todo; also of what could not be read as JSON, whose text is in
            the reason.
    """
    known = {row["row_number"]: row for row in contacts.iter_rows(named=True)}
    objects = []
    for (number,), found in problems.sort("row_number", maintain_order=True).group_by(
        "row_number", maintain_order=True
    ):
        given = json.loads(payloads[number]) if number in payloads else {"attributes": []}
        reasons = []
        for column, value, reason in found.select("column_name", "value", "reason").rows():
            text = f" The record was: {value}" if number not in payloads and value else ""
            reasons.append(f"{column}: {reason}" if column else f"{reason}{text}")
        row = known.get(number, {})
        whose = {"id": row.get("given_id") or row.get("contact_id"), "user": row.get("user_id")}
        whose["brand"] = row.get("brand_id")
        added = {key: value for key, value in whose.items() if value and not given.get(key)}
        told = ["; ".join(dict.fromkeys(reasons)), "; ".join(dict.fromkeys(found["todo"]))]
        own = zip(OWN_COLUMNS, [*told, f"{file_id[:_ID_CHARACTERS]}::{number}"], strict=True)
        objects.append({**given, **added, **dict(own)})
    return objects


def is_mended(header: Sequence[str]) -> bool:
    """Whether `leadpipe rejects` wrote this table."""
    return ROW_COLUMN in header


def protect_texts(texts: Sequence[str]) -> list[str]:
    """Cells as no spreadsheet takes for a formula; phone numbers stay as they are. `unprotect` is its inverse."""
    values = pl.Series(texts, dtype=pl.String)
    is_formula = values.str.contains(_FORMULA) & ~values.str.contains(_PHONE)
    return pl.select(pl.when(is_formula).then("'" + values).otherwise(values)).to_series().to_list()


def unprotect(texts: pl.Expr) -> pl.Expr:
    """Cells without the quote that `protect_texts` put before them."""
    return texts.str.replace(_PROTECTED, "$1")


def read_references(cells: pl.Series) -> pl.DataFrame:
    """prefix (of a file's id), sheet, row_number that cells of ROW_COLUMN name; null where they name none."""
    groups = cells.str.strip_chars().str.extract_groups(_REFERENCE)
    return groups.struct.unnest().select(
        prefix=pl.nth(0), sheet=pl.nth(1), row_number=pl.nth(2).cast(pl.Int64, strict=False)
    )
