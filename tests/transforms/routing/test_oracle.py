"""The compiled rulebook against closures on 100,000 pairs of random rulebook and lead, drawn from one seed.

`test_evaluate.py` looks for the smallest difference; this looks widely: every operator, negation, missing fields,
several values, Unicode, values of the wrong type, ties, defaults, channels and validity.
"""

from __future__ import annotations

import json
import math
import os
import random
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import CORE_LEAD_FIELDS, ROUTING_CONDITIONS, ROUTING_RULES
from transforms.routing.conditions import read_terms
from transforms.routing.evaluate import evaluate_rules
from transforms.routing.rulebook import compile_rulebook

SEED = int(os.environ.get("ROUTING_SEED", "4"))
RULEBOOKS, POOLS, POOL_LEADS = 260, 10, 400  # each rulebook meets one pool of leads: 104,000 pairs
NOON = datetime(2026, 7, 2, 12, tzinfo=UTC)

NUMBERS = {"price": 5, "beds": 3, "captured_hour": 1}  # field -> how many values a lead has at most
TEXTS = {"tag": 4, "city": 2, "source": 1, "note": 1, "has_email": 1}
INSTANTS = {"captured_at": 1}
FIELDS = NUMBERS | TEXTS | INSTANTS
WORDS = ["Hot", "hot", "ＨＯＴ", " Straße", "STRASSE", "İzmir", "izmir", "e\u0301", "É", "New  York", "new york", "ﬁn",
         "fin", "90210", "true", "false", "Ⅳ", "iv", "ǆ", "ß", "ẞ", "\u00a0x\u2003y", "x y", "Ω", "Ω"]  # fmt: skip
AMOUNTS: list[Any] = [
    0,
    1,
    2,
    2.5,
    -1,
    1000,
    1e6,
    "1,000",
    "$1k",
    " 2.5 ",
    "１０００",
    "1e3",
    "-1",
    "1000000",
    True,
    "-0",
]
MOMENTS: list[Any] = ["2026-07-02T12:00:00Z", "2026-07-02T14:00:00+02:00", "2026-07-02", 1782993600, 1782993600000]
MISFITS: list[Any] = [None, "", "  ", "dear", [], [None], ["a", None], {"a": 1}, [[1]], True, False, "inf", "nan",
                      "1,00", "2026-13-01", [1, 2], "\u200b"]  # fmt: skip

Lead = Mapping[str, Any]
Test = Callable[[Lead], bool]


def fold(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())


def to_number(text: str) -> float | None:
    shown = fold(text)
    factor = 1000.0 if shown.endswith("k") else 1.0
    shown = shown.removeprefix("$").removesuffix("k")
    head, *groups = shown.split(",")
    if groups and not all(len(group.split(".")[0]) == 3 for group in groups):
        return None
    try:
        number = float(head + "".join(groups)) * factor
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def to_instant(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        try:
            moment = datetime.fromisoformat(text.strip())
        except ValueError:
            return None
        return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
    if not math.isfinite(number):
        return None
    return number / 1000 if abs(number) >= 1e11 else number


def wanted_values(condition: Mapping[str, Any]) -> list[Any] | None:
    """Values in normal form; None where the rule has to be off (A-C2, A-C5, A-C6, A-C9)."""
    field, operator, value = condition["field"], condition["operator"], condition["value"]
    listed = value if isinstance(value, list) else [value]
    one = operator in ("eq", "gte", "lte")
    if (one and len(listed) != 1) or (field in TEXTS and operator in ("gte", "lte")):
        return None
    if operator == "eq" and listed[0] is None:
        return []
    values = []
    for item in listed:
        if item is None or isinstance(item, list | dict):
            return None
        text = json.dumps(item) if isinstance(item, bool) else str(item)
        if isinstance(item, float) and item.is_integer():
            text = str(int(item))
        read = (fold(text) or None) if field in TEXTS else to_instant(text) if field in INSTANTS else to_number(text)
        if read is None:
            return None
        values.append(read)
    return values


def close_condition(condition: Mapping[str, Any]) -> Test | None:
    """One condition as a closure, by the words of A-C1 to A-C6; None where it cannot be asked."""
    wanted = wanted_values(condition)
    if wanted is None:
        return None
    field, operator, negated = condition["field"], condition["operator"], condition["negated"]
    chosen = set(wanted)
    if operator == "eq" and condition["value"] in (None, [None]):
        return lambda lead: (not lead[field]) != negated
    if operator == "all":
        return lambda lead: (bool(have := lead[field]) and chosen <= set(have)) != negated
    if operator == "gte":
        return lambda lead: any(value >= wanted[0] for value in lead[field] or ()) != negated
    if operator == "lte":
        return lambda lead: any(value <= wanted[0] for value in lead[field] or ()) != negated
    return lambda lead: any(value in chosen for value in lead[field] or ()) != negated


def close_rule(rule: Mapping[str, Any]) -> Test | None:
    """A rule as a closure; None where it is off."""
    start, end = rule["valid_from"] or datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    until = min(rule["valid_to"] or end, rule["deleted_at"] or end)
    tests = [] if rule["is_default"] else [close_condition(condition) for condition in rule["conditions"]]
    if None in tests:
        return None
    asked = [test for test in tests if test]
    joined = all if rule["is_default"] or rule["kind"] == "AND" else any
    channel = rule["channel_id"]
    return lambda lead: (
        lead["channel_id"] == channel and start <= lead["at"] < until and joined(test(lead) for test in asked)
    )


# --- random rulebooks and leads -----------------------------------------------------------------------------------


def draw_value(draw: random.Random, field: str) -> Any:
    fitting: Sequence[Any] = WORDS if field in TEXTS else MOMENTS if field in INSTANTS else AMOUNTS
    if draw.random() < 0.04:
        return draw.choice([*MISFITS, *WORDS, *AMOUNTS])
    return draw.choice(fitting)


def draw_condition(draw: random.Random) -> dict[str, Any]:
    field = draw.choice(list(FIELDS))
    operators = ["eq", "any", "all"] if field in TEXTS else ["eq", "any", "all", "gte", "lte", "gte", "lte"]
    operator = draw.choice(operators) if draw.random() < 0.97 else draw.choice(["gte", "lte"])
    if operator in ("any", "all"):
        value: Any = [draw_value(draw, field) for _ in range(draw.choice([0, 1, 1, 2, 2, 3]))]
    else:
        value = None if operator == "eq" and draw.random() < 0.1 else draw_value(draw, field)
        value = [value] if draw.random() < 0.1 else value
    return {"field": field, "operator": operator, "value": value, "negated": draw.random() < 0.35}


def draw_time(draw: random.Random, chance: float) -> datetime | None:
    return NOON + timedelta(hours=draw.randint(0, 5)) if draw.random() < chance else None


def draw_rule(draw: random.Random, number: int) -> dict[str, Any]:
    return {
        "rule_id": f"r{number:03}", "rulebook_version": "f1", "target": "Brand", "kind": draw.choice(["AND", "OR"]),
        "channel_id": draw.choice(["c1", "c1", "c2"]), "order": draw.randint(0, 4), "is_default": draw.random() < 0.1,
        "created_at": NOON + timedelta(seconds=draw.randint(0, 1)), "valid_from": draw_time(draw, 0.2),
        "valid_to": draw_time(draw, 0.1), "deleted_at": draw_time(draw, 0.05),
        "conditions": [draw_condition(draw) for _ in range(draw.choice([0, 1, 1, 2, 2, 3, 4]))],
    }  # fmt: skip


def draw_leads(draw: random.Random) -> list[dict[str, Any]]:
    words = sorted({fold(word) for word in WORDS} | {"elsewhere"})
    numbers = sorted({number for amount in AMOUNTS if (number := to_number(str(amount))) is not None} | {1.5, -7.0})
    moments = [NOON.timestamp(), NOON.timestamp() - 43200, 0.0]
    leads = []
    for _ in range(POOL_LEADS):
        lead: dict[str, Any] = {"channel_id": draw.choice(["c1", "c1", "c1", "c2", "c2", "c3", None]),
                                "at": NOON + timedelta(hours=draw.randint(-1, 6))}  # fmt: skip
        for field, most in FIELDS.items():
            pool: Sequence[Any] = words if field in TEXTS else moments if field in INSTANTS else numbers
            lead[field] = draw.sample(pool, draw.randint(1, min(most, len(pool)))) if draw.random() < 0.8 else None
        leads.append(lead)
    return leads


def to_frames(leads: list[dict[str, Any]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    ids = pl.Series("lead_id", [f"l{place}" for place in range(len(leads))])
    keys = pl.DataFrame(
        [
            ids,
            pl.Series("channel_id", [lead["channel_id"] for lead in leads], dtype=pl.String),
            pl.Series("captured_at", [lead["at"] for lead in leads], dtype=pl.Datetime("us", "UTC")),
        ]
    )
    schema = polars_schema(CORE_LEAD_FIELDS)
    columns = [pl.Series(field, [lead[field] for lead in leads], dtype=schema[field]) for field in FIELDS]
    return keys, pl.DataFrame([ids, *columns])


def compile_frames(rules: list[dict[str, Any]], is_off: Mapping[str, bool]) -> Any:
    frame = pl.DataFrame(rules, schema=polars_schema(ROUTING_RULES))
    conditions = pl.DataFrame(
        [
            {"rule_id": rule["rule_id"], "rulebook_version": "f1", "order": place, **condition,
             "value": json.dumps(condition["value"]), "condition_id": f"{rule['rule_id']}-{place}"}
            for rule in rules
            for place, condition in enumerate(rule["conditions"])
        ],
        schema=polars_schema(ROUTING_CONDITIONS),
    )  # fmt: skip
    terms = read_terms(conditions, frame, {})
    defaults = {rule["rule_id"] for rule in rules if rule["is_default"]}
    wrong = {term.rule[0] for term in terms if term.problem} - defaults
    assert wrong == {rule_id for rule_id, off in is_off.items() if off}, "rules that are off differ"
    off = pl.when(pl.col("rule_id").is_in(list(wrong))).then(pl.lit("wrong"))
    return compile_rulebook(frame.with_columns(off.alias("invalid_reason")), terms)


def test_100_000_pairs_of_rulebook_and_lead() -> None:
    draw = random.Random(SEED)
    pools = [draw_leads(draw) for _ in range(POOLS)]
    frames = [to_frames(leads) for leads in pools]
    pairs = won = several = off = 0
    for number in range(RULEBOOKS):
        rules = [draw_rule(draw, place) for place in range(draw.choice([1, 2, 4, 7, 12, 20, 70]))]
        closed = {rule["rule_id"]: close_rule(rule) for rule in rules}
        rulebook = compile_frames(rules, {rule_id: test is None for rule_id, test in closed.items()})
        ordered = sorted(rules, key=itemgetter("is_default", "order", "created_at", "rule_id"))
        tests = [(rule["rule_id"], test) for rule in ordered if (test := closed[rule["rule_id"]])]
        leads, (keys, fields) = pools[number % POOLS], frames[number % POOLS]
        ids = rulebook.rules["rule_id"].to_list()
        found = evaluate_rules(rulebook, keys, fields).select("rule", "next_rule", "matched_count").iter_rows()
        for lead, (rule, following, count) in zip(leads, found, strict=True):
            expected = [rule_id for rule_id, test in tests if test(lead)]
            got = (None if rule is None else ids[rule], None if following is None else ids[following], count)
            assert got == (*[*expected, None, None][:2], len(expected)), (number, lead)
            won, several = won + bool(expected), several + (len(expected) > 1)
        pairs, off = pairs + len(leads), off + sum(test is None for test in closed.values())
    assert pairs >= 100_000
    assert 0.4 * pairs < won < 0.9 * pairs, "a test in which nearly every rulebook answers alike"
    assert several > 0.2 * pairs
    assert off > 100
