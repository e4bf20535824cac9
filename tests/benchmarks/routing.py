"""Compiled rulebook, plain closures and zen-engine side by side: `python tests/benchmarks/routing.py [LEADS [RULES]]`.

zen-engine is compared where it is installed (`pip install zen-engine`); leadpipe itself does not need it.
"""

from __future__ import annotations

import json
import platform
import random
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import numpy as np
import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import CORE_LEAD_FIELDS, ROUTING_CONDITIONS, ROUTING_RULES
from transforms.routing.conditions import read_terms
from transforms.routing.evaluate import evaluate_rules
from transforms.routing.rulebook import compile_rulebook

NOON = datetime(2026, 7, 2, 12, tzinfo=UTC)
NUMBERS = {"price": 2000, "beds": 6, "baths": 5, "captured_hour": 24}
TEXTS = {"postal_code": 900, "city": 300, "state": 50, "county": 150, "source": 40, "mls": 20, "tag": 60,
         "contact_tag": 60}  # fmt: skip
FIELDS = (*NUMBERS, *TEXTS)
PLACES = ("postal_code", "city", "county")
SEVERAL = ("tag", "contact_tag")
CLOSURE_LEADS = 300  # the slow sides are timed on fewer leads
ZEN_LEADS = 40


def make_leads(count: int, random_: random.Random) -> list[dict[str, Any]]:
    """Leads with a tenth of their fields missing and one to four tags."""
    leads = []
    for _ in range(count):
        lead: dict[str, Any] = {}
        for name, size in NUMBERS.items():
            factor = 1000.0 if name == "price" else 1.0
            lead[name] = None if random_.random() < 0.1 else [random_.randrange(size) * factor]
        for name, size in TEXTS.items():
            values = random_.randint(1, 4) if name in SEVERAL else 1
            chosen = list({f"{name} {random_.randrange(size)}" for _ in range(values)})
            lead[name] = None if random_.random() < 0.1 else chosen
        leads.append(lead)
    return leads


def make_rules(count: int, random_: random.Random) -> list[dict[str, Any]]:
    """Rules of 1 to 6 conditions over 12 fields, and the default rule.

    Each is about some place, as rules of a rulebook this long are, so that few of them match a lead.
    """
    rules = []
    for number in range(count - 1):
        kind = random_.choice(["AND", "AND", "AND", "OR"])
        more = random_.randint(0, 5)
        conditions = [make_condition(random_, PLACES)]
        conditions += [make_condition(random_, PLACES if kind == "OR" else FIELDS) for _ in range(more)]
        rules.append({"rule_id": f"r{number}", "kind": kind, "order": number, "conditions": conditions})
    rules.append({"rule_id": "default", "kind": "AND", "order": 32767, "is_default": True, "conditions": []})
    return [{"channel_id": "ch1", "is_default": False, "target": "Brand", "rulebook_version": "f1", **r} for r in rules]


def make_condition(random_: random.Random, fields: tuple[str, ...]) -> dict[str, Any]:
    """One condition, with every operator that its field can have."""
    name = random_.choice(fields)
    negated = fields is FIELDS and random_.random() < 0.15
    if name in NUMBERS:
        factor = 1000 if name == "price" else 1
        operator = random_.choice(["gte", "lte", "gte", "lte", "eq"])
        value: Any = random_.randrange(NUMBERS[name]) * factor
    else:
        operator = random_.choice(["eq", "any", "any", "all"] if name in SEVERAL else ["eq", "any", "any"])
        listed = [f"{name} {random_.randrange(TEXTS[name])}" for _ in range(2)]
        value = listed[0] if operator == "eq" else listed
    return {"field": name, "operator": operator, "value": value, "negated": negated}


def close_over(rule: dict[str, Any]) -> Callable[[dict[str, Any]], bool]:
    """A rule as closures, the plain way."""
    tests = [close_condition(condition) for condition in rule["conditions"]]
    if rule["is_default"]:
        return lambda lead: True
    if rule["kind"] == "AND":
        return lambda lead: all(test(lead) for test in tests)
    return lambda lead: any(test(lead) for test in tests)


def close_condition(condition: dict[str, Any]) -> Callable[[dict[str, Any]], bool]:
    name, operator, value, negated = (condition[key] for key in ("field", "operator", "value", "negated"))
    wanted = set(value) if isinstance(value, list) else {value}
    if operator == "gte":
        holds: Callable[[list[Any]], bool] = lambda have: any(item >= value for item in have)  # noqa: E731
    elif operator == "lte":
        holds = lambda have: any(item <= value for item in have)  # noqa: E731
    elif operator == "all":
        holds = lambda have: wanted.issubset(have)  # noqa: E731
    else:
        holds = lambda have: not wanted.isdisjoint(have)  # noqa: E731
    return lambda lead: (bool(have := lead[name]) and holds(have)) != negated


def write_zen(rules: list[dict[str, Any]], policy: str) -> str:
    """A rulebook as zen-engine's decision table, one expression a rule; policy first stops at the one that wins."""
    rows = [
        {"_id": rule["rule_id"], "asked": "" if rule["is_default"] else write_expression(rule),
         "rule": json.dumps(rule["rule_id"])}
        for rule in rules
    ]  # fmt: skip
    table = {"hitPolicy": policy, "inputs": [{"id": "asked", "name": "asked"}], "rules": rows,
             "outputs": [{"id": "rule", "name": "rule", "field": "rule"}]}  # fmt: skip
    place = {"position": {"x": 0, "y": 0}}
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode", **place},
        {"id": "table", "name": "table", "type": "decisionTableNode", "content": table, **place},
        {"id": "out", "name": "out", "type": "outputNode", **place},
    ]
    edges = [
        {"id": f"{a}-{b}", "sourceId": a, "targetId": b, "type": "edge"} for a, b in (("in", "table"), ("table", "out"))
    ]
    return json.dumps({"contentType": "application/vnd.gorules.decision", "nodes": nodes, "edges": edges})


def write_expression(rule: dict[str, Any]) -> str:
    joined = f" {rule['kind'].lower()} ".join(map(write_condition, rule["conditions"]))
    return f"({joined})"


def write_condition(condition: dict[str, Any]) -> str:
    name, operator, value = (condition[key] for key in ("field", "operator", "value"))
    listed = json.dumps(value if isinstance(value, list) else [value])
    if operator in ("gte", "lte"):
        asked = f"({name} != null and {name} {'>=' if operator == 'gte' else '<='} {value})"
    elif name not in SEVERAL:
        asked = f"({name} != null and {name} in {listed})"
    elif operator == "all":
        asked = "(" + " and ".join(f"some({name}, # == {json.dumps(item)})" for item in value) + ")"
    else:
        asked = f"some({name}, # in {listed})"
    return f"not {asked}" if condition["negated"] else asked


def time_zen(leads: list[dict[str, Any]], rules: list[dict[str, Any]], expected: list[str], policy: str) -> float:
    """Microseconds CPU a lead until the first match (policy first), or for all that match (policy collect)."""
    import zen

    decision = zen.ZenEngine().create_decision(write_zen(rules, policy))
    plain = [
        {name: (have or []) if name in SEVERAL else have[0] if have else None for name, have in lead.items()}
        for lead in leads
    ]
    decision.evaluate(plain[0])  # it compiles when it is first asked
    started = time.process_time()
    found = [decision.evaluate(lead)["result"] for lead in plain]
    seconds = time.process_time() - started
    assert [(result if policy == "first" else result[0])["rule"] for result in found] == expected
    return seconds / len(leads) * 1e6


def compile_frames(rules: list[dict[str, Any]]) -> Any:
    """The compiled rulebook from rows of the tables, as the stage does it."""
    frame = pl.DataFrame(rules, schema=polars_schema(ROUTING_RULES))
    conditions = pl.DataFrame(
        [
            {"condition_id": f"{rule['rule_id']}-{place}", "rule_id": rule["rule_id"], "rulebook_version": "f1",
             "order": place, **condition, "value": json.dumps(condition["value"])}
            for rule in rules
            for place, condition in enumerate(rule["conditions"])
        ],
        schema=polars_schema(ROUTING_CONDITIONS),
    )  # fmt: skip
    times = []
    for _ in range(3):  # the first time, polars warms up
        started = time.process_time()
        terms = read_terms(conditions, frame, {})
        rulebook = compile_rulebook(frame, terms)
        times.append(time.process_time() - started)
    assert not [term for term in terms if term.problem]
    return rulebook, conditions.height, min(times)


def measure(leads: list[dict[str, Any]], rules: list[dict[str, Any]]) -> None:
    """Print one line of figures, after checking that both sides agree."""
    rulebook, conditions, compiled = compile_frames(rules)
    ids = [f"l{number}" for number in range(len(leads))]
    fields = pl.DataFrame(leads, schema={n: t for n, t in polars_schema(CORE_LEAD_FIELDS).items() if n in leads[0]})
    fields = fields.with_columns(pl.Series("lead_id", ids))
    keys = pl.DataFrame({"lead_id": ids}).with_columns(
        pl.lit("ch1").alias("channel_id"), pl.lit(NOON).dt.cast_time_unit("us").alias("captured_at")
    )
    times = []
    for _ in range(3):
        started = time.process_time()
        found = evaluate_rules(rulebook, keys, fields)
        times.append(time.process_time() - started)
    closures = [close_over(rule) for rule in rules]
    sample = leads[:CLOSURE_LEADS]
    started = time.process_time()
    expected = [next((place for place, rule in enumerate(closures) if rule(lead)), None) for lead in sample]
    first = (time.process_time() - started) / len(sample) * 1e6
    started = time.process_time()
    matched = [sum(rule(lead) for rule in closures) for lead in sample]
    every = (time.process_time() - started) / len(sample) * 1e6
    winners = [rulebook.rules["rule_id"][rule] for rule in found["rule"][: len(sample)]]
    assert winners == [rules[place]["rule_id"] for place in expected if place is not None]
    assert found["matched_count"][: len(sample)].to_list() == matched
    ours = min(times) / len(leads) * 1e6
    print(
        f"{len(leads):,} leads x {len(rules):,} rules ({conditions:,} conditions over {len(rulebook.fields)} fields): "
        f"compile {compiled:.2f} s CPU; compiled {ours:.2f} us CPU a lead (winner, next, count)"
    )
    print(f"  closures: all that match {every:.0f} us ({every / ours:.0f}x), "
          f"until the first {first:.0f} us ({first / ours:.0f}x)")  # fmt: skip
    if find_spec("zen") is None:
        print("  zen-engine is not installed: pip install zen-engine")
        return
    few = (sample[:ZEN_LEADS], rules, winners[:ZEN_LEADS])
    collected, stopped = time_zen(*few, "collect"), time_zen(*few, "first")
    print(f"  zen-engine {version('zen-engine')}: all that match {collected:.0f} us ({collected / ours:.0f}x), "
          f"until the first {stopped:.0f} us ({stopped / ours:.0f}x)")  # fmt: skip


def main() -> None:
    """Print versions, then the figures."""
    print(f"python {platform.python_version()}, polars {pl.__version__}, numpy {np.__version__}, {platform.machine()}")
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    sizes = [int(sys.argv[2])] if len(sys.argv) > 2 else [200, 2_000, 10_000]
    random_ = random.Random(7)
    leads = make_leads(count, random_)
    for size in sizes:
        measure(leads, make_rules(size, random_))


if __name__ == "__main__":
    main()
