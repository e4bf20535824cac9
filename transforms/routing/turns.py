"""RoundRobin groups: whose turn it is, from the leads a group has given, never from a counter (SPEC A-G4 to A-G9)."""

from __future__ import annotations

from itertools import islice
from math import gcd

import polars as pl

from transforms.routing.wheel import Seat, order_from, share_turns

__all__ = ["take_turns"]


def take_turns(given: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """Give each lead of a group to the next member.

    Leads take turns by (captured_at, lead_id), members by (order, user_id); next is the first member after the
    one served last, cyclic, whoever has joined or left meanwhile (SPEC A-G6). While members and weights stay the same,
    the k-th lead goes to step k of a cycle that is laid out once (SPEC A-G8, A-G9).

    Args:
        given: lead_id, place, captured_at, group_id and group_version of the leads that a group gives; a lead that
            something else decided is not among them and takes no turn.
        members: group_id, group_version, user_id, order and weight of the members who may be served; at least one
            per group and version in `given`.

    Returns:
        place, user_id, group_turn (1 is the group's first ever) and previous_user_id (null then), by group.
    """
    version = ["group_id", "group_version"]
    circles = _list_circles(members)
    ordered = (
        given.join(circles.select(*version, "circle"), on=version, how="left")
        .sort("group_id", "captured_at", "lead_id")
        .with_columns(pl.struct("group_id", "circle").rle_id().alias("stretch"))
    )
    stretches = (
        ordered.group_by("stretch", "circle", "group_id", maintain_order=True)
        .agg(pl.len().alias("leads"))
        .join(circles.unique("circle").drop(version), on="circle", how="left")
        .sort("stretch")
    )
    cycles = _lay_out(stretches)
    step = pl.int_range(pl.len(), dtype=pl.Int64).over("stretch") % pl.col("size")
    return (
        ordered.join(cycles.group_by("stretch").agg(size=pl.len().cast(pl.Int64)), on="stretch", how="left",
                     maintain_order="left")
        .with_columns(step.alias("step"))
        .join(cycles, on=["stretch", "step"], how="left", maintain_order="left")
        .select(
            "place",
            "user_id",
            pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("group_id").alias("group_turn"),
            pl.col("user_id").shift(1).over("group_id").alias("previous_user_id"),
        )
    )  # fmt: skip


def _list_circles(members: pl.DataFrame) -> pl.DataFrame:
    """Each version's members with their weights, and a number that versions with the same ones share."""
    version = ["group_id", "group_version"]
    weighed = members.sort("order", "user_id").with_columns(pl.col("weight").fill_null(1))
    seat = pl.format("{}|{}|{}", "order", "user_id", "weight").str.join("\n").alias("text")
    circles = weighed.group_by(version, maintain_order=True).agg("order", "user_id", "weight", seat)
    return circles.with_columns(pl.struct("group_id", "text").rank("dense").alias("circle")).drop("text")


def _lay_out(stretches: pl.DataFrame) -> pl.DataFrame:
    """The cycle of each stretch: stretch, step from 0, user_id; no longer than the stretch has leads."""
    served: dict[str, Seat] = {}
    steps: list[tuple[int, int, str]] = []
    columns = ("stretch", "group_id", "leads", "order", "user_id", "weight")
    for stretch, group_id, leads, orders, users, weights in stretches.select(columns).iter_rows():
        seats = [((order, user), weight) for order, user, weight in zip(orders, users, weights, strict=True)]
        unit = gcd(*(weight for _, weight in seats))
        circle = order_from([(seat, weight // unit) for seat, weight in seats], served.get(group_id))
        cycle = list(islice(share_turns(circle), min(leads, sum(weight for _, weight in circle))))
        served[group_id] = cycle[(leads - 1) % len(cycle)]
        steps += [(stretch, step, user) for step, (_, user) in enumerate(cycle)]
    cycles = pl.DataFrame(steps, schema={"stretch": pl.Int64, "step": pl.Int64, "user_id": pl.String}, orient="row")
    return cycles.cast({"stretch": stretches.schema["stretch"]})
