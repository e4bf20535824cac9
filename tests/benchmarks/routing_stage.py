"""Seconds and memory of the routing stage, all leads new and all leads again, and of the stage that proves it.

`python tests/benchmarks/routing_stage.py [LEADS [RULES]]`: reads from core, evaluates, gives turns, commits the ledger.
"""

from __future__ import annotations

import json
import platform
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
from routing import make_leads, make_rules

from flows.runs import Counts, Run, start_run
from flows.stages import prove_routing, route
from flows.store import Store
from schemas.ddl import polars_schema
from schemas.tables import (
    CORE_LEAD_FIELDS,
    CORE_LEADS,
    CORE_USERS,
    ROUTING_CHANNELS,
    ROUTING_CONDITIONS,
    ROUTING_GROUP_MEMBERS,
    ROUTING_GROUPS,
    ROUTING_RULES,
    STAGING_LEADS,
    Table,
)

START = datetime(2026, 7, 2, tzinfo=UTC)
DISTINCT_LEADS = 100_000  # leads beyond repeat the fields of these, in another order
TARGETS = (("User", "user_id", "u", 50), ("Group", "group_id", "g", 10), ("Brand", "brand_id", "b", 1))


def put(store: Store, table: Table, rows: list[dict[str, Any]]) -> None:
    store.append(table, pl.DataFrame(rows, schema=polars_schema(table)))


def conform(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with the table's columns, null where it has none of that name."""
    schema = polars_schema(table)
    return frame.select(
        pl.col(name).cast(dtype) if name in frame.columns else pl.lit(None, dtype).alias(name)
        for name, dtype in schema.items()
    )


def put_rulebook(store: Store, count: int, random_: random.Random) -> None:
    """Rules that give to users, RoundRobin groups and the brand in turn."""
    rules, conditions = make_rules(count, random_), []
    for number, rule in enumerate(rules):
        target, column, letter, size = TARGETS[number % 3]
        asked = rule.pop("conditions")
        rule |= {"target": target, column: f"{letter}{number % size}"}
        conditions += [
            {"condition_id": f"{rule['rule_id']}-{place}", "rule_id": rule["rule_id"], "rulebook_version": "f1",
             "order": place, **condition, "value": json.dumps(condition["value"])}
            for place, condition in enumerate(asked)
        ]  # fmt: skip
    put(store, ROUTING_RULES, rules)
    put(store, ROUTING_CONDITIONS, conditions)
    put(
        store, ROUTING_CHANNELS, [{"channel_id": "ch1", "brand_id": "b0", "is_default": True, "rulebook_version": "f1"}]
    )
    groups = [{"group_id": f"g{number}", "distribution": "RoundRobin"} for number in range(10)]
    put(store, ROUTING_GROUPS, [{**group, "rulebook_version": "f1"} for group in groups])
    put_members(store, None)
    users = [{"user_id": f"u{number}", "display_name": f"User {number}", "is_active": True} for number in range(50)]
    put(store, CORE_USERS, users)


def put_members(store: Store, cap_per_day: int | None) -> None:
    """Five members a group; those of the first may have a cap."""
    members = [
        {"group_id": f"g{group}", "user_id": f"u{group * 5 + place}", "order": place, "rulebook_version": "f1",
         "cap_per_day": None if group else cap_per_day}
        for group in range(10) for place in range(5)
    ]  # fmt: skip
    store.delete(ROUTING_GROUP_MEMBERS)
    put(store, ROUTING_GROUP_MEMBERS, members)


def put_leads(store: Store, count: int, random_: random.Random) -> None:
    """Leads a second apart; every contact has two."""
    given = make_leads(min(count, DISTINCT_LEADS), random_)
    fields = pl.DataFrame(given, schema={n: t for n, t in polars_schema(CORE_LEAD_FIELDS).items() if n in given[0]})
    for start in range(0, count, len(given)):
        number = pl.int_range(start, start + len(given), eager=True).alias("number")
        rows = number.to_frame().select(
            pl.format("{}-0000-4000-8000-000000000000", pl.col("number").cast(pl.String).str.zfill(8)).alias("lead_id"),
            pl.format("c{}-0000-4000-8000-000000000000", pl.col("number") // 2).alias("contact_id"),
            (pl.lit(START) + pl.duration(seconds=pl.col("number"))).alias("captured_at"),
            (pl.col("number") + 1).alias("record_number"),
            channel_id=pl.lit("ch1"), brand_id=pl.lit("b0"), raw_payload=pl.lit("{}"), parsed_payload=pl.lit("{}"),
            is_repeat=pl.lit(False), contact_exists=pl.lit(False), run_sequence=pl.lit(1), file_id=pl.lit("f2"),
        ).with_columns(payload_key="lead_id")  # fmt: skip
        store.append(CORE_LEADS, conform(CORE_LEADS, rows))
        store.append(STAGING_LEADS, conform(STAGING_LEADS, rows))
        shuffled = fields.sample(fraction=1, shuffle=True, seed=start).with_columns(rows["lead_id"])
        store.append(CORE_LEAD_FIELDS, conform(CORE_LEAD_FIELDS, shuffled))


def measure(run: Run, what: str, stage: Callable[[Run], Counts] = route) -> None:
    started, used = time.perf_counter(), time.process_time()
    counts = stage(run)
    seconds, cpu = time.perf_counter() - started, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    told = ", ".join(f"{name} {value:,}" for name, value in counts.items() if value)
    print(f"{what}: {seconds:.1f} s, {cpu:.1f} s CPU, peak {peak:.2f} GB so far; {told}")


def main() -> None:
    """Print versions, then the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    rules = int(sys.argv[2]) if len(sys.argv) > 2 else 2_000
    print(f"python {platform.python_version()}, polars {pl.__version__}, duckdb {duckdb.__version__}, "
          f"{platform.machine()}, {pl.thread_pool_size()} threads")  # fmt: skip
    random_ = random.Random(7)
    with tempfile.TemporaryDirectory() as folder, start_run("run", Path(folder), None, START.isoformat()) as run:
        with run.store() as store, store.transaction():
            put_rulebook(store, rules, random_)
            put_leads(store, count, random_)
        measure(run, f"{count:,} leads x {rules:,} rules, all new")
        measure(run, "the same again, compared with the ledger")
        measure(run, "findings, coverage and fairness", prove_routing)
        with run.store() as store:
            put_members(store, 50)
        measure(run, "a tenth of the groups with a cap a day")


if __name__ == "__main__":
    main()
