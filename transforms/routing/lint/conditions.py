"""Findings on single conditions and single rules: why a rule is off, and what can be seen without other rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from schemas.vocabulary import Operator, RuleKind
from transforms.routing.conditions import Term
from transforms.routing.lint.findings import Finding
from transforms.routing.lint.prover import Box, Ground, find_cover, narrow_all
from transforms.routing.lint.questions import Channel, LintRule
from transforms.routing.lint.space import State, implies

__all__ = ["check_conditions", "check_invalid", "check_rule_alone"]

#: How the reason of a condition that cannot be asked begins -> kind of finding; any other is a wrong value.
_PROBLEMS = (
    ("unknown field", "unknown_field"),
    ("unknown operator", "unknown_operator"),
    ("only eq may be asked of null", "null_value"),
)
_PROBLEM_PARTS = (("compares numbers and times", "text_compared"), ("takes one value, not a list", "list_for_one"))


def check_invalid(rules: pl.DataFrame, terms: Mapping[tuple[str, str], Sequence[Term]]) -> Iterator[Finding]:
    """Why each rule that is off is off (SPEC A-C2, A-C5, A-C6, A-C9, A-C10)."""
    off = rules.filter(pl.col("invalid_reason").is_not_null() & ~pl.col("is_default"))
    for channel, rule_id, version, reason in off.select(
        "channel_id", "rule_id", "rulebook_version", "invalid_reason"
    ).iter_rows():
        wrong = [term for term in terms.get((rule_id, version), ()) if term.problem]
        for term in wrong:
            yield Finding(
                _name_problem(str(term.problem)), f"rule {rule_id} is off: {term.field}: {term.problem}", channel,
                rule_id, field=term.field, value=term.text,
            )  # fmt: skip
        told = "; ".join(f"{term.field}: {term.problem}" for term in wrong)
        form = reason.removesuffix(told).removesuffix("; ")
        if form and not (wrong and form.startswith("condition ")):
            yield Finding("invalid_rule", f"rule {rule_id} is off: {form}", channel, rule_id)


def _name_problem(problem: str) -> str:
    for start, code in _PROBLEMS:
        if problem.startswith(start):
            return code
    return next((code for part, code in _PROBLEM_PARTS if part in problem), "wrong_value")


def check_conditions(channel: Channel, rule: LintRule, rule_id: str) -> Iterator[Finding]:
    """What is odd about single conditions (SPEC A-C3, A-C4)."""
    axes = {axis.name: axis for axis in channel.axes}
    for term in rule.terms:
        axis = axes[term.field]
        where: dict[str, Any] = {
            "channel_id": channel.channel_id,
            "rule_id": rule_id,
            "field": term.field,
            "value": term.text,
        }
        outcome = "always" if term.negated else "never"
        if term.operator == Operator.ANY and not term.values:
            yield Finding("any_empty", f"rule {rule_id}: {term.field} any of nothing holds {outcome}", **where)
        elif term.operator == Operator.ALL and not term.values:
            yield Finding("all_empty", f"rule {rule_id}: {term.field} all of nothing asks for no value", **where)
        elif term.operator == Operator.ALL and len(term.values) > 1 and axis.is_single:
            text = f"rule {rule_id}: {term.field} has one value at most, so that all of {len(term.values)} holds"
            yield Finding("all_of_one", f"{text} {outcome}", **where)
        elif term.operator in (Operator.EQ, Operator.ANY, Operator.ALL):
            unknown = [str(value) for value in term.values if not axis.present >> axis.place[value] & 1]
            if unknown:
                text = f"rule {rule_id}: {term.field} is never {' or '.join(unknown)}"
                yield Finding("impossible_value", text, **where)


def check_rule_alone(channel: Channel, rule: LintRule, rule_id: str) -> Iterator[Finding]:
    """A rule that takes every lead (SPEC A-C7), one that takes none, and conditions that make no difference."""
    where: dict[str, Any] = {"channel_id": channel.channel_id, "rule_id": rule_id}
    if rule.is_open:
        text = f"rule {rule_id} has too many alternatives to be looked at"
        yield Finding("unsettled", text, **where)
        return
    if not channel.states_of(rule):
        yield _explain_none(channel, rule, rule_id)
    elif _takes_all(channel, rule):
        yield Finding("catch_all", f"rule {rule_id} takes every lead and hides all rules after it", **where)
    else:
        yield from _find_idle(channel, rule, rule_id)


def _takes_all(channel: Channel, rule: LintRule) -> bool:
    ground = Ground(channel.axes)
    ground.add(0, [box for box, _ in rule.boxes])
    try:
        return find_cover([channel.start], ground) is not None
    except TimeoutError:
        return False


def _explain_none(channel: Channel, rule: LintRule, rule_id: str) -> Finding:
    where: dict[str, Any] = {"channel_id": channel.channel_id, "rule_id": rule_id}
    if not rule.terms:
        return Finding("never_matches", f"rule {rule_id} is an OR without conditions and never matches", **where)
    if rule.kind == RuleKind.OR:
        return Finding("contradiction", f"rule {rule_id}: none of its conditions can hold", **where)
    clash = next(
        (name for name in dict.fromkeys(term.field for term in rule.terms) if not _can_hold(channel, rule, name)), None
    )
    asked = [term for term in rule.terms if term.field == clash]
    texts = " and ".join(f"{'not ' if term.negated else ''}{term.operator} {term.text}" for term in asked)
    text = f"rule {rule_id}: {clash} {texts} cannot hold{' together' if len(asked) > 1 else ''}"
    return Finding("contradiction", text, **where, field=clash)


def _can_hold(channel: Channel, rule: LintRule, name: str) -> bool:
    """Whether the conditions on one field of an AND rule can hold together; fields do not depend on each other."""
    number = next(axis.number for axis in channel.axes if axis.name == name)
    boxes = ([literal for literal in box if literal.axis == number] for box, _ in rule.boxes)
    return any(narrow_all(channel.start, box) is not None for box in boxes)


def _find_idle(channel: Channel, rule: LintRule, rule_id: str) -> Iterator[Finding]:
    """Conditions that the others of an AND rule imply, or that imply another one of an OR rule."""
    parts = [channel.axis_of(term.field).read(term) for term in rule.terms]
    if any(len(part) != 1 for part in parts):
        return
    idle: set[int] = set()
    for number in reversed(range(len(parts))):
        others = [parts[at][0] for at in range(len(parts)) if at != number and at not in idle]
        if rule.kind == RuleKind.AND:
            known = narrow_all(channel.start, (literal for box in others for literal in box))
            needless = known is not None and _holds(channel, known, parts[number][0])
        else:
            known = narrow_all(channel.start, parts[number][0])
            needless = known is not None and any(_holds(channel, known, box) for box in others)
        if needless:
            idle.add(number)
            term = rule.terms[number]
            asked = f"{'not ' if term.negated else ''}{term.field} {term.operator} {term.text}"
            yield Finding(
                "idle_condition", f"rule {rule_id}: {asked} makes no difference beside the other conditions",
                channel.channel_id, rule_id, field=term.field, value=term.text,
            )  # fmt: skip


def _holds(channel: Channel, known: State, box: Box) -> bool:
    return all(implies(known[literal.axis], literal, channel.axes[literal.axis].present) for literal in box)
