import nameparser
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.normalize.names import NAME_PARTS, split_names

WORDS = st.sampled_from(
    ["Kate", "O'Brien", "JOHN", "Müller", "Jean-Luc", "McDonald", "D’Angelo", "Dean", "Van", "Mai", "Ng", "Jr.", "de"]
) | st.from_regex(r"[A-Z][a-z]{1,7}", fullmatch=True)
INITIALS = st.from_regex(r"[A-Z]\.?", fullmatch=True)
SINGLE = (
    st.builds("{} {}".format, WORDS, WORDS)
    | st.builds("{} {} {}".format, WORDS, INITIALS, WORDS)
    | st.builds("{}, {}".format, WORDS, WORDS)
    | st.builds("{}, {} {}".format, WORDS, WORDS, INITIALS)
)


def split(*names: str | None) -> list[dict[str, str]]:
    rows = split_names(pl.Series(names, dtype=pl.String)).rows(named=True)
    return [{part: value for part, value in row.items() if value is not None} for row in rows]


@given(st.lists(SINGLE, min_size=1, max_size=20))
def test_plain_names_are_split_as_nameparser_does(names: list[str]) -> None:
    for text, parts in zip(names, split(*names), strict=True):
        name = nameparser.parse(text)
        if name.family and not name.suffix:
            expected = {"title": name.title, "first_name": name.given, "middle_name": name.middle}
            expected["last_name"] = name.family
            assert parts == {part: value for part, value in expected.items() if value}, text


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Kate Bell", ("", "Kate", "", "Bell")),
        ("Doe, John", ("", "John", "", "Doe")),
        ("Doe, John M.", ("", "John", "M.", "Doe")),
        ("John M. Doe", ("", "John", "M.", "Doe")),
        ("Dr. Juan de la Vega Jr.", ("Dr.", "Juan", "", "de la Vega Jr.")),
        ("John Doe III", ("", "John", "", "Doe III")),
        ("Mr. & Mrs. John Smith", ("Mr. & Mrs.", "John", "", "Smith")),
        ("Zakroff", ("", "Zakroff")),
        ("Johnson & Johnson", ("", "Johnson & Johnson")),
        ('Robert "Bob" Smith', ("", "Robert", "", "Smith")),
        ("Bob and Jane Doe", ("", "Bob", "", "Doe", "Jane", "Doe")),
        ("Bob & Jane Doe", ("", "Bob", "", "Doe", "Jane", "Doe")),
        ("Bob&Jane Doe", ("", "Bob", "", "Doe", "Jane", "Doe")),
        ("Doe, Bob and Jane", ("", "Bob", "", "Doe", "Jane", "Doe")),
        ("Bob Smith and Jane Doe", ("", "Bob", "", "Smith", "Jane", "Doe")),
        ("Bob and Jane", ("", "Bob", "", "", "Jane")),
        ("John A. & Mary B. Doe", ("", "John", "A.", "Doe", "Mary", "Doe")),
        ("John A & Mary B", ("", "John", "", "A", "Mary", "B")),
        ("DOE JOHN A", ("", "JOHN", "A", "DOE")),
        ("DOE JOHN A JR", ("", "JOHN", "A", "DOE JR")),
        ("DOE JOHN A & MARY B", ("", "JOHN", "A", "DOE", "MARY", "DOE")),
        ("DOE, JOHN & MARY B", ("", "JOHN", "", "DOE", "MARY", "DOE")),
        ("DOE JOHN A & SMITH MARY B", ("", "JOHN", "A", "DOE", "MARY", "SMITH")),
        ("JOHN A DOE", ("", "JOHN", "A", "DOE")),
        ("John Paul S.", ("", "John", "Paul", "S.")),
        ("MR JOHN D", ("MR", "JOHN", "", "D")),
        ("The Garcia Family", ("", "", "", "Garcia")),
        ("Garcia Family", ("", "", "", "Garcia")),
        ("The Van der Berg Household", ("", "", "", "Van der Berg")),
        ("The Bob & Jane Doe Family", ("", "Bob", "", "Doe", "Jane", "Doe")),
        ("The Family", ("", "The", "", "Family")),
        ("...", ("", "...")),
    ],
)
def test_a_ea11_a_name_in_its_parts(text: str, parts: tuple[str, ...]) -> None:
    assert split(text) == [{part: value for part, value in zip(NAME_PARTS, parts, strict=False) if value}]


def test_a_firm_is_not_a_couple() -> None:
    assert "partner_first_name" not in split("Smith and Sons LLC")[0]


@given(st.lists(st.none() | st.text(max_size=15), max_size=5))
def test_every_text_gives_a_name_and_nothing_gives_none(texts: list[str | None]) -> None:
    visible = pl.Series(texts, dtype=pl.String).str.contains(r"[\p{L}\p{N}]").fill_null(False)
    for is_visible, parts in zip(visible, split(*texts), strict=True):
        assert parts or not is_visible
