"""Guesses settled by their neighbors and by the values: what a header alone cannot tell."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Final

import polars as pl

from transforms.importing.address_runs import STREETS, drop_lone_parts, settle_address_runs
from transforms.importing.header_guess import KNOWN_BUT_NOT_TAKEN, HeaderGuess
from transforms.importing.mapping import NAME_SUFFIX
from transforms.importing.name_columns import Guesses, change, settle_names
from transforms.importing.title_columns import given_values, settle_headings, settle_titles

__all__ = ["Guesses", "group_of", "settle_guesses"]

#: attribute type -> what at least one of its values must contain, when there are enough to judge by.
_EVIDENCE: Final = {
    "email": "@|(?i)protected", "phone_number": r"(?:\d\D{0,3}){5}", "birthday": r"\d", "child_birthday": r"\d",
    "wedding_anniversary": r"\d", "home_anniversary": r"\d", "last_modified_on_source": r"\d",
    NAME_SUFFIX: r"(?i)^\W*(?:[js]r|junior|senior|i{1,3}|iv|v|\d(?:st|nd|rd|th)|m\.?d|ph\.?d|esq|cpa|dds|jd)\W*$",
    "address.postcode": r"\d", "website": r"[./]", "profile_image_url": r"[./]",
}  # fmt: skip
#: `instead` of "Contact", which is a phone number where its values are.
_NUMBER: Final = "number"
_PHONE: Final = r"^[+(]?\d(?:[\s().+-]{0,3}\d){6,14}$"
#: Numbers, e-mail addresses, and marks of a check box, which no name of a person, firm or place looks like.
_NO_NAME: Final = (
    r"^(?i)(?:[\W\d_]+|\S+@\S+\.\S+|yes|no|[xyn]|true|false|ja|nein|nee|nej|nei|oui|non|s[ií]|sim|n[ãa]o|tak|nie|ano|ne|"
    r"да|нет|так|ні|evet|hayır|是|否|有|无)$"
)
_NAMED: Final = (
    "first_name", "middle_name", "last_name", "full_name", "nickname", "title", "company", "job_title",
    "address.city", "address.state", "address.country",
)  # fmt: skip
_ENOUGH: Final = 3
_UNITS: Final = (
    r"^(?i)(?:(?:apt|apartment|unit|suite|ste|bldg|building|fl|floor|rm|room|lot)\b.*|#\s*\w+|\d{1,4}[a-z]?)$"
)
_SECOND_LINE: Final = 2
_PURCHASE, _HOME_ANNIVERSARY = "purchase", "home_anniversary"
_SETTLED_BY_PLACE: Final = ("address.state", "address.city", "address.name", KNOWN_BUT_NOT_TAKEN)
_PLACE_PARTS: Final = ("address.city", "address.postcode", "address.state", "address.country")


def settle_guesses(guesses: Guesses, sample: pl.DataFrame) -> Guesses:
    """The guesses of a header row, each seen beside the others and with its values.

    Args:
        guesses: one per column.
        sample: the first rows, one String column per header column.
    """
    guesses = settle_titles(settle_headings(settle_names(_settle_contacts(guesses, sample))), sample)
    guesses = settle_address_runs(drop_lone_parts(guesses))
    guesses = _settle_streets(_settle_regions(_settle_birthdays(_settle_purchases(guesses))), sample)
    return _check_values(guesses, sample)


def group_of(guess: HeaderGuess) -> tuple[bool, str, int]:
    """What tells one address, e-mail or phone number from the next: whose, where, and which number."""
    return guess.is_partner, guess.place, guess.number or 1


def _settle_contacts(guesses: Guesses, sample: pl.DataFrame) -> Guesses:
    """ "Contact" is who is to be spoken to, or the number to call where the values are digits."""
    for position, guess in enumerate(guesses):
        if guess and guess.attribute_type == "full_name" and guess.may_be(_NUMBER):
            values = given_values(sample, position)
            if values.len() and values.str.contains(_PHONE).all():
                guesses = change(guesses, position, "phone_number", "its values are phone numbers", confidence=0.8)
    return guesses


def _settle_purchases(guesses: Guesses) -> Guesses:
    """The date of a purchase or closing is that of a home where other columns tell of one, such as its lender.

    Elsewhere anything is bought, and deals are closed.
    """
    is_told = any(guess and guess.may_be(_PURCHASE) for guess in guesses)
    if not is_told or any(guess and guess.attribute_type == _HOME_ANNIVERSARY for guess in guesses):
        return guesses
    for position, guess in enumerate(guesses):
        if guess and guess.may_be(_HOME_ANNIVERSARY):
            return change(guesses, position, _HOME_ANNIVERSARY, "other columns tell of the purchase of a home")
    return guesses


def _settle_birthdays(guesses: Guesses) -> Guesses:
    """A birthday beside its month and year is the day of the month, and beside another birthday the anniversary.

    Languages say these by one word. "Month" is the birthday's beside a part of it that says so, and beside "Birthday"
    with "Year"; a lone "Year" beside it is any.
    """
    parts = [guess.attribute_type for guess in guesses if guess and guess.base == "birthday"]
    bare = [
        position
        for position, guess in enumerate(guesses)
        if guess and guess.attribute_type == KNOWN_BUT_NOT_TAKEN and guess.instead.startswith("birthday.")
    ]
    is_parted = any(part != "birthday" for part in parts) or (parts and len(bare) > 1)
    for position in bare if is_parted else []:
        if (guess := guesses[position]) and guess.instead not in parts:
            guesses = change(guesses, position, guess.instead, "it stands beside other parts of the birthday")
    own = [guess.attribute_type if guess and not guess.is_partner else "" for guess in guesses]
    if "birthday" not in own:
        return guesses
    if {"birthday.month", "birthday.year"} <= set(own) and "birthday.day" not in own and own.count("birthday") == 1:
        return change(guesses, own.index("birthday"), "birthday.day", "a birthday beside its month and year")
    for position, guess in enumerate(guesses):
        is_second = own.count("birthday") > 1 and "wedding_anniversary" not in own
        if guess and guess.may_be("wedding_anniversary") and is_second:
            return change(guesses, position, "wedding_anniversary", "there is another birthday column")
    return guesses


def _settle_regions(guesses: Guesses) -> Guesses:
    """Words that are the state only where nothing else is: "County" beside a postcode, "Staat" beside a country.

    And "Mail Address", which is the street where there is a mailing city.
    """
    parts: dict[tuple[bool, str, int], list[str]] = defaultdict(list)
    for guess in guesses:
        if guess and guess.base == "address":
            parts[group_of(guess)].append(guess.attribute_type)
    settled = guesses
    for position, guess in enumerate(guesses):
        if guess is None or not any(map(guess.may_be, _SETTLED_BY_PLACE)):
            continue
        kind, beside = guess.attribute_type, parts.get(group_of(guess), [])
        is_second = beside.count(kind) > 1
        mailing = parts.get((guess.is_partner, "Mailing", 1), [])
        if kind == "email" and guess.may_be("address.name") and "address.city" in mailing:
            settled = change(
                settled, position, "address.name", "there is a mailing city", label="Mailing", place="Mailing"
            )
        elif guess.may_be("address.city") and "address.city" not in beside:
            settled = change(settled, position, "address.city", "there is no other column of cities")
        elif (
            guess.may_be("address.state")
            and "address.state" not in beside
            and (
                (kind == "address.country" and is_second)
                or (kind == KNOWN_BUT_NOT_TAKEN and "address.postcode" in beside)
            )
        ):
            settled = change(settled, position, "address.state", "there is no other column of states")
            beside.append("address.state")
        elif guess.may_be(KNOWN_BUT_NOT_TAKEN) and is_second:
            settled = change(settled, position, KNOWN_BUT_NOT_TAKEN, "there is another column of this")
    return settled


def _settle_streets(guesses: Guesses, sample: pl.DataFrame) -> Guesses:
    """A column "Address" is the street where its group has a city or postcode column, else a whole address.

    A number counts the lines of one street, unless other parts carry that number too; the lines after the first are
    the unit when their values look like one, else they go on with the street (004:5920, "Home Street 3").
    """
    groups = {group_of(guess) for guess in guesses if guess and guess.attribute_type in _PLACE_PARTS}
    streets = {group_of(guess) for guess in guesses if guess and _is_street(guess)}
    firsts = {group[:2] for group in (*groups, *streets) if group[2] == 1}
    followed = {(*group[:2], 1) for group in streets - groups if group[2] == _SECOND_LINE}
    settled = guesses
    for position, guess in enumerate(guesses):
        if guess is None or not _is_street(guess):
            continue
        key = group_of(guess)
        if guess.number is not None and key not in groups and key[:2] in firsts:
            is_unit = key[2] > 1 and _look_like_units(given_values(sample, position))
            kind = "address.unit" if is_unit else "address.name"
            settled = change(settled, position, kind, f"line {key[2]} of a street", number=None)
        elif guess.may_be("address.name") and key in (groups | followed):
            settled = change(settled, position, "address.name", "other columns hold the rest of the address")
    return settled


def _is_street(guess: HeaderGuess) -> bool:
    return guess.attribute_type in STREETS and not guess.is_label


def _look_like_units(values: pl.Series) -> bool:
    return values.len() > 0 and float(values.str.contains(_UNITS).mean() or 0) >= 0.5  # type: ignore[arg-type]


def _check_values(guesses: Guesses, sample: pl.DataFrame) -> Guesses:
    """A header that its values plainly deny is not believed: none is like it, or half of them cannot be it."""
    checked = list(guesses)
    for position, guess in enumerate(guesses):
        if guess is None or guess.is_label or not (guess.attribute_type in _EVIDENCE or guess.attribute_type in _NAMED):
            continue
        values = given_values(sample, position)
        # an empty column of suffixes is of no use to anybody, one of anything else may be filled further down
        if values.len() < _ENOUGH and guess.attribute_type != NAME_SUFFIX:
            continue
        pattern = _EVIDENCE.get(guess.attribute_type)
        if pattern and not values.str.contains(pattern).any():
            reason = f"the header says {guess.attribute_type}, but none of its values looks like one"
            checked[position] = replace(guess, confidence=0.3, reason=reason)
        elif pattern is None and 2 * values.str.contains(_NO_NAME).sum() >= values.len():
            reason = f"the header says {guess.attribute_type}, but half of its values cannot be one"
            checked[position] = replace(guess, confidence=0.3, reason=reason)
    return checked
