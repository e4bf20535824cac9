"""Channels, rules and groups changed by requests: the examples of 000, and who decides when."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from transforms.requests.parsing import parse_requests
from transforms.requests.rulebook import add_requested_documents
from transforms.routing.documents import read_documents
from transforms.routing.versions import RulebookTables, build_versions

BRAND, AGENT = "497c9108-1031-4885-9043-5baaf215aed7", "f30950fe-a115-4165-b97a-89b86fbe954b"
CHANNEL, RULE = "8607bf2a-992a-44a0-a2f7-ddd46fbfafbf", "c5c7ad92-9665-43ca-838d-90196e6bcead"
GROUP = "9be1d50c-5bd4-4746-aab3-2b218aa3e750"
CHANNELS, GROUPS = f"/brands/{BRAND}/leads/channels", f"/brands/{BRAND}/leads/groups"
#: 000:179, 000:522.
RULE_BODY = {
    "id": RULE, "target": "User", "kind": "AND", "order": 1, "flow": None, "user": AGENT, "brand": BRAND,
    "conditions": [{"field": "price", "operator": "gte", "value": 500000, "order": 1}],
}  # fmt: skip
UPDATE_BODY = {
    "target": "Brand", "kind": "OR", "order": 2, "flow": None, "user": None, "brand": BRAND,
    "conditions": [
        {"field": "postal_code", "operator": "any", "value": ["90210", "90211"], "order": 1},
        {"field": "price", "operator": "lte", "value": 1000000, "order": 2},
    ],
}  # fmt: skip
MEMBER = {"user": AGENT, "order": 1, "brand": BRAND}


def at(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def apply(*asks: tuple[int, str, str, Any], files: tuple[dict[str, Any], ...] = ()) -> tuple[RulebookTables, list[Any]]:
    lines = [
        {"id": number, "at": second, "user": AGENT, "brand": BRAND, "method": method, "path": path, "body": body}
        for number, (second, method, path, body) in enumerate(asks, 1)
    ]
    payloads = [json.dumps(line) for line in lines]
    log = pl.DataFrame({"file_id": "log", "record_number": range(1, len(lines) + 1), "payload": payloads})
    parsed = parse_requests(log, None)
    assert parsed.problems.is_empty(), parsed.problems["reason"].to_list()
    records = pl.DataFrame(
        [("file", 1, json.dumps(item), "book.json", place, at(1000 + place)) for place, item in enumerate(files)],
        schema=["file_id", "record_number", "payload", "file_name", "run_sequence", "received_at"], orient="row",
        schema_overrides={"received_at": pl.Datetime("us", "UTC"), "record_number": pl.Int64},
    )  # fmt: skip
    documents, problems = add_requested_documents(read_documents(records) if files else [], parsed.requests)
    tables = build_versions(documents, {}, "US")
    told = [(item.code.value, item.row_number, item.column_name) for item in problems]
    return tables, told + tables.problems.select("code", "row_number", "column_name").rows()


CREATE_CHANNEL = (1, "POST", CHANNELS, {"protocol": "JSON", "id": CHANNEL})
CREATE_RULE = (2, "POST", f"{CHANNELS}/{CHANNEL}/rules", RULE_BODY)


def test_ch3_ch4_a_channel_is_born_with_its_default_rule() -> None:
    tables, problems = apply(CREATE_CHANNEL, (3, "PUT", f"{CHANNELS}/{CHANNEL}", {"name": "New Name"}))
    assert problems == []
    first, second = tables.channels.sort("valid_from").to_dicts()
    assert {name: first[name] for name in ("channel_id", "brand_id", "name", "mls", "is_default", "title")} == {
        "channel_id": CHANNEL, "brand_id": BRAND, "name": None, "mls": None, "is_default": False, "title": None,
    }  # fmt: skip
    assert (first["valid_from"], first["valid_to"], second["valid_to"]) == (at(1), at(3), None)
    assert (second["name"], second["created_at"], second["updated_at"]) == ("New Name", at(1), at(3))  # 000:120
    (rule,) = tables.rules.to_dicts()
    assert {name: rule[name] for name in ("is_default", "order", "kind", "target", "user_id", "brand_id")} == {
        "is_default": True, "order": 32767, "kind": "AND", "target": "User", "user_id": AGENT, "brand_id": BRAND,
    }  # fmt: skip
    assert (rule["created_by"], tables.conditions.height) == (None, 0)  # 000:402


def test_ru5_an_update_replaces_the_conditions_and_holds_from_its_time() -> None:
    tables, problems = apply(CREATE_CHANNEL, CREATE_RULE, (5, "PUT", f"{CHANNELS}/{CHANNEL}/rules/{RULE}", UPDATE_BODY))
    assert problems == []
    first, second = tables.rules.filter(pl.col("rule_id") == RULE).sort("valid_from").to_dicts()
    columns = ("kind", "order", "target", "user_id", "brand_id", "is_default", "created_by", "valid_from", "valid_to")
    assert [first[name] for name in columns] == ["AND", 1, "User", AGENT, BRAND, False, AGENT, at(2), at(5)]
    assert [second[name] for name in columns] == ["OR", 2, "Brand", None, BRAND, False, AGENT, at(5), None]
    assert (second["created_at"], second["updated_at"]) == (at(2), at(5))
    ids = {}
    for version, fields in ((first, ["price"]), (second, ["postal_code", "price"])):
        own = tables.conditions.filter(pl.col("rulebook_version") == version["rulebook_version"])
        assert own.filter(pl.col("rule_id") == RULE)["field"].to_list() == fields
        ids[version["rulebook_version"]] = set(own["condition_id"])
    assert not set.intersection(*ids.values())


def test_ru2_ru7_rules_are_renumbered_and_deleted_softly() -> None:
    default = apply(CREATE_CHANNEL)[0].rules["rule_id"][0]
    order = [{"id": default, "order": 1}, {"id": RULE, "order": 2}]
    sort = (3, "PUT", f"{CHANNELS}/{CHANNEL}/rules/sort", order)
    tables, problems = apply(
        CREATE_CHANNEL, CREATE_RULE, sort, (4, "DELETE", f"{CHANNELS}/{CHANNEL}/rules/{RULE}", None)
    )
    assert problems == []
    now = tables.rules.filter(pl.col("valid_to").is_null())
    assert dict(now.select("rule_id", "order").iter_rows()) == {default: 1, RULE: 2}
    assert dict(now.select("rule_id", "deleted_at").iter_rows()) == {default: None, RULE: at(4)}


def test_gr1_gr2_groups_are_created_changed_and_deleted() -> None:
    create = {"id": GROUP, "name": "Test Group", "brand": BRAND, "distribution": "RoundRobin", "created_by": AGENT,
              "members": [MEMBER]}  # fmt: skip
    update = {"name": "Test Group Updated", "distribution": "FirstToClaim", "members": [{**MEMBER, "order": 2}]}
    tables, problems = apply(
        (1, "POST", GROUPS, create), (2, "PATCH", f"{GROUPS}/{GROUP}", update), (3, "DELETE", f"{GROUPS}/{GROUP}", None)
    )
    assert problems == []
    groups = tables.groups.sort("valid_from")
    assert groups["name"].to_list() == ["Test Group", "Test Group Updated", "Test Group Updated"]
    assert groups["distribution"].to_list() == ["RoundRobin", "FirstToClaim", "FirstToClaim"]
    assert groups["deleted_at"].to_list() == [None, None, at(3)]
    assert tables.group_members.sort("rulebook_version")["order"].to_list() == [1, 2, 2]


def test_a_request_stands_between_rulebook_files_by_its_time() -> None:
    rule = {"id": "r", "channel": "c", "kind": "AND", "order": 1, "target": "Brand", "brand": BRAND, "conditions": []}
    book = {"channels": [{"id": "c", "brand": BRAND}], "rules": [rule]}
    later = {"valid_from": 900, **book, "channels": [{"id": "c", "brand": BRAND, "name": "by file"}]}
    rename = (500, "PUT", f"{CHANNELS}/c", {"name": "by request"})
    tables, problems = apply(rename, files=(book, later))
    assert [code for code, _, _ in problems if code == "unknown_id"] == []
    spans = tables.channels.sort("valid_from", nulls_last=False).select("name", "valid_from", "valid_to").rows()
    assert spans == [(None, None, at(500)), ("by request", at(500), at(900)), ("by file", at(900), None)]


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        ((3, "PUT", f"{CHANNELS}/nowhere", {"name": "x"}), "unknown_id"),
        ((3, "POST", f"{CHANNELS}/nowhere/rules", RULE_BODY), "unknown_id"),
        ((3, "POST", f"{CHANNELS}/{CHANNEL}/rules", RULE_BODY), "duplicate_id"),
        ((3, "POST", CHANNELS, {"id": CHANNEL}), "duplicate_id"),
        ((3, "PUT", f"{CHANNELS}/{CHANNEL}/rules/{RULE}", {"target": "Planet"}), "invalid_request"),
        ((3, "PUT", f"{CHANNELS}/{CHANNEL}/rules/{RULE}", {"conditions": [{"field": "price"}]}), "invalid_request"),
        ((3, "PUT", f"{CHANNELS}/{CHANNEL}/rules/sort", [{"id": "ghost", "order": 1}]), "unknown_id"),
        ((3, "PATCH", f"{GROUPS}/{GROUP}", {"name": "x"}), "unknown_id"),
        ((3, "POST", GROUPS, {"name": "x", "distribution": "Lottery"}), "invalid_request"),
        ((1, "PUT", f"{CHANNELS}/{CHANNEL}/rules/{RULE}", {"order": 4}), "unknown_id"),
    ],
)  # fmt: skip
def test_what_cannot_be_applied_is_refused_and_the_rest_goes_on(ask: tuple[int, str, str, Any], code: str) -> None:
    expected, _ = apply(CREATE_CHANNEL, CREATE_RULE)
    tables, problems = apply(CREATE_CHANNEL, CREATE_RULE, ask)
    assert [(found, row) for found, row, _ in problems] == [(code, 3)]
    assert tables.rules.drop("rulebook_version").equals(expected.rules.drop("rulebook_version"))
    assert tables.channels.equals(expected.channels)


def test_the_default_rule_stays() -> None:
    default = apply(CREATE_CHANNEL)[0].rules["rule_id"][0]
    _, problems = apply(CREATE_CHANNEL, (2, "DELETE", f"{CHANNELS}/{CHANNEL}/rules/{default}", None))
    assert [code for code, _, _ in problems] == ["not_editable"]


def test_a_c10_a_rule_that_is_off_is_told_of_once_and_not_with_requests_on_other_rules() -> None:
    wrong = {**RULE_BODY, "id": "w", "conditions": [{"field": "price", "operator": "gte", "value": "lots"}]}
    rules = f"{CHANNELS}/{CHANNEL}/rules"
    tables, problems = apply(
        CREATE_CHANNEL, (2, "POST", rules, wrong), (3, "POST", rules, RULE_BODY),
        (4, "PUT", f"{rules}/sort", [{"id": "w", "order": 2}]), (5, "PUT", f"{rules}/w", {"order": 3}),
        (6, "DELETE", f"{rules}/{RULE}", None),
    )  # fmt: skip
    assert [(code, row) for code, row, _ in problems] == [("invalid_rule", 2), ("invalid_rule", 5)]
    assert tables.rules.filter(rule_id="w")["invalid_reason"].null_count() == 0
