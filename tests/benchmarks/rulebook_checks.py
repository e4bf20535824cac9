"""Lint and back-test beside a compile and an evaluation: `python tests/benchmarks/rulebook_checks.py [RULES [LEADS]]`.

Two rulebooks: one of random rules, most of which are dead, and one of a brokerage's kind, each rule about places and
a price range, with one dead rule in twenty.
"""

from __future__ import annotations

import json
import platform
import random
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import numpy as np
import polars as pl
from routing import NOON, make_leads, make_rules

from schemas.ddl import polars_schema
from schemas.tables import CORE_BRANDS, CORE_LEAD_FIELDS, CORE_USERS
from transforms.routing.backtest import History, decide_under, run_backtest
from transforms.routing.candidate import put_in_force, read_candidate
from transforms.routing.decisions import Organization, Policy, compile_rules
from transforms.routing.documents import Document, read_documents
from transforms.routing.lint.findings import findings_frame
from transforms.routing.lint.rulebook import Surroundings, lint_rulebook
from transforms.routing.versions import RulebookTables, build_versions

T = TypeVar("T")

USERS = 40
GROUPS = 10
TARGETS = ("User", "Group", "Brand")


def timed(work: Callable[[], T], repeats: int = 3) -> tuple[T, float]:
    """The result, and the CPU seconds of the fastest of several goes."""
    best = float("inf")
    for _ in range(repeats):
        started = time.process_time()
        result = work()
        best = min(best, time.process_time() - started)
    return result, best


def make_brokerage_rules(count: int, draw: random.Random) -> list[dict[str, Any]]:
    """Rules about one or two places of 4,500 and a price range; every twentieth repeats an earlier one."""
    rules: list[dict[str, Any]] = []
    for number in range(count - 1):
        if number % 20 == 19:
            conditions = [*draw.choice(rules)["conditions"], {"field": "beds", "operator": "gte", "value": 2}]
        else:
            low = draw.randrange(1, 40) * 50_000
            places = [f"postal_code {draw.randrange(4_500)}" for _ in range(draw.randint(1, 2))]
            conditions = [
                {"field": "postal_code", "operator": "any", "value": places},
                {"field": "price", "operator": "gte", "value": low},
                *draw.sample([
                    {"field": "price", "operator": "lte", "value": low + 500_000},
                    {"field": "tag", "operator": "any", "value": [f"tag {draw.randrange(60)}" for _ in range(2)]},
                    {"field": "source", "operator": "eq", "value": f"source {draw.randrange(40)}", "negated": True},
                ], draw.randint(0, 3)),
            ]  # fmt: skip
        rules.append({"rule_id": f"r{number}", "kind": "AND", "order": number, "conditions": conditions})
    return [*rules, {"rule_id": "default", "is_default": True, "kind": "AND", "order": 32767, "conditions": []}]


def read(rules: list[dict[str, Any]], version: str) -> Document:
    """Rules as a document, shared among users, groups and the brand."""
    listed = []
    for number, rule in enumerate(rules):
        target = TARGETS[number % 3]
        named = {"User": f"u{number % USERS}", "Group": f"g{number % GROUPS}", "Brand": "b1"}[target]
        listed.append({"id": rule["rule_id"], "channel": "ch1", "is_default": bool(rule.get("is_default")),
                       "kind": rule["kind"], "order": rule["order"], "target": target, target.lower(): named,
                       "conditions": rule["conditions"]})  # fmt: skip
    members = [{"user": f"u{number}"} for number in range(USERS)]
    groups = [{"id": f"g{number}", "distribution": "RoundRobin", "members": members[number::GROUPS]}
              for number in range(GROUPS)]  # fmt: skip
    payload = json.dumps({"channels": [{"id": "ch1", "brand": "b1"}], "rules": listed, "groups": groups})
    record = {"file_id": version, "file_name": version, "run_sequence": 1, "received_at": NOON, "record_number": 1,
              "payload": payload}  # fmt: skip
    return read_documents(pl.DataFrame([record]))[0]


def make_history(tables: RulebookTables, count: int, draw: random.Random) -> History:
    """Leads an hour apart, each of its own contact."""
    fields = make_leads(count, draw)
    ids = [f"l{number:07}" for number in range(count)]
    schema = {name: dtype for name, dtype in polars_schema(CORE_LEAD_FIELDS).items() if name in fields[0]}
    lead_fields = pl.DataFrame(fields, schema=schema).insert_column(0, pl.Series("lead_id", ids))
    nothing = pl.Series([None] * count, dtype=pl.String)
    leads = pl.DataFrame(
        {
            "lead_id": ids, "contact_id": ids, "channel_id": ["ch1"] * count, "brand_id": ["b1"] * count,
            "captured_at": pl.Series([NOON + timedelta(hours=number) for number in range(count)],
                                     dtype=pl.Datetime("us", "UTC")),
            "assignees": nothing, "is_repeat": [False] * count, "contact_owner": nothing, "file_id": ["f"] * count,
            "record_number": range(1, count + 1), "payload_key": ids,
        }
    )  # fmt: skip
    users = [{"user_id": f"u{number}", "is_active": True, "brand_id": "b1"} for number in range(USERS)]
    organization = Organization(
        pl.DataFrame(users, schema=polars_schema(CORE_USERS)),
        pl.DataFrame([{"brand_id": "b1"}], schema=polars_schema(CORE_BRANDS)),
        tables.groups, tables.group_members, {}, "US",
    )  # fmt: skip
    return History(leads, lead_fields, organization, Policy(True, {}, 30))


def measure(name: str, rules: list[dict[str, Any]], leads: int, draw: random.Random) -> None:
    """Print the figures of one rulebook."""
    tables = build_versions([read(rules, "live")], {}, "US")
    history = make_history(tables, leads, draw)
    known = history.organization
    _, compiled = timed(lambda: compile_rules(tables.rules, tables.conditions, tables.channels, known))
    alone = Surroundings(known.users, known.brands, {}, "US")
    beside = Surroundings(known.users, known.brands, {}, "US", history.leads, history.lead_fields)
    findings, linted = timed(lambda: lint_rulebook(tables, alone))
    _, with_leads = timed(lambda: lint_rulebook(tables, beside), 1)
    codes = findings_frame(findings)["code"].value_counts(sort=True).head(4).rows()
    print(f"{name}: {len(rules):,} rules, {tables.conditions.height:,} conditions")
    print(f"  compile {compiled:.2f} s CPU; lint {linted:.2f} s ({linted / compiled:.1f}x), "
          f"with {leads:,} leads {with_leads:.2f} s; found {codes}")  # fmt: skip
    swapped = [rule | {"order": len(rules) - rule["order"]} if not rule.get("is_default") else rule for rule in rules]
    candidate = read_candidate(read(swapped, "candidate"), {}, "US")
    _, once = timed(lambda: decide_under(tables, history))
    (compared, _), twice = timed(lambda: run_backtest(tables, candidate, history, None, None))
    _, prepared = timed(lambda: put_in_force(tables, candidate, None))
    print(
        f"  {leads:,} leads: one evaluation with its ledger {once:.2f} s; back-test {twice:.2f} s "
        f"({twice / once:.2f}x), of it the candidate {prepared:.3f} s; {compared.leads.height:,} leads differ"
    )


def main() -> None:
    """Print versions, then the figures."""
    print(f"python {platform.python_version()}, polars {pl.__version__}, numpy {np.__version__}, {platform.machine()}")
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    leads = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    draw = random.Random(7)
    measure("brokerage", make_brokerage_rules(count, draw), leads, draw)
    measure("random", make_rules(count, draw), leads, draw)


if __name__ == "__main__":
    main()
