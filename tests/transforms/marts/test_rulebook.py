from __future__ import annotations

import datetime as dt
import json
from typing import Any

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import (
    MARTS_CHANNELS,
    MARTS_GROUPS,
    MARTS_RULES,
    ROUTING_CHANNELS,
    ROUTING_CONDITIONS,
    ROUTING_GROUP_MEMBERS,
    ROUTING_GROUPS,
    ROUTING_RULES,
    Table,
)
from transforms.marts.rulebook import describe_channels, describe_groups, describe_rules

NOON = dt.datetime(2026, 5, 15, 12, tzinfo=dt.UTC)


def frame(table: Table, *rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([{"rulebook_version": "v2", **row} for row in rows], schema=polars_schema(table))


def rule(rule_id: str, order: int, **more: Any) -> dict[str, Any]:
    return {
        "rule_id": rule_id,
        "channel_id": "c",
        "kind": "AND",
        "order": order,
        "is_default": False,
        "target": "User",
    } | more


RULES = frame(
    ROUTING_RULES,
    rule("default", 0, is_default=True),
    rule("late", 2),
    rule("early", 1),
    rule("gone", 1, deleted_at=NOON),
    rule("early", 9, valid_to=NOON, rulebook_version="v1"),
)


def test_ch4_ch5_channels_count_their_captures_and_live_rules() -> None:
    channels = frame(
        ROUTING_CHANNELS,
        {"channel_id": "c", "is_default": True, "name": "Default Route"},
        {"channel_id": "c", "is_default": True, "name": "Old", "valid_to": NOON, "rulebook_version": "v1"},
        {"channel_id": "quiet", "is_default": False},
    )
    leads = pl.DataFrame({"channel_id": ["c", "c", None], "captured_at": [NOON, NOON + dt.timedelta(1), NOON]})
    described = describe_channels(channels, RULES, leads)
    assert set(described.columns) == set(polars_schema(MARTS_CHANNELS))
    columns = ["id", "name", "capture_number", "last_capture_date", "rules_count"]
    assert described.select(columns).rows() == [
        ("c", "Default Route", 2, NOON + dt.timedelta(1), "3"),
        ("quiet", None, 0, None, "0"),
    ]


def test_a_o1_a_o2_rules_stand_in_the_order_they_are_tried() -> None:
    conditions = frame(
        ROUTING_CONDITIONS,
        {"condition_id": "2", "rule_id": "early", "order": 2, "field": "postal_code", "operator": "any",
         "value": '["90210", "90211"]', "negated": True},
        {"condition_id": "1", "rule_id": "early", "order": 1, "field": "price", "operator": "gte", "value": "500000",
         "negated": False},
        {"condition_id": "0", "rule_id": "early", "order": 1, "field": "old", "operator": "eq", "value": "1",
         "negated": False, "rulebook_version": "v1"},
    )  # fmt: skip
    described = describe_rules(RULES, conditions, pl.DataFrame({"rule_id": ["early", "early", None, "default"]}))
    assert set(described.columns) == set(polars_schema(MARTS_RULES))
    assert described.select("id", "position", "wins_count").rows() == [
        ("early", 1, 2),
        ("late", 2, 0),
        ("default", 3, 1),
    ]
    assert json.loads(described["conditions"][0]) == [
        {"id": "1", "field": "price", "operator": "gte", "value": 500000, "negated": False, "order": 1},
        {
            "id": "2",
            "field": "postal_code",
            "operator": "any",
            "value": ["90210", "90211"],
            "negated": True,
            "order": 2,
        },
    ]
    assert described["conditions"][1] == "[]"


def test_a_g5_groups_show_their_turn() -> None:
    groups = frame(
        ROUTING_GROUPS,
        {"group_id": "g", "distribution": "RoundRobin"},
        {"group_id": "h", "distribution": "FirstToClaim"},
    )
    members = frame(
        ROUTING_GROUP_MEMBERS,
        {"group_id": "g", "user_id": "b", "order": 2},
        {"group_id": "g", "user_id": "a", "order": 1},
        {"group_id": "g", "user_id": "z", "order": 1, "rulebook_version": "v1"},
    )
    decisions = pl.DataFrame(
        {"group_id": ["g", "g", "h", None], "group_turn": [2, 1, None, None], "user_id": ["b", "a", None, "a"]}
    )
    described = describe_groups(groups, members, decisions)
    assert set(described.columns) == set(polars_schema(MARTS_GROUPS))
    columns = ["id", "members", "turns_count", "last_served"]
    assert described.select(columns).rows() == [("g", ["a", "b"], 2, "b"), ("h", None, 0, None)]
