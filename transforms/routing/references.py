"""Ids and orders as rulebook documents write them."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["read_id", "read_order"]


def read_id(value: object) -> str | None:
    """The id of a reference: an id (any text or whole number) or a whole object that has one; None without."""
    if isinstance(value, Mapping):
        return read_id(value.get("id"))
    if isinstance(value, str):
        return value.strip() or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def read_order(value: object) -> int | None:
    """A whole number, also as text; None when it is none that fits a table."""
    if isinstance(value, bool):
        return None
    try:
        order = (
            int(value) if isinstance(value, int | str) or (isinstance(value, float) and value.is_integer()) else None
        )
    except (ValueError, OverflowError):
        return None
    return order if order is not None and abs(order) < 2**62 else None
