"""JSON records of an inbox folder, in the order they were taken."""

from __future__ import annotations

import polars as pl

from flows.store import Store
from schemas.tables import RAW_FILES, RAW_RECORDS
from schemas.vocabulary import Folder

__all__ = ["read_records"]


def read_records(store: Store, folder: Folder) -> pl.DataFrame:
    """Records of one folder with what is known of their file.

    Returns:
        file_id, record_number, payload, file_name, run_sequence, received_at; ordered by run, file name and place.
    """
    files = store.read(
        RAW_FILES, ["file_id", "file_name", "run_sequence", "received_at"], where="folder = ?", parameters=[folder]
    )
    records = store.read(RAW_RECORDS, ["file_id", "record_number", "payload"], where="folder = ?", parameters=[folder])
    return records.join(files, on="file_id").sort("run_sequence", "file_name", "file_id", "record_number")
