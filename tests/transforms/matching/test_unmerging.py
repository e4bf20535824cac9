"""What has to be taken back so that contacts come apart (SPEC A-M7)."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from schemas.ddl import polars_schema
from schemas.tables import CORE_MERGE_EVENTS, RAW_JUDGEMENTS, RAW_MERGE_WITHDRAWALS
from transforms.matching.judgements import PeopleSaid, settle_judgements
from transforms.matching.unmerging import Author, Unmerging, compose_judgements, pair_sides, plan_unmerging

NOON = datetime(2026, 7, 2, 12, tzinfo=UTC)
AUTHOR = Author("kim", NOON, 7, "unmerge")
NO_TIME = pl.Series([None] * 6, dtype=pl.Datetime("us", "UTC"))
CONTACTS = pl.DataFrame({"contact_id": list("abcdef"), "deleted_at": NO_TIME})


def said(judged: tuple[str, ...] = (), asked: tuple[str, ...] = ()) -> PeopleSaid:
    """'ab': a and b were judged the same; 'ab': a request merged b into a."""
    judgements = [(pair, pair[0], pair[1], "same", None, NOON, "review", None, 1) for pair in judged]
    events = [(f"r{place}", pair[0], pair[1], NOON + timedelta(place)) for place, pair in enumerate(asked)]
    requests = [(event[0], None, "f", 1) for event in events]
    schema = {"request_id": pl.String, "user_id": pl.String, "file_id": pl.String, "record_number": pl.Int64}
    return PeopleSaid(
        pl.DataFrame(judgements, schema=polars_schema(RAW_JUDGEMENTS), orient="row"),
        pl.DataFrame(events, schema=polars_schema(CORE_MERGE_EVENTS), orient="row"),
        pl.DataFrame(schema=polars_schema(RAW_MERGE_WITHDRAWALS)),
        pl.DataFrame(requests, schema=schema, orient="row"),
    )


def plan(contact: str, canonical: str, members: str, said_before: PeopleSaid, author: Author = AUTHOR) -> Unmerging:
    return plan_unmerging(contact, canonical, members, said_before, CONTACTS, author)


def leaves(contact: str, *asked: str) -> str:
    found = plan(contact, "a", "abcd", said(asked=asked))
    return "".join(name for name, side in found.sides.items() if side == "leaves")


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        pytest.param(("bc", "ab"), "bc", id="with_what_went_into_it"),
        pytest.param(("ab", "bc"), "bc", id="with_what_would_have_gone_into_it"),
        pytest.param(("ab", "ac"), "b", id="alone"),
        pytest.param(("cd", "bc", "ab"), "bcd", id="with_all_below"),
        pytest.param((), "b", id="merged_by_evidence"),
    ],
)
def test_who_leaves(asked, wanted) -> None:
    assert leaves("b", *asked) == wanted


def test_of_who_stands_for_a_cluster_all_come_apart() -> None:
    found = plan("a", "a", "abcd", said(("cd",), ("bc", "ab")))
    assert len(set(found.sides.values())) == 4
    assert sorted(found.events.rows()) == [("r0", "c"), ("r1", "b")]
    assert found.judgements.height == 1


def test_only_what_joins_the_sides_is_withdrawn() -> None:
    found = plan("b", "a", "abcd", said(("ad", "cd"), ("bc", "ab")))
    assert found.events.rows() == [("r1", "b")]
    assert found.judgements.select("contact_id_l", "contact_id_r", "judgement", "judged_by", "source").rows() == [
        ("c", "d", "withdrawn", "kim", "unmerge")
    ]


def test_every_request_for_the_same_merge_is_withdrawn() -> None:
    found = plan("b", "a", "ab", said(asked=("ab", "ab")))
    assert sorted(found.events.rows()) == [("r0", "b"), ("r1", "b")]


def test_a_withdrawn_judgement_counts_no_more_even_if_the_clock_goes_back() -> None:
    before = said(("ab",))
    early = Author("kim", NOON - timedelta(days=3), 7, "unmerge")
    rows = plan("b", "a", "ab", before, early).judgements
    after = PeopleSaid(pl.concat([before.judgements, rows]), before.events, before.withdrawals, before.requests)
    assert settle_judgements(after, CONTACTS).judgements["status"].to_list() == ["withdrawn"]


def test_two_judgements_of_one_pair_in_one_run_have_ids_of_their_own() -> None:
    first = compose_judgements({("a", "b"): "withdrawn"}, said(("ab",)).judgements, AUTHOR)
    second = compose_judgements({("a", "b"): "different"}, pl.concat([said(("ab",)).judgements, first]), AUTHOR)
    assert first["judgement_id"][0] != second["judgement_id"][0]
    assert NOON < first["judged_at"][0] < second["judged_at"][0]


def test_pairs_that_are_together_still() -> None:
    clusters = {"a": "a", "b": "a", "c": "c", "d": "a"}
    assert pair_sides({"b": "leaves", "a": "stays", "c": "stays", "d": "leaves"}, clusters) == [("a", "b"), ("a", "d")]
