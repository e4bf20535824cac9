"""Findings from proofs: rules, conditions and values that no lead gets to, because earlier rules take them all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from transforms.routing.lint.findings import Finding
from transforms.routing.lint.questions import Channel
from transforms.routing.lint.verdicts import Verdict, judge_rules
from transforms.routing.rulebook import Rulebook

__all__ = ["check_reach"]

Row = Mapping[str, Any]

_GIVES = ("target", "user_id", "group_id", "brand_id", "flow_id")
_NAMED = 5  # rules a sentence names; the others are in the column


def check_reach(
    rulebook: Rulebook, channels: Sequence[Channel], rules: Mapping[str, Sequence[Row]]
) -> Iterator[Finding]:
    """Rules proved dead, and dead parts of living ones.

    Args:
        rulebook: compiled from rules without validity.
        channels: its channels.
        rules: channel id -> rows of routing.rules of its rules, by place.
    """
    for channel, verdicts in zip(channels, judge_rules(rulebook, channels), strict=True):
        for verdict in verdicts:
            finding = _explain(channel, rules[channel.channel_id], verdict)
            if finding:
                yield finding


def _explain(channel: Channel, rules: Sequence[Row], verdict: Verdict) -> Finding | None:
    question = verdict.question
    rule = rules[question.rule]
    rule_id = rule["rule_id"]
    by = [rules[place] for place in verdict.covered_by or ()]
    others = tuple(other["rule_id"] for other in by)
    where: dict[str, Any] = {"channel_id": channel.channel_id, "rule_id": rule_id, "others": others}
    if question.condition is None:
        if verdict.is_open:
            return Finding("unsettled", f"rule {rule_id}: whether it can win was not settled", **where)
        if verdict.is_impossible or verdict.covered_by is None:
            return None  # a contradiction is found without other rules
        same = all(other[name] == rule[name] for other in by for name in _GIVES)
        code = "redundant_rule" if same else "dead_rule"
        return Finding(code, f"rule {rule_id} can never win: {_takers(by)} every lead that it matches", **where)
    if not verdict.is_dead:
        return None
    term = channel.rules[question.rule].terms[question.condition]
    why = "the rule's own conditions exclude it" if verdict.is_impossible else f"{_takers(by)} every such lead"
    if question.value is None:
        asked = f"{'not ' if term.negated else ''}{term.field} {term.operator} {term.text}"
        text = f"rule {rule_id}: the condition {asked} brings it no lead: {why}"
        return Finding("dead_condition", text, **where, field=term.field, value=term.text)
    value = term.values[question.value]
    shown = f"{value:.15g}" if isinstance(value, float) else value
    if verdict.is_impossible and not channel.axis_of(term.field).one_of(value).classes:
        return None  # a value that the field cannot have is found without other conditions
    text = f"rule {rule_id}: {term.field} {shown} brings it no lead: {why}"
    return Finding("unreachable_value", text, **where, field=term.field, value=shown)


def _takers(rules: Sequence[Row]) -> str:
    named = " or ".join(f"rule {rule['rule_id']} (order {rule['order']})" for rule in rules[:_NAMED])
    more = f" or {len(rules) - _NAMED} more" if len(rules) > _NAMED else ""
    return f"{named}{more} takes"
