"""The compiled rulebook against a naive interpreter, and the decisions of SPEC 2 case by case."""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.ddl import polars_schema
from schemas.tables import ROUTING_CONDITIONS, ROUTING_RULES
from transforms.routing.conditions import read_terms
from transforms.routing.evaluate import evaluate_rules
from transforms.routing.rulebook import compile_rulebook

NOON = datetime(2026, 7, 2, 12, tzinfo=UTC)
NUMBERS = ("price", "beds")
TEXTS = ("tag", "city", "postal_code")
EXAMPLES = int(os.environ.get("ROUTING_EXAMPLES", "60"))

# --- the oracle: closures, one lead and one rule at a time --------------------------------------------------------


def fold(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())


def wanted_values(condition: Mapping[str, Any]) -> list[Any] | None:
    """Values in the field's type; None where the condition is invalid."""
    value = condition["value"]
    listed = value if isinstance(value, list) else [value]
    if condition["operator"] in ("eq", "gte", "lte") and len(listed) != 1:
        return None
    if condition["field"] in TEXTS and condition["operator"] in ("gte", "lte"):
        return None
    if condition["operator"] == "eq" and listed == [None]:
        return []
    texts = [str(item).lower() if isinstance(item, bool) else item if isinstance(item, str) else f"{item:g}" for item in
             listed if item is not None]  # fmt: skip
    if len(texts) != len(listed):
        return None
    if condition["field"] in TEXTS:
        return None if any(not fold(text) for text in texts) else [fold(text) for text in texts]
    try:
        return [float(text) for text in texts]
    except ValueError:
        return None


def holds(condition: Mapping[str, Any], lead: Mapping[str, Any]) -> bool:
    """One condition, by the words of A-C1 to A-C6."""
    wanted, have = wanted_values(condition), lead.get(condition["field"]) or []
    assert wanted is not None
    operator = condition["operator"]
    if operator == "eq" and condition["value"] in (None, [None]):
        outcome = not have
    elif not have:
        outcome = False
    elif operator in ("eq", "any"):
        outcome = any(value in wanted for value in have)
    elif operator == "all":
        outcome = all(value in have for value in wanted)
    else:
        outcome = any(value >= wanted[0] if operator == "gte" else value <= wanted[0] for value in have)
    return outcome != condition["negated"]


def matches(rule: Mapping[str, Any], lead: Mapping[str, Any]) -> bool:
    if rule["is_default"]:
        return True
    outcomes = [holds(condition, lead) for condition in rule["conditions"]]
    return all(outcomes) if rule["kind"] == "AND" else any(outcomes)


def decide(rules: list[dict[str, Any]], lead: Mapping[str, Any]) -> tuple[str | None, str | None, int]:
    """Winner, next one and count."""
    in_force = [
        rule
        for rule in rules
        if rule["channel"] == lead["channel"]
        and (rule["valid_from"] is None or rule["valid_from"] <= lead["at"])
        and (rule["valid_to"] is None or lead["at"] < rule["valid_to"])
        and not (rule["deleted_at"] and rule["deleted_at"] <= lead["at"])
        and (rule["is_default"] or all(wanted_values(condition) is not None for condition in rule["conditions"]))
    ]
    ordered = sorted(in_force, key=lambda rule: (rule["is_default"], rule["order"], rule["created_at"], rule["id"]))
    found = [rule["id"] for rule in ordered if matches(rule, lead)]
    winner, following = [*found, None, None][:2]
    return winner, following, len(found)


# --- random rulebooks and leads -----------------------------------------------------------------------------------

words = st.sampled_from(
    ["Hot", "hot", "ＨＯＴ", "warm", " Straße", "STRASSE", "İzmir", "e\u0301", "é", "New  York", "90210"]
)
numbers = st.sampled_from([0, 1, 2, 2.5, 3, 1000, -1])
scalars = st.one_of(words, numbers, st.booleans(), st.just("1000"), st.just("2.5"), st.none(), st.just(""))
times = st.one_of(st.none(), st.integers(0, 5).map(lambda hour: NOON + timedelta(hours=hour)))


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    field = draw(st.sampled_from(NUMBERS + TEXTS))
    fitting = numbers if field in NUMBERS else words
    value = draw(st.one_of(fitting, st.lists(fitting, max_size=3), st.none(), scalars, st.lists(scalars, max_size=2)))
    operators = ["eq", "any", "all", "gte", "lte"]
    return {
        "field": field,
        "operator": draw(st.sampled_from(operators)),
        "value": value,
        "negated": draw(st.booleans()),
    }


@st.composite
def rulebooks(draw: st.DrawFn) -> list[dict[str, Any]]:
    return [
        {
            "id": f"r{number:03}",
            "channel": draw(st.sampled_from(["c1", "c2"])),
            "kind": draw(st.sampled_from(["AND", "OR"])),
            "order": draw(st.integers(0, 3)),
            "is_default": draw(st.sampled_from([False, False, False, True])),
            "created_at": NOON + timedelta(seconds=draw(st.integers(0, 1))),
            "valid_from": draw(times),
            "valid_to": draw(times),
            "deleted_at": draw(st.one_of(st.none(), st.none(), times)),
            "conditions": draw(st.lists(conditions(), max_size=4)),
        }
        for number in range(draw(st.sampled_from([0, 1, 3, 20, 70])))
    ]


@st.composite
def lead_lists(draw: st.DrawFn) -> list[dict[str, Any]]:
    values = {name: st.lists(numbers.map(float), max_size=3) for name in NUMBERS}
    values |= {name: st.lists(words.map(fold), max_size=3, unique=True) for name in TEXTS}
    lead = st.fixed_dictionaries(
        {name: st.one_of(st.none(), value) for name, value in values.items()}
        | {"channel": st.sampled_from(["c1", "c2", "c3", None])}
        | {"at": st.integers(-1, 6).map(lambda hour: NOON + timedelta(hours=hour))}
    )
    return draw(st.lists(lead, min_size=1, max_size=12))


def evaluate(
    rules: list[dict[str, Any]], leads: list[dict[str, Any]], lead_fields: pl.DataFrame
) -> list[tuple[str | None, str | None, int]]:
    """The code under test, from frames to rule ids."""
    frame = pl.DataFrame(
        [
            {"rule_id": rule["id"], "channel_id": rule["channel"], "target": "Brand", "rulebook_version": "f1", **rule}
            for rule in rules
        ],
        schema=polars_schema(ROUTING_RULES),
    )
    asked = pl.DataFrame(
        [
            {"rule_id": rule["id"], "rulebook_version": "f1", "order": place, **condition,
             "value": json.dumps(condition["value"]), "condition_id": f"{rule['id']}-{place}"}
            for rule in rules
            for place, condition in enumerate(rule["conditions"])
        ],
        schema=polars_schema(ROUTING_CONDITIONS),
    )  # fmt: skip
    terms = read_terms(asked, frame, {})
    wrong = {term.rule[0] for term in terms if term.problem}
    off = pl.col("rule_id").is_in(list(wrong)) & ~pl.col("is_default")
    frame = frame.with_columns(pl.when(off).then(pl.lit("wrong")).alias("invalid_reason"))
    rulebook = compile_rulebook(frame, terms)
    keys = pl.DataFrame(
        {
            "lead_id": lead_fields["lead_id"],
            "channel_id": pl.Series([lead["channel"] for lead in leads], dtype=pl.String),
            "captured_at": pl.Series([lead["at"] for lead in leads], dtype=pl.Datetime("us", "UTC")),
        }
    )
    ids = rulebook.rules["rule_id"].to_list()
    found = evaluate_rules(rulebook, keys, lead_fields)
    assert found["lead_id"].to_list() == keys["lead_id"].to_list()
    return [
        (None if rule is None else ids[rule], None if following is None else ids[following], count)
        for _, rule, following, count in found.iter_rows()
    ]


@settings(max_examples=EXAMPLES, deadline=None)
@given(rules=rulebooks(), leads=lead_lists())
def test_compiled_rulebook_equals_closures(
    lead_fields_of: Callable[..., pl.DataFrame], rules: list[dict[str, Any]], leads: list[dict[str, Any]]
) -> None:
    fields = lead_fields_of([{name: lead[name] or None for name in NUMBERS + TEXTS} for lead in leads])
    assert evaluate(rules, leads, fields) == [decide(rules, lead) for lead in leads]


# --- the decisions of SPEC 2, case by case ------------------------------------------------------------------------


def one_rule(
    lead_fields_of: Callable[..., pl.DataFrame], lead: dict[str, Any], *asked: dict[str, Any], kind: str = "AND"
) -> bool:
    """Whether a rule of these conditions takes a lead."""
    conditions = [{"negated": False, **condition} for condition in asked]
    rule = {"id": "r1", "channel": "c1", "kind": kind, "order": 1, "is_default": False, "created_at": NOON,
            "conditions": conditions}  # fmt: skip
    return evaluate([rule], [{"channel": "c1", "at": NOON}], lead_fields_of([lead]))[0][2] == 1


@pytest.mark.parametrize(
    ("code", "lead", "condition", "takes"),
    [
        ("A-C1", {}, {"field": "city", "operator": "eq", "value": "x"}, False),
        ("A-C1", {}, {"field": "city", "operator": "eq", "value": "x", "negated": True}, True),
        ("A-C1", {}, {"field": "price", "operator": "lte", "value": 9, "negated": True}, True),
        ("A-C2", {"tag": ["hot", "new"]}, {"field": "tag", "operator": "eq", "value": ["HOT"]}, True),
        ("A-C3", {"tag": ["hot"]}, {"field": "tag", "operator": "any", "value": []}, False),
        ("A-C3", {"tag": ["hot"]}, {"field": "tag", "operator": "any", "value": "Hot"}, True),
        ("A-C4", {"tag": ["a", "b", "c"]}, {"field": "tag", "operator": "all", "value": ["c", "a"]}, True),
        ("A-C4", {"tag": ["a"]}, {"field": "tag", "operator": "all", "value": ["c", "a"]}, False),
        ("A-C4", {"tag": ["a"]}, {"field": "tag", "operator": "all", "value": []}, True),
        ("A-C5", {"price": [500000.0]}, {"field": "price", "operator": "gte", "value": "500,000"}, True),
        ("A-C5", {"price": [1.0, 9.0]}, {"field": "price", "operator": "lte", "value": 1}, True),
        ("A-C6", {}, {"field": "price", "operator": "eq", "value": None}, True),
        ("A-C6", {"price": [0.0]}, {"field": "price", "operator": "eq", "value": None, "negated": True}, True),
        ("A-C8", {"postal_code": ["90210"]}, {"field": "postal_code", "operator": "eq", "value": "90210-1234"}, True),
        ("A-C9", {"postal_code": ["90210"]}, {"field": "postal_code", "operator": "any", "value": [90210]}, True),
    ],
)
def test_conditions_case_by_case(
    lead_fields_of: Callable[..., pl.DataFrame], code: str, lead: dict[str, Any], condition: dict[str, Any], takes: bool
) -> None:
    assert one_rule(lead_fields_of, lead, condition) is takes, code


def test_a_c7_without_conditions_and_takes_all_and_or_takes_none(lead_fields_of: Callable[..., pl.DataFrame]) -> None:
    assert one_rule(lead_fields_of, {})
    assert not one_rule(lead_fields_of, {}, kind="OR")


def test_golden_8_the_documents_rules(lead_fields_of: Callable[..., pl.DataFrame]) -> None:
    rule = {"channel": "c1", "created_at": NOON, "is_default": False}
    rules = [
        rule | {"id": "price", "kind": "AND", "order": 1, "conditions": [
            {"field": "price", "operator": "gte", "value": 500000, "negated": False}]},
        rule | {"id": "either", "kind": "OR", "order": 2, "conditions": [
            {"field": "postal_code", "operator": "any", "value": ["90210", "90211"], "negated": False},
            {"field": "price", "operator": "lte", "value": 1000000, "negated": False}]},
        rule | {"id": "default", "kind": "AND", "order": 1, "is_default": True, "conditions": []},
    ]  # fmt: skip
    leads = [{"price": [500000.0]}, {"price": [499999.0]}, {"postal_code": ["90211"]}, {}, {"price": [2e6]}]
    found = evaluate(rules, [{"channel": "c1", "at": NOON}] * 5, lead_fields_of(leads))
    assert [(winner, following) for winner, following, _ in found] == [
        ("price", "either"), ("either", "default"), ("either", "default"), ("default", None), ("price", "default"),
    ]  # fmt: skip


def test_rules_of_many_channels_and_times_are_cut_into_pages(lead_fields_of: Callable[..., pl.DataFrame]) -> None:
    rules = [
        {"id": f"r{channel}-{day}-{order}", "channel": f"c{channel}", "kind": "AND", "order": order,
         "is_default": False, "created_at": NOON, "conditions": [],
         "valid_from": NOON + timedelta(days=day), "valid_to": NOON + timedelta(days=day + 1)}
        for channel in range(60) for day in range(5) for order in range(10)
    ]  # fmt: skip
    leads = [{"channel": f"c{channel}", "at": NOON + timedelta(days=day, hours=hour)}
             for channel in (0, 31, 59, 60) for day in (-1, 0, 4, 5) for hour in (0, 23)]  # fmt: skip
    found = evaluate(rules, leads, lead_fields_of([{}] * len(leads)))
    days = {-1: None, 0: 0, 4: 4, 5: None}
    expected = [
        (None, None, 0) if day is None or channel == 60 else (f"r{channel}-{day}-0", f"r{channel}-{day}-1", 10)
        for channel in (0, 31, 59, 60) for day in days.values() for _ in range(2)
    ]  # fmt: skip
    assert found == expected
