"""Addresses that are not written as in North America."""

import polars as pl
import pytest

from transforms.normalize.foreign_addresses import part_foreign


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Musterstr. 5a, 04275 Leipzig", ("Musterstr. 5a", "Leipzig", "04275", None)),
        ("Nygade 12, 2. tv, DK-8000 Aarhus C, Denmark", ("Nygade 12, 2. tv", "Aarhus C", "DK-8000", "Denmark")),
        ("Dorpsstraat 1, 1234 AB Zwolle", ("Dorpsstraat 1", "Zwolle", "1234 AB", None)),
        ("Skånegatan 20, 402 29 Göteborg", ("Skånegatan 20", "Göteborg", "402 29", None)),
        ("ul. Długa 5/7, 00-238 Warszawa", ("ul. Długa 5/7", "Warszawa", "00-238", None)),
        ("10 Downing Street, London SW1A 2AA, UK", ("10 Downing Street", "London", "SW1A 2AA", "UK")),
        ("東京都港区1-2-3", ("東京都港区1-2-3", None, None, None)),
        ("12 Lê Lợi, Quận 1", ("12 Lê Lợi, Quận 1", None, None, None)),
    ],
)
def test_street_city_and_postcode_are_told(text: str, parts: tuple[str | None, ...]) -> None:
    assert part_foreign(pl.Series([text])).row(0) == parts


@pytest.mark.parametrize(
    "text",
    [
        "77 Sunset Ln, Mesa, AZ 85201",
        "123 King St W, Toronto, ON M5V 2T6",
        "Acme Plaza 2, 1234 Main Street",
        "Unit 4, 1200 Oak Ridge",
        "123 Main St, 90210 Beverly Hills",
        "217 Saint-Jacques, Montréal",
        None,
    ],
)
def test_what_may_be_north_american_is_left(text: str | None) -> None:
    assert part_foreign(pl.Series([text], dtype=pl.String)).row(0) == (None, None, None, None)
