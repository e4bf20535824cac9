"""Verdicts against every lead there can be: a rule is dead exactly when it wins none of them."""

from __future__ import annotations

import json
import os
from itertools import combinations, product
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.ddl import polars_schema
from schemas.tables import CORE_LEAD_FIELDS, ROUTING_CONDITIONS, ROUTING_RULES
from transforms.routing.conditions import Term, read_terms
from transforms.routing.evaluate import evaluate_rules
from transforms.routing.lint.questions import Channel, read_channel
from transforms.routing.lint.verdicts import Verdict, judge_rules
from transforms.routing.rulebook import Rulebook, compile_rulebook

#: Field -> values that conditions ask; all the values that leads may have, so that every class has one.
ASKED: dict[str, list[Any]] = {
    "tag": ["a", "b"],
    "price": [1, 2],
    "source": ["x", "y"],
    "has_email": ["true", "false", "yes"],
    "captured_hour": [0, 22, 30],
}
THERE: dict[str, list[list[Any] | None]] = {
    "tag": [list(some) or None for size in range(4) for some in combinations(["a", "b", "c"], size)],
    "price": [list(some) or None for size in range(6) for some in combinations([0.0, 1.0, 1.5, 2.0, 3.0], size)],
    "source": [None, ["x"], ["y"], ["z"]],
    "has_email": [["true"], ["false"]],
    "captured_hour": [[0.0], [5.0], [22.0], [23.0]],
}
NUMBERS = ("price", "captured_hour")


@st.composite
def conditions(draw: st.DrawFn, fields: tuple[str, ...]) -> dict[str, Any]:
    field = draw(st.sampled_from(fields))
    operators = ["eq", "any", "all", *(["gte", "lte"] if field in NUMBERS else [])]
    operator = draw(st.sampled_from(operators))
    value: Any = draw(st.sampled_from(ASKED[field]))
    if operator in ("any", "all"):
        value = draw(st.lists(st.sampled_from(ASKED[field]), max_size=3))
    elif operator == "eq" and draw(st.integers(0, 4)) == 0:
        value = None
    return {"field": field, "operator": operator, "value": value, "negated": draw(st.booleans())}


@st.composite
def rulebooks(draw: st.DrawFn) -> list[tuple[str, list[dict[str, Any]]]]:
    fields = tuple(draw(st.lists(st.sampled_from(sorted(ASKED)), min_size=1, max_size=3, unique=True)))
    rule = st.tuples(st.sampled_from(["AND", "OR"]), st.lists(conditions(fields), max_size=3))
    return draw(st.lists(rule, min_size=1, max_size=7))


def read(rules: list[tuple[str, list[dict[str, Any]]]]) -> tuple[Rulebook, Channel]:
    frame = pl.DataFrame(
        [
            {"rule_id": f"r{place}", "channel_id": "ch1", "kind": kind, "order": place, "is_default": False,
             "target": "Brand", "rulebook_version": "f1"}
            for place, (kind, _) in enumerate(rules)
        ],
        schema=polars_schema(ROUTING_RULES),
    )  # fmt: skip
    asked = pl.DataFrame(
        [
            {"condition_id": f"{place}-{number}", "rule_id": f"r{place}", "rulebook_version": "f1", "order": number,
             **condition, "value": json.dumps(condition["value"])}
            for place, (_, listed) in enumerate(rules)
            for number, condition in enumerate(listed)
        ],
        schema=polars_schema(ROUTING_CONDITIONS),
    )  # fmt: skip
    terms = read_terms(asked, frame, {})
    assert not [term.problem for term in terms if term.problem]
    by_rule: dict[tuple[str, str], list[Any]] = {}
    for term in terms:
        by_rule.setdefault(term.rule, []).append(term)
    rulebook = compile_rulebook(frame, terms)
    return rulebook, read_channel("ch1", rulebook.rules.with_row_index("row"), by_rule)


def every_lead(rulebook: Rulebook) -> tuple[pl.DataFrame, pl.DataFrame, list[dict[str, Any]]]:
    names = rulebook.fields
    leads = [dict(zip(names, values, strict=True)) for values in product(*(THERE[name] for name in names))]
    fields = pl.DataFrame(leads or [{}], schema={name: polars_schema(CORE_LEAD_FIELDS)[name] for name in names})
    ids = pl.DataFrame({"lead_id": [f"l{place}" for place in range(len(leads))]})
    keys = ids.with_columns(channel_id=pl.lit("ch1"), captured_at=pl.datetime(2026, 7, 2, time_zone="UTC"))
    return keys, ids.hstack(fields), leads


def holds(term: Term, have: list[Any]) -> bool:
    """One condition, by the words of A-C1 to A-C6."""
    if term.asks_missing:
        outcome = not have
    elif term.operator == "all":
        outcome = bool(have) and all(value in have for value in term.values)
    elif term.operator in ("gte", "lte"):
        sign = 1 if term.operator == "gte" else -1
        outcome = any(sign * value >= sign * term.values[0] for value in have)
    else:
        outcome = any(value in term.values for value in have)
    return outcome != term.negated


def goes_there(verdict: Verdict, channel: Channel, lead: dict[str, Any]) -> bool:
    """Whether a lead that the rule won has the part that the verdict is about."""
    question = verdict.question
    if question.condition is None:
        return True
    term = channel.rules[question.rule].terms[question.condition]
    have = lead.get(term.field) or []
    return holds(term, have) if question.value is None else term.values[question.value] in have


@settings(max_examples=int(os.environ.get("ROUTING_EXAMPLES", "50")), deadline=None)
@given(rules=rulebooks())
def test_a_rule_or_part_is_dead_exactly_when_no_lead_goes_there(rules: list[tuple[str, list[dict[str, Any]]]]) -> None:
    rulebook, channel = read(rules)
    keys, fields, leads = every_lead(rulebook)
    winners = evaluate_rules(rulebook, keys, fields)["rule"].to_list()
    for verdict in judge_rules(rulebook, [channel])[0]:
        place = verdict.question.rule
        won = [lead for lead, winner in zip(leads, winners, strict=True) if winner == place]
        alive = any(goes_there(verdict, channel, lead) for lead in won)
        assert (verdict.is_dead, verdict.is_open) == (not alive, False), (verdict, channel.rules[place].terms)
        if verdict.covered_by and verdict.question.condition is None:
            named = [rules[by] for by in verdict.covered_by]
            fewer, alone = read([*named, rules[place]])
            again = judge_rules(fewer, [alone])[0]
            assert any(found.is_dead for found in again if found.question.rule == len(named)), "others are needed, too"


@pytest.mark.parametrize(
    ("earlier", "last", "covers"),
    [
        ([("AND", {"tag": ("any", ["a", "b"])})], ("AND", {"tag": ("eq", "a"), "price": ("gte", 1)}), [0]),
        ([("AND", {"price": ("gte", 1)}), ("AND", {"price": ("lte", 2)})], ("AND", {"price": ("eq", 1)}), [0]),
        ([("AND", {"source": ("eq", "x")}), ("AND", {"source": ("eq", "y")})],
         ("AND", {"source": ("any", ["x", "y"])}), [0, 1]),
        ([("AND", {"has_email": ("eq", "true")}), ("AND", {"has_email": ("eq", "false")})],
         ("AND", {"source": ("eq", "x")}), [0, 1]),
        ([("OR", {"source": ("eq", "x"), "price": ("gte", 1)})], ("AND", {"price": ("gte", 2)}), [0]),
        ([("AND", {"captured_hour": ("lte", 22)}), ("AND", {"captured_hour": ("gte", 22.5)})],
         ("AND", {"tag": ("eq", "a")}), [0, 1]),
        ([("AND", {"tag": ("eq", "a")}), ("AND", {"tag": ("eq", "b")})], ("AND", {"tag": ("all", ["a", "b"])}), [0]),
        ([("AND", {"price": ("gte", 1)})], ("AND", {"price": ("gte", 0)}), None),
        ([("AND", {"price": ("gte", 1)}), ("AND", {"price": ("lte", 1)})], ("AND", {"tag": ("eq", "a")}), None),
    ],
)  # fmt: skip
def test_proofs_case_by_case(
    earlier: list[tuple[str, dict[str, Any]]], last: tuple[str, dict[str, Any]], covers: list[int] | None
) -> None:
    rules = [
        (kind, [{"field": field, "operator": operator, "value": value, "negated": False}
                for field, (operator, value) in asked.items()])
        for kind, asked in [*earlier, last]
    ]  # fmt: skip
    rulebook, channel = read(rules)
    verdict = next(
        v
        for v in judge_rules(rulebook, [channel])[0]
        if v.question.rule == len(earlier) and v.question.condition is None
    )
    assert (list(verdict.covered_by) if verdict.covered_by else None) == covers
