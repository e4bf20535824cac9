import calendar
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.normalize.dates import dates_from_seconds, normalize_dates

NAMES = list(calendar.month_name)
DAYS = st.dates(date(1800, 1, 1), date(2199, 12, 31))


def normalize(*texts: str | None, day_first: bool | None = None) -> list[tuple[date | None, str | None]]:
    return normalize_dates(pl.Series(texts, dtype=pl.String), day_first).select("date", "problem").rows()


def english(day: date, pattern: str) -> str:
    names = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ]
    name = names[day.month - 1]
    return pattern.format(y=day.year, m=day.month, d=day.day, name=name, short=name[:3], upper=name[:3].upper())


PATTERNS = st.sampled_from(
    [
        "{y}-{m:02}-{d:02}",
        "{y}/{m}/{d}",
        "{y}.{m}.{d}",
        "{y}{m:02}{d:02}",
        "{y}-{m:02}-{d:02}T00:00:00.000Z",
        "{y}-{m:02}-{d:02} 23:59:59",
        "{m}/{d}/{y}",
        "{m:02}-{d:02}-{y}",
        "{m}/{d}/{y} 12:00:00 AM",
        "{d} {short} {y}",
        "{d:02}-{upper}-{y}",
        "{name} {d}, {y}",
        "{short}. {d} {y}",
        "{name} {d}th, {y}",
        "{d}th of {name} {y}",
        "{y}-{short}-{d:02}",
    ]
)


@given(st.lists(st.tuples(DAYS, PATTERNS), min_size=1, max_size=20))
def test_every_known_form_gives_back_its_day(cases: list[tuple[date, str]]) -> None:
    texts = [english(day, pattern) for day, pattern in cases]
    assert normalize(*texts, day_first=False) == [(day, None) for day, _ in cases]


@given(st.lists(DAYS, min_size=1, max_size=20), st.booleans())
def test_the_column_decides_whether_the_day_leads(days: list[date], day_first: bool) -> None:
    pattern = "{0.day}/{0.month}/{0.year}" if day_first else "{0.month}/{0.day}/{0.year}"
    telling = date(2001, 3, 25)
    texts = [pattern.format(day) for day in [*days, telling]]
    assert normalize(*texts) == [(day, None) for day in [*days, telling]]


def test_without_evidence_the_month_leads_but_not_between_dots() -> None:
    assert normalize("3/4/1985", "4-3-1985") == [(date(1985, 3, 4), None), (date(1985, 4, 3), None)]
    assert normalize("3.4.1985") == [(date(1985, 4, 3), None)]


def test_a_date_with_one_reading_is_read_so_in_any_column() -> None:
    assert normalize("13/4/1985", day_first=False) == [(date(1985, 4, 13), None)]
    assert normalize("4/13/1985", day_first=True) == [(date(1985, 4, 13), None)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3/4/85", date(1985, 3, 4)),
        ("3/4/29", date(2029, 3, 4)),
        ("3/4/30", date(1930, 3, 4)),
        ("4-Mar-85", date(1985, 3, 4)),
        ("Monday, March 4, 1985", date(1985, 3, 4)),
        ("Mar 4 '85", date(1985, 3, 4)),
        ("March 4th 1985", date(1985, 3, 4)),
        ("4. March 1985", date(1985, 3, 4)),
        ("31110", date(1985, 3, 4)),
        ("31110.0", date(1985, 3, 4)),
        ("1985-03-04T23:30:00-05:00", date(1985, 3, 5)),
        ("1985-03-04T00:30:00+02:00", date(1985, 3, 3)),
        ("3/4/1985 11:30 PM -0500", date(1985, 3, 5)),
        ("3/4/1985 12:30 AM +0100", date(1985, 3, 3)),
        ("1985-03-04 10:00:00 UTC", date(1985, 3, 4)),
        ("1985. 3. 4.", date(1985, 3, 4)),
    ],
)
def test_other_ways_to_write_a_day(text: str, expected: date) -> None:
    assert normalize(text) == [(expected, None)]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("2/30/1985", "no such day"),
        ("1985-13-01", "no such day"),
        ("31 Feb 1985", "no such day"),
        ("--05-12", "no year"),
        ("12 May", "no year"),
        ("May 12", "no year"),
        ("5/12", "no year"),
        ("1985", "only a year"),
        ("0000-00-00", "stands for no date"),
        ("1/0/00", "stands for no date"),
        ("01/00/1900", "stands for no date"),
        ("0", "stands for no date"),
        ("1492-10-12", "not between"),
        ("soon", "not written as a date"),
        ("2125550123", "not written as a date"),
        ("tomorrow 3/4/1985", "not written as a date"),
    ],
)
def test_what_is_no_full_date_is_refused_with_a_sentence(text: str, hint: str) -> None:
    [(found, problem)] = normalize(text)
    assert found is None
    assert problem is not None
    assert hint in problem


def test_nothing_given_is_no_problem() -> None:
    assert normalize(None, " ") == [(None, None)] * 2


@given(st.lists(st.none() | st.floats(-5e9, 7e9), max_size=10))
def test_a_ea8_seconds_are_floored_to_the_utc_day(seconds: list[float | None]) -> None:
    origin = datetime(1970, 1, 1, tzinfo=UTC)
    expected = [None if value is None else (origin + timedelta(days=value // 86_400)).date() for value in seconds]
    assert dates_from_seconds(pl.Series(seconds, dtype=pl.Float64)).to_list() == expected


def test_ea8_the_documented_birthday() -> None:
    assert dates_from_seconds(pl.Series([1_000_000])).to_list() == [date(1970, 1, 12)]


def test_seconds_out_of_range_are_null() -> None:
    assert dates_from_seconds(pl.Series([1e30, -1e30, float("nan"), float("inf")])).to_list() == [None] * 4
