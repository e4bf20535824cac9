"""Marts of the imports: what each contact file brought, in counts that add up."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import MARTS_IMPORTS
from schemas.vocabulary import Folder

__all__ = ["describe_imports"]

_SCHEMA: Final = polars_schema(MARTS_IMPORTS)
_COUNTED: Final = [name for name, dtype in _SCHEMA.items() if dtype == pl.Int64]


def describe_imports(
    files: pl.DataFrame,
    counts: pl.DataFrame,
    problems: pl.DataFrame,
    undone: Collection[str],
    updates: pl.DataFrame,
) -> pl.DataFrame:
    """marts.Import: one row per contact file.

    Args:
        files: raw.File rows.
        counts: ops.ImportCount rows.
        problems: ops.Quarantined rows.
        undone: ids of contact files that were taken back.
        updates: core.ContactUpdate rows: of these, a file's rows made no contact but met one (SPEC A-IM2).
    """
    met = updates.group_by("file_id").agg(
        changed=pl.col("is_changed").sum().cast(pl.Int64),
        contacts_unchanged=(~pl.col("is_changed")).sum().cast(pl.Int64),
    )
    sums = counts.group_by("file_id").agg(
        pl.col("value").filter(pl.col("name") == name).sum().alias(name) for name in _COUNTED
    )
    of_rows = problems.filter((pl.col("folder") == Folder.CONTACTS.value) & pl.col("row_number").is_not_null())
    rows = of_rows.select("file_id", pl.col("sheet").fill_null(""), "row_number").unique()
    to_mend = rows.group_by("file_id").agg(rows_to_mend=pl.len().cast(pl.Int64))
    return (
        files.filter(pl.col("folder") == Folder.CONTACTS.value)
        .join(sums.drop("rows_to_mend", "contacts_unchanged"), on="file_id", how="left")
        .join(to_mend, on="file_id", how="left")
        .join(met, on="file_id", how="left")
        .with_columns(pl.col(*_COUNTED, "changed").fill_null(0))
        .with_columns(
            contacts_created=pl.col("contacts_created") - pl.col("changed") - pl.col("contacts_unchanged"),
            contacts_updated=pl.col("contacts_updated") + pl.col("changed"),
            file=pl.col("file_name"),
            import_id=pl.col("file_id"),
            is_undone=pl.col("file_id").is_in(list(undone)),
        )
        .sort("run_sequence", "file_name", "file_id")
        .select(pl.col(name).cast(dtype) for name, dtype in _SCHEMA.items())
    )
