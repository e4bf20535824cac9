"""Reviews: the rows a person decides, and the decisions read back."""

import json
from datetime import UTC, datetime

import polars as pl
import pytest

from schemas.ddl import polars_schema
from schemas.tables import CORE_MERGE_EVENTS, MARTS_CONTACTS, RAW_JUDGEMENTS, RAW_MERGE_WITHDRAWALS, STAGING_REQUESTS
from transforms.matching.judgements import PeopleSaid
from transforms.matching.review import REVIEW_COLUMNS, check_decisions, compose_review, read_decisions
from transforms.matching.unmerging import Author

NOON = datetime(2026, 7, 2, 12, tzinfo=UTC)
AUTHOR = Author("kim", NOON, 7, "review", "review.xlsx")
FACT = {"field": "last_name", "level": "close", "score": 0.9, "weight": 3.2, "value_l": "Bell", "value_r": "Bel"}
NOTHING_SAID = PeopleSaid(
    pl.DataFrame(schema=polars_schema(RAW_JUDGEMENTS)),
    pl.DataFrame(schema=polars_schema(CORE_MERGE_EVENTS)),
    pl.DataFrame(schema=polars_schema(RAW_MERGE_WITHDRAWALS)),
    pl.DataFrame(schema=polars_schema(STAGING_REQUESTS)).select("request_id", "user_id", "file_id", "record_number"),
)
CONTACTS = pl.DataFrame(
    {"contact_id": [*"abcd", "gone"], "deleted_at": [None] * 4 + [NOON]},
    schema={"contact_id": pl.String, "deleted_at": pl.Datetime("us", "UTC")},
)


def compose(
    pairs: dict[str, float], cluster: dict[str, str], merged: dict[str, str] | None = None
) -> list[dict[str, str]]:
    now = {name: (merged or {}).get(name, name) for name in cluster}
    addresses = [{"full_clean": "50 Park, Union"}, {"full_clean": "1 Main"}]
    contacts = [
        {"id": name, "display_name": name.upper(), "emails": [f"{name}@x.example"], "address": addresses}
        for name in set(now.values())
    ]
    return [
        dict(zip(REVIEW_COLUMNS, row, strict=True))
        for row in compose_review(
            pl.DataFrame(
                {
                    "contact_id_l": [pair[0] for pair in pairs],
                    "contact_id_r": [pair[1] for pair in pairs],
                    "probability": list(pairs.values()),
                    "evidence": json.dumps([FACT]),
                }
            ),
            pl.DataFrame({"contact_id": list(cluster), "cluster_id": list(cluster.values())}),
            pl.DataFrame({"contact_id": list(now), "canonical_id": list(now.values())}),
            pl.DataFrame(contacts, schema=polars_schema(MARTS_CONTACTS)),
        )
    ]


def test_each_contact_is_compared_with_the_likeliest_above_it() -> None:
    rows = compose(
        {"ab": 0.7, "bc": 0.9, "ac": 0.6, "de": 0.95}, {**dict.fromkeys("abc", "1"), **dict.fromkeys("de", "2")}
    )
    told = [(row["cluster"], row["contact id"], row["compared with id"], row["probability"]) for row in rows]
    assert told == [
        ("1", "d", "", ""), ("1", "e", "d", "0.950"),
        ("2", "a", "", ""), ("2", "b", "a", "0.700"), ("2", "c", "b", "0.900"),
    ]  # fmt: skip
    assert rows[1]["compared with"] == "D"
    assert rows[1]["evidence"] == "last name close: Bell / Bel"
    assert rows[1]["emails"] == "e@x.example"
    assert rows[1]["addresses"] == "50 Park, Union\n1 Main"
    assert {row["decision"] for row in rows} == {""}


def test_merged_contacts_are_one_row_and_the_pair_names_who_was_compared() -> None:
    rows = compose({"bd": 0.8, "ad": 0.7}, dict.fromkeys("abd", "1"), {"b": "a"})
    assert [(row["name"], row["contact id"], row["compared with id"]) for row in rows] == [
        ("A", "a", ""),
        ("D", "d", "b"),
    ]
    assert compose({"ab": 0.8}, dict.fromkeys("ab", "1"), {"b": "a"}) == []


HEADER = ["decision", "name", "contact id", "compared with id"]


def read(*rows: str) -> tuple[list[tuple[int, tuple[str, str], str]], list[str]]:
    """Each row 'decision|id|other id'."""
    cells = [
        [text if place != 1 else "x" for place, text in enumerate(row.replace("|", "||", 1).split("|"))] for row in rows
    ]
    decisions, problems = read_decisions(HEADER, list(enumerate(cells, start=2)))
    return [(item.line, item.pair, item.judgement) for item in decisions], problems


def test_decisions_are_read() -> None:
    found, problems = read(" Same |b|a", "|c|a", "DIFFERENT|c|b", "unsure|d|a")
    assert found == [(2, ("a", "b"), "same"), (4, ("b", "c"), "different"), (5, ("a", "d"), "unsure")]
    assert problems == []


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (["maybe|b|a"], "line 2: the decision 'maybe' is none of same, different, unsure"),
        (["same|b|"], "line 2: nothing is compared here, leave its decision blank"),
        (["same|b|b"], "line 2: both ids are one contact"),
        (["same|b|a", "different|a|b"], "line 3: line 2 decides the same pair otherwise"),
    ],
)
def test_wrong_rows_are_told_by_line(rows, problem) -> None:
    assert read(*rows)[1] == [problem]


def test_a_file_of_another_kind_is_told() -> None:
    assert read_decisions(["name", "decision"], [])[1] == [
        "it has no column contact id, compared with id: it is no file of `leadpipe review export`"
    ]


def check(*rows: str, said: PeopleSaid = NOTHING_SAID) -> tuple[list[tuple[str, str, str]], int, list[str]]:
    cells = [[word, "x", left, right] for word, left, right in (row.split("|") for row in rows)]
    decisions, _ = read_decisions(HEADER, list(enumerate(cells, start=2)))
    checked = check_decisions(decisions, said, CONTACTS, AUTHOR)
    found = checked.rows.select("contact_id_l", "contact_id_r", "judgement").rows()
    return found, checked.known_count, checked.problems


def test_only_what_is_new_is_taken() -> None:
    first = check_decisions(
        read_decisions(HEADER, [(2, ["same", "", "a", "b"])])[0], NOTHING_SAID, CONTACTS, AUTHOR
    ).rows
    said = PeopleSaid(first, NOTHING_SAID.events, NOTHING_SAID.withdrawals, NOTHING_SAID.requests)
    assert check("same|a|b", "different|c|d", said=said) == ([("c", "d", "different")], 1, [])
    assert check("unsure|a|b", said=said) == ([("a", "b", "unsure")], 0, [])


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("same|a|nobody", "line 2: no contact has the id nobody"),
        ("same|a|gone", "line 2: contact gone is deleted"),
    ],
)
def test_contacts_that_are_not_there(row, problem) -> None:
    assert check(row)[2] == [problem]


def test_a_contradiction_within_the_file_is_told() -> None:
    problems = check("same|a|b", "same|b|c", "different|a|c")[2]
    assert len(problems) == 1
    assert "contradicts what was judged before, or in this file" in problems[0]
