"""City, state and postcode columns without a place go with the street before them."""

from collections.abc import Callable

import pytest

from transforms.importing.mapping import ColumnMapping

Guess = Callable[..., list[ColumnMapping]]


def describe(columns: list[ColumnMapping]) -> list[tuple[str | None, str | None, int | None]]:
    return [(column.attribute_type, column.label, column.index) for column in columns]


def test_the_parts_behind_a_placed_street_are_its_own(guess_columns: Guess) -> None:
    assert describe(guess_columns(["Home Address", "City", "State", "Zip"])) == [
        ("address.name", "Home", 0), ("address.city", "Home", 0), ("address.state", "Home", 0),
        ("address.postcode", "Home", 0),
    ]  # fmt: skip
    twice = guess_columns(["Home Address", "Home Address 2", "City", "Zip", "Work Address", "City (2)", "Zip (2)"])
    assert [(column.label, column.index) for column in twice] == [("Home", 0)] * 4 + [("Work", 1)] * 3


@pytest.mark.parametrize(
    "header",
    [
        ["Home Address", "Work Address", "City", "Zip"],  # whose they are is not said
        ["Home Address", "Phone", "City", "Zip"],
        ["Home Address", "Home City", "City", "Zip"],
    ],
)
def test_parts_that_are_not_plainly_a_streets_stay_apart(guess_columns: Guess, header: list[str]) -> None:
    labels = {column.column_name: column.label for column in guess_columns(header)}
    assert (labels["City"], labels["Zip"]) == (None, None)


def test_the_parts_of_a_property_are_no_address_of_the_person(guess_columns: Guess) -> None:
    columns = guess_columns(["Name", "Property Address", "City", "State", "Zip", "Email"])
    assert [column.attribute_type for column in columns] == ["full_name", None, None, None, None, "email"]


def test_a_number_is_a_houses_beside_another_part_alone(guess_columns: Guess) -> None:
    assert [column.attribute_type for column in guess_columns(["Nome", "CPF", "NR06", "NR10"])][2:] == [None, None]
    street = guess_columns(["Nome", "Rua", "Nr", "Cidade"])
    assert [column.attribute_type for column in street][2] == "address.house_num"
