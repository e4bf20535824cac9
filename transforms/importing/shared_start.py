"""Headers that most begin with one word, as exports name what a column is of: "C_FirstName", "Participant E-mail"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from transforms.importing.header_guess import HeaderGuess
from transforms.importing.header_text import fold_header
from transforms.importing.header_words import Vocabulary

__all__ = ["guess_without_start"]

_FEWEST: Final = 4
#: What no list of orders, events or listings has a column of.
_OF_PEOPLE: Final = {"first_name", "last_name", "email"}
_CONFIDENCE: Final = 0.8


def guess_without_start(header: Sequence[str], vocabulary: Vocabulary) -> list[HeaderGuess | None]:
    """What each header says without the word that half of them begin with; None for all where it speaks of others.

    "Agent E-mail" is an agent's, and of "Order Name, Order Date" nothing is a person's.
    """
    words = [fold_header(text).split() for text in header]
    begun = Counter(each[0] for each in words if len(each) > 1)
    start, count = begun.most_common(1)[0] if begun else ("", 0)
    if count < max(_FEWEST, len(header) / 2) or vocabulary.has_stop_word(start) or vocabulary.find_place(start):
        return [None] * len(header)
    rests = [" ".join(each[1:]) if len(each) > 1 and each[0] == start else "" for each in words]
    guesses = [vocabulary.guess(rest) if rest else None for rest in rests]
    if _OF_PEOPLE.isdisjoint(guess.attribute_type for guess in guesses if guess):
        return [None] * len(header)
    reason = f"most headers begin with {start!r}"
    return [guess and replace(guess, confidence=_CONFIDENCE, reason=f"{guess.reason}; {reason}") for guess in guesses]
