import polars as pl
import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from transforms.normalize.emails import normalize_emails

PIECES = st.sampled_from(
    ["a", "Bob", ".", "-", "--", "_", "+", "@", "@", "example", ".com", ".CO", ".c", "1", " ", "ü", "xn--", ";", "'"]
)
ADDRESSES = st.lists(
    st.none()
    | st.emails()
    | st.from_regex(r"[a-zA-Z0-9._+-]{1,8}@[a-zA-Z0-9.-]{1,8}\.[A-Za-z]{1,4}", fullmatch=True)
    | st.lists(PIECES, max_size=7).map("".join),
    max_size=6,
)


def normalize(*addresses: str | None) -> list[tuple[str | None, ...]]:
    return normalize_emails(pl.Series(addresses, dtype=pl.String)).rows()


def judge(address: str) -> str | None:
    """email-validator's normal form of one bare address, null when it refuses."""
    try:
        return validate_email(address, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        return None


@given(ADDRESSES)
def test_agrees_with_email_validator_one_by_one(addresses: list[str | None]) -> None:
    for address, (text, match_key, problem) in zip(addresses, normalize(*addresses), strict=True):
        if address is None or not address.strip():
            assert (text, match_key, problem) == (None, None, None)
        elif expected := judge(address.strip()):
            assert (text, match_key, problem) == (expected, expected.lower(), None)
        elif address.strip(" .,;:'") != address.strip():  # marks around an address are taken off
            assert (text is None) == (problem is not None)
        elif not address.endswith((".local", ".onion", ".invalid", ".arpa")):
            assert text is None
            assert problem is not None


@pytest.mark.parametrize(
    ("given_address", "text"),
    [
        (" Jane.Doe@Example.COM ", "Jane.Doe@example.com"),
        ("mailto:jane@example.com", "jane@example.com"),
        ("MAILTO:jane@example.com?subject=Hi", "jane@example.com"),
        ("<jane@example.com>", "jane@example.com"),
        ("Jane Doe <jane@Example.com>;", "jane@example.com"),
        ('"Doe, Jane" <jane@example.com>', "jane@example.com"),
        ("jane@example.com (work)", "jane@example.com"),
        ("jane@example.com;", "jane@example.com"),
        ("jane@münchen.de", "jane@münchen.de"),
        ("jane@office.local", "jane@office.local"),
        ("o'neil+home@example.com", "o'neil+home@example.com"),
    ],
)
def test_a_c8_wrapping_goes_and_the_local_part_stays(given_address: str, text: str) -> None:
    assert normalize(given_address) == [(text, text.lower(), None)]


@pytest.mark.parametrize(
    ("given_address", "hint"),
    [
        ("[email protected]", "masked"),
        ("jane", "no @-sign"),
        ("jane@example", "period"),
        ("jane doe@example.com", ""),
        ("a@example.com; b@example.com", "one address per cell"),
        ("@example.com", ""),
    ],
)
def test_what_is_no_address_is_refused_with_a_sentence(given_address: str, hint: str) -> None:
    [(text, match_key, problem)] = normalize(given_address)
    assert (text, match_key) == (None, None)
    assert problem is not None
    assert hint in problem


def test_problems_never_repeat_the_address() -> None:
    assert all(
        "zebra" not in str(row[2]) for row in normalize("zebra", "zebra@", "@zebra.x", "ze bra@zebra", "zebra@z_z")
    )
