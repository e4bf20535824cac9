"""The names and words of headers in one language, and how a header is taken apart by them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from transforms.importing.header_guess import HeaderGuess
from transforms.importing.header_phrases import (
    STEM_LETTERS,
    compact,
    without_label_word,
    without_number,
    without_prefix,
)
from transforms.importing.header_text import fold_header, is_unspaced

__all__ = ["Vocabulary"]

_REMARK: Final = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|（[^（）]*）")
#: What has labels but no places.
_LABELED: Final = ("event", "relation")
#: "Address" as a filler word, as in "Address Home City", may stand in the headers of these.
_ADDRESSES: Final = ("address", "email", "website", "phone_number")
#: "No." as a word of no meaning, as in "Phone No.", may stand in the headers of these.
_NUMBERED: Final = ("phone_number", "address", "source_id", "email", "website")
_BY_RULE = 0.9
#: Kinds of words that are dropped to find a name, the fewest first.
_DROPS: Final = (
    (), ("place",), ("prefix",), ("rank",), ("noise",), ("filler",), ("place", "rank"), ("place", "noise"),
    ("place", "filler"), ("prefix", "noise"), ("prefix", "filler"), ("rank", "noise"), ("rank", "filler"),
    ("noise", "filler"), ("place", "rank", "noise"), ("place", "noise", "filler"), ("place", "place", "noise"),
)  # fmt: skip
_COUNTRY_OR_STATE: Final = {"address.country", "address.state"}
_CITY_AND_CODE: Final = {"address.city", "address.postcode"}
_AND: Final = re.compile(r"^(?:and|und|et|y|e|en|og|och|ja|i|a|és|si|ve|и|та|και) ")
_HOUSE_NUMBER: Final = "address.house_num"
_OF_THINGS: Final = frozenset(("noise", "prefix"))
_WITHOUT_SPACES_FROM: Final = 6
#: Kinds of words that are written as one with what follows, and how many letters they have at least.
_GLUED: Final = ("place", "noise", "short")
_GLUED_LETTERS: Final = 4
_OR: Final = (
    "or|oder|of|eller|tai|ou|o|oppure|sau|lub|nebo|alebo|или|або|ali|ili|vagy|ή|veya|arba|vai|või|atau|hoặc|أو|یا|או|या"
)
_ALTERNATIVES: Final = re.compile(rf"\s*[/|／]\s*|\s+(?:{_OR})\s+|หรือ|または|或|또는", re.IGNORECASE)
_BY_ONE_OF_THEM: Final = 0.8
#: What stands between a thing and whose it is: "Nom du propriétaire".
_OF: Final = re.compile(
    r"(?: (?:of|the|du|des|de|la|le|del|della|dello|dei|do|da|dos|das|el|der|vom|von|van|af|av|till|til))+$"
)
#: "Name" as scripts without spaces put it behind a word.
_NAME_SIGNS: Final = ("名", "명")


@dataclass(frozen=True)
class _Dropped:
    """What is left of a phrase: the rest, the place that was in it, and whether it spoke of an address or a number."""

    rest: str
    place: str
    is_address: bool
    is_number: bool


class Vocabulary:
    """What is known of the headers of one language.

    Args:
        names: folded header -> what it is.
        words: kind (see header_words.csv) -> folded word -> label.
        plain: for a script without spaces, what is known of headers in other scripts. Words are then looked for
            anywhere, and spaces mean nothing.
    """

    def __init__(
        self,
        names: Mapping[str, HeaderGuess],
        words: Mapping[str, Mapping[str, str]],
        plain: Vocabulary | None = None,
    ):
        self._plain = plain
        self._is_spaced = plain is None
        self._compact = {compact(text): guess for text, guess in names.items()}
        self._names = dict(names) if plain is None else self._compact
        self._words = {
            kind: {self._spell(word): given[word] for word in sorted(given, key=len, reverse=True) if word}
            for kind, given in words.items()
        }

    def guess(self, header: str) -> HeaderGuess | None:
        """What the header says, None when its words are not all understood.

        A remark in parentheses may say anything, unless it speaks of something else: "First name (phonetic)".
        """
        if self._plain and not is_unspaced(header):
            return self._plain.guess(header)
        remarks = " ".join(_REMARK.findall(header))
        without = "" if remarks and self.has_stop_word(remarks) else _REMARK.sub(" ", header)
        phrases = dict.fromkeys([fold_header(header), fold_header(without)])
        guesses = (self._look_up(self._spell(phrase)) for phrase in phrases if phrase)
        return next((guess for guess in guesses if guess), None) or self._one_of(without)

    def has_stop_word(self, header: str) -> bool:
        """Whether the header speaks of somebody other than the contact, or of a check, so values prove nothing."""
        return self._drop(self._spell(fold_header(header)), "stop") is not None

    @property
    def parties(self) -> Mapping[str, str]:
        """Words for the people of a home, and the label of each."""
        return self._words.get("party", {})

    def cut_party(self, folded: str, words: Collection[str]) -> tuple[str, str, bool] | None:
        """The longest of some words for people that a folded header begins with, else ends with; the rest of it.

        The third is whether it stood behind the rest. Scripts without spaces may have it anywhere.
        """
        phrase = self._spell(folded)
        if not self._is_spaced:
            word = max((word for word in words if word in phrase), key=len, default=None)
            rest = phrase.replace(word, "", 1) if word else ""
            return (word, "" if rest in _NAME_SIGNS else rest, False) if word else None
        word = max((word for word in words if f"{phrase} ".startswith(f"{word} ")), key=len, default=None)
        if word:
            return word, phrase.removeprefix(word).strip(), False
        word = max((word for word in words if phrase.endswith(f" {word}")), key=len, default=None)
        return (word, _OF.sub("", phrase.removesuffix(word).strip()), True) if word else None

    def understands(self, header: str) -> bool:
        """Whether the header says something, with a word for people or without it: "Nom du propriétaire"."""
        if self.guess(header):
            return True
        cut = self.cut_party(fold_header(header), self.parties)
        return bool(cut and (not cut[1] or self.guess(cut[1])))

    def is_partner_word(self, word: str) -> bool:
        """Whether a word alone means the partner."""
        return word in self._words.get("partner", {})

    def find_place(self, header: str) -> str | None:
        """The place, when the header is a place word and nothing else, such as "Home"."""
        return self._words.get("place", {}).get(self._spell(fold_header(header)))

    def _one_of(self, header: str) -> HeaderGuess | None:
        """What the alternatives of "City / Town" agree on.

        In a part of an address or a web site others may be unknown. No person is told: "Client / Project" is a thing,
        "Buyer / Seller" a kind.
        """
        words = [fold_header(part) for part in _ALTERNATIVES.split(header)]
        if len(words) < 2 or self.has_stop_word(header):
            return None
        guesses = [self._look_up(self._spell(word)) for word in words if word]
        known = [guess for guess in guesses if guess]
        kinds = [(guess.is_partner, {guess.attribute_type, *guess.instead.split("|")}) for guess in known]
        for guess in known:
            agree = all(partner == guess.is_partner and guess.attribute_type in kind for partner, kind in kinds)
            is_told = len(known) == len(guesses) and guess.base != "full_name"
            if agree and (is_told or guess.base in ("address", "website")):
                reason = f"{guess.reason}, one of {len(words)} in {' / '.join(words)!r}"
                return replace(guess, instead="", confidence=_BY_ONE_OF_THEM, reason=reason)
        return None

    def _spell(self, phrase: str) -> str:
        return phrase if self._is_spaced else compact(phrase)

    def _look_up(self, phrase: str) -> HeaderGuess | None:
        """What a phrase says as it is written, or with its short words spelled out."""
        if found := self._read(phrase):
            return found
        short = self._words.get("short", {})
        parted = self._part(phrase) if self._is_spaced else phrase
        spelled_out = " ".join(short.get(word, word) for word in parted.split())
        return self._read(spelled_out) if spelled_out != phrase else None

    def _part(self, phrase: str) -> str:
        """With words apart that were written as one: "mailcity"."""
        heads = [word for kind in _GLUED for word in self._words.get(kind, {}) if phrase.startswith(word)]
        pairs = [(head, phrase.removeprefix(head)) for head in heads if len(head) >= _GLUED_LETTERS]
        known = {head: rest for head, rest in pairs if len(rest) > STEM_LETTERS and rest in self._names}
        if not known:
            return phrase
        longest = max(known, key=len)
        return f"{longest} {known[longest]}"

    def _read(self, phrase: str) -> HeaderGuess | None:
        if found := self._find(phrase):
            return found
        is_label, stem = without_label_word(phrase)
        number, bare = without_number(stem)
        readings = (
            *self._without_words(stem),
            *self._without_words(self._spell(bare)),
            *self._two_names(self._spell(bare)),
        )
        for guess in readings:
            found = replace(
                guess, number=number, is_label=is_label, confidence=_BY_RULE, reason=f"{guess.reason}, in {phrase!r}"
            )
            return found if not is_label or found.has_places or found.base in _LABELED else None
        return None

    def _find(self, phrase: str) -> HeaderGuess | None:
        found = self._names.get(phrase)
        return found or (self._compact.get(compact(phrase)) if len(phrase) >= _WITHOUT_SPACES_FROM else None)

    def _without_words(self, phrase: str) -> Iterator[HeaderGuess]:
        """Readings of a phrase, the one that drops the fewest words first."""
        stem, is_partners = phrase, False
        while partner := self._drop(stem, "partner"):  # "Spouse/Partner" is one as well
            stem, is_partners = partner[1], True
        for kinds in _DROPS:
            dropped = self._drop_kinds(stem, kinds)
            found = self._find(dropped.rest) if dropped else None
            if dropped is None or found is None or not found.may_be_at(dropped.place):
                continue
            # No person is a number, and "Number" is a house's where nothing else is numbered: "Client Number".
            if dropped.is_number and found.base not in _NUMBERED:
                continue
            if found.attribute_type == _HOUSE_NUMBER and not _OF_THINGS.isdisjoint(kinds):
                continue
            if "rank" in kinds and not found.has_places:
                continue
            if dropped.is_address and not (found.base in _ADDRESSES or found.is_person_of(dropped.place)):
                continue
            label = dropped.place if found.has_places else ""
            both = f"{label} {found.label}" if label and found.label and found.label != label else label or found.label
            place = dropped.place if label or found.is_person_of(dropped.place) else ""
            yield replace(found, label=both, place=place, is_partner=found.is_partner or is_partners)

    def _two_names(self, phrase: str) -> Iterator[HeaderGuess]:
        """Two names in one: "Phone mobile", of which one tells the kind, and "Region/Country", which is the country.

        "Postcode and city" is the city, which may have its postcode beside it.
        """
        words = phrase.split() if self._is_spaced else list(phrase)
        mark = " " if self._is_spaced else ""
        for cut in range(1, len(words)):
            first, second = self._find(mark.join(words[:cut])), self._find(_AND.sub("", mark.join(words[cut:])))
            if first and second and first.attribute_type == second.attribute_type == "phone_number":
                yield first if first.label else second
            elif first and second and {first.attribute_type, second.attribute_type} == _COUNTRY_OR_STATE:
                country, state = (first, second) if first.attribute_type == "address.country" else (second, first)
                yield state if country.may_be("address.state") else country
            elif first and second and {first.attribute_type, second.attribute_type} == _CITY_AND_CODE:
                yield replace(first if first.attribute_type == "address.city" else second, instead="")

    def _drop_kinds(self, phrase: str, kinds: Sequence[str]) -> _Dropped | None:
        """The phrase without a word of each kind; noise and filler words are dropped all at once."""
        place, is_address, is_number = "", False, False
        for kind in kinds:
            dropped = self._drop(phrase, kind)
            if dropped is None:
                return None
            word, phrase = dropped
            dropped_words = [word]
            while kind in ("noise", "filler") and (more := self._drop(phrase, kind)):
                word, phrase = more
                dropped_words.append(word)
            labels = {self._words[kind][each] for each in dropped_words} if kind in ("noise", "filler") else set()
            place = place or (self._words[kind][word] if kind in ("place", "prefix") else "")
            is_address = is_address or "address" in labels
            is_number = is_number or "number" in labels
        return _Dropped(phrase, place, is_address, is_number)

    def _drop(self, phrase: str, kind: str) -> tuple[str, str] | None:
        """The longest word of this kind in the phrase, and the phrase without it; None when it has none."""
        known = self._words.get(kind, {})
        if not self._is_spaced:
            found = next((word for word in known if word in phrase), None)
            return None if found is None else (found, phrase.replace(found, "", 1))
        words = phrase.split()
        if kind == "prefix":
            rests = ((prefix, without_prefix(words, prefix)) for prefix in known)
            return next(((prefix, rest) for prefix, rest in rests if rest), None)
        runs = ((start, end) for start in range(len(words)) for end in range(start + 1, len(words) + 1))
        taken = [(" ".join(words[start:end]), start, end) for start, end in runs]
        word, start, end = max(
            (each for each in taken if each[0] in known), key=lambda run: len(run[0]), default=("", 0, 0)
        )
        return (word, " ".join([*words[:start], *words[end:]])) if word else None
