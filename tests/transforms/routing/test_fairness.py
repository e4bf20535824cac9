"""Turns in the ledger against a count by hand; a violation is a finding (SPEC A-G4, A-G9)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from schemas.ddl import polars_schema
from schemas.tables import CORE_BRANDS, CORE_USERS, ROUTING_DECISIONS, ROUTING_GROUP_MEMBERS, ROUTING_GROUPS
from transforms.routing.decisions import Organization
from transforms.routing.fairness import find_unfair, measure_fairness

NOON = datetime(2026, 7, 2, 12, tzinfo=UTC)


def ledger(users: list[str], group: str = "g1") -> pl.DataFrame:
    rows = [
        {"lead_id": f"{group}{turn}", "captured_at": NOON + timedelta(hours=turn), "outcome": "rule",
         "status": "assigned", "matched_count": 1, "reason": "", "group_id": group, "group_turn": turn, "user_id": user}
        for turn, user in enumerate(users, 1)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=polars_schema(ROUTING_DECISIONS))


def organization(*versions: tuple[int | None, str], **seats: dict[str, Any]) -> Organization:
    """Group g1 with its members by version: start in hours after noon, users; and more of some members."""
    groups = [
        {"group_id": "g1", "distribution": "RoundRobin", "rulebook_version": f"v{place}",
         "valid_from": None if start is None else NOON + timedelta(hours=start)}
        for place, (start, _) in enumerate(versions)
    ]  # fmt: skip
    members = [
        {"group_id": "g1", "rulebook_version": f"v{place}", "user_id": user, "order": order, **seats.get(user, {})}
        for place, (_, circle) in enumerate(versions)
        for order, user in enumerate(circle)
    ]
    users, brands = (pl.DataFrame(schema=polars_schema(table)) for table in (CORE_USERS, CORE_BRANDS))
    frames = (pl.DataFrame(groups, schema=polars_schema(ROUTING_GROUPS)),
              pl.DataFrame(members, schema=polars_schema(ROUTING_GROUP_MEMBERS)))  # fmt: skip
    return Organization(users, brands, *frames, {}, "US")


def test_stretches_of_constant_membership() -> None:
    """v1 says what v0 says, so that it goes on; v2 has another member."""
    fair = measure_fairness(ledger(list("abcabdabd")), organization((None, "abc"), (3, "abc"), (5, "abd")))
    columns = ("stretch", "first_turn", "last_turn", "members_count", "served_least", "served_most", "is_fair")
    assert fair.select(columns).rows() == [(1, 1, 4, 3, 1, 2, True), (2, 5, 9, 3, 1, 2, True)]
    assert fair["began_at"].to_list() == [NOON + timedelta(hours=1), NOON + timedelta(hours=5)]
    assert fair["bound"].unique().to_list() == ["most - least <= 1"]
    assert list(find_unfair(fair)) == []


def test_a_violation_is_a_finding() -> None:
    fair = measure_fairness(ledger(list("aab")), organization((None, "abc")))
    found = list(find_unfair(fair))
    assert [(finding.code, finding.group_id, finding.leads) for finding in found] == [("unfair_turns", "g1", 3)]
    assert "turns 1 to 3: served 0 to 2 leads, 1.00 off the share, 0 to others" in found[0].message
    outside = measure_fairness(ledger(list("abx")), organization((None, "ab")))
    assert outside.select("outsider_turns", "is_fair").rows() == [(1, False)]
    nobody = measure_fairness(ledger(["a"]), organization((None, "")))
    assert nobody.select("members_count", "outsider_turns", "is_fair").rows() == [(0, 1, False)]


def test_weights_have_a_bound_of_their_own() -> None:
    weighted = organization((None, "ab"), a={"weight": 3})
    fair = measure_fairness(ledger(list("aabaaaba")), weighted)
    assert fair.select("bound", "worst_gap", "is_fair").rows() == [("gap < 1", 0.0, True)]
    unfair = measure_fairness(ledger(list("abab")), weighted)
    assert unfair.select("worst_gap", "is_fair").rows() == [(1.0, False)]
    equal = measure_fairness(ledger(list("abab")), organization((None, "ab"), a={"weight": 2}, b={"weight": 2}))
    assert equal["bound"].to_list() == ["most - least <= 1"]


def test_members_who_could_not_be_served_are_owed_nothing() -> None:
    """a may be given one lead a day, so that b has all turns but the first until midnight."""
    capped = organization((None, "ab"), a={"cap_per_day": 1})
    fair = measure_fairness(ledger(list("abbb")), capped)
    columns = ("first_turn", "last_turn", "members_count", "is_fair")
    assert fair.select(columns).rows() == [(1, 1, 2, True), (2, 4, 1, True)]
    over = measure_fairness(ledger(list("abab")), capped)
    assert over.select("first_turn", "outsider_turns", "is_fair").rows() == [(1, 0, True), (2, 1, False)]


@given(users=st.lists(st.sampled_from("abcx"), max_size=12))
def test_one_stretch_counted_by_hand(users: list[str]) -> None:
    fair = measure_fairness(ledger(users), organization((None, "abc")))
    if not users:
        assert fair.is_empty()
        return
    counts = [users.count(user) for user in "abc"]
    row = fair.row(0, named=True)
    assert (row["served_least"], row["served_most"], row["outsider_turns"]) == (
        min(counts),
        max(counts),
        users.count("x"),
    )
    assert row["is_fair"] == (max(counts) - min(counts) <= 1 and "x" not in users)
    assert abs(row["worst_gap"] - max(abs(count - len(users) / 3) for count in counts)) < 1e-9
