"""What a group says of how it shares leads: its own options, and those of each member (SPEC A-F1, A-G7, A-G9)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from schemas.vocabulary import Target, WhenNobody
from transforms.instants import read_instant
from transforms.routing.references import read_id, read_order

__all__ = ["MINUTES_A_DAY", "WEEKDAYS", "GroupProblem", "read_members", "read_options", "read_time_of_day"]

#: Days of a week in the words of documents, as `datetime.weekday` numbers them.
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

MINUTES_A_DAY = 24 * 60
_HEAVIEST = 1000  # weights above say nothing that a smaller one does not, and their cycle grows with them
_LONGEST_WINDOW = 60 * 24 * 30

#: Where, why and what to do about one part of a group, and what stood there.
GroupProblem = tuple[str, str, str, object]


def read_options(item: Mapping[str, Any]) -> tuple[dict[str, Any], list[GroupProblem]]:
    """Columns of a group beside the documented ones: what becomes of leads that nobody takes (SPEC A-F1, A-G7)."""
    problems: list[GroupProblem] = []
    when_nobody, minutes, fallback = item.get("when_nobody"), item.get("claim_minutes"), item.get("fallback")
    if when_nobody is not None and when_nobody not in list(WhenNobody):
        problems.append((".when_nobody", "when_nobody must be queue or fallback", "give one of the two", when_nobody))
        when_nobody = None
    if minutes is not None and (read_order(minutes) is None or not 1 <= int(minutes) <= _LONGEST_WINDOW):
        problems.append((".claim_minutes", f"claim_minutes must be a whole number from 1 to {_LONGEST_WINDOW}",
                         "give minutes", minutes))  # fmt: skip
        minutes = None
    target, target_id = _read_fallback(fallback)
    if fallback is not None and target_id is None:
        problems.append((".fallback", "fallback must name a target User, Group or Brand and which one",
                         'give such as {"target": "User", "user": ID}', fallback))  # fmt: skip
    options = {
        "when_nobody": when_nobody,
        "claim_minutes": None if minutes is None else int(minutes),
        "fallback_target": target,
        "fallback_id": target_id,
    }
    return options, problems


def _read_fallback(given: object) -> tuple[str | None, str | None]:
    if not isinstance(given, Mapping) or given.get("target") not in list(Target):
        return None, None
    target_id = read_id(given.get(str(given["target"]).lower()))
    return (str(given["target"]), target_id) if target_id else (None, None)


def read_members(listed: list[object], group_id: str) -> tuple[list[dict[str, Any]], list[GroupProblem]]:
    """Member rows (SPEC GR2) with their options; an option that is wrong is left out, its member is not."""
    members: dict[str, dict[str, Any]] = {}
    problems: list[GroupProblem] = []
    for position, entry in enumerate(listed):
        path = f".members[{position}]"
        user_id = read_id(entry.get("user")) if isinstance(entry, Mapping) else None
        if user_id is None or not isinstance(entry, Mapping):
            problems.append((path, "the member names no user", "give the user's id", entry))
        elif user_id in members:
            problems.append((path, "the user is a member already", "remove one of the two", entry))
        else:
            order = read_order(entry.get("order"))
            members[user_id] = {
                "group_id": group_id,
                "user_id": user_id,
                "order": position + 1 if order is None else order,
                "brand_id": read_id(entry.get("brand")),
                **_read_limits(entry, path, problems),
            }
    return list(members.values()), problems


def _read_limits(entry: Mapping[str, Any], path: str, problems: list[GroupProblem]) -> dict[str, Any]:
    weight, cap = entry.get("weight"), entry.get("cap_per_day")
    if weight is not None and not 1 <= (read_order(weight) or 0) <= _HEAVIEST:
        problems.append((f"{path}.weight", f"weight must be a whole number from 1 to {_HEAVIEST}; it is taken as 1",
                         "mend it", weight))  # fmt: skip
        weight = None
    if cap is not None and (read_order(cap) is None or int(cap) < 0):
        problems.append((f"{path}.cap_per_day", "cap_per_day must be a whole number; there is no cap", "mend it", cap))
        cap = None
    pauses, hours = _read_pauses(entry.get("paused")), _read_hours(entry.get("hours"))
    if pauses is None:
        problems.append((f"{path}.paused", "paused must be a list of {from, to}, each a time; it is left out",
                         "mend it", entry.get("paused")))  # fmt: skip
    if hours is None:
        problems.append((f"{path}.hours", "hours must be a list of {days, from, to}, such as monday, 09:00 and 17:00;"
                         " they are left out", "mend them", entry.get("hours")))  # fmt: skip
    return {
        "weight": 1 if weight is None else int(weight),
        "cap_per_day": None if cap is None else int(cap),
        "paused": _as_json(pauses),
        "hours": _as_json(hours),
    }


def _read_pauses(given: object) -> list[dict[str, datetime | None]] | None:
    """Pauses with their ends as moments; None where they cannot be read."""
    pauses = []
    for item in given if isinstance(given, list) else [given] if given is not None else []:
        if not isinstance(item, Mapping):
            return None
        span = {key: read_instant(item.get(key)) for key in ("from", "to")}
        if any(item.get(key) is not None and span[key] is None for key in span) or not any(span.values()):
            return None
        pauses.append(span)
    return pauses


def _read_hours(given: object) -> list[dict[str, Any]] | None:
    """Working hours with days spelled out; None where they cannot be read."""
    hours = []
    for item in given if isinstance(given, list) else [given] if given is not None else []:
        if not isinstance(item, Mapping):
            return None
        days = item.get("days") or list(WEEKDAYS)
        start, end = read_time_of_day(item.get("from")), read_time_of_day(item.get("to"))
        if start is None or end is None or start in (end, MINUTES_A_DAY) or not isinstance(days, list):
            return None
        named = [str(day).lower() for day in days]
        if not set(named) <= set(WEEKDAYS):
            return None
        hours.append({"days": named, "from": item["from"], "to": item["to"]})
    return hours


def read_time_of_day(text: object) -> int | None:
    """Minutes since midnight of "09:30", up to "24:00"; None when it is no such text."""
    hour, colon, minute = text.partition(":") if isinstance(text, str) else ("", "", "")
    if not (colon and hour.isdecimal() and minute.isdecimal() and len(minute) == 2 and int(minute) < 60):
        return None
    minutes = int(hour) * 60 + int(minute)
    return minutes if minutes <= MINUTES_A_DAY else None


def _as_json(value: list[Any] | None) -> str | None:
    return msgspec.json.encode(value).decode() if value else None
