"""What a terminal shows of a frame is what stands in it."""

import polars as pl
import pytest

from flows.console import print_frame


def test_brackets_in_a_value_are_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    print_frame(pl.DataFrame({"[note]": ["[URGENT] call [/b]"]}), "[title]")
    shown = capsys.readouterr().out
    assert "[URGENT] call [/b]" in shown
    assert "[note]" in shown
    assert "[title]" in shown


def test_a_number_shows_its_digits(capsys: pytest.CaptureFixture[str]) -> None:
    print_frame(pl.DataFrame({"price": [1234567.0, 350000.5, 0.98765]}))
    shown = capsys.readouterr().out
    assert all(number in shown for number in ("1234567 ", "350000.5 ", "0.988 "))


def test_rows_of_many_columns_are_shown_one_below_the_other(capsys: pytest.CaptureFixture[str]) -> None:
    print_frame(pl.DataFrame({f"column_{n}": [f"value {n}", None] for n in range(40)}))
    shown = capsys.readouterr().out
    assert "column_39 │ value 39" in shown
