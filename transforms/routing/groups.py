"""Groups as they are at a moment: which version is in force, who of its members is active (SPEC GR3, A-G7)."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas.vocabulary import Distribution
from transforms.routing.calendars import Member, read_member

__all__ = ["NO_END", "GroupVersion", "Groups", "index_groups"]

_LONG_AGO = np.iinfo(np.int64).min
#: End of a version that is in force until further notice.
NO_END = int(np.iinfo(np.int64).max)


@dataclass(frozen=True, slots=True, eq=False)
class GroupVersion:
    """A group from one time until another.

    Attributes:
        group_id: the group.
        version: its rulebook version.
        name: shown in reasons; the id of a group without one.
        distribution: RoundRobin or FirstToClaim.
        until: end of its validity, microseconds since 1970, exclusive.
        members: active members of its brand, in the order of the turn.
        when_nobody: what it does with a lead that no member may be given; None for the setting.
        claim_minutes: how long its offers stand; None for the setting.
        fallback: target and which user, group or brand gets what nobody takes.
        is_open: whether each of its members may be given leads at any time.
    """

    group_id: str
    version: str
    name: str
    distribution: str
    until: int
    members: tuple[Member, ...]
    when_nobody: str | None = None
    claim_minutes: int | None = None
    fallback: tuple[str, str] | None = None
    is_open: bool = True

    @property
    def is_plain(self) -> bool:
        """Whether every lead it is asked to give goes to the member whose turn it is, whatever happened before."""
        return self.distribution == Distribution.ROUND_ROBIN and self.is_open and bool(self.members)


class Groups:
    """Every version of every group."""

    def __init__(self, versions: Mapping[str, list[tuple[int, GroupVersion]]]):
        self._starts = {group_id: [start for start, _ in found] for group_id, found in versions.items()}
        self._versions = {group_id: [version for _, version in found] for group_id, found in versions.items()}

    def find(self, group_id: str, at: int) -> GroupVersion | None:
        """The version in force at a moment."""
        place = bisect_right(self._starts.get(group_id, []), at) - 1
        found = self._versions[group_id][place] if place >= 0 else None
        return found if found and at < found.until else None

    def versions_of(self, group_id: str) -> list[GroupVersion]:
        """All versions of a group, by time."""
        return self._versions.get(group_id, [])

    def __iter__(self) -> Iterator[GroupVersion]:
        for versions in self._versions.values():
            yield from versions

    @property
    def bounds(self) -> npt.NDArray[np.int64]:
        """Moments at which a version comes into or goes out of force, ascending."""
        starts = {start for found in self._starts.values() for start in found}
        return np.array(sorted((starts | {version.until for version in self}) - {_LONG_AGO, NO_END}), np.int64)


def index_groups(groups: pl.DataFrame, members: pl.DataFrame, zones: Mapping[str, str], default_zone: str) -> Groups:
    """Lay all versions out in time.

    Args:
        groups: rows of routing.groups.
        members: from `eligible_members`.
        zones: user or brand id -> IANA time zone of its days and hours; a user's own comes before its brand's.
        default_zone: zone of everybody else.
    """
    seated: dict[tuple[str, str], list[Member]] = defaultdict(list)
    names = ("group_id", "group_version", "user_id", "order", "weight", "cap_per_day", "paused", "hours",
             "brand_id", "group_brand")  # fmt: skip
    for group_id, version, user_id, order, weight, cap, paused, hours, *brands in members.select(names).iter_rows():
        zone = zones.get(user_id) or zones.get(next(filter(None, brands), "")) or default_zone
        seated[group_id, version].append(read_member(user_id, order, weight, cap, paused, hours, zone))
    versions: dict[str, list[tuple[int, GroupVersion]]] = defaultdict(list)
    ordered = groups.with_columns(
        pl.col("valid_from").dt.epoch("us").fill_null(_LONG_AGO).alias("from"),
        pl.min_horizontal("valid_to", "deleted_at").dt.epoch("us").fill_null(NO_END).alias("until"),
    ).sort("from")
    for row in ordered.iter_rows(named=True):
        group_id, version = row["group_id"], row["rulebook_version"]
        circle = tuple(sorted(seated[group_id, version], key=lambda member: member.seat))
        fallback = (row["fallback_target"], row["fallback_id"]) if row["fallback_target"] else None
        found = GroupVersion(group_id, version, row["name"] or group_id, row["distribution"], row["until"], circle,
                             row["when_nobody"], row["claim_minutes"], fallback,
                             all(member.is_free for member in circle))  # fmt: skip
        versions[group_id].append((row["from"], found))
    return Groups(versions)
