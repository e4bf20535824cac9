"""Who of a group may be given a lead now: calendars, and how many each was given that day (SPEC A-G7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from schemas.vocabulary import WhenNobody
from transforms.routing.calendars import Member
from transforms.routing.groups import NO_END, GroupVersion

__all__ = ["Roster"]


class Roster:
    """What every member of every group was given, day by day."""

    def __init__(self, when_nobody: str):
        self._when_nobody = when_nobody
        self._given: Counter[tuple[str, str, int]] = Counter()

    def find_ready(self, version: GroupVersion, at: int) -> Sequence[Member]:
        """Members who may be given a lead at a moment, in the order of the turn."""
        if version.is_open:
            return version.members
        return [m for m in version.members if m.is_working(at) and not self.is_full(m, version.group_id, at)]

    def is_full(self, member: Member, group_id: str, at: int) -> bool:
        """Whether the group has given the member as many leads that day as its cap allows."""
        return member.cap is not None and self._given[group_id, member.user_id, member.day_of(at)] >= member.cap

    def count(self, member: Member, group_id: str, at: int) -> None:
        """The group has given the member a lead; it counts also for a cap that is set later in the day."""
        self._given[group_id, member.user_id, member.day_of(at)] += 1

    def waits(self, version: GroupVersion) -> bool:
        """Whether a lead that nobody may be given waits, rather than going on."""
        return (version.when_nobody or self._when_nobody) == WhenNobody.QUEUE

    def next_moment(self, version: GroupVersion, at: int) -> int | None:
        """The next moment at which somebody may be given leads again, or the group changes; None for never."""
        moments = [moment for member in version.members for moment in member.boundaries(at)]
        return min(moments + ([] if version.until == NO_END else [version.until]), default=None)
