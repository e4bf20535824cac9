"""Columns of names settled by each other: one word is a first name here and a last name or a firm there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from transforms.importing.header_guess import KNOWN_BUT_NOT_TAKEN, HeaderGuess

__all__ = ["Guesses", "change", "settle_names"]

Guesses = list[HeaderGuess | None]

_FIRST_AND_LAST: Final = ("first_name", "last_name")
#: `instead` of "Contact person", of names that a firm may have, such as "Client name", of those of pupils and others
#: who are cared for, of "Account name", and of columns that tell of a bank.
_CONTACT, _CLIENT, _WARD, _ACCOUNT, _BANK = "contact", "client", "ward", "account", "bank"


def settle_names(guesses: Guesses) -> Guesses:
    """Guesses in which each name column is what the other name columns leave for it to be.

    "Apelido" is the last name where no other column is, else the nickname. "Roepnaam" is the nickname beside another
    first name. "Name" is the last name beside a first name alone, and the first name beside a last name alone.
    "Customer name" in words that mean an account as well is the company beside first and last names, and so is any
    name beside a contact person. "Billing First Name" is the contact's where nothing else is.
    """
    settled = _settle_order_names(guesses)
    for position, guess in enumerate(settled):
        if guess is None or guess.is_partner:
            continue
        others = _own_kinds([*settled[:position], None, *settled[position + 1 :]])
        if guess.may_be("last_name") and "last_name" not in others:
            settled = change(settled, position, "last_name", "there is no other column of last names")
        elif guess.may_be("nickname") and guess.attribute_type in others and "nickname" not in others:
            settled = change(settled, position, "nickname", f"there is another column {guess.attribute_type}")
    settled = _settle_accounts(_settle_contact_persons(_settle_plain_name(settled)))
    own = _own_kinds(settled)
    for position, guess in enumerate(settled):
        if guess and guess.may_be("company") and "company" not in own and own.issuperset(_FIRST_AND_LAST):
            return change(settled, position, "company", "other columns hold the names")
    return settled


def _settle_order_names(guesses: Guesses) -> Guesses:
    """Of those who are billed or sent to the first is the contact, where no column says so without a place."""
    settled = guesses
    plain = {guess.attribute_type for guess in guesses if guess and not guess.place and not guess.is_partner}
    place_of: dict[str, str] = {}
    for position, guess in enumerate(guesses):
        if guess is None or guess.is_partner or not guess.is_person_of(guess.place):
            continue
        is_named = guess.base in plain or (guess.base == "full_name" and not plain.isdisjoint(_FIRST_AND_LAST))
        if is_named or place_of.setdefault(guess.base, guess.place) != guess.place:
            settled = change(settled, position, KNOWN_BUT_NOT_TAKEN, "other columns hold the contact's own", instead="")
        else:
            settled = change(settled, position, guess.attribute_type, "no other column names the contact", place="")
    return settled


def _settle_contact_persons(guesses: Guesses) -> Guesses:
    """Beside a contact person another name is the firm's, or that of a pupil whose parents are spoken to."""
    own = _own_kinds(guesses)
    persons = [guess for guess in guesses if guess and guess.may_be(_CONTACT) and not guess.is_partner]
    if not persons or not own.isdisjoint(_FIRST_AND_LAST):
        return guesses
    settled = guesses
    for position, guess in enumerate(guesses):
        if guess is None or guess.is_partner or guess.attribute_type != "full_name" or guess.may_be(_CONTACT):
            continue
        if guess.may_be(_WARD):
            settled = change(settled, position, KNOWN_BUT_NOT_TAKEN, "the contact person is somebody else", instead="")
        elif "company" not in own and any(map(guess.may_be, (_CLIENT, "company", "first_name"))):
            settled = change(settled, position, "company", "the contact person is named beside", confidence=0.75)
    return settled


def _settle_accounts(guesses: Guesses) -> Guesses:
    """ "Account name" beside columns of a bank is the name of a bank account."""
    if not any(guess and guess.may_be(_BANK) for guess in guesses):
        return guesses
    settled = guesses
    for position, guess in enumerate(guesses):
        if guess and guess.may_be(_ACCOUNT):
            settled = change(settled, position, KNOWN_BUT_NOT_TAKEN, "other columns tell of a bank", instead="")
    return settled


def change(guesses: Guesses, position: int, kind: str, reason: str, **more: Any) -> Guesses:
    """The guesses with one of them taken for something else, for a reason."""
    guess = guesses[position]
    if guess is None:
        return guesses
    changed = replace(guess, attribute_type=kind, reason=f"{guess.reason}; {reason}", **more)
    return [*guesses[:position], changed, *guesses[position + 1 :]]


def _own_kinds(guesses: Sequence[HeaderGuess | None]) -> set[str]:
    return {guess.attribute_type for guess in guesses if guess and not guess.is_partner}


def _settle_plain_name(guesses: Guesses) -> Guesses:
    own = _own_kinds(guesses)
    plain = [position for position, guess in enumerate(guesses) if guess and guess.may_be("first_name")]
    if not plain or ("first_name" in own) == ("last_name" in own):
        return guesses
    missing, given = ("last", "first") if "first_name" in own else ("first", "last")
    reason = f"a name column beside a {given} name column without a {missing} name column"
    return change(guesses, plain[0], f"{missing}_name", reason, confidence=0.75)
