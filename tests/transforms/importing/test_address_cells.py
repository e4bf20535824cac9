"""Columns of addresses, whole or in parts, into one address a row and index."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from transforms.importing.side_files import GivenColumn
from transforms.importing.values import SheetValues

Read = Callable[..., SheetValues]


def test_a_whole_address_in_one_cell_is_parsed(read_table: Read) -> None:
    values = read_table(["Name", "Home Address"], [["Ann Lee", "999 Super Way, Super, CA 94043"]])
    address = values.attributes.filter(pl.col("attribute_type") == "address").row(0, named=True)
    assert (address["address"]["city"], address["address"]["postcode"], address["label"]) == ("Super", "94043", "Home")


def test_a_street_that_holds_the_whole_address_is_parsed(read_table: Read) -> None:
    whole = "999 Super Way, Super, CA 94043"
    canadian = "12 Oak St, Montréal, QC H2Y 1M1"
    rows = [
        ["Lee", whole, "", ""],
        ["Ek", whole, "Super", ""],
        ["Fox", "999 Super Way", "", ""],
        ["Roy", canadian, "", ""],
    ]
    addresses = read_table(["Last Name", "Street", "City", "Zip"], rows).attributes["address"].drop_nulls()
    assert [(address["city"], address["postcode"]) for address in addresses] == [
        ("Super", "94043"), ("Super", None), (None, None), ("Montréal", "H2Y 1M1"),
    ]  # fmt: skip
    assert [address["name"] == whole for address in addresses] == [False, True, False, False]


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("Reno, NV 89501", ("Reno", "NV", "89501")),
        ("Salt Lake City UT 84101-1234", ("Salt Lake City", "UT", "84101-1234")),
        ("St. Louis, Missouri 63101", ("St. Louis", "Missouri", "63101")),
        ("Toronto, ON M5V 2T6", ("Toronto", "ON", "M5V 2T6")),
        ("Winston-Salem, NC", ("Winston-Salem", "NC", None)),
        ("Paris, France", ("Paris, France", None, None)),
        ("04275 Leipzig", ("Leipzig", None, "04275")),
        ("1017 CT Amsterdam", ("Amsterdam", None, "1017 CT")),
        ("8000 Aarhus C", ("Aarhus C", None, "8000")),
        ("00-950 WARSZAWA", ("WARSZAWA", None, "00-950")),
        ("Reno", ("Reno", None, None)),
    ],
)
def test_a_city_may_have_its_state_and_postcode_behind_it(read_table: Read, cell: str, parts: tuple[str, ...]) -> None:
    address = (
        read_table(["Last Name", "Address", "City/ST/Zip"], [["Lee", "12 Oak St", cell]])
        .attributes["address"]
        .drop_nulls()[0]
    )
    assert (address["name"], *(address[part] for part in ("city", "state", "postcode"))) == ("12 Oak St", *parts)


def test_a_city_beside_a_column_of_states_is_as_it_is(read_table: Read) -> None:
    rows = [["Lee", "12 Oak St", "Reno, NV", "NV"]]
    address = read_table(["Last Name", "Address", "City", "State"], rows).attributes["address"].drop_nulls()[0]
    assert (address["city"], address["state"], address["postcode"]) == ("Reno, NV", "NV", None)


def test_a_ea9_old_names_of_address_parts_are_taken(read_table: Read) -> None:
    mappings = {"No": GivenColumn("street_number", index=0), "Str": GivenColumn("street_name", index=0)}
    address = read_table(["No", "Str"], [["12", "Main"]], mappings).attributes["address"][0]
    assert (address["house_num"], address["name"]) == ("12", "Main")
