"""RoundRobin groups: whose turn it is, from the leads a group has given, never from a counter (SPEC A-G4 to A-G8)."""

from __future__ import annotations

from bisect import bisect_right

import polars as pl

__all__ = ["take_turns"]


def take_turns(given: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """Give each lead of a group to the next member.

    Leads take turns by (captured_at, lead_id), members by (order, user_id); next is the first member after the
    one served last, cyclic, whoever has joined or left meanwhile (SPEC A-G6). While the members stay the same,
    the k-th lead goes to member start + k (SPEC A-G8).

    Args:
        given: lead_id, captured_at, group_id and group_version of the leads that a group gives; a lead that
            something else decided is not among them and takes no turn.
        members: group_id, group_version, user_id and order of the members who may be served; at least one per
            group and version in `given`.

    Returns:
        lead_id, user_id, group_turn (1 is the group's first ever) and previous_user_id (null then), by group.
    """
    ordered = given.sort("group_id", "captured_at", "lead_id").with_columns(
        pl.struct("group_id", "group_version").rle_id().alias("stretch")
    )
    version = ["group_id", "group_version"]
    circles = members.sort("order", "user_id").with_columns(pl.int_range(pl.len()).over(version).alias("place"))
    stretches = (
        ordered.group_by("stretch", *version, maintain_order=True)
        .agg(pl.len().alias("leads"))
        .join(circles.group_by(version, maintain_order=True).agg("order", "user_id"), on=version, how="left")
        .sort("stretch")
    )
    starts = stretches.select("stretch", _find_starts(stretches), pl.col("user_id").list.len().alias("size"))
    place = (pl.col("start") + pl.int_range(pl.len()).over("stretch")) % pl.col("size")
    return (
        ordered.join(starts, on="stretch", how="left", maintain_order="left")
        .with_columns(place.cast(pl.Int64).alias("place"))
        .join(circles.select(*version, "place", "user_id"), on=[*version, "place"], how="left", maintain_order="left")
        .select(
            "lead_id",
            "user_id",
            pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("group_id").alias("group_turn"),
            pl.col("user_id").shift(1).over("group_id").alias("previous_user_id"),
        )
    )


def _find_starts(stretches: pl.DataFrame) -> pl.Series:
    """Place in its circle of the member that each stretch begins with."""
    starts: list[int] = []
    served: dict[str, tuple[int, str]] = {}
    for group_id, leads, orders, users in stretches.select("group_id", "leads", "order", "user_id").iter_rows():
        circle = list(zip(orders, users, strict=True))
        start = bisect_right(circle, served[group_id]) % len(circle) if group_id in served else 0
        served[group_id] = circle[(start + leads - 1) % len(circle)]
        starts.append(start)
    return pl.Series("start", starts, dtype=pl.Int64)
