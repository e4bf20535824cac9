"""Rows of contact files against the people of the files before them, checked one by one (SPEC A-IM2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.contact_updates import KEY_TYPES, find_updates, number_updates

KEYS = ("contact_id", "attribute_type", "match_key")
NOON = datetime(2026, 7, 2, 12, tzinfo=UTC)
ROWS = {
    "contact_id": pl.String, "given_id": pl.String, "brand_id": pl.String, "user_id": pl.String,
    "ios_address_book_id": pl.String, "android_address_book_id": pl.String, "created_at": pl.Datetime("us", "UTC"),
    "sheet": pl.String, "row_number": pl.Int64, "print": pl.Int64, "file_order": pl.Int64, "person": pl.String,
}  # fmt: skip


@dataclass
class Row:
    """One row of a contact file."""

    first_name: str | None = None
    last_name: str | None = None
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    source_id: str | None = None
    ios: str | None = None
    owner: str | None = "u"
    given_id: str | None = None

    @property
    def said(self) -> str | None:
        """What rows with the same cells share."""
        cells = (self.first_name, self.last_name, self.emails, self.phones, self.source_id)
        return repr(cells) if any(cells) else None


@dataclass(eq=False)
class Person:
    """A contact of the naive simulation."""

    contact_id: str
    created_at: datetime
    owner: str | None
    first: str | None = None
    last: str | None = None
    keys: set[tuple[Any, ...]] = field(default_factory=set)
    values: set[tuple[str, str]] = field(default_factory=set)

    def learn(self, row: Row) -> None:
        """Take what a row says."""
        self.first, self.last = row.first_name or self.first, row.last_name or self.last
        if row.said:
            self.keys.add(("print", row.said, row.ios))
        self.values |= {("email", text) for text in row.emails} | {("phone", text) for text in row.phones}
        self.values |= {(kind, text) for kind, text in (("ios", row.ios), ("source", row.source_id)) if text}

    def remember(self) -> None:
        """Be known by all values under the name borne at the end of a file."""
        self.keys |= {(*value, self.first, self.last) for value in self.values}


def rung(row: Row, person: Person, people: list[Person]) -> int | None:
    """How surely a row is a person, lower is better."""
    names = (row.first_name, row.last_name)
    known = (person.first, person.last)
    differ = [None not in pair and pair[0] != pair[1] for pair in zip(names, known, strict=True)]
    emails = [text for text in row.emails if ("email", text) in person.values]
    leads = [text for text in emails if earliest("email", text, people) is person]
    if row.said and ("print", row.said, row.ios) in person.keys:
        return 0
    if row.ios and ("ios", row.ios, *names) in person.keys:
        return 1
    if row.source_id and ("source", row.source_id, *names) in person.keys:
        return 2
    if row.source_id and earliest("source", row.source_id, people) is person and not all(differ):
        return 3
    if any(("email", text, *names) in person.keys for text in emails):
        return 4
    if row.first_name and any(key[:3] == ("email", text, row.first_name) for key in person.keys for text in emails):
        return 5
    if leads and not any(differ):
        return 6
    if all(names) and any(("phone", text, *names) in person.keys for text in row.phones):
        return 7
    return 8 if leads else None


def earliest(kind: str, text: str, people: list[Person]) -> Person | None:
    """Whoever has a value, and was created first."""
    holders = [person for person in people if (kind, text) in person.values]
    return min(holders, key=lambda person: (person.created_at, person.contact_id), default=None)


def simulate(files: list[tuple[int, list[Row]]]) -> dict[str, str]:
    """row's id -> contact's id of the updates, one row after another."""
    everyone: list[Person] = []
    updates: dict[str, str] = {}
    for place, (day, rows) in enumerate(files):
        hits = [best(row, [person for person in everyone if person.owner == row.owner]) for row in rows]
        taken = [hit[1] for hit in hits if hit and hit[0] < 8]
        learned = []
        for number, (row, hit) in enumerate(zip(rows, hits, strict=True)):
            name = name_of(place, number)
            if hit and not (hit[0] == 8 and hit[1] in taken):
                person = hit[1]
                taken.append(person)
                updates[name] = person.contact_id
            else:
                person = Person(name, NOON + timedelta(days=day), row.owner)
            learned.append((person, row))
        for person, row in learned:
            person.learn(row)
            everyone += [person] if person not in everyone else []
        for person, _ in learned:
            person.remember()
    return updates


def best(row: Row, people: list[Person]) -> tuple[int, Person] | None:
    steps = [(step, person) for person in people if (step := rung(row, person, people)) is not None]
    return min(steps, key=lambda hit: (hit[0], hit[1].created_at, hit[1].contact_id), default=None)


def name_of(place: int, number: int) -> str:
    # ids that are in no order of the rows
    return f"{(place * 31 + number * 17) % 97:02}-{place}-{number}"


def find(files: list[tuple[int, list[Row]]], known: dict[str, str] | None = None) -> pl.DataFrame:
    rows, values = [], []
    prints: dict[str, int] = {}
    for place, (day, people) in enumerate(files):
        for number, row in enumerate(people):
            name = name_of(place, number)
            said = prints.setdefault(row.said, len(prints)) if row.said else None
            moment, person = NOON + timedelta(days=day), (known or {}).get(name)
            rows.append(
                (name, row.given_id, "b", row.owner, row.ios, None, moment, "", number + 1, said, place, person)
            )
            values += [(name, "email", text) for text in row.emails]
            values += [(name, "phone_number", text) for text in row.phones]
            single = {"first_name": row.first_name, "last_name": row.last_name, "source_id": row.source_id}
            values += [(name, kind, text) for kind, text in single.items() if text]
    assert {kind for _, kind, _ in values} <= set(KEY_TYPES)
    return find_updates(
        pl.DataFrame(rows, schema=ROWS, orient="row"),
        pl.DataFrame(values, schema=dict.fromkeys(KEYS, pl.String), orient="row"),
    )


def test_a_im2_a_row_that_names_a_person_is_that_person_whatever_else_it_says() -> None:
    ann, bo = name_of(0, 0), name_of(0, 1)
    named = Row("Zoe", "Ek", emails=("bo@example.com",), given_id=ann)
    found = find([(0, [Row("Ann"), Row("Bo", emails=("bo@example.com",))]), (1, [named, Row("Cy", given_id="lost")])])
    assert found.select("row_contact_id", "contact_id", "matched_by").rows() == [(name_of(1, 0), ann, "same id")]
    assert bo not in found["contact_id"].to_list()


def mapping(files: list[tuple[int, list[Row]]]) -> dict[str, str]:
    return dict(find(files).select("row_contact_id", "contact_id").rows())


names = st.sampled_from([None, "ann", "bob", "cy"])
few = st.lists(st.sampled_from(["1", "2", "3"]), max_size=2, unique=True).map(tuple)
people = st.builds(
    Row, names, st.sampled_from([None, "doe", "roe"]), few, few, st.sampled_from([None, None, "7", "8"]),
    st.sampled_from([None, None, "x", "y"]), st.sampled_from(["u", "u", "u", "v", None]),
)  # fmt: skip
exports = st.lists(st.tuples(st.integers(0, 2), st.lists(people, max_size=5)), max_size=4)


@settings(max_examples=60, deadline=None)
@given(exports)
def test_a_im2_as_one_by_one(files: list[tuple[int, list[Row]]]) -> None:
    assert mapping(files) == simulate(files)


@settings(max_examples=40, deadline=None)
@given(exports, st.integers(0, 4))
def test_a_im2_files_matched_before_need_no_matching(files: list[tuple[int, list[Row]]], before: int) -> None:
    every = simulate(files)
    settled = {name_of(place, number) for place, (_, rows) in enumerate(files[:before]) for number in range(len(rows))}
    found = find(files, {name: every.get(name, name) for name in settled})
    assert dict(found.select("row_contact_id", "contact_id").rows()) == {
        name: person for name, person in every.items() if name not in settled
    }


ANN = Row("ann", "doe", ("a@x",), ("1",))


def test_a_im2_rows_of_one_file_never_update_each_other() -> None:
    assert mapping([(0, [ANN, ANN])]) == {}


def test_a_im2_an_identical_row_without_e_mail_or_number_is_the_same_person() -> None:
    files = [(0, [Row("ann", "doe")]), (1, [Row("ann", "doe"), Row("ann", "roe")])]
    assert mapping(files) == {name_of(1, 0): name_of(0, 0)}


def test_a_im2_an_address_book_id_needs_the_name_too() -> None:
    files = [(0, [Row("david", ios="7")]), (1, [Row("david", "taylor", ("d@x",), ios="7"), Row("david", ios="7")])]
    assert mapping(files) == {name_of(1, 1): name_of(0, 0)}


def test_a_im2_couples_that_share_an_e_mail_stay_two() -> None:
    bob, jane = Row("bob", "roe", ("a@x",)), Row("jane", "roe", ("a@x",))
    assert mapping([(0, [bob]), (1, [jane, bob])]) == {name_of(1, 1): name_of(0, 0)}
    assert mapping([(0, [bob]), (1, [jane])]) == {name_of(1, 0): name_of(0, 0)}


def test_a_im2_a_source_id_of_another_system_is_not_the_person() -> None:
    files = [(0, [Row("ann", "doe", source_id="1")]), (1, [Row("bob", "roe", source_id="1")])]
    assert mapping(files) == {}
    assert mapping([files[0], (1, [Row("ann", "roe", source_id="1")])]) == {name_of(1, 0): name_of(0, 0)}


def test_a_im2_several_people_the_earliest_counts_and_why_is_said() -> None:
    files = [(1, [ANN]), (0, [Row("ann", "doe", ("b@x",), ("1",))]), (2, [Row("ann", "doe", ("c@x",), ("1",))])]
    found = find(files)
    assert found["contact_id"].to_list() == [name_of(0, 0), name_of(0, 0)]
    assert found["matched_by"].to_list() == ["phone number and name"] * 2
    earlier = pl.DataFrame({"contact_id": [name_of(0, 0)], "contact": [0], "updates_count": [3]})
    assert number_updates(found, earlier)["update_number"].to_list() == [4, 5]


def test_a_im2_another_owner_is_not_updated() -> None:
    assert mapping([(0, [ANN]), (1, [Row("ann", "doe", ("a@x",), ("1",), owner="v")])]) == {}
