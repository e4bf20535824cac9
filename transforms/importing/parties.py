"""Headers that say which of the people of a home they speak of: "Owner 1 First Name", "Her Cell", "Vendor E-mail"."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from transforms.importing.header_guess import KNOWN_BUT_NOT_TAKEN, HeaderGuess
from transforms.importing.header_text import fold_header
from transforms.importing.header_words import Vocabulary

__all__ = ["guess_parties"]

_NAMES: Final = ("full_name", "first_name", "last_name")
_PERSONAL: Final = (*_NAMES, "middle_name", "nickname", "title", "email", "phone_number", "address", "birthday")
#: Of one of a couple; "Owner Occ" is whether they live there.
_WORK: Final = "job_title"
_REACHED: Final = ("email", "phone_number")
#: What is sure enough before a word for people: "Phone owner", but not "First time buyer".
_SURE_BEFORE: Final = (*_REACHED, "address")
_SURE: Final = 0.95
#: `instead` of a header that names a house, and the place of the address that its owner is written to.
_PROPERTY: Final = "property"
_MAILING: Final = "Mailing"
_FIRST, _SECOND = 1, 2
_FEWEST: Final = 2
_CONFIDENCE: Final = 0.85
#: The two sides of a deal, of which a row has both.
_SIDES: Final = (("buyer", "buyers", "purchaser", "purchasers", "vendee"), ("seller", "sellers"))
_NUMBERED: Final = re.compile(r"(\d)(?: |$)(.*)")


@dataclass(frozen=True)
class _Told:
    """What a header says of a party; `person` is whom of it, None where the header does not say.

    `is_bare` where the header is the word alone, such as "Owner".
    """

    position: int
    person: int | None
    guess: HeaderGuess
    is_bare: bool


def guess_parties(header: Sequence[str], vocabulary: Vocabulary) -> list[HeaderGuess | None]:
    """What each header says without the word for a party; None where there is none, or it is of others.

    Of two people who own, buy or rent together the second is the partner: where names of both are there, "Buyer 1 Name"
    and "Buyer 2 Name", "His First" and "Her First". A word that may as well speak of whom a contact is assigned to or
    bought from, as "Owner" and "Vendor", is the contact's where some headers begin with it and no other one names
    anybody; a single one, as in a county's list of houses, where there is an address. Of a deal's two sides the one
    that is named first is the contact.
    """
    guesses: list[HeaderGuess | None] = [None] * len(header)
    folded = [fold_header(text) for text in header]
    parties: dict[str, dict[str, int | None]] = {}
    for word, label in vocabulary.parties.items():
        if any(word in text.replace(" ", "") or word in text for text in folded):
            party, _, person = label.partition(" ")
            parties.setdefault(party or word, {})[word] = int(person) if person else None
    for words in parties.values():
        told = list(_read(folded, words, vocabulary))
        named = {each.person for each in told if each.guess.attribute_type in _NAMES}
        if _SECOND in named and not named.isdisjoint(_firsts(words, vocabulary)):
            people = [_of_couple(each) for each in told]
        elif named and _are_contacts(folded, told, words, vocabulary):
            people = [each.guess for each in told]
        else:
            continue
        for each, guess in zip(told, people, strict=True):
            guesses[each.position] = guesses[each.position] or guess
    return _leave_other_side(folded, guesses, parties, vocabulary)


def _leave_other_side(
    folded: Sequence[str],
    guesses: list[HeaderGuess | None],
    parties: Mapping[str, Mapping[str, int | None]],
    vocabulary: Vocabulary,
) -> list[HeaderGuess | None]:
    """The guesses, those of a deal's other side not taken: the seller's e-mail is not the buyer's."""
    sides = [
        [each for word in side if word in parties for each in _read(folded, parties[word], vocabulary)]
        for side in _SIDES
    ]
    named = [[each.position for each in side if each.guess.attribute_type in _NAMES] for side in sides]
    if not all(named):
        return guesses
    other = max(range(len(sides)), key=lambda side: min(named[side]))
    reason = "it is of the other side of a deal, whose first one is the contact"
    nobody = HeaderGuess(KNOWN_BUT_NOT_TAKEN, confidence=_CONFIDENCE, reason=reason)
    left = {each.position for each in sides[other]}
    return [nobody if position in left else guess for position, guess in enumerate(guesses)]


def _read(folded: Sequence[str], words: Mapping[str, int | None], vocabulary: Vocabulary) -> Iterator[_Told]:
    """What headers that begin or end with one of the words say beside it, of a person."""
    for position, text in enumerate(folded):
        cut = vocabulary.cut_party(text, words)
        if cut is None:
            continue
        (word, rest, is_behind), person = cut, words[cut[0]]
        if person is None and (numbered := _NUMBERED.fullmatch(rest)):
            person, rest = int(numbered[1]), numbered[2]
        guess = vocabulary.guess(rest or "name")
        is_personal = guess is not None and (guess.base in _PERSONAL or (guess.base == _WORK and person is not None))
        if guess is None or guess.is_label or not is_personal:
            continue
        if is_behind and guess.confidence < _SURE and guess.base not in _SURE_BEFORE:
            continue
        if person is None and guess.attribute_type in _NAMES:  # "Owner Name 2"
            person, guess = guess.number, replace(guess, number=None)
        reason = f"{guess.reason}; {word!r} is whom the list is of"
        is_bare = not rest and person is None
        yield _Told(position, person, replace(guess, confidence=_CONFIDENCE, reason=reason), is_bare)


def _firsts(words: Collection[str], vocabulary: Vocabulary) -> set[int | None]:
    """What tells the first person: "Buyer Name" beside "Buyer 2 Name" does, "Spouse Name" does not."""
    return {_FIRST} if any(map(vocabulary.is_partner_word, words)) else {_FIRST, None}


def _of_couple(told: _Told) -> HeaderGuess:
    """Of the first, of the partner, or of a third one, whom a contact has no place for."""
    if told.person is None or told.person <= _FIRST:
        return told.guess
    if told.person == _SECOND:
        return replace(told.guess, is_partner=True)
    return replace(told.guess, attribute_type=KNOWN_BUT_NOT_TAKEN, instead="")


def _are_contacts(folded: Sequence[str], told: Sequence[_Told], words: Collection[str], vocabulary: Vocabulary) -> bool:
    """Whether a word for others speaks of the contacts.

    It does not where another header names somebody, or where e-mails or phones stand beside those of the word. One
    header alone does where an address stands beside it, and "Owner" alone where that is a house's or for its mail.
    """
    if not all(map(vocabulary.has_stop_word, words)):
        return False
    own = {each.position for each in told}
    others = [guess for at, text in enumerate(folded) if at not in own and (guess := vocabulary.guess(text))]
    found = {guess.attribute_type for guess in others if not guess.is_partner and not guess.is_label}
    reached = {each.guess.attribute_type for each in told}.intersection(_REACHED)
    if not found.isdisjoint((*_NAMES, "company", *reached)):
        return False
    is_of_houses = any(guess.may_be(_PROPERTY) or guess.place == _MAILING for guess in others)
    has_address = is_of_houses or any(guess.base == "address" for guess in others)
    return len(told) >= _FEWEST or (is_of_houses if told[0].is_bare else has_address)
