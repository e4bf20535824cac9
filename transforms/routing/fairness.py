"""Fairness: each group's turns in the ledger, stretch by stretch, against what its members are owed.

The check reads nothing but the ledger and the groups: it does not ask how the turns were given.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from transforms.routing.lint.findings import Finding

__all__ = ["find_unfair", "measure_fairness"]

_LONG_AGO = pl.datetime(1, 1, 1, time_unit="us", time_zone="UTC")
_VERSION = ["group_id", "group_version"]
_STRETCH = ["group_id", "stretch"]
_EQUAL, _WEIGHTED = "most - least <= 1", "gap < 1"


def measure_fairness(decisions: pl.DataFrame, groups: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """Rows of marts.turn_fairness.

    A stretch is a run of turns over the same members with the same weights, whichever rulebook versions say so.

    Args:
        decisions: rows of routing.decisions.
        groups: rows of routing.groups.
        members: from `eligible_members`.
    """
    circles = _describe_circles(members)
    versions = (
        groups.select("group_id", pl.col("rulebook_version").alias("group_version"),
                      pl.col("valid_from").fill_null(_LONG_AGO).alias("from"))
        .join(circles.group_by(_VERSION).agg(pl.col("circle").first()), on=_VERSION, how="left")
        .sort("from")
    )  # fmt: skip
    placed = (
        decisions.drop_nulls(["group_id", "group_turn"])
        .select("group_id", "group_turn", "user_id", "captured_at")
        .sort("captured_at")
        .join_asof(versions, left_on="captured_at", right_on="from", by="group_id", check_sortedness=False)
        .sort("group_id", "group_turn")
        .with_columns((pl.col("circle").rle_id().over("group_id").cast(pl.Int64) + 1).alias("stretch"))
    )
    served = placed.group_by(*_STRETCH, "user_id").agg(pl.len().cast(pl.Int64).alias("served"))
    spans = placed.group_by(_STRETCH).agg(
        pl.col("group_turn").min().alias("first_turn"), pl.col("group_turn").max().alias("last_turn"),
        pl.col("captured_at").first().alias("began_at"), pl.col("captured_at").last().alias("ended_at"),
        pl.len().cast(pl.Int64).alias("turns"), pl.col("group_version").first(),
    )  # fmt: skip
    owed = spans.join(circles, on=_VERSION, how="left", maintain_order="left")
    owed = owed.join(served, on=[*_STRETCH, "user_id"], how="left").with_columns(pl.col("served").fill_null(0))
    return _judge(owed)


def find_unfair(fairness: pl.DataFrame) -> Iterator[Finding]:
    """Stretches in which the members were not served in turn.

    Args:
        fairness: from `measure_fairness`.
    """
    for row in fairness.filter(~pl.col("is_fair")).iter_rows(named=True):
        first, last = row["first_turn"], row["last_turn"]
        text = (
            f"group {row['group_id']}, turns {first} to {last}: served {row['served_least']} to {row['served_most']} "
            f"leads, {row['worst_gap']:.2f} off the share, {row['outsider_turns']} to others; "
            f"promised is {row['bound']}"
        )
        yield Finding("unfair_turns", text, group_id=row["group_id"], leads=last - first + 1)


def _describe_circles(members: pl.DataFrame) -> pl.DataFrame:
    """Members with the whole circle of their version as one text, and their share of its turns."""
    weight = pl.col("weight").fill_null(1) if "weight" in members.columns else pl.lit(1)
    seated = members.select(*_VERSION, "order", "user_id", weight.alias("weight")).sort("order", "user_id")
    return seated.with_columns(
        pl.format("{}|{}|{}", "order", "user_id", "weight").str.join("\n").over(_VERSION).alias("circle"),
        (pl.col("weight") / pl.col("weight").sum().over(_VERSION)).alias("share"),
        (pl.col("weight").n_unique().over(_VERSION) > 1).alias("is_weighted"),
    )


def _judge(owed: pl.DataFrame) -> pl.DataFrame:
    is_member = pl.col("share").is_not_null()
    gap = (pl.col("served") - pl.col("share") * pl.col("turns")).abs()
    stretches = owed.group_by(*_STRETCH, "first_turn", "last_turn", "began_at", "ended_at", "turns").agg(
        is_member.sum().cast(pl.Int64).alias("members_count"),
        pl.col("served").min().alias("served_least"),
        pl.col("served").max().alias("served_most"),
        gap.max().fill_null(0.0).alias("worst_gap"),
        pl.col("served").filter(is_member).sum().alias("to_members"),
        pl.col("is_weighted").any().fill_null(False).alias("is_weighted"),
    )
    equal = pl.col("served_most") - pl.col("served_least") <= 1
    kept = pl.when("is_weighted").then(pl.col("worst_gap") < 1).otherwise(equal)
    outside = (pl.col("turns") - pl.col("to_members")).alias("outsider_turns")
    return stretches.select(
        *_STRETCH, "first_turn", "last_turn", "began_at", "ended_at", "members_count", "served_least", "served_most",
        "worst_gap", outside,
        pl.when("is_weighted").then(pl.lit(_WEIGHTED)).otherwise(pl.lit(_EQUAL)).alias("bound"),
        (kept & (outside == 0)).alias("is_fair"),
    ).sort(_STRETCH)  # fmt: skip
