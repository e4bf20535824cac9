"""Numbers that a workbook shows as dates, times or spans of time, by their number formats."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import Final, Literal

__all__ = ["EPOCH_1900", "EPOCH_1904", "SerialKind", "find_serial_kind", "is_elapsed_format", "to_moment"]

#: Day 0 of the two systems of dates; in the first, days before March 1900 are one later.
EPOCH_1900: Final = datetime.fromisoformat("1899-12-30")
EPOCH_1904: Final = datetime.fromisoformat("1904-01-01")

#: A point in time, or hours that go on past 24.
SerialKind = Literal["moment", "elapsed"]

_ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_LITERAL = re.compile(r"\"[^\"]*\"|\\.|_.|\*.|\[[^\]]*\]|general", re.IGNORECASE)
_DATE_SIGN = re.compile(r"[ymdhs]", re.IGNORECASE)
#: Formats that every workbook knows by number; 27 to 58 are the East Asian ones.
_KNOWN_MOMENTS = frozenset({*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)})
_KNOWN_ELAPSED = 46
_FIRST_LEAP, _LAST = 60, 2_958_466  # the day that never was, and the one after 31 December 9999


def is_elapsed_format(code: str) -> bool:
    """Whether a number format shows hours, minutes or seconds that go on, such as `[h]:mm`."""
    return bool(_ELAPSED.search(code))


def find_serial_kind(number: int, code: str) -> SerialKind | None:
    """How a number format shows numbers as time, or None when it does not.

    Args:
        number: of the format; some have no code.
        code: the format; its first section decides.
    """
    if not code:
        return "elapsed" if number == _KNOWN_ELAPSED else "moment" if number in _KNOWN_MOMENTS else None
    shown = code.split(";")[0]
    if is_elapsed_format(shown):
        return "elapsed"
    return "moment" if _DATE_SIGN.search(_LITERAL.sub("", shown)) else None


def to_moment(serial: float, kind: SerialKind, epoch: datetime) -> datetime | time | timedelta | float:
    """What a number shows; the number itself where no date is."""
    span = timedelta(seconds=round(serial * 86_400, 3)) if abs(serial) < _LAST else None
    if span is None or kind == "elapsed":
        return serial if span is None else span
    if serial < 0 or (epoch == EPOCH_1900 and _FIRST_LEAP <= serial < _FIRST_LEAP + 1):
        return serial
    if serial < 1:
        return (epoch + span).time()
    return epoch + span + timedelta(days=epoch == EPOCH_1900 and serial < _FIRST_LEAP)
