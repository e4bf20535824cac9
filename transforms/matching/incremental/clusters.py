"""Cluster again what a change touches: clusters that contacts of changed pairs are in, and those that these meet."""

from __future__ import annotations

import polars as pl

__all__ = ["reach_clusters"]


def reach_clusters(touched: pl.Series, clusters: pl.DataFrame) -> pl.Series:
    """Contact ids that are, by way of clusters of either status, together with touched ones; and these.

    Args:
        touched: contact ids.
        clusters: cluster_id, contact_id of clusters as they were.
    """
    reached = touched.rename("contact_id").unique().to_frame()
    fresh = reached
    while fresh.height:
        met = clusters.join(fresh, on="contact_id", how="semi").select("cluster_id").unique()
        members = clusters.join(met, on="cluster_id", how="semi").select("contact_id").unique()
        fresh = members.join(reached, on="contact_id", how="anti")
        reached = pl.concat([reached, fresh])
    return reached["contact_id"]
