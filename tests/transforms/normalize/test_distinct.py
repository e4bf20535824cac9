"""Working on distinct values gives what working on all of them gives."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.normalize.distinct import encode_numbers, encode_texts, map_distinct, of_distinct, on_distinct
from transforms.normalize.text import clean_text


@pytest.mark.parametrize("distinct", [1, 7, 900], ids=["one value", "few values", "too many to pay"])
def test_each_value_gets_what_it_would_get_alone(distinct: int) -> None:
    texts = [None if number % 5 == 0 else f" city {number * 31 % distinct}  x" for number in range(1_000)]
    values = pl.Series("city", texts, dtype=pl.String)
    assert on_distinct(values, clean_text).equals(clean_text(values), check_names=True)
    frame = on_distinct(values, lambda given: pl.DataFrame({"text": clean_text(given)}))
    assert frame["text"].equals(clean_text(values))


def test_a_function_is_asked_once_for_each_value() -> None:
    asked: list[int] = []

    def count(values: pl.Series) -> pl.Series:
        asked.append(values.len())
        return values

    on_distinct(pl.Series(["a", "b"] * 500), count)
    assert asked == [2]


@given(st.lists(st.sampled_from([None, "", "a", "b", "ä", "a\x00", "a longer text than fits a view"])))
def test_values_are_numbered_in_order_of_first_use(given: list[str | None]) -> None:
    seen = [text for text in dict.fromkeys(given) if text is not None]
    codes, distinct = encode_texts(pl.Series("name", given, dtype=pl.String))
    assert distinct.equals(pl.Series("name", seen, dtype=pl.String), check_names=True)
    assert codes.tolist() == [-1 if text is None else seen.index(text) for text in given]
    values = pl.Series(given, dtype=pl.String)
    assert of_distinct(values, lambda texts: texts.str.to_uppercase()).equals(values.str.to_uppercase())
    where = pl.Series([text != "b" for text in given], dtype=pl.Boolean)
    lengths = map_distinct(values, len, pl.Int64, where=where)
    assert lengths.to_list() == [None if text in (None, "b") else len(text) for text in given]


@given(st.lists(st.integers(-3, 3)))
def test_numbers_are_numbered_in_order_of_first_use(given: list[int]) -> None:
    seen = list(dict.fromkeys(given))
    codes, first = encode_numbers(np.array(given, np.int64))
    assert codes.tolist() == [seen.index(number) for number in given]
    assert first.tolist() == [given.index(number) for number in seen]
