"""Phrases of headers without a word or a number, before they are looked up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

__all__ = ["STEM_LETTERS", "compact", "without_label_word", "without_number", "without_prefix"]

#: Letters that must be left of a compound.
STEM_LETTERS: Final = 2
_NUMBER: Final = re.compile(r"(?<!\d)\d{1,2}(?!\d)")
_LINE_OF: Final = re.compile(r"\b(\d{1,2} (?:line|street)) \d$")
_LABEL_WORDS: Final = (" type", " label")


def compact(phrase: str) -> str:
    """The phrase without its spaces."""
    return phrase.replace(" ", "")


def without_prefix(words: Sequence[str], prefix: str) -> str | None:
    """The words, one of them without a prefix: "adresse" for "privatadresse"."""
    for position, word in enumerate(words):
        if word.startswith(prefix) and len(word) >= len(prefix) + STEM_LETTERS:
            return " ".join([*words[:position], word.removeprefix(prefix), *words[position + 1 :]])
    return None


def without_label_word(phrase: str) -> tuple[bool, str]:
    """Whether it speaks of the kind of something, and of what: "email type"."""
    for word in _LABEL_WORDS:
        if phrase.endswith(word):
            return True, phrase.removesuffix(word)
    return False, phrase.removesuffix(" value")


def without_number(phrase: str) -> tuple[int | None, str]:
    """The only number, and the phrase without it; of "address 2 line 1", the one that tells addresses apart."""
    numbers = _NUMBER.findall(_LINE_OF.sub(r"\1", phrase))
    if len(numbers) != 1:
        return None, phrase
    return int(numbers[0]), " ".join(_NUMBER.sub(" ", phrase).split())
