"""Channels, rules and groups as they stand while requests are applied to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from schemas.vocabulary import ProblemCode
from transforms.routing.documents import Document

__all__ = ["Book", "Refused", "Row"]

Row = dict[str, Any]


class Refused(Exception):
    """A request that cannot be applied."""

    def __init__(self, reason: str, value: object, code: ProblemCode = ProblemCode.UNKNOWN_ID, column: str = "path"):
        self.code, self.column, self.value, self.reason = code, column, value, reason
        super().__init__(reason)


@dataclass
class Book:
    """Channels, rules and groups as they stand in the course of time."""

    channels: dict[str, Row] = field(default_factory=dict)
    rules: dict[str, list[Row]] = field(default_factory=dict)
    conditions: dict[str, list[Row]] = field(default_factory=dict)
    groups: dict[str, Row] = field(default_factory=dict)
    members: dict[str, list[Row]] = field(default_factory=dict)

    def read(self, document: Document) -> None:
        """Take what a document says, from its time on."""
        self.channels |= document.channels
        self.rules |= document.rules
        self.groups |= document.groups
        self.members |= document.members
        fresh = {rule["rule_id"] for rules in document.rules.values() for rule in rules}
        self.conditions |= {rule_id: [] for rule_id in fresh}
        for condition in document.conditions:
            self.conditions.setdefault(condition["rule_id"], []).append(condition)

    def find_channel(self, channel_id: str) -> Row:
        """A live channel.

        Raises:
            Refused: there is none.
        """
        channel = self.channels.get(channel_id)
        if channel is None or channel["deleted_at"] is not None:
            raise Refused("no lead channel has this id at that time", channel_id)
        return channel

    def find_rule(self, channel_id: str, rule_id: str) -> Row:
        """A live rule of a channel.

        Raises:
            Refused: there is none.
        """
        for rule in self.rules.get(channel_id, []):
            if rule["rule_id"] == rule_id and rule["deleted_at"] is None:
                return rule
        raise Refused("the channel has no rule with this id at that time", rule_id)

    def find_group(self, group_id: str) -> Row:
        """A live group.

        Raises:
            Refused: there is none.
        """
        group = self.groups.get(group_id)
        if group is None or group["deleted_at"] is not None:
            raise Refused("no group has this id at that time", group_id)
        return group
