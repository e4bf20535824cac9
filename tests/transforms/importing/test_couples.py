"""Two first names in one cell are two people, who share a last name."""

from collections.abc import Callable

import polars as pl
import pytest

from transforms.importing.values import SheetValues


@pytest.mark.parametrize(
    ("first", "last", "spouse", "expected"),
    [
        ("Bob & Jane", "Doe", "", [("Bob", "Doe", False), ("Jane", "Doe", True)]),
        ("Bob A. and Mary Jo", "Doe", "", [("Bob A.", "Doe", False), ("Mary Jo", "Doe", True)]),
        ("Bob&Jane", "Doe & Ek", "", [("Bob", "Doe", False), ("Jane", "Ek", True)]),
        ("Bob & Jane", "Doe", "Joan", [("Bob & Jane", "Doe", False), ("Joan", None, True)]),
        ("Bob & Jane", "", "", [("Bob & Jane", None, False)]),
        ("Mr. & Mrs.", "Doe", "", [("Mr. & Mrs.", "Doe", False)]),
        ("Miller & Sons", "Roofing", "", [("Miller & Sons", "Roofing", False)]),
        ("Sandy", "Doe", "", [("Sandy", "Doe", False)]),
    ],
)
def test_a_couple_in_the_first_name_is_parted(
    read_table: Callable[..., SheetValues],
    first: str,
    last: str,
    spouse: str,
    expected: list[tuple[str, str | None, bool]],
) -> None:
    values = read_table(["First Name", "Last Name", "Spouse First Name"], [[first, last, spouse]]).attributes
    found = [
        (person.get("first_name"), person.get("last_name"), is_partner)
        for is_partner in (False, True)
        if (person := dict(values.filter(is_partner=is_partner).select("attribute_type", "text").rows()))
        if set(person) & {"first_name", "last_name"}
    ]
    assert found == expected
    parted = values.filter(pl.col("attribute_type") == "first_name", pl.col("original") != pl.col("text"))
    assert set(parted["original"]) <= {first}
