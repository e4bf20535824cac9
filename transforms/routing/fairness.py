"""Fairness: each group's turns in the ledger, stretch by stretch, against what its members are owed.

The check reads the ledger, the groups and the calendars; it does not ask how the turns were given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from schemas.vocabulary import WhenNobody
from transforms.routing.calendars import Member
from transforms.routing.decisions import Organization
from transforms.routing.directory import index_directory
from transforms.routing.groups import Groups, GroupVersion, index_groups
from transforms.routing.lint.findings import Finding
from transforms.routing.roster import Roster
from transforms.routing.targets import eligible_members

__all__ = ["find_unfair", "measure_fairness"]

_STRETCH = ["group_id", "stretch"]
_EQUAL, _WEIGHTED = "most - least <= 1", "gap < 1"
_SEAT = {"circle": pl.String, "user_id": pl.String, "weight": pl.Int64}

#: What tells one stretch from another: order, user and weight of those who may be served.
Circle = tuple[tuple[int, str, int], ...]


def measure_fairness(decisions: pl.DataFrame, organization: Organization) -> pl.DataFrame:
    """Rows of marts.turn_fairness.

    A stretch is a run of turns over the same members with the same weights, of those who could be given a lead then.

    Args:
        decisions: rows of routing.decisions.
        organization: users, brands and groups.
    """
    groups = _seat_members(organization)
    turns = (
        decisions.drop_nulls(["group_id", "group_turn"])
        .select("group_id", "group_turn", "user_id", pl.coalesce("decided_at", "captured_at").alias("at"))
        .sort("group_id", "group_turn")
    )
    circles: dict[Circle, str] = {}
    placed = turns.with_columns(pl.Series("circle", list(_find_circles(turns, groups, circles)), dtype=pl.String))
    placed = placed.with_columns((pl.col("circle").rle_id().over("group_id").cast(pl.Int64) + 1).alias("stretch"))
    served = placed.group_by(*_STRETCH, "user_id").agg(pl.len().cast(pl.Int64).alias("served"))
    spans = placed.group_by(_STRETCH).agg(
        pl.col("group_turn").min().alias("first_turn"), pl.col("group_turn").max().alias("last_turn"),
        pl.col("at").first().alias("began_at"), pl.col("at").last().alias("ended_at"),
        pl.len().cast(pl.Int64).alias("turns"), pl.col("circle").first(),
    )  # fmt: skip
    owed = spans.join(_list_seats(circles), on="circle", how="left", maintain_order="left")
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


def _seat_members(organization: Organization) -> Groups:
    directory = index_directory(organization.users, organization.brands)
    members = eligible_members(organization.groups, organization.members, directory)
    own_zones = organization.users.filter(pl.col("time_zone").is_not_null()).select("user_id", "time_zone")
    zones = {**organization.time_zones, **dict(own_zones.iter_rows())}
    return index_groups(organization.groups, members, zones, organization.default_time_zone)


def _find_circles(turns: pl.DataFrame, groups: Groups, circles: dict[Circle, str]) -> Iterator[str]:
    """For each turn the number of the circle of those who could be given the lead; fills `circles`."""
    roster = Roster(WhenNobody.QUEUE)
    of_version: dict[GroupVersion | None, str] = {}
    moments = turns["at"].dt.epoch("us").to_list()
    for group_id, user_id, at in zip(turns["group_id"], turns["user_id"], moments, strict=True):
        version = groups.find(group_id, at)
        if version is not None and not version.is_open:
            yield _number(roster.find_ready(version, at), circles)
            served = next((member for member in version.members if member.user_id == user_id), None)
            if served:
                roster.count(served, group_id, at)
            continue
        if version not in of_version:
            of_version[version] = _number(version.members if version else (), circles)
        yield of_version[version]


def _number(members: Sequence[Member], circles: dict[Circle, str]) -> str:
    seats = tuple((*member.seat, member.weight) for member in members)
    return circles.setdefault(seats, str(len(circles)))


def _list_seats(circles: dict[Circle, str]) -> pl.DataFrame:
    """Each circle's members with their share of its turns."""
    rows = [(number, user_id, weight) for seats, number in circles.items() for _, user_id, weight in seats]
    return pl.DataFrame(rows, schema=_SEAT, orient="row").with_columns(
        (pl.col("weight") / pl.col("weight").sum().over("circle")).alias("share"),
        (pl.col("weight").n_unique().over("circle") > 1).alias("is_weighted"),
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
