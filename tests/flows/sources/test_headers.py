"""Where a header is, and what it says: titles, notes with a person in them, groups above the names."""

import pytest

from flows.sources.headers import HeaderPlace, find_header, join_groups

PEOPLE = [["Ann", "404-555-0101", "a@example.com"], ["Bo", "404-555-0102", "b@example.com"]]


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        ([["Name", "Cell", "E-mail"], *PEOPLE], HeaderPlace(0, True)),
        ([["Past clients", "", ""], ["", "", ""], ["Name", "Cell", "E-mail"], *PEOPLE], HeaderPlace(2, True)),
        ([["Prepared by", "jo@example.com", ""], ["Name", "Cell", "E-mail"], *PEOPLE], HeaderPlace(1, True)),
        ([["0", "1", "2"], ["Name", "Cell", "E-mail"], *PEOPLE], HeaderPlace(1, True)),
        ([["A", "B", "C"], ["Name", "Cell", "E-mail"], *PEOPLE], HeaderPlace(1, True)),
        (PEOPLE, HeaderPlace(0, False)),
        ([["Ann", "", "a@example.com"], ["Bo", "Ek", ""], *PEOPLE], HeaderPlace(0, False)),
        ([["Ann", "a@example.com", ""], ["Acme", "", "Oslo"], ["Bo", "b@example.com", ""]], HeaderPlace(0, False)),
        ([["", "Home", "Work"], ["Name", "Phone", "Phone"], *PEOPLE], HeaderPlace(1, True)),
        (
            [["Person", "", "Contact", ""], ["First", "Last", "Cell", "E-mail"], ["Ann", "Ek", "", "a@example.com"]],
            HeaderPlace(1, True),
        ),
        ([["Name", "", "E-mail"], ["Cy", "12", "none"], *PEOPLE], HeaderPlace(0, True)),
        ([["", ""], ["", ""]], HeaderPlace(2, True)),
    ],
)
def test_the_header_is_found(rows: list[list[str]], place: HeaderPlace) -> None:
    assert find_header(rows) == place


@pytest.mark.parametrize(
    ("above", "names", "joined"),
    [
        (
            ["", "Home", "", "Work", ""],
            ["Name", "Phone", "City", "Phone", "Notes"],
            ["Name", "Home Phone", "Home City", "Work Phone", "Notes"],
        ),
        (["Past clients", "", ""], ["Name", "Phone", "Phone"], None),
        (["", "Home", "Work"], ["Name", "Phone", "Email"], None),
        (["", "Home", "Home"], ["Name", "Phone", "Phone"], None),
        (["Ann", "404-555-0101", ""], ["Name", "Phone", "Phone"], None),
    ],
)
def test_groups_tell_equal_names_apart(above: list[str], names: list[str], joined: list[str] | None) -> None:
    assert join_groups(above, names) == joined
