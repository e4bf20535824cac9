"""Channels, rules, groups, tags and attribute definitions as the documented objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from transforms.instants import write_seconds

__all__ = ["SETTING_SHAPES"]

Row = Mapping[str, Any]


def describe_channel(row: Row) -> dict[str, Any]:
    """A lead channel (000:29) of a row of marts.channels."""
    return {
        **{key: row[key] for key in ("id", "name", "brand", "capture_number", "mls", "is_default")},
        "type": "lead_channel",
        **_times(row, "created_at", "updated_at", "deleted_at", "last_capture_date"),
        **{key: row[key] for key in ("rules_count", "title")},
    }


def describe_rule(row: Row) -> dict[str, Any]:
    """A rule (000:199) of a row of marts.rules, user and brand by their ids.

    A rule's conditions are replaced whole (SPEC RU5), so that they are as old as its last update.
    """
    conditions = [
        {
            "id": item["id"],
            **_times({"created_at": row["updated_at"]}, "created_at"),
            "rule": row["id"],
            **{key: item[key] for key in ("order", "field", "operator", "value", "negated")},
            "type": "lead_channel_rule_condition",
        }
        for item in msgspec.json.decode(row["conditions"])
    ]
    return {
        "id": row["id"],
        **_times(row, "created_at", "updated_at", "deleted_at"),
        **{key: row[key] for key in ("created_by", "channel", "kind", "order", "target", "user", "brand")},
        "is_default": row["is_default"],
        "conditions": conditions or None,
        "type": "lead_channel_rule",
    }


def describe_group(row: Row) -> dict[str, Any]:
    """A routing group (000:631) of a row of marts.groups; its members are never told (SPEC GR2)."""
    return {
        "id": row["id"],
        **_times(row, "created_at", "updated_at"),
        **{key: row[key] for key in ("created_by", "brand", "name", "description", "distribution")},
        "type": "lead_routing_group",
    }


def describe_tag(row: Row) -> dict[str, Any]:
    """A tag (004:8384) of a row of marts.tags; who made it is not kept."""
    return {
        "id": row["id"],
        **_times(row, "created_at", "updated_at"),
        "created_by": None,
        "updated_by": None,
        **{key: row[key] for key in ("tag", "text", "touch_freq")},
        "type": "crm_tag",
        "auto_enroll_in_super_campaigns": row["auto_enroll_in_super_campaigns"],
    }


def describe_attribute_def(row: Row) -> dict[str, Any]:
    """An attribute definition (004:9600) of a row of marts.attribute_defs: labels are never null there."""
    return {
        "id": row["id"],
        **_times(
            {**row, "updated_at": row["created_at"], "deleted_at": None}, "created_at", "updated_at", "deleted_at"
        ),
        "created_by": row["created_by"],
        "updated_by": None,
        **{key: row[key] for key in ("name", "data_type", "label", "section")},
        **{name: row[column] for name, column in _FLAGS.items()},
        "labels": row["labels"] or [],
        "enum_values": row["enum_values"],
        "user": None,
        "brand": row["brand"],
        "type": "contact_attribute_def",
    }


_FLAGS: Final = {
    "required": "is_required", "global": "is_global", "singular": "is_singular", "show": "is_shown",
    "filterable": "is_filterable", "editable": "is_editable", "searchable": "is_searchable", "has_label": "has_label",
}  # fmt: skip


def _times(row: Row, *names: str) -> dict[str, float | None]:
    return {name: write_seconds(row[name]) for name in names}


#: Shape -> how a row of its mart is described.
SETTING_SHAPES: Final[dict[str, Callable[[Row], dict[str, Any]]]] = {
    "channel": describe_channel,
    "rule": describe_rule,
    "group": describe_group,
    "tag": describe_tag,
    "attribute-def": describe_attribute_def,
}
