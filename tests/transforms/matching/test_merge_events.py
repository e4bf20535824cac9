"""Merges that people asked for (SPEC ME1, ME7, A-M6)."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.ddl import polars_schema
from schemas.tables import CORE_MERGE_EVENTS
from transforms.matching.merge_events import ResolvedMerges, resolve_merges

NOON = datetime(2026, 7, 2, 12, tzinfo=UTC)
CONTACTS = pl.DataFrame(
    {"contact_id": [*"abcdefgh", "gone"], "deleted_at": [None] * 8 + [NOON]},
    schema={"contact_id": pl.String, "deleted_at": pl.Datetime("us", "UTC")},
)


def resolve(*asked: tuple[int, str, str]) -> ResolvedMerges:
    """(minute, parent, sub-contacts one letter or word each): requests of one minute are one request."""
    rows = [
        (f"r{minute}", parent, sub, NOON + timedelta(minutes=minute))
        for minute, parent, subs in asked
        for sub in subs.split()
    ]
    events = pl.DataFrame(rows, schema=polars_schema(CORE_MERGE_EVENTS), orient="row")
    requests = events.select("request_id").unique().with_columns(file_id=pl.lit("f"), record_number=pl.lit(7))
    return resolve_merges(events, CONTACTS, requests)


def into(resolved: ResolvedMerges) -> dict[str, str]:
    return dict(resolved.merges.select("contact_id", "parent_id").iter_rows())


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        pytest.param([(1, "a", "b c")], {"b": "a", "c": "a"}, id="plain"),
        pytest.param([(1, "a", "a b")], {"b": "a"}, id="a_m6_parent_among_subs"),
        pytest.param([(1, "a", "b"), (2, "c", "b")], {"b": "a", "a": "c"}, id="a_m6_merged_before"),
        pytest.param([(1, "a", "b"), (2, "b", "c")], {"b": "a", "c": "a"}, id="a_m6_parent_merged_before"),
        pytest.param([(1, "a", "b"), (2, "b", "a")], {"b": "a"}, id="a_m6_cycle"),
        pytest.param([(1, "a", "b"), (2, "c", "a"), (3, "b", "c")], {"b": "a", "a": "c"}, id="a_m6_long_cycle"),
        pytest.param([(1, "a", "b"), (2, "a", "b")], {"b": "a"}, id="asked_twice"),
        pytest.param([(1, "a", "b"), (1, "d", "e")], {"b": "a", "e": "d"}, id="me7_two_clusters"),
    ],
)
def test_merges(asked, wanted) -> None:
    resolved = resolve(*asked)
    assert into(resolved) == wanted
    assert resolved.problems.is_empty()


@pytest.mark.parametrize(
    ("asked", "wanted", "codes", "values"),
    [
        pytest.param(
            [(1, "a", "b nobody"), (2, "c", "d")], {"d": "c"}, ["unknown_id"], ["nobody"], id="a_m6_unknown_sub"
        ),
        pytest.param([(1, "nobody", "b")], {}, ["unknown_id"], ["nobody"], id="a_m6_unknown_parent"),
        pytest.param([(1, "nobody", "nobody")], {}, ["unknown_id"], ["nobody"], id="a_m6_unknown_parent_into_itself"),
        pytest.param([(1, "a", "gone")], {}, ["unknown_id"], ["gone"], id="a_d5_deleted"),
        pytest.param([(1, "a", "b"), (1, "b", "a")], {}, ["invalid_request"] * 2, ["a", "b"], id="a_m6_contradiction"),
        pytest.param(
            [(1, "a", "b"), (1, "c", "b"), (1, "d", "e")], {"e": "d"}, ["invalid_request"] * 2, ["a", "c"],
            id="a_m6_overlap_of_other_parents",
        ),
    ],
)  # fmt: skip
def test_a_m6_refused_whole(asked, wanted, codes, values) -> None:
    resolved = resolve(*asked)
    assert into(resolved) == wanted
    assert resolved.problems["code"].to_list() == codes
    assert resolved.problems["value"].to_list() == values
    assert set(resolved.problems.select("file_id", "folder", "row_number").rows()) == {("f", "requests", 7)}


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh")), max_size=12))
def test_every_contact_ends_somewhere(asked) -> None:
    merges = into(resolve(*asked))
    for start in merges:
        seen, contact = {start}, start
        while contact in merges:
            contact = merges[contact]
            assert contact not in seen, "a cycle"
            seen.add(contact)
    assert merges == into(resolve(*reversed(asked)))
