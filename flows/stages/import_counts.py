"""ops.import_counts: what a contact file brought, in counts that add up."""

from __future__ import annotations

from typing import Any

import polars as pl

from flows.stages.contact_reader import FileOutcome
from flows.store import Store
from schemas.ddl import polars_schema
from schemas.tables import (
    OPS_IMPORT_COUNTS,
    RAW_FILE_ROWS,
    RAW_PROBLEMS,
    RAW_RECORDS,
    STAGING_FILE_COLUMNS,
)
from schemas.vocabulary import ColumnStatus, Folder

__all__ = ["count_import"]

# ruff: noqa: S608 - names from the registry, values bound

#: Rows that were refused before they became rows are rows of the file all the same.
_REFUSED = f"""
    SELECT count(DISTINCT (coalesce(p.sheet, ''), p.row_number)) AS n FROM {RAW_PROBLEMS.full_name} p
    ANTI JOIN {RAW_FILE_ROWS.full_name} r
        ON r.file_id = p.file_id AND r.sheet = coalesce(p.sheet, '') AND r.row_number = p.row_number
    ANTI JOIN {RAW_RECORDS.full_name} o
        ON o.folder = p.folder AND o.file_id = p.file_id AND o.record_number = p.row_number
    WHERE p.folder = ? AND p.file_id = ? AND p.row_number IS NOT NULL
"""
_UNMAPPED = f"""
    SELECT column_name, sum(cells_count) AS cells FROM {STAGING_FILE_COLUMNS.full_name}
    WHERE file_id = ? AND status = ? AND cells_count > 0 GROUP BY column_name ORDER BY column_name
"""


def count_import(store: Store, file_id: str, outcome: FileOutcome) -> None:
    """Write the counts of a file that was staged just now."""
    place: list[Any] = [Folder.CONTACTS.value, file_id]
    counts = outcome.counts
    rows_read = counts["rows_read"] + int(store.query(_REFUSED, place)["n"][0])
    unmapped = store.query(_UNMAPPED, [file_id, ColumnStatus.UNMAPPED.value]).rows()
    rows = [
        ("rows_read", "", rows_read),
        ("contacts_created", "", counts["contacts"] - outcome.updated),
        ("contacts_updated", "", outcome.updated),
        ("rows_rejected", "", rows_read - counts["contacts"] - outcome.rows_skipped),
        ("rows_skipped", "", outcome.rows_skipped),
        ("cells_read", "", counts["cells_read"]),
        ("cells_mapped", "", counts["cells_mapped"]),
        *(("cells_unmapped", column, int(cells)) for column, cells in unmapped),
        *(("cells_quarantined", code, cells) for code, cells in sorted(outcome.lost.items())),
    ]
    frame = pl.DataFrame([(file_id, *row) for row in rows], schema=polars_schema(OPS_IMPORT_COUNTS), orient="row")
    store.append(OPS_IMPORT_COUNTS, frame)
