"""Findings on the order of a channel's rules and on its default rule (SPEC A-O1 to A-O4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from transforms.routing.lint.findings import Finding

__all__ = ["check_order"]

Row = Mapping[str, Any]

_DEFAULT_ORDER = 32767  # the documents' order of every default rule (SPEC RU3)


def check_order(channel_id: str, rules: Sequence[Row], wins: Mapping[str, int] | None) -> Iterator[Finding]:
    """Ties, orders beyond the default's, and default rules that are missing, too many or not last.

    Args:
        channel_id: the channel.
        rules: rows of routing.rules in the order they are tried, without those that are off.
        wins: rule id -> leads at hand whose first matching rule it is; None without leads.
    """
    defaults = [rule for rule in rules if rule["is_default"]]
    if not defaults:
        yield Finding("no_default", f"channel {channel_id} has no default rule", channel_id)
    for second in defaults[1:]:
        text = f"default rule {second['rule_id']} is never tried: {defaults[0]['rule_id']} comes before it"
        yield Finding("two_defaults", text, channel_id, second["rule_id"], (defaults[0]["rule_id"],))
    yield from _find_ties(channel_id, rules)
    for rule in rules:
        if not rule["is_default"] and rule["order"] >= _DEFAULT_ORDER:
            text = f"rule {rule['rule_id']} has order {rule['order']}; it is tried before the default rule all the same"
            yield Finding("order_too_high", text, channel_id, rule["rule_id"])
    if defaults:
        yield from _find_displaced(channel_id, rules, defaults[0], wins)


def _find_ties(channel_id: str, rules: Sequence[Row]) -> Iterator[Finding]:
    by_order: dict[int, list[str]] = defaultdict(list)
    for rule in rules:
        if not rule["is_default"]:
            by_order[rule["order"]].append(rule["rule_id"])
    for order, (first, *others) in by_order.items():
        if others:
            text = f"order {order} is given to {1 + len(others)} rules; they are tried by creation, then by id"
            yield Finding("order_tie", text, channel_id, first, tuple(others))


def _find_displaced(
    channel_id: str, rules: Sequence[Row], default: Row, wins: Mapping[str, int] | None
) -> Iterator[Finding]:
    """A default rule that its order would put before others; with the documents' own order it is the others' fault."""
    if default["order"] >= _DEFAULT_ORDER:
        return
    after = [rule["rule_id"] for rule in rules if not rule["is_default"] and rule["order"] > default["order"]]
    if after:
        leads = None if wins is None else sum(wins.get(rule_id, 0) for rule_id in after)
        told = "" if leads is None else f", which a literal order would take {leads:,} of the leads at hand from"
        text = f"default rule {default['rule_id']} has order {default['order']}, before {len(after)} other rules{told}"
        yield Finding("default_not_last", text, channel_id, default["rule_id"], tuple(after), leads=leads)
