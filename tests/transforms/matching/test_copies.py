"""Copies against contacts held against each other one by one."""

from dataclasses import astuple
from datetime import date

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from schemas.ddl import polars_schema
from schemas.tables import MATCHING_JUDGEMENTS, MATCHING_SCORED_PAIRS
from transforms.matching.copies import choose_compared, follow_copies, leave_out_copies, mark_copies

FEW, COMPARED = 5, 3
DALLAS = {"city": "Dallas", "house_num": "1", "name": "Oak"}
person = st.fixed_dictionaries(
    {"first_name": st.sampled_from(["Jane", "jane"])},
    optional={
        "last_name": st.just("Taylor"),
        "company": st.just("Bolt"),
        "email": st.sampled_from([["j@x.example", "t@x.example"], ["t@x.example", "j@x.example"], ["j@x.example"]]),
        "partner_email": st.just("j@x.example"),
        "address": st.sampled_from([{"city": "Dallas"}, DALLAS]),
        "birthday": st.just(date(1970, 1, 2)),
        "hobby": st.just("golf"),
        "owner": st.sampled_from(["u", "u", "v"]),
        "source": st.sampled_from(["file", "file", "lead"]),
    },
)
#: A few people, each in the book some times.
books = st.lists(st.tuples(person, st.integers(1, 8)), min_size=1, max_size=4).map(
    lambda drawn: [
        {"id": f"c{(7 * place) % 32:02}", **one}
        for place, one in enumerate([one for one, count in drawn for _ in range(count)])
    ]
)
contact = st.sampled_from([f"c{place:02}" for place in range(32)])
judged = st.lists(st.tuples(contact, contact, st.sampled_from(["same", "different", "unsure"])), max_size=3)


def judgement_rows(said) -> pl.DataFrame:
    pairs = {tuple(sorted(pair[:2])): pair[2] for pair in said if pair[0] != pair[1]}
    rows = [
        {"contact_id_l": left, "contact_id_r": right, "judgement": judgement, "status": "in_force"}
        for (left, right), judgement in pairs.items()
    ]
    return pl.DataFrame(rows, schema=polars_schema(MATCHING_JUDGEMENTS))


def describe(person, judgements: pl.DataFrame):
    """All that is compared of a contact, and what people said; None where too little is known."""
    street = person.get("address", {}).get("name")
    named = "last_name" in person or "company" in person
    if not named or not (street or "email" in person or "birthday" in person):
        return None
    known = {name: str(value).lower() for name, value in person.items() if name not in ("id", "email")}
    beside = []
    for left, right, judgement in judgements.select("contact_id_l", "contact_id_r", "judgement").rows():
        if person["id"] in (left, right):
            other = right if person["id"] == left else left
            beside.append(other if judgement == "different" else person["id"])
    emails = sorted(person.get("email", []))
    return str(sorted(({"owner": "u", "source": "file"} | known).items())), str(emails), str(sorted(beside))


@given(books, judged)
@settings(max_examples=40, deadline=None)
def test_copies_are_told_and_the_first_of_them_compared(matching, people, said) -> None:
    judgements = judgement_rows(said)
    found = mark_copies(matching.values(people), judgements)
    groups: dict[object, list[str]] = {}
    for one in people:
        groups.setdefault(describe(one, judgements), []).append(one["id"])
    unknown = groups.pop(None, [])
    copy_of = {
        name: sorted(members)[0]
        for members in groups.values()
        if len(members) > FEW
        for name in sorted(members)[COMPARED:]
    }
    assert dict(found.filter(pl.col("copy_of").is_not_null()).select("contact_id", "copy_of").rows()) == copy_of
    assert sorted(found.filter(pl.col("copy_key").is_null())["contact_id"]) == sorted(unknown)
    assert found["copy_key"].drop_nulls().n_unique() == len(groups)


@given(books)
@settings(max_examples=25, deadline=None)
def test_what_is_left_out_might_not_have_been_there(matching, people) -> None:
    values = matching.values(people)
    is_compared = mark_copies(values, judgement_rows([]))["copy_of"].is_null()
    compared = set(values.ids.filter(is_compared))
    alone = matching.values([one for one in people if one["id"] in compared])
    found = leave_out_copies(values, is_compared)
    others = {name: rows for name, rows in found.others.items() if rows.height}
    assert others.keys() == alone.others.keys()
    for one, other in zip((*astuple(found)[:-1], *others.values()), (*astuple(alone)[:-1], *alone.others.values()),
                          strict=True):  # fmt: skip
        assert_frame_equal(one, other)


def test_copies_go_with_the_pair_of_those_compared() -> None:
    keys = pl.DataFrame({"contact_id": [*"agbfcehd"], "copy_key": [1, 1, 1, 1, 2, 1, None, 1]})
    copies = keys.join(choose_compared(keys), on="contact_id", how="left")
    assert dict(copies.drop_nulls("copy_of").select("contact_id", "copy_of").rows()) == dict.fromkeys("efg", "a")
    rows = [("a", "b", 0.9, "merge", "fuzzy", "[1]"), ("a", "d", 0.8, "merge", "fuzzy", "[2]"),
            ("b", "c", 0.5, "review", "fuzzy", "[3]")]  # fmt: skip
    scored = pl.DataFrame(rows, schema=polars_schema(MATCHING_SCORED_PAIRS), orient="row")
    followed = follow_copies(scored, copies.filter(pl.col("copy_key") == 1))
    assert followed.rows() == [("a", name, 0.9, "merge", "fuzzy", "[1]") for name in "efg"]
    assert follow_copies(scored[1:], copies.filter(pl.col("copy_key") == 1)).is_empty()
