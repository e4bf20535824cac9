"""Several phone numbers in one cell."""

import polars as pl
import pytest

from transforms.importing.phone_cells import mark_phones, may_be_several


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("775-555-0112/0113", "775-555-0112|775-555-0113"),
        ("(775) 555-0112 / 13", "(775) 555-0112|(775) 555-0113"),
        ("+1 775 555 0112 & 0113", "+1 775 555 0112|+1 775 555 0113"),
        ("0987654322/0912345678", "0987654322|0912345678"),
        ("0371 / 99 88 77, 0172 1234567", "0371 / 99 88 77|0172 1234567"),
        ("+49 371/998877 / +49 172/1234567", "+49 371/998877|+49 172/1234567"),
        ("404-555-0101 and 404-555-0102", "404-555-0101|404-555-0102"),
        ("C 775.555.0134 H 775.555.0135", "C 775.555.0134|H 775.555.0135"),
        ("h 555-0101 c 555-0102 w 555-0103", "h 555-0101|c 555-0102|w 555-0103"),
        ("404-555-0101 (c) 404-555-0102 (h)", "404-555-0101 (c)|404-555-0102 (h)"),
        ("404-555-0101 or 404-555-0102", "404-555-0101|404-555-0102"),
    ],
)
def test_a_cell_parts_where_the_next_number_begins(text: str, numbers: str) -> None:
    cells = pl.DataFrame({"text": [text]})
    assert cells.select(may_be_several(pl.col("text"))).item()
    assert cells.select(mark_phones(pl.col("text"), "|")).item() == numbers


@pytest.mark.parametrize(
    "text",
    [
        "0341/12345-67",
        "404/555-0101",
        "0371 / 99 88 77",
        "404-555-0101, ext 5",
        "404-555-0101 x12",
        "404-555-0101 / Bob",
        "404-555-0101 ask for Bob & Jo",
    ],
)
def test_one_number_stays_whole(text: str) -> None:
    assert pl.DataFrame({"text": [text]}).select(mark_phones(pl.col("text"), "|")).item() == text
