"""Rulebook documents: what is read, what goes to quarantine, and what is in force when."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from transforms.routing.documents import read_documents
from transforms.routing.versions import RulebookTables, build_versions

NOON = datetime(2026, 7, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

RulebookOf = Callable[..., RulebookTables]


def make_rule(rule_id: str, **more: Any) -> dict[str, Any]:
    return {"id": rule_id, "channel": "ch1", "kind": "AND", "order": 1, "target": "Brand", "brand": "b1", **more}


def spans(frame: pl.DataFrame, *names: str) -> list[tuple[Any, ...]]:
    return frame.select(*names, "valid_from", "valid_to", "rulebook_version").rows()


def test_ru3_ru4_documented_objects_are_read_whole_or_by_id(rulebook_of: RulebookOf) -> None:
    rule = {
        "id": "c5c7", "created_at": 1783014869.079451, "updated_at": 1783014869.079451, "deleted_at": None,
        "created_by": "f309", "channel": "8607", "kind": "AND", "order": 1, "target": "User",
        "user": {"type": "user", "id": "f309", "first_name": "John"}, "brand": {"id": "497c", "type": "brand"},
        "is_default": False, "flow": {"id": "flow1"}, "type": "lead_channel_rule",
        "conditions": [{"id": "189d", "rule": "c5c7", "order": 1, "field": "price", "operator": "gte",
                        "value": 500000, "negated": False}],
    }  # fmt: skip
    default = {"id": "1017", "channel": "8607", "order": 32767, "target": "User", "user": "f309", "brand": "497c",
               "is_default": True, "conditions": None, "kind": "AND"}  # fmt: skip
    channel = {"id": "8607", "name": None, "brand": "497c", "mls": None, "is_default": False, "rules_count": "1"}
    tables = rulebook_of({"channels": [channel], "rules": [rule, default]})
    names = ["rule_id", "target", "user_id", "brand_id", "flow_id", "is_default", "order", "invalid_reason"]
    assert tables.rules.select(names).rows() == [
        ("c5c7", "User", "f309", "497c", "flow1", False, 1, None),
        ("1017", "User", "f309", "497c", None, True, 32767, None),
    ]
    assert tables.rules["created_at"][0] == datetime(2026, 7, 2, 17, 54, 29, 79451, tzinfo=UTC)
    assert tables.conditions.select("condition_id", "field", "operator", "value", "negated").rows() == [
        ("189d", "price", "gte", "500000", False)
    ]
    assert tables.channels.select("channel_id", "brand_id", "is_default").rows() == [("8607", "497c", False)]
    assert tables.problems.is_empty()


def test_a_o9_a_later_file_replaces_the_rule_lists_of_the_channels_it_names(rulebook_of: RulebookOf) -> None:
    first = {"channels": [{"id": "ch1"}, {"id": "ch2"}], "rules": [make_rule("r1"), make_rule("r2", channel="ch2")]}
    tables = rulebook_of(first, {"rules": [make_rule("r3")]})
    assert spans(tables.rules, "rule_id") == [
        ("r1", None, NOON + HOUR, "f1"),
        ("r3", NOON + HOUR, None, "f2"),
        ("r2", None, None, "f1"),
    ]
    assert spans(tables.channels, "channel_id") == [("ch1", None, None, "f1"), ("ch2", None, None, "f1")]


def test_a_o9_a_given_valid_from_orders_versions_whatever_came_first(rulebook_of: RulebookOf) -> None:
    late = {"valid_from": "2026-07-02T11:00:00Z", "rules": [make_rule("late")]}
    early = {"valid_from": 1782979200, "rules": [make_rule("early")]}
    tables = rulebook_of(late, early)
    assert spans(tables.rules, "rule_id") == [
        ("early", NOON - 4 * HOUR, NOON - HOUR, "f2"),
        ("late", NOON - HOUR, None, "f1"),
    ]


def test_a_o9_channels_and_rules_may_come_in_files_of_their_own(rulebook_of: RulebookOf) -> None:
    tables = rulebook_of({"channels": [{"id": "ch1"}]}, {"rules": [make_rule("r1")]}, {"channels": [{"id": "ch1"}]})
    assert spans(tables.rules, "rule_id") == [("r1", None, None, "f2")]
    emptied = rulebook_of({"rules": [make_rule("r1")]}, {"channels": [{"id": "ch1"}], "rules": []})
    assert spans(emptied.rules, "rule_id") == [("r1", None, NOON + HOUR, "f1")]


def test_gr2_members_are_replaced_when_listed_and_kept_when_not(rulebook_of: RulebookOf) -> None:
    group = {"id": "g1", "name": "One", "distribution": "RoundRobin", "members": [{"user": "u1", "order": 1}]}
    echoed = {"id": "g1", "name": "Two", "distribution": "FirstToClaim"}
    replaced = {**echoed, "members": [{"user": "u2", "order": 2, "brand": "b1"}, {"user": "u3"}]}
    tables = rulebook_of({"groups": [group]}, {"groups": [echoed]}, {"groups": [replaced]})
    assert tables.groups.select("name", "distribution").rows() == [
        ("One", "RoundRobin"), ("Two", "FirstToClaim"), ("Two", "FirstToClaim"),
    ]  # fmt: skip
    assert tables.group_members.select("rulebook_version", "user_id", "order").rows() == [
        ("f1", "u1", 1), ("f2", "u1", 1), ("f3", "u2", 2), ("f3", "u3", 2),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"kind": "XOR"}, "kind must be AND or OR"),
        ({"target": "Team"}, "target must be User, Group or Brand"),
        ({"target": "User"}, "target is User but user names none"),
        ({"order": None}, "order must be a whole number"),
        ({"conditions": {}}, "conditions is not a list"),
        ({"conditions": [7]}, "condition 1: not a JSON object"),
        ({"conditions": [{"operator": "eq", "value": 1}]}, "condition 1: field is missing"),
        ({"conditions": [{"field": "price", "operator": "gt", "value": 1}]}, "operator must be"),
        ({"conditions": [{"field": "colour", "operator": "eq", "value": 1}]}, "unknown field 'colour'"),
        ({"conditions": [{"field": "city", "operator": "eq", "value": ["a", "b"]}]}, "not a list of 2"),
        ({"conditions": [{"field": "city", "operator": "gte", "value": "a"}]}, "city is text"),
        ({"conditions": [{"field": "price", "operator": "gte", "value": "much"}]}, "'much' is no number"),
        ({"conditions": [{"field": "price", "operator": "lte", "value": None}]}, "only eq may be asked of null"),
        ({"conditions": [{"field": "city", "operator": "any", "value": ["a", None]}]}, "only eq may be asked of null"),
        ({"conditions": [{"field": "city", "operator": "any", "value": [["a"]]}]}, "must be a text, a number"),
    ],
)
def test_a_c10_an_invalid_rule_is_off_with_its_reason_and_the_others_go_on(
    rulebook_of: RulebookOf, change: dict[str, Any], reason: str
) -> None:
    tables = rulebook_of({"rules": [make_rule("bad", **change), make_rule("good")]})
    assert reason in tables.rules["invalid_reason"][0]
    assert tables.rules["invalid_reason"][1] is None
    problem = tables.problems.row(0, named=True)
    assert (problem["code"], problem["column_name"], problem["file_id"]) == ("invalid_rule", "rules[0]", "f1")
    assert reason in problem["reason"]
    assert tables.problems.height == 1


@pytest.mark.parametrize(
    ("document", "code", "path"),
    [
        ([], "unknown_shape", ""),
        ({"brands": [], "users": []}, "unknown_shape", ""),
        ({"rules": {}}, "unknown_shape", "rules"),
        ({"valid_from": "soon", "rules": []}, "unknown_shape", "valid_from"),
        ({"rules": ["r1"]}, "unknown_shape", "rules[0]"),
        ({"rules": [make_rule("")]}, "missing_field", "rules[0].id"),
        ({"rules": [make_rule("r1", channel=None)]}, "missing_field", "rules[0].channel"),
        ({"channels": [{"id": "a"}, {"id": "a"}]}, "duplicate_id", "channels[1].id"),
        ({"groups": [{"id": "g", "distribution": "Random"}]}, "invalid_rule", "groups[0].distribution"),
        ({"groups": [{"id": "g", "distribution": "RoundRobin", "members": [{}]}]}, "invalid_rule",
         "groups[0].members[0]"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_in_quarantine_with_its_place(
    rulebook_of: RulebookOf, document: Any, code: str, path: str
) -> None:
    problems = rulebook_of(document).problems
    assert problems.select("code", "column_name", "row_number").rows() == [(code, path, 1)]


def test_broken_json_is_refused() -> None:
    record = {"file_id": "f1", "file_name": "a.json", "run_sequence": 1, "received_at": NOON, "record_number": 1}
    documents = read_documents(pl.DataFrame([{**record, "payload": "{"}]))
    assert build_versions(documents, {}, "US").problems["code"].to_list() == ["unknown_shape"]


def test_ids_may_be_any_text_and_conditions_without_one_get_one(rulebook_of: RulebookOf) -> None:
    asked = [{"field": "city", "operator": "eq", "value": value} for value in ("a", "b")]
    tables = rulebook_of({"rules": [make_rule("Ünï|'1'", channel=7, conditions=asked)]})
    assert tables.rules.select("rule_id", "channel_id").rows() == [("Ünï|'1'", "7")]
    assert tables.conditions["condition_id"].n_unique() == 2


def test_a_c8_phone_conditions_are_read_in_the_brands_region() -> None:
    asked = [{"field": "phone", "operator": "eq", "value": "020 7946 0018"}]
    document = {"channels": [{"id": "ch1", "brand": "b1"}], "rules": [make_rule("r1", conditions=asked)]}
    record = {"file_id": "f1", "file_name": "a.json", "run_sequence": 1, "received_at": NOON, "record_number": 1}
    documents = read_documents(pl.DataFrame([{**record, "payload": json.dumps(document)}]))
    assert build_versions(documents, {"b1": "GB"}, "US").rules["invalid_reason"].to_list() == [None]
