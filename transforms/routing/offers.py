"""FirstToClaim groups: every member is offered the lead (SPEC A-F1). Claims do not settle offers yet."""

from __future__ import annotations

import polars as pl

__all__ = ["make_offers"]


def make_offers(offered: pl.DataFrame, members: pl.DataFrame, window_minutes: int) -> pl.DataFrame:
    """Offer each lead to each member of its group.

    Args:
        offered: lead_id, captured_at, group_id and group_version of the leads that a group offers.
        members: group_id, group_version and user_id of the members who may be offered one.
        window_minutes: how long an offer stands.

    Returns:
        Rows of routing.offers, by (offered_at, lead_id, user_id).
    """
    leads = offered.select("lead_id", "captured_at", "group_id", "group_version")
    offers = leads.join(members, on=["group_id", "group_version"], how="inner").select(
        "lead_id",
        "group_id",
        "user_id",
        pl.col("captured_at").alias("offered_at"),
        pl.col("captured_at").dt.offset_by(f"{window_minutes}m").alias("expires_at"),
    )
    return offers.sort("offered_at", "lead_id", "user_id")
