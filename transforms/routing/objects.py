"""The documented objects of a rulebook, each read into a table row with what is wrong about it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from schemas.vocabulary import Distribution, Operator, RuleKind, Target
from transforms.ids import hash_id

__all__ = ["read_channel", "read_condition", "read_group", "read_id", "read_instant", "read_rule"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DEFAULT_ORDER = 32767  # the documents' order of every default rule (SPEC RU3)

#: Where, why and what to do about one part of a group, and what stood there.
GroupProblem = tuple[str, str, str, object]


def read_id(value: object) -> str | None:
    """The id of a reference: an id (any text or whole number) or a whole object that has one; None without."""
    if isinstance(value, Mapping):
        return read_id(value.get("id"))
    if isinstance(value, str):
        return value.strip() or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def read_instant(value: object) -> datetime | None:
    """Seconds since 1970 (SPEC CH9) or an ISO date or time, UTC without zone; None when it is neither."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _EPOCH + timedelta(microseconds=round(value * 1_000_000))
        if isinstance(value, str):
            moment = datetime.fromisoformat(value.strip())
            return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return None


def read_channel(item: Mapping[str, Any], channel_id: str) -> dict[str, Any]:
    """A channel row (SPEC CH1)."""
    mls = item.get("mls")
    return {
        "channel_id": channel_id,
        "brand_id": read_id(item.get("brand")),
        "name": _read_text(item.get("name")),
        "title": _read_text(item.get("title")),
        "mls": [str(name) for name in mls] or None if isinstance(mls, list) else None,
        "is_default": item.get("is_default") is True,
        **_read_times(item),
    }


def read_rule(item: Mapping[str, Any], rule_id: str, channel_id: str) -> tuple[dict[str, Any], list[str]]:
    """A rule row (SPEC RU1-RU7), and why it has to be off, if it has.

    A part that is missing or wrong gets a word the table can hold; the reasons keep the rule from being used.
    """
    is_default = item.get("is_default") is True
    kind, target, order = item.get("kind"), item.get("target"), _read_order(item.get("order"))
    reasons = []
    if kind not in list(RuleKind) and not is_default:
        reasons.append("kind must be AND or OR")
    if target not in list(Target):
        reasons.append("target must be User, Group or Brand")
    elif read_id(item.get(str(target).lower())) is None:
        reasons.append(f"target is {target} but {str(target).lower()} names none")
    if order is None and not is_default:
        reasons.append("order must be a whole number")
    row = {
        "rule_id": rule_id,
        "channel_id": channel_id,
        "kind": kind if kind in list(RuleKind) else RuleKind.AND,
        "order": _DEFAULT_ORDER if order is None else order,
        "is_default": is_default,
        "target": target if target in list(Target) else Target.BRAND,
        "user_id": read_id(item.get("user")),
        "group_id": read_id(item.get("group")),
        "brand_id": read_id(item.get("brand")),
        "flow_id": read_id(item.get("flow")),
        "created_by": read_id(item.get("created_by")),
        **_read_times(item),
    }
    return row, reasons


def read_condition(item: object, rule_id: str, position: int) -> tuple[dict[str, Any] | None, str | None]:
    """A condition row (SPEC CO1) and what is wrong with its form; its value is judged by its field's type later."""
    if not isinstance(item, Mapping):
        return None, "not a JSON object"
    field, operator, negated = item.get("field"), item.get("operator"), item.get("negated", False)
    order = _read_order(item.get("order"))
    row = {
        "condition_id": read_id(item.get("id")) or hash_id(rule_id, position),
        "rule_id": rule_id,
        "order": position + 1 if order is None else order,
        "field": field if isinstance(field, str) else "",
        "operator": operator if isinstance(operator, str) else "",
        "value": msgspec.json.encode(item.get("value")).decode(),
        "negated": negated is True,
    }
    if not isinstance(field, str) or not field:
        return row, "field is missing"
    if operator not in list(Operator):
        return row, "operator must be eq, any, all, gte or lte"
    if not isinstance(negated, bool | None):
        return row, "negated must be true or false"
    return row, None


def read_group(
    item: Mapping[str, Any], group_id: str
) -> tuple[dict[str, Any] | None, list[dict[str, Any]] | None, list[GroupProblem]]:
    """A group row (SPEC GR1), its members when it lists them (GR2), and what could not be used of it."""
    distribution = item.get("distribution")
    if distribution not in list(Distribution):
        problem = (".distribution", "distribution must be RoundRobin or FirstToClaim: the group is left out",
                   "give one of the two", distribution)  # fmt: skip
        return None, None, [problem]
    group = {
        "group_id": group_id,
        "brand_id": read_id(item.get("brand")),
        "name": _read_text(item.get("name")),
        "description": _read_text(item.get("description")),
        "distribution": distribution,
        "created_by": read_id(item.get("created_by")),
        **_read_times(item),
    }
    listed = item.get("members")
    if listed is None:
        return group, None, []
    if not isinstance(listed, list):
        return group, None, [(".members", "members is not a list", "give a list of {user, order, brand}", listed)]
    members, problems = _read_members(listed, group_id)
    return group, members, problems


def _read_members(listed: list[object], group_id: str) -> tuple[list[dict[str, Any]], list[GroupProblem]]:
    members: dict[str, dict[str, Any]] = {}
    problems: list[GroupProblem] = []
    for position, entry in enumerate(listed):
        user_id = read_id(entry.get("user")) if isinstance(entry, Mapping) else None
        if user_id is None or not isinstance(entry, Mapping):
            problems.append((f".members[{position}]", "the member names no user", "give the user's id", entry))
        elif user_id in members:
            problems.append((f".members[{position}]", "the user is a member already", "remove one of the two", entry))
        else:
            order = _read_order(entry.get("order"))
            members[user_id] = {
                "group_id": group_id,
                "user_id": user_id,
                "order": position + 1 if order is None else order,
                "brand_id": read_id(entry.get("brand")),
            }
    return list(members.values()), problems


def _read_times(item: Mapping[str, Any]) -> dict[str, datetime | None]:
    return {name: read_instant(item.get(name)) for name in ("created_at", "updated_at", "deleted_at")}


def _read_text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _read_order(value: object) -> int | None:
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
