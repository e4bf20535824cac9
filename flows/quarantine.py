"""Quarantine rows in ops: each stage replaces its own, so that a retry never doubles them."""

from __future__ import annotations

import polars as pl

from flows.runs import Counts, Run
from flows.store import Store
from schemas.tables import OPS_QUARANTINE, RAW_FILES
from transforms.quarantine import PROBLEM_SCHEMA

__all__ = ["count_quarantined", "quarantine"]


def quarantine(store: Store, stage: str, problems: pl.DataFrame) -> int:
    """Add a stage's problems to ops.quarantine, with the names of their files.

    A stage that runs again deletes its old rows first:
    `store.delete(OPS_QUARANTINE, "stage = ?", [stage])`, narrowed to its files when it is incremental.

    Args:
        store: the warehouse, inside the stage's transaction.
        stage: name of the stage's function.
        problems: columns of PROBLEM_SCHEMA.

    Returns:
        How many were added.
    """
    if problems.is_empty():
        return 0
    named = problems["file_id"].unique().to_list()
    names = store.read(RAW_FILES, ["folder", "file_id", "file_name"], "list_contains(?, file_id)", [named])
    rows = (
        problems.select(pl.col(name).cast(dtype) for name, dtype in PROBLEM_SCHEMA.items())
        .join(names, on=["folder", "file_id"], how="left")
        .rename({"file_name": "file"})
        .with_columns(pl.col("file").fill_null(""), pl.lit(stage).alias("stage"))
    )
    return store.append(OPS_QUARANTINE, rows)


def count_quarantined(run: Run) -> Counts:
    """How many rows are in quarantine, and how many of them come from files that this run took."""
    with run.store() as store:
        taken = store.read(RAW_FILES, ["file_id"], "run_sequence = ?", [run.run_sequence])["file_id"].to_list()
        return {
            "rows": store.count(OPS_QUARANTINE),
            "rows_new": store.count(OPS_QUARANTINE, "list_contains(?, file_id)", [taken]),
        }
