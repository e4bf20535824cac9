"""A phone number whose cell says what it is."""

import polars as pl
import pytest

from transforms.importing.phone_labels import find_phone_labels


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("c: 404-555-0101", "Mobile"),
        ("H 404-555-0101", "Home"),
        ("Office: +1 404 555 0101 x12", "Office"),
        ("(w) 404-555-0101", "Work"),
        ("404-555-0101 (cell)", "Mobile"),
        ("404-555-0101 fax", "Fax"),
        ("404-555-0101 (h)", "Home"),
        ("404-555-0101", None),
        ("tel:404-555-0101", None),
        ("404-555-0101 x12", None),
        ("Chris 404-555-0101", None),
        ("404-555-0101 wife's cell", None),
        (None, None),
    ],
)
def test_labels_before_and_behind(text: str | None, label: str | None) -> None:
    assert find_phone_labels(pl.Series([text], dtype=pl.String)).to_list() == [label]
