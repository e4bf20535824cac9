"""Firms in the place of a person's name."""

from collections.abc import Callable

import polars as pl
import pytest

from transforms.importing.firms import is_firm
from transforms.importing.values import SheetValues

Read = Callable[..., SheetValues]


def names(values: SheetValues) -> list[tuple[int, str, str]]:
    kinds = ["first_name", "last_name", "middle_name", "company"]
    found = values.attributes.filter(pl.col("attribute_type").is_in(kinds)).sort("row_number", "attribute_type")
    return found.select("row_number", "attribute_type", "text").rows()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Oak Roofing, LLC", True),
        ("GARCIA FAMILY TRUST DATED 1/2/2003", True),
        ("Smith Living Trust 1999", True),
        ("Sunset Holdings", True),
        ("ESTATE OF JOHN SMITH", True),
        ("City of Reno", True),
        ("Maria Trust Garcia", False),
        ("Estate Smith", False),
        ("Trust", False),
        ("Ann Lee", False),
    ],
)
def test_a_firm_is_known_by_its_ends(text: str, expected: bool) -> None:
    assert pl.DataFrame({"text": [text]}).select(is_firm(pl.col("text"))).item() is expected


def test_a_firm_alone_among_first_or_last_names_is_the_company(read_table: Read) -> None:
    rows = [
        ["Oak Homes LLC", "", "", "a@example.com"],
        ["", "Elm Family Trust", "", "b@example.com"],
        ["Ann", "Elm Inc", "", "c@example.com"],
        ["Fir Holdings", "", "Fir Group", "d@example.com"],
    ]
    assert names(read_table(["First Name", "Last Name", "Company", "Email"], rows)) == [
        (1, "company", "Oak Homes LLC"),
        (2, "company", "Elm Family Trust"),
        (3, "first_name", "Ann"),
        (3, "last_name", "Elm Inc"),
        (4, "company", "Fir Group"),
        (4, "first_name", "Fir Holdings"),
    ]


def test_what_rolls_write_behind_an_owner_is_no_name(read_table: Read) -> None:
    rows = [["O'Brien, Patrick J et ux"], ["DOE, JOHN TRUSTEE ET AL"]]
    assert names(read_table(["Name"], rows)) == [
        (1, "first_name", "Patrick"),
        (1, "last_name", "O'Brien"),
        (1, "middle_name", "J"),
        (2, "first_name", "JOHN"),
        (2, "last_name", "DOE"),
    ]
