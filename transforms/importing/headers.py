"""What a header says by itself: look-up of its folded text, then without numbers, places and ranks in it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

__all__ = ["KNOWN_BUT_NOT_TAKEN", "HeaderGuess", "HeaderKnowledge", "fold_header"]

#: attribute_type of headers that are known and that no attribute holds, such as "Lead Status".
KNOWN_BUT_NOT_TAKEN: Final = "-"

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_GLUED_NUMBER = re.compile(r"(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])")
_REMARK = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_MARK = re.compile(r"[\W_]+")
_EMAIL_WORD = re.compile(r"\be mail")

#: Only these have one value per place; "Other First Name" is somebody else's.
_PLACED = ("email", "phone_number", "address", "website")
_EXACT, _BY_RULE = 0.95, 0.9


@dataclass(frozen=True)
class HeaderGuess:
    """What one header was taken for.

    Attributes:
        attribute_type: attribute, address part, or KNOWN_BUT_NOT_TAKEN.
        label: label of its values.
        place: word that tells groups of one kind apart, such as Home.
        number: number in the header, such as 2 in "E-mail 2 Address".
        is_number_last: the number ends the header: "Home Street 2" is the second line of one address.
        is_partner: it speaks of the partner.
        is_label: it holds the labels of another column, as "E-mail 1 - Type" does.
        confidence: how sure, from 0 to 1.
        reason: why, in a phrase.
    """

    attribute_type: str
    label: str | None = None
    place: str = ""
    number: int | None = None
    is_number_last: bool = False
    is_partner: bool = False
    is_label: bool = False
    confidence: float = _EXACT
    reason: str = ""

    @property
    def base(self) -> str:
        """Attribute without the part."""
        return self.attribute_type.partition(".")[0]


def fold_header(header: str) -> str:
    """Header as lower-case words: camel case and glued numbers parted, marks dropped, "e-mail" as "email"."""
    text = unicodedata.normalize("NFKC", header).replace("'", "").replace("\u2019", "").replace("iOS", "ios")
    text = _GLUED_NUMBER.sub(" ", _CAMEL.sub(" ", text).lower())
    return _EMAIL_WORD.sub("email", _MARK.sub(" ", text).strip())


class HeaderKnowledge:
    """Reference tables of headers, ready for look-up.

    Args:
        names: header_names.csv: header, attribute_type, label, is_partner.
        words: header_words.csv: word, kind (place, rank, partner, noise, stop), label.
        layouts: header_layouts.csv: layout, role (signature, mapping), header, attribute_type, label.
    """

    def __init__(self, names: pl.DataFrame, words: pl.DataFrame, layouts: pl.DataFrame):
        self._names = {
            header: HeaderGuess(
                kind, label or None, is_partner=partner == "true", reason=f"the header {header!r} is known"
            )
            for header, kind, label, partner in names.select("header", "attribute_type", "label", "is_partner").rows()
        }
        self._words: dict[str, dict[str, str]] = {}
        for word, kind, label in words.select("word", "kind", "label").rows():
            self._words.setdefault(kind, {})[word] = label or ""
        self._layouts = layouts

    def guess(self, header: str) -> HeaderGuess | None:
        """What the header says, None when its words are not all understood."""
        phrases = dict.fromkeys([fold_header(header), fold_header(_REMARK.sub(" ", header))])
        guesses = (self._look_up(phrase) for phrase in phrases if phrase)
        return next((guess for guess in guesses if guess), None)

    def has_stop_word(self, header: str) -> bool:
        """Whether the header speaks of somebody other than the contact, or of a check, so values prove nothing."""
        return not self._words.get("stop", {}).keys().isdisjoint(fold_header(header).split())

    def layout_guesses(self, header: list[str]) -> dict[int, HeaderGuess]:
        """Column position -> guess, by the first named layout whose signature headers are all there."""
        folded = [fold_header(text) for text in header]
        for (layout,), rows in self._layouts.group_by(["layout"], maintain_order=True):
            signature = rows.filter(pl.col("role") == "signature")["header"].to_list()
            if not set(signature) <= set(folded):
                continue
            mapped = rows.filter(pl.col("role") == "mapping").select("header", "attribute_type", "label").rows()
            guesses = {text: (kind, label or None) for text, kind, label in mapped}
            return {
                position: HeaderGuess(*guesses[text], confidence=0.98, reason=f"a column of the {layout} layout")
                for position, text in enumerate(folded)
                if text in guesses
            }
        return {}

    def _look_up(self, phrase: str) -> HeaderGuess | None:
        if found := self._names.get(phrase):
            return found
        is_label, stem = self._without_label_word(phrase)
        number, is_last, stem = _without_number(stem)
        for guess in self._without_words(stem):
            found = replace(
                guess, number=number, is_number_last=is_last, is_label=is_label, confidence=_BY_RULE,
                reason=f"{guess.reason}, in {phrase!r}",
            )  # fmt: skip
            return found if not is_label or found.base in _PLACED else None
        return None

    def _without_label_word(self, phrase: str) -> tuple[bool, str]:
        for word in (" type", " label"):
            if phrase.endswith(word) and phrase.removesuffix(word) not in ("email", "phone"):
                return True, phrase.removesuffix(word)
        if phrase in ("email type", "email label", "phone type", "phone label"):
            return True, phrase.split()[0]
        return False, phrase.removesuffix(" value")

    def _without_words(self, phrase: str) -> Iterator[HeaderGuess]:
        """Readings of a phrase, the one that drops the fewest words first."""
        is_partner, stem = self._drop(phrase, "partner")
        for dropped in ((), ("place",), ("rank",), ("noise",), ("place", "rank"), ("place", "noise")):
            place, text = None, stem
            for kind in dropped:
                word, text = self._drop(text, kind)
                place = word if kind == "place" else place
            found = self._names.get(text)
            if found is None or (place and found.base not in _PLACED):
                continue
            label = self._words["place"].get(place or "", "")
            both = f"{label} {found.label}" if label and found.label and found.label != label else label or found.label
            yield replace(
                found, label=both, place=label or place or "", is_partner=found.is_partner or bool(is_partner)
            )

    def _drop(self, phrase: str, kind: str) -> tuple[str | None, str]:
        """The first word of this kind in the phrase, and the phrase without it."""
        for word in sorted(self._words.get(kind, {}), key=len, reverse=True):
            if f" {word} " in f" {phrase} ":
                return word, f" {phrase} ".replace(f" {word} ", " ", 1).strip()
        return None, phrase


def _without_number(phrase: str) -> tuple[int | None, bool, str]:
    words = phrase.split()
    numbers = [word for word in words if word.isdecimal() and len(word) <= 2]
    if len(numbers) != 1:
        return None, False, phrase
    return int(numbers[0]), words[-1] == numbers[0], " ".join(word for word in words if word != numbers[0])
