"""Each kind of finding on a rulebook that has it, and none on one that has not (SPEC A-C, A-O, A-G)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from schemas.ddl import polars_schema
from schemas.tables import CORE_BRANDS, CORE_LEAD_FIELDS, CORE_USERS
from schemas.vocabulary import Severity
from transforms.routing.documents import read_documents
from transforms.routing.lint.findings import FINDING_SCHEMA, KINDS, Finding, findings_frame
from transforms.routing.lint.rulebook import Surroundings, lint_rulebook, read_problems
from transforms.routing.versions import build_versions

NOON = datetime(2026, 7, 2, 12, tzinfo=UTC)
MOMENT = pl.Datetime("us", "UTC")
DEFAULT = {"id": "default", "channel": "ch1", "order": 32767, "is_default": True, "target": "Brand", "brand": "b1"}


def rule(rule_id: str, order: int, *asked: tuple[Any, ...], kind: str = "AND", **more: Any) -> dict[str, Any]:
    conditions = [dict(zip(("field", "operator", "value", "negated"), condition, strict=False)) for condition in asked]
    target = {"target": "Brand", "brand": "b1"} if "target" not in more else {}
    return {"id": rule_id, "channel": "ch1", "kind": kind, "order": order, "conditions": conditions, **target, **more}


def lint(
    *rules: dict[str, Any], groups: list[dict[str, Any]] | None = None, users: list[dict[str, Any]] | None = None,
    leads: list[dict[str, Any]] | None = None, default: dict[str, Any] | None = DEFAULT,
) -> list[Finding]:  # fmt: skip
    document = {"channels": [{"id": "ch1", "brand": "b1"}], "groups": groups or [],
                "rules": [*rules, *([default] if default else [])]}  # fmt: skip
    record = {"file_id": "f1", "file_name": "f1.json", "run_sequence": 1, "received_at": NOON, "record_number": 1,
              "payload": json.dumps(document)}  # fmt: skip
    tables = build_versions(read_documents(pl.DataFrame([record])), {}, "US")
    keys, fields = None, None
    if leads is not None:
        keys = pl.DataFrame([(f"l{place}", "ch1", NOON) for place in range(len(leads))], orient="row",
                            schema={"lead_id": pl.String, "channel_id": pl.String, "captured_at": MOMENT})  # fmt: skip
        rows = [{"lead_id": f"l{place}", **lead} for place, lead in enumerate(leads)]
        fields = pl.DataFrame(rows, schema=polars_schema(CORE_LEAD_FIELDS))
    known = pl.DataFrame(users or [], schema=polars_schema(CORE_USERS))
    brands = pl.DataFrame([{"brand_id": "b1"}, {"brand_id": "b2"}], schema=polars_schema(CORE_BRANDS))
    return read_problems(tables.problems) + lint_rulebook(tables, Surroundings(known, brands, {}, "US", keys, fields))


def codes(findings: list[Finding]) -> list[tuple[str, str | None]]:
    return sorted((finding.code, finding.rule_id) for finding in findings)


def user(user_id: str, is_active: bool = True, brand_id: str = "b1") -> dict[str, Any]:
    return {"user_id": user_id, "is_active": is_active, "brand_id": brand_id}


def group(group_id: str, *users: str, **more: Any) -> dict[str, Any]:
    members = [{"user": user_id, "order": place} for place, user_id in enumerate(users)]
    return {"id": group_id, "brand": "b1", "distribution": "RoundRobin", "members": members, **more}


def test_the_documents_rules_are_clean() -> None:
    """SPEC golden case 8."""
    assert lint(
        rule("r1", 1, ("price", "gte", 500000)),
        rule("r2", 2, ("postal_code", "any", ["90210", "90211"]), ("price", "lte", 1000000), kind="OR"),
    ) == []  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        (("sqft", "eq", 1), "unknown_field"),
        (("city", "like", "x"), "unknown_operator"),
        (("city", "gte", "x"), "text_compared"),
        (("postal_code", "eq", ["1", "2"]), "list_for_one"),
        (("price", "gte", None), "null_value"),
        (("price", "gte", "dear"), "wrong_value"),
        (("price", "gte", {"from": 1}), "wrong_value"),
        (("", "eq", 1), "unknown_field"),
        (("tag", "all", []), "all_empty"),
        (("source", "all", ["a", "b"]), "all_of_one"),
        (("tag", "any", []), "any_empty"),
        (("captured_weekday", "any", ["monday", "moonday"]), "impossible_value"),
    ],
)
def test_conditions(condition: tuple[Any, ...], code: str) -> None:
    found = [finding for finding in lint(rule("r1", 1, condition)) if finding.code == code]
    assert [finding.rule_id for finding in found] == ["r1"]


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (rule("r1", 1, ("price", "gte", 5), ("price", "lte", 4)), None),
        (rule("r1", 1, ("source", "eq", "a"), ("source", "eq", "b")), "contradiction"),
        (rule("r1", 1, ("tag", "eq", "a"), ("tag", "eq", "b")), None),
        (rule("r1", 1, ("tag", "eq", "a"), ("tag", "any", ["a", "b"], True)), "contradiction"),
        (rule("r1", 1, ("captured_hour", "gte", 24)), "contradiction"),
        (rule("r1", 1, ("has_phone", "eq", "maybe"), ("tag", "any", []), kind="OR"), "contradiction"),
        (rule("r1", 1, kind="OR"), "never_matches"),
        (rule("r1", 1), "catch_all"),
        (rule("r1", 1, ("price", "gte", 5), ("price", "gte", 5, True), kind="OR"), "catch_all"),
        (rule("r1", 1, ("price", "gte", 5), ("price", "gte", 4)), "idle_condition"),
        (rule("r1", 1, ("price", "gte", 5), ("price", "gte", 4), kind="OR"), "idle_condition"),
        (rule("r1", 1, ("city", "eq", "a"), ("city", "eq", "b"), kind="XOR"), "invalid_rule"),
        (rule("r1", 40000, ("city", "eq", "a")), "order_too_high"),
    ],
)  # fmt: skip
def test_rules_alone(one: dict[str, Any], code: str | None) -> None:
    known = {finding.code for finding in lint(one)} - {"any_empty", "impossible_value"}
    assert known == ({code} if code else set())


def test_dead_rules_name_the_rules_that_take_their_leads() -> None:
    found = lint(
        rule("r1", 1, ("price", "gte", 100)),
        rule("r2", 2, ("price", "gte", 200), target="User", user="u1"),
        rule("r3", 3, ("price", "gte", 300), ("city", "eq", "x")),
        rule("r4", 4, ("price", "lte", 100)),
        rule("r5", 5, ("price", "eq", None, True), target="User", user="u1"),
        rule("r6", 6, ("city", "eq", "y"), ("price", "gte", 500), kind="OR"),
        rule("r7", 7, ("city", "any", ["y", "z"])),
    )
    assert {(finding.code, finding.rule_id, finding.others) for finding in found} == {
        ("dead_rule", "r2", ("r1",)),
        ("redundant_rule", "r3", ("r1",)),
        ("dead_rule", "r5", ("r1", "r4")),
        ("dead_condition", "r6", ("r1",)),
        ("unreachable_value", "r7", ("r6",)),
    }
    texts = {finding.rule_id: finding.message for finding in found}
    assert (
        texts["r5"] == "rule r5 can never win: rule r1 (order 1) or rule r4 (order 4) takes every lead that it matches"
    )
    assert texts["r7"] == "rule r7: city y brings it no lead: rule r6 (order 6) takes every such lead"


def test_order_and_defaults() -> None:
    leads: list[dict[str, Any]] = [{"city": ["a"]}, {"city": ["b"]}, {"city": ["b"]}, {}]
    early = DEFAULT | {"order": 2}
    second = DEFAULT | {"id": "default2", "created_at": 1}
    tied = [rule("r1", 1, ("city", "eq", "a")), rule("r2", 1, ("city", "eq", "c")), rule("r3", 3, ("city", "eq", "b"))]
    found = {finding.code: finding for finding in lint(*tied, second, leads=leads, default=early)}
    assert set(found) == {"order_tie", "default_not_last", "two_defaults", "unmatched_rule"}
    assert (found["order_tie"].rule_id, found["order_tie"].others) == ("r1", ("r2",))
    assert (found["default_not_last"].rule_id, found["default_not_last"].leads) == ("default", 2)
    assert found["two_defaults"].rule_id == "default2"
    assert codes(lint(tied[0], default=None)) == [("no_default", None)]


def test_targets_and_groups() -> None:
    users = [user("u1"), user("gone", is_active=False), user("far", brand_id="b2")]
    found = lint(
        rule("r1", 1, ("city", "eq", "a"), target="User", user="nobody", brand="b1"),
        rule("r2", 2, ("city", "eq", "b"), target="User", user="gone", brand="b1"),
        rule("r3", 3, ("city", "eq", "c"), target="User", user="far", brand="b1"),
        rule("r4", 4, ("city", "eq", "d"), target="User", user="u1", brand="b3"),
        rule("r5", 5, ("city", "eq", "e"), target="Group", group="g1"),
        rule("r6", 6, ("city", "eq", "f"), target="Group", group="g2"),
        rule("r7", 7, ("city", "eq", "g"), target="Group", group="g9"),
        rule("r8", 8, ("city", "eq", "h"), target="Group", group="g3"),
        groups=[group("g1"), group("g2", "gone"), group("g3", "u1", "gone"), group("g4", "u1"),
                group("g5", "u1") | {"fallback": {"target": "Group", "group": "g6"}}, group("g6", "u1")],
        users=users, leads=[],
    )  # fmt: skip
    assert codes(found) == [
        ("empty_group", None), ("foreign_user", "r3"), ("idle_group", None), ("idle_group", None),
        ("idle_member", None), ("idle_member", None), ("inactive_user", "r2"), ("no_active_member", "r5"),
        ("no_active_member", "r6"), ("unknown_brand", "r4"), ("unknown_group", "r7"), ("unknown_user", "r1"),
    ]  # fmt: skip


def test_leads_at_hand_tell_of_rules_that_never_win() -> None:
    rules = [rule("r1", 1, ("city", "eq", "a")), rule("r2", 2, ("price", "gte", 5)), rule("r3", 3, ("beds", "eq", 1))]
    leads: list[dict[str, Any]] = [{"city": ["a"], "price": [9.0]}] * 3 + [{"city": ["b"], "price": [1.0]}]
    found = lint(*rules, leads=leads)
    assert [(f.code, f.rule_id, f.others, f.leads) for f in found] == [
        ("never_wins", "r2", ("r1",), 3), ("unmatched_rule", "r3", (), 0),
    ]  # fmt: skip
    assert lint(*rules, leads=[]) == []


def test_parts_of_the_document_that_cannot_be_used() -> None:
    found = lint(rule("r1", 1, ("city", "eq", "a")), rule("r1", 2, ("city", "eq", "b")),
                 groups=[group("g1", "u1", distribution="Nope")])  # fmt: skip
    assert [(finding.code, finding.value) for finding in found] == [
        ("invalid_document", "rules[1].id"), ("invalid_document", "groups[0].distribution"),
    ]  # fmt: skip


def test_findings_as_a_frame_the_worst_first() -> None:
    frame = findings_frame([Finding("idle_group", "one", group_id="g"), Finding("catch_all", "two", "ch1", "r1")])
    assert dict(frame.schema) == FINDING_SCHEMA
    assert frame.select("severity", "code", "finding").rows() == [
        ("error", "catch_all", "two"), ("note", "idle_group", "one"),
    ]  # fmt: skip
    assert {kind.severity for kind in KINDS.values()} == set(Severity)
