"""The documented objects of a rulebook, each read into a table row with what is wrong about it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from schemas.vocabulary import Distribution, Operator, RuleKind, Target
from transforms.ids import hash_id
from transforms.instants import read_instant
from transforms.routing.members import GroupProblem, read_members, read_options
from transforms.routing.references import read_id, read_order

__all__ = ["read_channel", "read_condition", "read_group", "read_rule"]

_DEFAULT_ORDER = 32767  # the documents' order of every default rule (SPEC RU3)


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
    kind, target, order = item.get("kind"), item.get("target"), read_order(item.get("order"))
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
    order = read_order(item.get("order"))
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
    options, problems = read_options(item)
    group = {
        "group_id": group_id,
        "brand_id": read_id(item.get("brand")),
        "name": _read_text(item.get("name")),
        "description": _read_text(item.get("description")),
        "distribution": distribution,
        "created_by": read_id(item.get("created_by")),
        **options,
        **_read_times(item),
    }
    listed = item.get("members")
    if listed is None:
        return group, None, problems
    if not isinstance(listed, list):
        problems.append((".members", "members is not a list", "give a list of {user, order, brand}", listed))
        return group, None, problems
    members, of_members = read_members(listed, group_id)
    return group, members, problems + of_members


def _read_times(item: Mapping[str, Any]) -> dict[str, datetime | None]:
    return {name: read_instant(item.get(name)) for name in ("created_at", "updated_at", "deleted_at")}


def _read_text(value: object) -> str | None:
    return value if isinstance(value, str) else None
