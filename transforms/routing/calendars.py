"""When a member of a group may be given leads: pauses, working hours, and a cap a day (SPEC A-G7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from transforms.routing.members import MINUTES_A_DAY, WEEKDAYS, read_time_of_day

__all__ = ["Member", "read_member"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAYS_AHEAD = 8  # a week and a day: by then every working hour has come once

#: A span of time, microseconds since 1970, from and until (exclusive); None is since ever, or until further notice.
Span = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a group version, who is active and of its brand.

    Attributes:
        seat: order and user id, by which turns go round.
        weight: share of the turns.
        cap: leads a day of its zone at most; None for no cap.
        pauses: when it gets none.
        hours: weekday (0 is Monday) -> the minutes of day it gets some in; empty for all.
        zone: IANA time zone of its days and hours.
    """

    seat: tuple[int, str]
    weight: int = 1
    cap: int | None = None
    pauses: tuple[Span, ...] = ()
    hours: Mapping[int, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    zone: str = "UTC"

    @property
    def user_id(self) -> str:
        """The user."""
        return self.seat[1]

    @property
    def is_free(self) -> bool:
        """Whether it may be given leads whenever they come."""
        return self.cap is None and not self.pauses and not self.hours

    def is_paused(self, at: int) -> bool:
        """Whether a pause covers a moment."""
        return any((start is None or start <= at) and (end is None or at < end) for start, end in self.pauses)

    def is_working(self, at: int) -> bool:
        """Whether a moment is in its hours and in no pause."""
        if self.is_paused(at):
            return False
        if not self.hours:
            return True
        local = self._local(at)
        minute = local.hour * 60 + local.minute
        return any(start <= minute < end for start, end in self.hours.get(local.weekday(), ()))

    def day_of(self, at: int) -> int:
        """The day of its zone that a moment is in, as days since the year 1."""
        return self._local(at).toordinal()

    def boundaries(self, after: int) -> Iterator[int]:
        """Moments after another at which it may begin to be given leads: a pause or a day ends, hours begin."""
        yield from (end for _, end in self.pauses if end is not None and end > after)
        if self.cap is None and not self.hours:
            return
        today = self._local(after).date()
        for ahead in range(_DAYS_AHEAD):
            day = today + timedelta(days=ahead)
            starts = [start for start, _ in self.hours.get(day.weekday(), ())]
            for minute in [0, *starts] if self.cap is not None else starts:
                local = datetime.combine(day, time(minute // 60, minute % 60), ZoneInfo(self.zone))
                moment = (local.astimezone(UTC) - _EPOCH) // _MICROSECOND
                if moment > after:
                    yield moment

    def _local(self, at: int) -> datetime:
        return (_EPOCH + timedelta(microseconds=at)).astimezone(ZoneInfo(self.zone))


def read_member(
    user_id: str, order: int, weight: int | None, cap: int | None, paused: str | None, hours: str | None, zone: str
) -> Member:
    """A row of routing.group_members, ready to be asked."""
    pauses = [
        (_moment(item.get("from")), _moment(item.get("to"))) for item in (msgspec.json.decode(paused) if paused else [])
    ]
    spans: dict[int, list[tuple[int, int]]] = {}
    for item in msgspec.json.decode(hours) if hours else []:
        start, end = read_time_of_day(item["from"]), read_time_of_day(item["to"])
        if start is not None and end is not None:
            for day in map(WEEKDAYS.index, item["days"]):
                if start < end:
                    spans.setdefault(day, []).append((start, end))
                else:  # past midnight, into the next day
                    spans.setdefault(day, []).append((start, MINUTES_A_DAY))
                    spans.setdefault((day + 1) % len(WEEKDAYS), []).extend([(0, end)] if end else [])
    by_day = {day: tuple(sorted(found)) for day, found in spans.items()}
    return Member((order, user_id), weight or 1, cap, tuple(pauses), by_day, zone)


def _moment(text: str | None) -> int | None:
    return None if text is None else (datetime.fromisoformat(text) - _EPOCH) // _MICROSECOND
