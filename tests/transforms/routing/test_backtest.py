"""A candidate in thought decides as it would once it was sent; what differs is counted lead by lead."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.ddl import polars_schema
from schemas.tables import CORE_BRANDS, CORE_LEAD_FIELDS, CORE_USERS, ROUTING_DECISIONS
from transforms.routing.backtest import History, decide_under, run_backtest
from transforms.routing.candidate import Candidate, put_in_force, read_candidate
from transforms.routing.comparison import CHANGED_SCHEMA, compare_decisions
from transforms.routing.decisions import Organization, Policy
from transforms.routing.documents import Document, read_documents
from transforms.routing.versions import RulebookTables, build_versions

NOON = datetime(2026, 7, 2, 12, tzinfo=UTC)
LEAD = {
    "lead_id": pl.String, "contact_id": pl.String, "channel_id": pl.String, "brand_id": pl.String,
    "captured_at": pl.Datetime("us", "UTC"), "assignees": pl.String, "is_repeat": pl.Boolean,
    "contact_owner": pl.String, "file_id": pl.String, "record_number": pl.Int64, "payload_key": pl.String,
}  # fmt: skip


def read(*documents: dict[str, Any]) -> list[Document]:
    records = [
        {"file_id": f"f{place}", "file_name": f"{place}.json", "run_sequence": place, "record_number": 1,
         "received_at": NOON, "payload": json.dumps(document)}
        for place, document in enumerate(documents)
    ]  # fmt: skip
    return read_documents(pl.DataFrame(records))


def tables_of(*documents: dict[str, Any]) -> RulebookTables:
    return build_versions(read(*documents), {}, "US")


def candidate_of(document: dict[str, Any]) -> Candidate:
    found = read(document)[0]
    found.file_id = "candidate"
    return read_candidate(found, {}, "US")


def history_of(leads: list[tuple[int, str, str | None]], tables: RulebookTables) -> History:
    """Leads as (hours after noon, channel, city)."""
    rows = [
        {"lead_id": f"l{place:03}", "contact_id": f"c{place % 7}", "channel_id": channel, "brand_id": "b1",
         "captured_at": NOON + timedelta(hours=hours), "is_repeat": False, "file_id": "leads",
         "record_number": place + 1, "payload_key": f"k{place}"}
        for place, (hours, channel, _) in enumerate(leads)
    ]  # fmt: skip
    fields = [{"lead_id": f"l{place:03}", "city": [city] if city else None} for place, (_, _, city) in enumerate(leads)]
    users = [{"user_id": f"u{number}", "is_active": True} for number in range(4)]
    organization = Organization(
        users=pl.DataFrame(users, schema=polars_schema(CORE_USERS)),
        brands=pl.DataFrame([{"brand_id": "b1"}], schema=polars_schema(CORE_BRANDS)),
        groups=tables.groups, members=tables.group_members, regions={}, default_region="US",
    )  # fmt: skip
    return History(pl.DataFrame(rows, schema=LEAD), pl.DataFrame(fields, schema=polars_schema(CORE_LEAD_FIELDS)),
                   organization, Policy(True, {"ch2": False}, 30))  # fmt: skip


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    channels = draw(st.lists(st.sampled_from(["ch1", "ch2"]), min_size=1, unique=True))
    groups = draw(st.lists(st.sampled_from(["g1", "g2"]), unique=True))
    rules = [
        {"id": f"{channel}-r{draw(st.integers(0, 9))}-{place}", "channel": channel, "kind": "AND", "order": place,
         "conditions": [{"field": "city", "operator": "eq", "value": draw(st.sampled_from(["x", "y", "z"]))}],
         **draw(st.sampled_from([{"target": "User", "user": "u1"}, {"target": "Group", "group": "g1"},
                                 {"target": "Group", "group": "g2"}, {"target": "Brand", "brand": "b1"}]))}
        for channel in channels for place in range(draw(st.integers(0, 3)))
    ]  # fmt: skip
    members = st.lists(st.sampled_from(["u0", "u1", "u2", "u3"]), min_size=1, unique=True)
    listed = [
        {"id": group, "brand": "b1", "distribution": "RoundRobin"}
        | ({"members": [{"user": user} for user in draw(members)]} if draw(st.booleans()) else {})
        for group in groups
    ]
    return {"channels": [{"id": channel, "brand": "b1"} for channel in channels], "rules": rules, "groups": listed}


leads_drawn = st.lists(
    st.tuples(st.integers(-6, 12), st.sampled_from(["ch1", "ch2"]), st.sampled_from(["x", "y", "z", None])), max_size=25
)


@settings(max_examples=20, deadline=None)
@given(live=documents(), sent=documents(), leads=leads_drawn)
def test_a_candidate_decides_as_it_would_once_sent(
    live: dict[str, Any], sent: dict[str, Any], leads: list[tuple[int, str, str | None]]
) -> None:
    since = NOON + timedelta(hours=3)
    before = tables_of(live)
    history = history_of(leads, before)
    columns = ["lead_id", "outcome", "rule_id", "user_id", "group_id", "group_turn", "reason"]
    thought = decide_under(put_in_force(before, candidate_of(sent), since), history)[0]
    real = decide_under(tables_of(live, sent | {"valid_from": since.isoformat()}), history)[0]
    assert thought.select(columns).rows() == real.select(columns).rows()


@settings(max_examples=12, deadline=None)
@given(live=documents(), sent=documents(), leads=leads_drawn)
def test_differences_are_counted_lead_by_lead(
    live: dict[str, Any], sent: dict[str, Any], leads: list[tuple[int, str, str | None]]
) -> None:
    since, until = NOON, NOON + timedelta(hours=9)
    before, candidate = tables_of(live), candidate_of(sent)
    history = history_of(leads, before)
    compared, texts = run_backtest(before, candidate, history, since, until)
    ledgers = [decide_under(tables, history)[0] for tables in (before, put_in_force(before, candidate, since))]
    sides = [
        {row["lead_id"]: row for row in ledger.to_dicts() if since <= row["captured_at"] < until} for ledger in ledgers
    ]

    def held(row: dict[str, Any]) -> str | None:
        return row["user_id"] or row["group_id"] or row["brand_id"]

    pairs = [(sides[0][lead], sides[1][lead]) for lead in sides[0]]
    changed = {old["lead_id"] for old, new in pairs if old["rule_id"] != new["rule_id"] or held(old) != held(new)}
    assert set(compared.leads["lead_id"]) == changed
    for name, key in (("rules", lambda row: row["rule_id"]), ("agents", held)):
        frame = getattr(compared, name)
        counted = {row[-6]: row[-5:] for row in frame.rows()}
        gained = Counter(key(new) for old, new in pairs if key(old) != key(new))
        lost = Counter(key(old) for old, new in pairs if key(old) != key(new))
        kept = Counter(key(old) for old, new in pairs if key(old) == key(new))
        assert counted == {
            one: (kept[one] + lost[one], kept[one] + gained[one], kept[one], gained[one], lost[one])
            for one in {*gained, *lost, *kept} - {None}
        }
    assert compared.moves["leads"].sum() == sum(held(old) != held(new) for old, new in pairs)
    assert compared.channels["leads"].sum() == len(pairs)
    assert set(compared.rules["rule_id"]) <= set(texts)


def test_later_versions_are_passed_over_and_members_kept() -> None:
    group = {"id": "g1", "brand": "b1", "distribution": "RoundRobin", "members": [{"user": "u1"}, {"user": "u2"}]}
    rule = {"id": "r1", "channel": "ch1", "kind": "AND", "order": 1, "target": "Group", "group": "g1",
            "conditions": [{"field": "city", "operator": "eq", "value": "x"}]}  # fmt: skip
    first = {"channels": [{"id": "ch1", "brand": "b1"}], "rules": [rule], "groups": [group]}
    later = first | {"valid_from": (NOON + timedelta(hours=5)).isoformat(), "groups": [], "rules": []}
    sent = first | {"groups": [{name: value for name, value in group.items() if name != "members"}]}
    live = tables_of(first, later)
    history = history_of([(hours, "ch1", "x") for hours in range(8)], live)
    history = replace(history, leads=history.leads.with_columns(contact_id=pl.col("lead_id")))
    old = decide_under(live, history)[0]
    new = decide_under(put_in_force(live, candidate_of(sent), NOON + timedelta(hours=2)), history)[0]
    assert old["user_id"].to_list() == ["u1", "u2", "u1", "u2", "u1", None, None, None]
    assert new["user_id"].to_list() == ["u1", "u2", "u1", "u2", "u1", "u2", "u1", "u2"]
    assert put_in_force(live, candidate_of(first), None).rules["rulebook_version"].to_list() == ["candidate"]


@pytest.mark.parametrize("rows", [0, 1])
def test_equal_ledgers_differ_in_nothing(rows: int) -> None:
    ledger = pl.DataFrame(
        [{"lead_id": "l1", "channel_id": "ch1", "captured_at": NOON, "outcome": "brand", "matched_count": 0}][:rows],
        schema=polars_schema(ROUTING_DECISIONS),
    )
    compared = compare_decisions(ledger, ledger)
    assert dict(compared.leads.schema) == CHANGED_SCHEMA
    assert (compared.leads.height, compared.moves.height, compared.rules.height) == (0, 0, 0)
    assert compared.channels.rows() == [("ch1", 1, 0, 0)][:rows]
