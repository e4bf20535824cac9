"""Whom deletions reach."""

from __future__ import annotations

from datetime import datetime

import polars as pl

__all__ = ["spread_deletions"]


def spread_deletions(edits: pl.DataFrame, merges: pl.DataFrame) -> pl.DataFrame:
    """Whoever deletes a contact deletes what was merged into it before: it would come back to life otherwise.

    Args:
        edits: rows of core.contact_edits.
        merges: from `resolve_merges`: what was refused or taken back merged nobody.
    """
    deleted: dict[str, datetime] = dict(edits.drop_nulls("deleted_at").select("contact_id", "deleted_at").iter_rows())
    if not deleted or merges.is_empty():
        return edits
    events = merges.sort("requested_at", "request_id", descending=True)
    for parent_id, contact_id, requested_at in events.select("parent_id", "contact_id", "requested_at").iter_rows():
        if parent_id in deleted and requested_at <= deleted[parent_id]:
            deleted.setdefault(contact_id, deleted[parent_id])
    gone = pl.DataFrame(
        list(deleted.items()), schema={"contact_id": pl.String, "gone_at": pl.Datetime("us", "UTC")}, orient="row"
    )
    joined = edits.join(gone, on="contact_id", how="full", coalesce=True)
    return joined.with_columns(
        deleted_at=pl.coalesce("deleted_at", "gone_at"),
        updated_at=pl.coalesce("updated_at", "gone_at"),
        is_rewritten=pl.col("is_rewritten").fill_null(False),
    ).select(edits.columns)
