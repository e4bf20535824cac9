"""Quarantine rows in ops: each stage replaces its own, so that a retry never doubles them."""

from __future__ import annotations

import polars as pl

from flows.store import Store
from schemas.tables import OPS_QUARANTINE, RAW_FILES
from transforms.quarantine import PROBLEM_SCHEMA

__all__ = ["quarantine"]


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
    names = store.read(RAW_FILES, ["folder", "file_id", "file_name"])
    rows = (
        problems.select(pl.col(name).cast(dtype) for name, dtype in PROBLEM_SCHEMA.items())
        .join(names, on=["folder", "file_id"], how="left")
        .rename({"file_name": "file"})
        .with_columns(pl.col("file").fill_null(""), pl.lit(stage).alias("stage"))
    )
    return store.append(OPS_QUARANTINE, rows)
