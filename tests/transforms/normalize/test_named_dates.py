"""Dates whose month is a word, in many languages."""

from datetime import date

import polars as pl
import pytest

from transforms.normalize.dates import normalize_dates
from transforms.normalize.month_words import MONTHS, fold_word

LANGUAGES = sorted({lang for lang, _, _ in MONTHS})


def read(*texts: str) -> list[date | None]:
    return normalize_dates(pl.Series(texts))["date"].to_list()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_word_of_a_language_is_its_month(lang: str) -> None:
    words = [(word, month) for own, word, month in MONTHS if own == lang]
    assert {month for _, month in words} == set(range(1, 13))
    assert len({word for word, _ in words}) == len(words)
    assert read(*(f"{month + 10}. {word} 1985" for word, month in words)) == [
        date(1985, month, month + 10) for _, month in words
    ]


@pytest.mark.parametrize(
    "text",
    [
        "4. März 1985", "4 Maerz 1985", "Montag, den 4. März 1985", "4 de marzo de 1985", "4 mars 1985",
        "lundi 4 mars 1985",
        "4 marca 1985 r.", "4 марта 1985 г.", "4. ožujka 1985.", "1985 m. kovo 4 d.", "1985. gada 4. martā",
        "1985. március 4.", "4. maaliskuuta 1985", "4-mrt-85", "4º de março de 1985", "março 4, 1985",
        "ngày 4 tháng 3 năm 1985", "1985年3月4日", "1985년 3월 4일", "4 במרץ 1985", "4 مارس 1985",
        "4 mars 1985 00:00:00",
    ],
)  # fmt: skip
def test_ways_to_write_a_day(text: str) -> None:
    assert read(text) == [date(1985, 3, 4)]


def test_a_day_without_a_year_is_kept_as_one() -> None:
    found = normalize_dates(pl.Series(["12 août", "1er janvier", "3月12日"]))
    assert found["yearless"].to_list() == ["--08-12", "--01-01", "--03-12"]
    assert found["date"].null_count() == 3


def test_a_word_of_two_months_is_what_the_column_says() -> None:
    assert read("12 listopada 1985", "3 siječnja 1985")[0] == date(1985, 10, 12)
    assert read("12 listopada 1985", "3 stycznia 1985")[0] == date(1985, 11, 12)
    assert read("12 listopada 1985") == [None]


@pytest.mark.parametrize("text", ["3 apartment 1985", "soon 4 mars 1985", "31. února 1985", "Suite 4 mars"])
def test_what_is_no_date_is_not_read(text: str) -> None:
    assert read(text) == [None]


def test_words_are_folded_as_columns_are() -> None:
    assert [fold_word(word) for word in ("Března", "ŁUTY", "Αύγουστος")] == ["brezna", "luty", "αυγουστος"]
