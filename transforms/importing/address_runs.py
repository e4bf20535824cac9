"""Columns of an address that say too little: they go with the street before them, or are none where they stand."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from transforms.importing.header_guess import KNOWN_BUT_NOT_TAKEN, HeaderGuess

__all__ = ["STREETS", "drop_lone_parts", "settle_address_runs"]

#: `instead` of a header that names the house a lead asks for, such as "Property Address".
_PROPERTY: Final = "property"
#: A whole address, or its street.
STREETS: Final = ("address", "address.name")
_PARTS: Final = ("address.city", "address.state", "address.postcode", "address.country", "address.unit")
_LONE: Final = (
    "address.house_num", "address.unit", "address.extra", "address.postcode", "address.city", "address.state",
    "address.country",
)  # fmt: skip

Guesses = list[HeaderGuess | None]


def settle_address_runs(guesses: Guesses) -> Guesses:
    """Guesses in which "Home Address, City, Zip" is one address, and no part of "Property Address, City, Zip" is any.

    A street column of a place takes the parts that directly follow it, if it has none of its own and all such street
    columns are followed by theirs. The parts behind a property's address are the property's.

    Args:
        guesses: one per column, None where a header says nothing.
    """
    settled = list(guesses)
    streets = [at for at, guess in enumerate(guesses) if guess and _is_placed_street(guess)]
    bare = [at for at in streets if not _has_parts(guesses, at)]
    if bare and all(_run_behind(guesses, at) for at in bare):
        for at in bare:
            street = guesses[at]
            for position in _run_behind(guesses, at):
                if street and (part := settled[position]):
                    reason = f"{part.reason}; it follows a street of the place {street.place!r}"
                    found = replace(part, place=street.place, label=street.place, number=street.number, reason=reason)
                    settled[position] = found
    for at, guess in enumerate(guesses):
        if guess and guess.may_be(_PROPERTY):
            for position in _run_behind(guesses, at):
                if part := settled[position]:
                    reason = "it is a part of the address of a property"
                    settled[position] = replace(part, attribute_type=KNOWN_BUT_NOT_TAKEN, reason=reason)
    return settled


def drop_lone_parts(guesses: Guesses) -> Guesses:
    """Guesses without the parts of an address that say so only beside another part, such as "Nr." and "Unit".

    Elsewhere these count rows and name departments, and several side by side are forms or rooms. A bare "Number" is no
    phone number beside another one.

    Args:
        guesses: one per column; those in doubt have KNOWN_BUT_NOT_TAKEN in `instead`.
    """
    settled = list(guesses)
    phones = sum(guess is not None and guess.attribute_type == "phone_number" for guess in guesses)
    for at, guess in enumerate(guesses):
        if guess is None or not guess.may_be(KNOWN_BUT_NOT_TAKEN):
            continue
        beside = [other for other in (*guesses[max(at - 1, 0) : at], *guesses[at + 1 : at + 2]) if other]
        has_other_part = any(
            other.base == "address" and other.attribute_type != guess.attribute_type for other in beside
        )
        is_lone = guess.attribute_type in _LONE and not has_other_part
        if is_lone or (guess.attribute_type == "phone_number" and phones > 1):
            reason = f"{guess.reason}; it may be anything where it stands"
            settled[at] = replace(guess, attribute_type=KNOWN_BUT_NOT_TAKEN, reason=reason)
    return settled


def _is_placed_street(guess: HeaderGuess) -> bool:
    is_first_line = guess.number in (None, 1)
    return guess.attribute_type in STREETS and bool(guess.place) and is_first_line and not guess.is_label


def _is_plain_part(guess: HeaderGuess | None) -> bool:
    return bool(guess and guess.attribute_type in _PARTS and not guess.place and not guess.is_partner)


def _has_parts(guesses: Guesses, at: int) -> bool:
    """Whether the street's place has parts of its own."""
    street = guesses[at]
    return any(
        guess and street and guess.place == street.place and guess.is_partner == street.is_partner
        for guess in guesses
        if guess and guess.attribute_type in _PARTS
    )


def _run_behind(guesses: Guesses, at: int) -> list[int]:
    """Positions of the plain parts that directly follow a column.

    Second lines of the street lie between, and what nothing is known of.
    """
    run = []
    for position in range(at + 1, len(guesses)):
        guess = guesses[position]
        if _is_plain_part(guess):
            run.append(position)
        elif guess and not (guess.attribute_type in STREETS and guess.number and not run):
            break
    return run
