"""What people said of pairs, and which of it is in force (DESIGN 4, law 5)."""

from datetime import UTC, datetime, timedelta
from itertools import combinations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.ddl import polars_schema
from schemas.tables import CORE_MERGE_EVENTS, RAW_JUDGEMENTS, RAW_MERGE_WITHDRAWALS
from transforms.matching.judgements import PeopleSaid, Settled, settle_judgements

NOON = datetime(2026, 7, 2, 12, tzinfo=UTC)
CONTACTS = pl.DataFrame(
    {"contact_id": [*"abcdef", "gone"], "deleted_at": [None] * 6 + [NOON]},
    schema={"contact_id": pl.String, "deleted_at": pl.Datetime("us", "UTC")},
)
WORDS = {"=": "same", "!": "different", "?": "unsure", "-": "withdrawn"}


def minute(number: int) -> datetime:
    return NOON + timedelta(minutes=number)


def said(*texts: str, withdrawn: tuple[int, ...] = ()) -> PeopleSaid:
    """One a minute: 'a=b' same, 'a!b' different, 'a?b' unsure, 'a-b' withdrawn; 'a<b' a request to merge b into a."""
    judgements, events, requests = [], [], []
    for number, text in enumerate(texts):
        left, sign, right = text[0], text[1], text[2:]
        if sign == "<":
            events.append((f"r{number}", left, right, minute(number)))
            requests.append((f"r{number}", "u", "f", number + 1))
        else:
            words = (f"j{number}", left, right, WORDS[sign], "kim", minute(number), "review", "x.xlsx", number)
            judgements.append(words)
    gone = [(f"r{number}", texts[number][2:], "kim", minute(99), 99) for number in withdrawn]
    schema = {"request_id": pl.String, "user_id": pl.String, "file_id": pl.String, "record_number": pl.Int64}
    return PeopleSaid(
        pl.DataFrame(judgements, schema=polars_schema(RAW_JUDGEMENTS), orient="row"),
        pl.DataFrame(events, schema=polars_schema(CORE_MERGE_EVENTS), orient="row"),
        pl.DataFrame(gone, schema=polars_schema(RAW_MERGE_WITHDRAWALS), orient="row"),
        pl.DataFrame(requests, schema=schema, orient="row"),
    )


def statuses(settled: Settled) -> dict[str, str]:
    """'ab same' -> status; a pair said twice keeps the last in order of time."""
    rows = settled.judgements.sort("judged_at").select("contact_id_l", "contact_id_r", "judgement", "status").rows()
    return {f"{left}{right} {judgement}": status for left, right, judgement, status in rows}


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        pytest.param(["a=b"], {"ab same": "in_force"}, id="plain"),
        pytest.param(["b=a"], {"ab same": "in_force"}, id="order_in_the_pair"),
        pytest.param(["a=b", "a!b"], {"ab same": "replaced", "ab different": "in_force"}, id="latest_of_a_pair"),
        pytest.param(["a!b", "a-b"], {"ab different": "withdrawn"}, id="retracted_is_never_decided"),
        pytest.param(["a<b"], {"ab same": "in_force"}, id="request"),
        pytest.param(["a<b", "a!b"], {"ab same": "replaced", "ab different": "in_force"}, id="request_answered"),
        pytest.param(["a!b", "a<b"], {"ab different": "replaced", "ab same": "in_force"}, id="request_is_later"),
        pytest.param(
            ["a=b", "b=c", "a!c"],
            {"ab same": "in_force", "bc same": "in_force", "ac different": "refused"},
            id="earlier_pairs_stand",
        ),
        pytest.param(
            ["a!c", "a=b", "b=c"],
            {"ac different": "in_force", "ab same": "in_force", "bc same": "refused"},
            id="different_first",
        ),
        pytest.param(["a=gone"], {"agone same": "waiting"}, id="deleted_contact"),
        pytest.param(["a!nobody"], {"anobody different": "waiting"}, id="contact_not_there"),
        pytest.param(["a!b", "a?c"], {"ab different": "in_force", "ac unsure": "in_force"}, id="unsure"),
    ],
)
def test_status(texts, wanted) -> None:
    assert statuses(settle_judgements(said(*texts), CONTACTS)) == wanted


def test_a_request_that_contradicts_a_judgement_is_quarantined() -> None:
    settled = settle_judgements(said("a!c", "b<a", "b<c"), CONTACTS)
    assert settled.merges.select("parent_id", "contact_id").rows() == [("b", "a")]
    assert settled.problems.select("code", "row_number", "value").rows() == [("invalid_request", 3, "c")]


def test_what_follows_a_merge_that_does_not_count_is_resolved_anew() -> None:
    settled = settle_judgements(said("a<b", "c<b", "a!b"), CONTACTS)
    assert settled.merges.select("parent_id", "contact_id").rows() == [("c", "b")], "b never went into a"


def test_a_withdrawn_request_was_never_asked() -> None:
    settled = settle_judgements(said("a<b", "c<b", withdrawn=(0,)), CONTACTS)
    assert settled.merges.select("parent_id", "contact_id").rows() == [("c", "b")]
    assert statuses(settled) == {"ab same": "withdrawn", "bc same": "in_force"}


SENTENCES = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from("=!?-<"), st.sampled_from("abcdef")).map("".join).filter(
        lambda text: text[0] != text[2]
    ),
    max_size=10,
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(SENTENCES)
def test_what_is_in_force_never_contradicts_itself(texts) -> None:
    settled = settle_judgements(said(*texts), CONTACTS)
    in_force = settled.judgements.filter(pl.col("status") == "in_force")
    groups = {name: {name} for name in "abcdef"}
    for left, right, judgement in in_force.select("contact_id_l", "contact_id_r", "judgement").iter_rows():
        if judgement == "same":
            groups[left] |= groups[right]
            groups |= dict.fromkeys(groups[left], groups[left])
    apart = in_force.filter(pl.col("judgement") == "different").select("contact_id_l", "contact_id_r").rows()
    assert all(groups[left] is not groups[right] for left, right in apart)
    assert not in_force.select("contact_id_l", "contact_id_r").is_duplicated().any()
    of_requests = in_force.filter(pl.col("source") == "request").height
    assert of_requests == settled.merges.height


@settings(deadline=None, max_examples=60)
@given(SENTENCES.filter(lambda texts: len(texts) < 6), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(texts, random) -> None:
    given_said = said(*texts)
    shuffled = PeopleSaid(
        *(
            frame.sample(fraction=1, shuffle=True, seed=random.randint(0, 99))
            for frame in (given_said.judgements, given_said.events, given_said.withdrawals, given_said.requests)
        )
    )
    assert settle_judgements(shuffled, CONTACTS).judgements.equals(settle_judgements(given_said, CONTACTS).judgements)


def test_two_judgements_of_other_pairs_do_not_meet() -> None:
    texts = [f"{left}!{right}" for left, right in combinations("abc", 2)]
    assert set(statuses(settle_judgements(said(*texts, "a=d"), CONTACTS)).values()) == {"in_force"}
