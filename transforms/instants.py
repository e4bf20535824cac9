"""Moments as the documents write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

__all__ = ["read_instant", "write_seconds"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_instant(value: object) -> datetime | None:
    """Seconds since 1970 (SPEC CH9: with microseconds) or ISO 8601, UTC without a zone; None for anything else."""
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value.strip())
            return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return _EPOCH + timedelta(microseconds=round(value * 1_000_000))
    except (ValueError, OverflowError):
        pass
    return None


def write_seconds(moment: datetime | None) -> float | None:
    """A moment as the documents write it: seconds since 1970 with their microseconds (SPEC CH9)."""
    return None if moment is None else moment.timestamp()
