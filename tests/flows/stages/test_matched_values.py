"""What matching reads of contacts: the same whichever way, and once a run."""

from __future__ import annotations

from dataclasses import fields
from datetime import date

import polars as pl
from polars.testing import assert_frame_equal

from flows.settings import Settings
from flows.stages import matched_values
from flows.stages.matched_values import keep_values, read_values, read_values_of, take_values
from transforms.matching.values import ContactValues

PEOPLE = {
    "a": {"first_name": "Ann", "email": ["a@x.example", "a@y.example"], "partner_email": "b@x.example", "tag": "vip"},
    "b": {"last_name": "Lee", "address": [{"house_num": "1", "name": "Elm St", "city": "Reno"}, {"postcode": "89501"}]},
    "c": {"birthday": date(1978, 1, 20), "height": "170", "closing": date(2026, 5, 1), "company": "Acme Inc"},
    "d": {"phone_number": "+15556106679", "height": ["170", "171"], "owner": "somebody else"},
    "e": {"email": "gone@x.example", "height": "1", "deleted": True},
    "f": {},
}  # fmt: skip


def assert_same(one: ContactValues, other: ContactValues) -> None:
    for field in fields(ContactValues):
        values = [getattr(each, field.name) for each in (one, other)]
        frames = [each if isinstance(each, dict) else {"": each} for each in values]
        assert list(frames[0]) == list(frames[1])
        for name, frame in frames[0].items():
            assert_frame_equal(frame, frames[1][name])


def test_values_of_many_are_read_by_kind_as_those_of_few_at_once(open_book, monkeypatch) -> None:
    with open_book(Settings()) as book:
        book.put(PEOPLE)
        with book.open() as store:
            at_once = read_values(store, "owner")
            of_some = read_values_of(store, "owner", pl.Series(["f", "c", "b", "a", "d", "nobody", "e"]))
            monkeypatch.setattr(matched_values, "_AT_ONCE", 4)
            by_kind = read_values(store, "owner")
    assert at_once.ids.to_list() == ["a", "b", "c", "d", "f"]
    assert sorted(at_once.others) == ["closing", "height"]
    assert_same(at_once, by_kind)
    assert_same(of_some, by_kind)


def test_values_are_left_to_the_next_stage_of_a_run_once(open_book) -> None:
    with open_book(Settings()) as book, book.open() as store:
        book.put(PEOPLE)
        values = read_values(store, "owner")
        keep_values("r", values)
        assert take_values("r", store, "owner") is values
        again = take_values("r", store, "owner")
        assert again is not values
        assert_same(again, values)
        keep_values("another run", values)
        assert take_values("r", store, "owner") is not values
