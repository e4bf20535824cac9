"""Delimiter and header row."""

from pathlib import Path

import pytest

from flows.sources.delimited.dialect import find_dialect
from flows.sources.headers import HeaderPlace, find_header

CONTACTS = Path(__file__).parents[3] / "fixtures" / "contacts"


@pytest.mark.parametrize(
    ("sample", "delimiter", "header", "header_line"),
    [
        ("Name,Email\nAnn,a@b.co\n", ",", ["Name", "Email"], 1),
        ("Name;Note\nAnn;one, two\nBob;one, two, three\n", ";", ["Name", "Note"], 1),
        ("Name\tEmail\nAnn\ta@b.co\n", "\t", ["Name", "Email"], 1),
        ("Name|Email|Phone\nAnn||\n", "|", ["Name", "Email", "Phone"], 1),
        ("sep=;\r\nName;Email\r\nAnn;a@b.co\r\n", ";", ["Name", "Email"], 2),
        ("Email\na@b.co\nc@d.co\n", ",", ["Email"], 1),
        ("My contacts,,\n\nName,Email,Phone\nAnn,a@b.co,1\n", ",", ["Name", "Email", "Phone"], 3),
        ('"A note\nover two lines"\n\nName,Email,Phone\nAnn,a@b.co,1\n', ",", ["Name", "Email", "Phone"], 4),
        ('"Name","E-mail ""work"""\nAnn,a@b.co\n', ",", ["Name", 'E-mail "work"'], 1),
        ("Name,Email,Phone,Fax,City\nAnn,,,,\nBob,,,,\n", ",", ["Name", "Email", "Phone", "Fax", "City"], 1),
        ("", ",", [], 0),
    ],
)
def test_dialect(sample: str, delimiter: str, header: list[str], header_line: int) -> None:
    dialect = find_dialect(sample)
    assert dialect.header == header
    assert dialect.header_line == header_line
    assert not header or dialect.layout.delimiter == delimiter


def test_rows_shorter_than_the_header_do_not_hide_the_delimiter() -> None:
    dialect = find_dialect((CONTACTS / "outlook_like.csv").read_text(encoding="utf-8"))
    assert dialect.layout.delimiter == ","
    assert len(dialect.header) == 22


def test_linkedin_notes_stand_before_the_header() -> None:
    sample = (
        "Notes:\n"
        '"When exporting your connection data, you may notice that some of the email addresses are missing."\n\n'
        "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"
        "Ann,Lee,https://example.com,,Acme,Agent,02 Jan 2024\n"
    )
    dialect = find_dialect(sample)
    assert dialect.header[0] == "First Name"
    assert (dialect.header_line, dialect.lines_before) == (4, 4)


def test_header_of_a_sheet_with_a_title() -> None:
    rows = [["Contacts 2024", "", ""], ["", "", ""], ["Name", "Email", ""], ["Ann", "a@b.co", "x"]]
    assert find_header(rows) == HeaderPlace(2, is_named=True)
    assert find_header([["", ""]]).position == 1
