"""Working on distinct values gives what working on all of them gives."""

import polars as pl
import pytest

from transforms.normalize.distinct import on_distinct
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
