"""Workbook cells as the text a person sees."""

from datetime import date, datetime, time, timedelta

import pytest

from flows.sources.workbooks.cell_texts import cell_text, find_zero_format, is_imprecise


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("  as it is ", "  as it is "),
        (None, ""),
        (True, "TRUE"),
        (False, "FALSE"),
        (7, "7"),
        (250788382382.0, "250788382382"),
        (12.3, "12.3"),
        (0.1 + 0.2, "0.3"),
        (1e-7, "0.0000001"),
        (-2.0, "-2"),
        (1.23456789012345e18, "1234567890123450000"),
        (date(1985, 3, 4), "1985-03-04"),
        (datetime(1985, 3, 4), "1985-03-04"),  # noqa: DTZ001 - workbooks know no zones
        (datetime(1985, 3, 4, 5, 6, 7), "1985-03-04 05:06:07"),  # noqa: DTZ001
        (time(5, 6), "05:06:00"),
        (timedelta(hours=30, minutes=5), "30:05:00"),
        (timedelta(hours=-30, minutes=-5), "-30:05:00"),
    ],
)
def test_cell_text(value: object, text: str) -> None:
    assert cell_text(value) == text


@pytest.mark.parametrize(
    ("code", "value", "text"),
    [
        ("00000", 2134.0, "02134"),
        ("00000", 123456.0, "123456"),
        ("[$-409]00000", 2134.0, "02134"),
        ("00000\\-0000", 21341234.0, "02134-1234"),
        ("000\\-00\\-0000", 12345678.0, "012-34-5678"),
        ("[<=99999]00000;00000\\-0000", 2134.0, "02134"),
        ("[<=99999]00000;00000\\-0000", 21341234.0, "02134-1234"),
    ],
)
def test_formats_of_zeros(code: str, value: float, text: str) -> None:
    found = find_zero_format(code)
    assert found is not None
    assert found.text(value) == text


@pytest.mark.parametrize("code", ["General", "0", "0.00", "#,##0", "yyyy-mm-dd", "@", "", "[<=9]0"])
def test_other_formats_are_none(code: str) -> None:
    assert find_zero_format(code) is None


def test_more_digits_than_a_workbook_holds() -> None:
    assert is_imprecise(1234567890123456789.0)
    assert is_imprecise(6304500112345450112.0)
    assert not is_imprecise(123456789012345.0)
    assert not is_imprecise(4155550100.0)
    assert not is_imprecise("1234567890123456789")
