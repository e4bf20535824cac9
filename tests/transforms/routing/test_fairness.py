"""Turns in the ledger against a count by hand; a violation is a finding (SPEC A-G4, A-G9)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from schemas.ddl import polars_schema
from schemas.tables import ROUTING_DECISIONS, ROUTING_GROUPS
from transforms.routing.fairness import find_unfair, measure_fairness

NOON = datetime(2026, 7, 2, 12, tzinfo=UTC)
MEMBER = {"group_id": pl.String, "group_version": pl.String, "user_id": pl.String, "order": pl.Int64}


def ledger(users: list[str], group: str = "g1") -> pl.DataFrame:
    rows = [
        {"lead_id": f"{group}{turn}", "captured_at": NOON + timedelta(hours=turn), "outcome": "rule",
         "status": "assigned", "matched_count": 1, "reason": "", "group_id": group, "group_turn": turn, "user_id": user}
        for turn, user in enumerate(users, 1)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=polars_schema(ROUTING_DECISIONS))


def versions(*starts: int | None) -> pl.DataFrame:
    rows = [
        {"group_id": "g1", "distribution": "RoundRobin", "rulebook_version": f"v{place}",
         "valid_from": None if start is None else NOON + timedelta(hours=start)}
        for place, start in enumerate(starts)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=polars_schema(ROUTING_GROUPS))


def members(*circles: str, weights: dict[str, int] | None = None) -> pl.DataFrame:
    rows = [
        ("g1", f"v{place}", user, order) for place, circle in enumerate(circles) for order, user in enumerate(circle)
    ]
    frame = pl.DataFrame(rows, schema=MEMBER, orient="row")
    if weights is None:
        return frame
    return frame.with_columns(pl.col("user_id").replace_strict(weights, return_dtype=pl.Int64).alias("weight"))


def test_stretches_of_constant_membership() -> None:
    """v1 says what v0 says, so that it goes on; v2 has another member."""
    fair = measure_fairness(ledger(list("abcabdabd")), versions(None, 3, 5), members("abc", "abc", "abd"))
    columns = ("stretch", "first_turn", "last_turn", "members_count", "served_least", "served_most", "is_fair")
    assert fair.select(columns).rows() == [(1, 1, 4, 3, 1, 2, True), (2, 5, 9, 3, 1, 2, True)]
    assert fair["began_at"].to_list() == [NOON + timedelta(hours=1), NOON + timedelta(hours=5)]
    assert fair["bound"].unique().to_list() == ["most - least <= 1"]
    assert list(find_unfair(fair)) == []


def test_a_violation_is_a_finding() -> None:
    fair = measure_fairness(ledger(list("aab")), versions(None), members("abc"))
    found = list(find_unfair(fair))
    assert [(finding.code, finding.group_id, finding.leads) for finding in found] == [("unfair_turns", "g1", 3)]
    assert "turns 1 to 3: served 0 to 2 leads, 1.00 off the share, 0 to others" in found[0].message
    outside = measure_fairness(ledger(list("abx")), versions(None), members("ab"))
    assert outside.select("outsider_turns", "is_fair").rows() == [(1, False)]
    nobody = measure_fairness(ledger(["a"]), versions(None), members())
    assert nobody.select("members_count", "outsider_turns", "is_fair").rows() == [(0, 1, False)]


def test_weights_have_a_bound_of_their_own() -> None:
    weights = {"a": 3, "b": 1}
    fair = measure_fairness(ledger(list("aabaaaba")), versions(None), members("ab", weights=weights))
    assert fair.select("bound", "worst_gap", "is_fair").rows() == [("gap < 1", 0.0, True)]
    unfair = measure_fairness(ledger(list("abab")), versions(None), members("ab", weights=weights))
    assert unfair.select("worst_gap", "is_fair").rows() == [(1.0, False)]
    equal = measure_fairness(ledger(list("abab")), versions(None), members("ab", weights={"a": 2, "b": 2}))
    assert equal["bound"].to_list() == ["most - least <= 1"]


@given(users=st.lists(st.sampled_from("abcx"), max_size=12))
def test_one_stretch_counted_by_hand(users: list[str]) -> None:
    fair = measure_fairness(ledger(users), versions(None), members("abc"))
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
