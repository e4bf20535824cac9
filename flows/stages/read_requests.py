"""raw.records of request logs -> staging.requests, read once."""

from __future__ import annotations

import polars as pl

from flows.quarantine import quarantine
from flows.runs import Counts, Run
from flows.store import Store
from schemas.tables import (
    CORE_BRANDS,
    OPS_QUARANTINE,
    RAW_FILES,
    RAW_RECORDS,
    STAGING_REQUEST_FILES,
    STAGING_REQUESTS,
)
from schemas.vocabulary import Folder
from transforms.importing.decisions import find_home_brand
from transforms.requests.parsing import list_request_ids, parse_requests

__all__ = ["read_requests"]

_STAGE = "read_requests"


def read_requests(run: Run) -> Counts:
    """Read the logs that are new; all of them when the brand of requests that name none has changed.

    A late request takes its place by its time wherever requests are applied, so that the order of logs says nothing.
    """
    with run.store() as store, store.transaction():
        brand = run.settings.brand or find_home_brand(store.read(CORE_BRANDS))
        records = _read_new(store, brand)
        ids = list_request_ids(records["payload"]) if store.count(STAGING_REQUEST_FILES) else []
        known = store.read(STAGING_REQUESTS, ["request_id", "line_hash"], "request_id IN (SELECT unnest(?))", [ids])
        taken = dict(known.rows())
        parsed = parse_requests(records, brand, taken)
        files = records.select("file_id", brand_id=pl.lit(brand, pl.String), fingerprint=pl.lit("")).unique()
        store.append(STAGING_REQUEST_FILES, files)
        store.append(STAGING_REQUESTS, parsed.requests)
        quarantined = quarantine(store, _STAGE, parsed.problems)
        return {
            "records": records.height,
            "requests": parsed.requests.height,
            "repeated": parsed.repeated_count,
            "quarantined": quarantined,
        }


def _read_new(store: Store, brand: str | None) -> pl.DataFrame:
    """Records of the logs to read, in the order in which they were taken."""
    staged = store.read(STAGING_REQUEST_FILES, ["file_id", "brand_id"])
    if not staged.filter(pl.col("brand_id").ne_missing(pl.lit(brand, pl.String))).is_empty():
        for table in (STAGING_REQUEST_FILES, STAGING_REQUESTS):
            store.delete(table)
        staged = staged.clear()
    if staged.is_empty():
        store.delete(OPS_QUARANTINE, "stage = ?", [_STAGE])
    files = store.read(RAW_FILES, ["file_id", "file_name", "run_sequence"], "folder = ?", [Folder.REQUESTS.value]).join(
        staged, on="file_id", how="anti"
    )
    of_files = [Folder.REQUESTS.value, files["file_id"].to_list()]
    columns = ["file_id", "record_number", "payload"]
    records = store.read(RAW_RECORDS, columns, "folder = ? AND list_contains(?, file_id)", of_files)
    order = ["run_sequence", "file_name", "file_id", "record_number"]
    return records.join(files, on="file_id").sort(order).select(columns)
