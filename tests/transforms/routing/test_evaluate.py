"""The compiled rulebook against a naive interpreter, and the decisions of SPEC 2 case by case."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
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
CASES = int(__import__("os").environ.get("ROUTING_EXAMPLES", "150"))

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
    return (found + [None])[0], (found + [None, None])[1], len(found)


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


@settings(max_examples=CASES, deadline=None)
@given(rules=rulebooks(), leads=lead_lists())
def test_compiled_rulebook_equals_closures(
    lead_fields_of: Callable[..., pl.DataFrame], rules: list[dict[str, Any]], leads: list[dict[str, Any]]
) -> None:
    fields = lead_fields_of([{name: lead[name] or None for name in NUMBERS + TEXTS} for lead in leads])
    assert evaluate(rules, leads, fields) == [decide(rules, lead) for lead in leads]
