import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.dtypes import ADDRESS_PARTS, ADDRESS_TYPE
from transforms.normalize.addresses import (
    address_keys,
    compose_lines,
    normalize_postal_codes,
    normalize_states,
    parse_addresses,
)

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "addresses.json").read_text())
PARTS = st.dictionaries(st.sampled_from(ADDRESS_PARTS), st.sampled_from(["", " ", "Oak", "12", "St"]), max_size=8)


def addresses(*parts: dict[str, str] | None) -> pl.Series:
    rows = [None if row is None else {part: row.get(part) for part in ADDRESS_PARTS} for row in parts]
    return pl.Series("address", rows, dtype=ADDRESS_TYPE)


def parse(*texts: str | None) -> list[dict[str, str] | None]:
    rows = parse_addresses(pl.Series(texts, dtype=pl.String)).to_list()
    return [row and {part: value for part, value in row.items() if value is not None} for row in rows]


@pytest.mark.parametrize("documented", GOLDEN, ids=lambda address: address["full"])
def test_dv8_every_documented_address_has_its_lines(documented: dict[str, str]) -> None:
    lines = compose_lines(addresses(documented)).row(0, named=True)
    assert {name: lines[name] for name in ("line1", "line2", "full")} == {
        name: documented.get(name) for name in ("line1", "line2", "full")
    }


def test_a_ea5_full_clean_has_no_stray_comma() -> None:
    cases = addresses({"city": "Atlanta", "state": "GA"}, {"house_num": "1", "name": "Oak"}, {"country": "US"}, None)
    assert compose_lines(cases).rows() == [
        (None, "Atlanta GA", ", Atlanta GA", "Atlanta GA"),
        ("1 Oak", None, "1 Oak", "1 Oak"),
        (None, None, None, None),
        (None, None, None, None),
    ]


@given(st.lists(st.none() | PARTS, max_size=6))
def test_dv8_lines_are_as_composed_one_by_one(rows: list[dict[str, str] | None]) -> None:
    def join(row: dict[str, str], *parts: str) -> str:
        return " ".join(row.get(part, "").strip() for part in parts if row.get(part, "").strip())

    for row, lines in zip(rows, compose_lines(addresses(*rows)).rows(), strict=True):
        street = join(row or {}, "house_num", "predir", "qual", "pretype", "name", "suftype", "sufdir")
        line1 = street or join(row or {}, "ruralroute", "box")
        line2 = join(row or {}, "city", "state", "postcode")
        full = f"{line1}, {line2}" if line2 else line1
        assert lines == tuple(text or None for text in (line1, line2, full, full.removeprefix(", ")))


@pytest.mark.parametrize("documented", [row for row in GOLDEN if "suftype" in row], ids=lambda row: row["full"])
def test_ea2_a_documented_address_is_parsed_into_its_parts(documented: dict[str, str]) -> None:
    expected = {part: value for part, value in documented.items() if part in ADDRESS_PARTS}
    with_commas = documented["full"].replace(f" {documented['state']} ", f", {documented['state']} ")
    assert parse(documented["full"], with_commas) == [expected, expected]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("12B N Main St.", {"house_num": "12B", "predir": "N", "name": "Main", "suftype": "St"}),
        (
            "123 Main Street\r\nApt 4\nDallas, TX 75201-1234",
            {
                "house_num": "123", "name": "Main", "suftype": "Street", "unit": "Apt 4",
                "city": "Dallas", "state": "TX", "postcode": "75201-1234",
            },
        ),
        ("PO Box 12, Dallas, TX 75201", {"box": "PO Box 12", "city": "Dallas", "state": "TX", "postcode": "75201"}),
        ("14 Elm Road, Newark NJ 7102", {
            "house_num": "14", "name": "Elm", "suftype": "Road", "city": "Newark", "state": "NJ", "postcode": "07102",
        }),
        (
            "123 King St W, Toronto, ON M5V 2T6, Canada",
            {
                "house_num": "123", "name": "King", "suftype": "St", "sufdir": "W",
                "city": "Toronto", "state": "ON", "postcode": "M5V 2T6", "country": "Canada",
            },
        ),
        ("PO Box 44, Calgary AB T2P2M5", {"box": "PO Box 44", "city": "Calgary", "state": "AB", "postcode": "T2P2M5"}),
        ("5th and Main, Toronto ON M5V 2T6", {"name": "5th and Main, Toronto ON M5V 2T6"}),
        ("Apt 4", {"unit": "Apt 4"}),
        ("Ackerstr. 1", {"name": "Ackerstr. 1"}),
        ("5th and Main", {"name": "5th and Main"}),
        ("Atlanta, GA", {"city": "Atlanta", "state": "GA"}),
    ],
)  # fmt: skip
def test_parts_are_told_apart_and_crossings_stay_whole(text: str, parts: dict[str, str]) -> None:
    assert parse(text) == [parts]


def test_nothing_given_is_no_address() -> None:
    assert parse(None, " ") == [None, None]


@given(st.lists(st.none() | st.text(max_size=20), max_size=5))
def test_no_letter_or_digit_of_an_address_is_lost(texts: list[str | None]) -> None:
    def letters(text: str) -> list[str]:
        return sorted(char for char in text if char.isascii() and char.isalnum())

    for text, parts in zip(texts, parse(*texts), strict=True):
        assert letters(text or "") == letters("".join((parts or {}).values()))


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("165 Davis Street, Hillsborough CA 94010", "165 DAVIS ST., HILLSBOROUGH, CA 94010-1234"),
        ("12 North Oak Avenue, Dallas, TX 75201", "12 N. Oak Ave, Dallas TX 75201"),
    ],
)
def test_spellings_of_one_address_have_one_key(text: str, other: str) -> None:
    keys = address_keys(parse_addresses(pl.Series([text, other])))
    assert keys[0] == keys[1]
    assert keys[0] is not None


def test_a_key_needs_a_street_and_a_place() -> None:
    cases = addresses(
        {"house_num": "165", "name": "Davis", "suftype": "Street", "postcode": "94010"},
        {"name": "50 Park", "city": "Union", "state": "33333"},
        {"name": "50 Park", "city": "Union"},
        {"city": "Atlanta", "state": "GA"},
        {"name": "50 Park"},
        None,
    )
    assert address_keys(cases).to_list() == ["165 davis st|94010", "50 park|33333", "50 park|union", None, None, None]


def test_a_c8_postal_codes_are_compared_on_five_digits() -> None:
    codes = pl.Series(["90210-1234", "902101234", " 90210 ", "7102", "7102.0", "SW1A 2AA", "", None])
    assert normalize_postal_codes(codes).to_list() == [
        "90210", "90210", "90210", "07102", "07102", "sw1a 2aa", None, None,
    ]  # fmt: skip


def test_a_c8_states_are_compared_by_code() -> None:
    states = pl.Series(["Texas", "tx", "N.Y.", "new  york", "Québec", "Bavaria", "33333", None])
    assert normalize_states(states).to_list() == ["TX", "TX", "NY", "NY", "QC", "bavaria", "33333", None]


@pytest.mark.parametrize(
    "text", ["1 Oak St\nUnion, GA 30291\nUSA", "1 Oak St  Union  GA  30291  USA", "1 Oak St, Union, GA 30291, USA"]
)
def test_lines_and_the_country_behind_the_zip_code(text: str) -> None:
    (parsed,) = parse_addresses(pl.Series([text])).to_list()
    assert {part: value for part, value in parsed.items() if value} == {
        "house_num": "1", "name": "Oak", "suftype": "St", "city": "Union", "state": "GA", "postcode": "30291",
        "country": "USA",
    }  # fmt: skip
