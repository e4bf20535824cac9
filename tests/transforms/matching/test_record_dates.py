"""Dates of persons and of records (transforms.matching.record_dates)."""

from datetime import date, timedelta

import polars as pl
import pytest

from transforms.matching.record_dates import are_of_records, read_folded_dates


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        pytest.param([f"2018 0{month} 1{day}" for month in range(1, 9) for day in range(3)], True, id="of one year"),
        pytest.param([f"{day} 3 19" for day in range(1, 13)], True, id="with short years"),
        pytest.param(["2023 01 03 05 12", "2023 01 03 17 40"], True, id="with a time of day"),
        pytest.param([f"{1940 + 2 * year} 05 17" for year in range(30)], False, id="of a lifetime"),
        pytest.param(["2018 01 19", "current", "inactive"], False, id="mostly something else"),
        pytest.param(["294 66 9999", "201 77 7719"], False, id="numbers that are no dates"),
        pytest.param(["43831", "44012"], False, id="plain numbers"),
        pytest.param([], False, id="nothing"),
    ],
)
def test_whose_dates(texts, expected) -> None:
    assert are_of_records(pl.Series(texts, dtype=pl.String)) is expected


def test_folded_dates_are_read_however_they_are_written() -> None:
    texts = ["2018 01 19", "1 19 18", "19 january 2018", "jan 19 2018", "2018 01 19 10 22", "none", None]
    assert read_folded_dates(pl.Series(texts)).to_list() == [date(2018, 1, 19)] * 5 + [None] * 2


def test_a_day_of_entry_neither_joins_nor_parts(matching) -> None:
    """The same people with and without the day on which each record was made."""
    people = [
        {"id": f"c{number:02}", "first_name": "Ann", "last_name": name, "phone": f"+1212555{number % 40:04}"}
        for number in range(60)
        for name in [f"{chr(97 + number % 20) * 3}{chr(98 + number % 20) * 3}"]
    ]
    days = [
        {**person, "entered": str(date(2023, 1, 1) + timedelta(number % 5))} for number, person in enumerate(people)
    ]
    plain, dated = (matching.match(given) for given in (people, days))
    assert dated.members("merged") == plain.members("merged")
    assert plain.members("merged")
