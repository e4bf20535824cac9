"""One lead against every rule, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from transforms.routing.conditions import read_terms
from transforms.routing.explain import describe_rules, explain_lead
from transforms.routing.versions import RulebookTables


def make_rule(rule_id: str, order: int, conditions: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    rule = {"id": rule_id, "channel": "ch1", "kind": "AND", "order": order, "target": "Brand", "brand": "b1"}
    return {**rule, "conditions": conditions, **more}


def test_every_rule_says_yes_or_its_first_failing_condition(rulebook_of: Callable[..., RulebookTables]) -> None:
    price = {"field": "price", "operator": "gte", "value": "$500k"}
    zips = {"field": "postal_code", "operator": "any", "value": ["90210-1234", 90211]}
    tables = rulebook_of(
        {
            "rules": [
                make_rule("default", 0, [], is_default=True),
                make_rule("r1", 1, [zips | {"order": 2}, price | {"order": 1}]),
                make_rule("r2", 2, [price, zips], kind="OR"),
                make_rule("r3", 3, [{"field": "tag", "operator": "eq", "value": None, "negated": True}]),
                make_rule("r4", 4, [{"field": "colour", "operator": "eq", "value": 1}]),
            ]
        }
    )
    outcomes = explain_lead({"price": [250000.0], "postal_code": ["90210"]}, tables.rules, tables.conditions)
    assert [(found.rule_id, found.matched) for found in outcomes] == [
        ("r1", False), ("r2", True), ("r3", False), ("r4", False), ("default", True),
    ]  # fmt: skip
    first, _, missing, off, _ = outcomes
    assert (first.failed_condition, first.lead_value, first.condition_value) == (
        'price gte "$500k"', "250000", "500000",
    )  # fmt: skip
    assert (missing.failed_condition, missing.lead_value) == ("not tag eq null", None)
    assert off.condition_value == "the rule is off: colour: unknown field 'colour'"


def test_rules_in_words_name_their_order_and_conditions(rulebook_of: Callable[..., RulebookTables]) -> None:
    asked = [{"field": "price", "operator": "gte", "value": 500000}, {"field": "city", "operator": "eq", "value": "X"}]
    rules = [make_rule("c5c7", 1, asked), make_rule("d1", 9, [], is_default=True)]
    tables = rulebook_of({"rules": rules})
    texts = describe_rules(tables.rules, read_terms(tables.conditions, tables.rules, {}))
    assert texts.to_list() == ['rule c5c7 (order 1): price gte 500000 and city eq "X"', "default rule d1"]
