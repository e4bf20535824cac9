"""What only the default rule takes, and the values that no rule names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import CORE_BRANDS, CORE_USERS, ROUTING_DECISIONS
from transforms.routing.coverage import find_unasked_values, list_asked_values, mark_defaults, measure_coverage
from transforms.routing.decisions import Organization
from transforms.routing.versions import RulebookTables


def rulebook(*asked: tuple[str, str, Any]) -> dict[str, Any]:
    rules = [
        {"id": f"r{place}", "channel": "ch1", "kind": "AND", "order": place, "target": "Brand", "brand": "b1",
         "conditions": [{"field": field, "operator": operator, "value": value}]}
        for place, (field, operator, value) in enumerate(asked)
    ]  # fmt: skip
    default = {"id": "d", "channel": "ch1", "is_default": True, "target": "Brand", "brand": "b1"}
    return {"channels": [{"id": "ch1", "name": "Website"}], "rules": [*rules, default]}


def decided(*rules: str | None, channel: str = "ch1") -> pl.DataFrame:
    rows = [{"lead_id": f"l{place:04}", "channel_id": channel, "rule_id": rule, "rulebook_version": rule and "f1"}
            for place, rule in enumerate(rules)]  # fmt: skip
    return pl.DataFrame(rows, schema=polars_schema(ROUTING_DECISIONS))


def organization(tables: RulebookTables) -> Organization:
    users, brands = (pl.DataFrame(schema=polars_schema(table)) for table in (CORE_USERS, CORE_BRANDS))
    return Organization(users, brands, tables.groups, tables.group_members, {}, "US")


def test_coverage_by_channel(rulebook_of: Callable[..., RulebookTables]) -> None:
    tables = rulebook_of(rulebook(("city", "eq", "a")))
    leads = pl.concat([decided("r0", "d", "d", None), decided(None, channel="ch2"), decided(None).with_columns(
        channel_id=pl.lit(None, dtype=pl.String))])  # fmt: skip
    assert measure_coverage(mark_defaults(leads, tables.rules), tables.channels).rows() == [
        ("ch1", "Website", 4, 1, 2, 1, 0.5), ("ch2", None, 1, 0, 0, 1, 0.0),
    ]  # fmt: skip


def test_values_that_no_rule_names(
    rulebook_of: Callable[..., RulebookTables], lead_fields_of: Callable[..., pl.DataFrame]
) -> None:
    tables = rulebook_of(
        rulebook(("city", "any", ["A", "b"]), ("beds", "eq", 2), ("price", "gte", 5), ("source", "eq", None))
    )
    asked = list_asked_values(tables, organization(tables))
    assert asked.rows() == [("ch1", "beds", "2"), ("ch1", "city", "a"), ("ch1", "city", "b")]
    leads = [{"city": ["a", "c"], "beds": [3.0], "price": [1.0]}, {"city": ["c", "c", "d"], "source": ["x"]}, {}]
    taken = mark_defaults(decided("r0", "d", "d"), tables.rules)
    assert find_unasked_values(taken, lead_fields_of(leads), asked).rows() == [
        ("ch1", "beds", "3", 1, 0, 1), ("ch1", "city", "c", 2, 1, 2), ("ch1", "city", "d", 1, 1, 2),
    ]  # fmt: skip
    assert find_unasked_values(taken.clear(), lead_fields_of([]), asked).is_empty()


def test_the_most_frequent_values_are_kept_and_all_counted(
    rulebook_of: Callable[..., RulebookTables], lead_fields_of: Callable[..., pl.DataFrame]
) -> None:
    tables = rulebook_of(rulebook(("city", "eq", "a")))
    leads = [{"city": [f"c{number:03}"]} for number in range(150)] + [{"city": ["often"]}] * 2
    taken = mark_defaults(decided(*["d"] * len(leads)), tables.rules)
    found = find_unasked_values(taken, lead_fields_of(leads), list_asked_values(tables, organization(tables)))
    assert (found.height, found["value"][0], found["values_count"].unique().to_list()) == (100, "often", [151])
