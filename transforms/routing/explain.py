"""Rules in words, and one lead against every rule: yes, or the first condition that fails (DESIGN 3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from schemas.vocabulary import Operator, RuleKind
from transforms.leads.catalogue import Form
from transforms.routing.conditions import Term, read_terms

__all__ = ["RuleOutcome", "describe_rules", "explain_lead"]

_LONGEST_TEXT = 200  # of a rule's conditions in a reason; the rest is in routing.conditions


@dataclass(frozen=True)
class RuleOutcome:
    """What one rule says of one lead.

    Attributes:
        rule_id: the rule.
        order: its order.
        matched: whether it matches.
        failed_condition: the first condition that fails, in words; None where none does, or the rule is off.
        lead_value: the lead's values of that field, in normal form; None where it is missing.
        condition_value: what the condition asks, in normal form; for a rule that is off, why.
    """

    rule_id: str
    order: int
    matched: bool
    failed_condition: str | None = None
    lead_value: str | None = None
    condition_value: str | None = None


def explain_lead(
    lead_fields: Mapping[str, Any],
    rules: pl.DataFrame,
    conditions: pl.DataFrame,
    region: str = "US",
    attributes: Mapping[str, Form] | None = None,
) -> list[RuleOutcome]:
    """Put one lead to every rule, in the order they are tried (SPEC A-O1, A-O2).

    Args:
        lead_fields: the lead's row of core.lead_fields.
        rules: rows of routing.rules of its channel in force at its capture; those that are off are listed too.
        conditions: their conditions.
        region: country the channel's phone numbers are read in.
        attributes: `attr.<def>` -> form of its values, from `list_attribute_fields`.
    """
    regions = dict.fromkeys(rules["channel_id"], region)
    by_rule = _group_terms(read_terms(conditions, rules, regions, attributes))
    ordered = rules.sort("is_default", "order", "created_at", "rule_id", nulls_last=True)
    return [
        _explain_rule(rule, by_rule.get((rule["rule_id"], rule["rulebook_version"]), []), lead_fields)
        for rule in ordered.iter_rows(named=True)
    ]


def describe_rules(rules: pl.DataFrame, terms: Iterable[Term]) -> pl.Series:
    """Each rule in words, such as "rule c5c7 (order 1): price gte 500000"."""
    by_rule = _group_terms(terms)
    texts = []
    for rule_id, version, order, kind, is_default in rules.select(
        "rule_id", "rulebook_version", "order", "kind", "is_default"
    ).iter_rows():
        if is_default:
            texts.append(f"default rule {rule_id}")
            continue
        asked = f" {kind.lower()} ".join(_describe(term) for term in by_rule.get((rule_id, version), []))
        short = asked if len(asked) <= _LONGEST_TEXT else asked[:_LONGEST_TEXT] + "…"
        texts.append(f"rule {rule_id} (order {order}): {short or 'no conditions'}")
    return pl.Series("rule_text", texts, dtype=pl.String)


def _group_terms(terms: Iterable[Term]) -> dict[tuple[str, str], list[Term]]:
    by_rule: dict[tuple[str, str], list[Term]] = defaultdict(list)
    for term in sorted(terms, key=lambda term: term.order):
        by_rule[term.rule].append(term)
    return by_rule


def _describe(term: Term) -> str:
    return f"{'not ' if term.negated else ''}{term.field} {term.operator} {term.text}"


def _explain_rule(rule: Mapping[str, Any], terms: Sequence[Term], lead_fields: Mapping[str, Any]) -> RuleOutcome:
    head = (rule["rule_id"], rule["order"])
    if rule["invalid_reason"]:
        return RuleOutcome(*head, False, condition_value=f"the rule is off: {rule['invalid_reason']}")
    if rule["is_default"]:
        return RuleOutcome(*head, True)
    failed = [term for term in terms if not _holds(term, lead_fields.get(term.field) or [])]
    if len(failed) < len(terms) if rule["kind"] == RuleKind.OR else not failed:
        return RuleOutcome(*head, True)
    if not failed:
        return RuleOutcome(*head, False, condition_value="an OR rule without conditions never matches")
    first = failed[0]
    have = lead_fields.get(first.field)
    wanted = "null" if first.asks_missing else ", ".join(_show(value) for value in first.values)
    return RuleOutcome(*head, False, _describe(first), ", ".join(map(_show, have)) if have else None, wanted)


def _holds(term: Term, have: Sequence[str | float]) -> bool:
    """One condition on the values of one field (SPEC A-C1 to A-C6)."""
    if term.asks_missing:
        holds = not have
    elif term.operator == Operator.ALL:
        holds = bool(have) and set(term.values) <= set(have)
    elif term.operator == Operator.GTE:
        holds = any(value >= term.values[0] for value in have)  # type: ignore[operator]  # numbers both
    elif term.operator == Operator.LTE:
        holds = any(value <= term.values[0] for value in have)  # type: ignore[operator]  # numbers both
    else:
        holds = not set(term.values).isdisjoint(have)
    return holds != term.negated


def _show(value: str | float) -> str:
    return f"{value:.15g}" if isinstance(value, float) else value
