import phonenumbers
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.normalize.phones import normalize_phones, phone_area

AREAS = st.sampled_from(
    ["212", "415", "555", "800", "900", "268", "787", "809", "500", "911", "123", "012", "983"]
) | st.from_regex(r"[0-9]{3}", fullmatch=True)
DIGITS = st.integers(0, 9999999).map("{:07d}".format)
PREFIXES = st.sampled_from(["", "", "+1", "1", "+1 ", "1-", "1.", "(", "+1 (", "001", "+", "0"])
SEPARATORS = st.sampled_from(["", "-", " ", ".", ") ", ")", " - ", "/", "  "])
ENDINGS = st.sampled_from(["", "", " x12", "x9", " ext. 123", " ext 5", " extension 12345", " #12", ", ext: 4", "1"])
NUMBERS = st.builds(
    lambda prefix, area, first, rest, second, ending: f"{prefix}{area}{first}{rest[:3]}{second}{rest[3:]}{ending}",
    PREFIXES,
    AREAS,
    SEPARATORS,
    DIGITS,
    SEPARATORS,
    ENDINGS,
)


def normalize(*texts: str | None, region: str = "US") -> list[tuple[str | None, ...]]:
    return normalize_phones(pl.Series(texts, dtype=pl.String), region).rows()


def judge(text: str, region: str) -> tuple[str, str] | None:
    """phonenumbers' text and match key of one number, null when it is not even possible."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    key = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if phonenumbers.is_valid_number(number):
        return (f"{key};ext={number.extension}" if number.extension else key), key
    return (" ".join(text.split()), key) if phonenumbers.is_possible_number(number) else None


@settings(max_examples=80)
@given(st.lists(NUMBERS, min_size=1, max_size=10), st.sampled_from(["US", "CA", "GB", "AG"]))
def test_agrees_with_phonenumbers_one_by_one(texts: list[str], region: str) -> None:
    for text, (published, match_key, problem) in zip(texts, normalize(*texts, region=region), strict=True):
        expected = judge(text, region)
        if expected and not (problem or "").startswith("It is one digit repeated"):
            assert (published, match_key, problem) == (*expected, None), text


def test_validity_agrees_in_every_area_code() -> None:
    texts = [f"{area}{rest}" for area in range(200, 1000) for rest in ("2345678", "5550123", "1234567", "9111234")]
    for text, row in zip(texts, normalize(*texts), strict=True):
        assert row[:2] == judge(text, "US"), text


@pytest.mark.parametrize(
    ("given_number", "text", "match_key"),
    [
        ("+989124834198", "+989124834198", "+989124834198"),
        ("(415) 555-3695", "+14155553695", "+14155553695"),
        ("555-610-6679", "555-610-6679", "+15556106679"),
        (" (555)  564-8583 ", "(555) 564-8583", "+15555648583"),
        ("1-800-FLOWERS", "+18003569377", "+18003569377"),
        ("212-456-0123 ext. 12", "+12124560123;ext=12", "+12124560123"),
        ("2124560123x12", "+12124560123;ext=12", "+12124560123"),
        ("212-456-0123 #12", "+12124560123;ext=12", "+12124560123"),
        ("tel:+1-212-456-0123", "+12124560123", "+12124560123"),
        ("2124560123.0", "+12124560123", "+12124560123"),
        ('="2124560123"', "+12124560123", "+12124560123"),
        ("'2124560123", "+12124560123", "+12124560123"),
        ("212-456-0123 (home)", "+12124560123", "+12124560123"),
        ("212-456-0123 / 212-456-0199", "212-456-0123 / 212-456-0199", "+12124560123"),
        ("011 44 20 7123 4567", "+442071234567", "+442071234567"),
        ("12345", "12345", None),
    ],
)
def test_text_is_e164_when_valid_and_the_key_when_possible(given_number: str, text: str, match_key: str | None) -> None:
    assert normalize(given_number) == [(text, match_key, None)]


@pytest.mark.parametrize(
    ("given_number", "hint"),
    [
        ("n/a", "no digit"),
        ("call me", "no digit"),
        ("x12", "only 2 digits"),
        ("555", "only 3 digits"),
        ("000-000-0000", "repeated"),
        ("9999999999", "repeated"),
        ("+1 000 000 0000", "repeated"),
        ("5.35E+09", "scientific"),
    ],
)
def test_what_holds_no_number_is_refused_with_a_sentence(given_number: str, hint: str) -> None:
    [(text, match_key, problem)] = normalize(given_number)
    assert (text, match_key) == (None, None)
    assert problem is not None
    assert hint in problem


def test_nothing_given_is_no_problem() -> None:
    assert normalize(None, "", "  ") == [(None, None, None)] * 3


def test_phone_area_is_north_american_only() -> None:
    keys = pl.Series(["+12124560123", "+442071234567", None])
    assert phone_area(keys).to_list() == ["212", None, None]
