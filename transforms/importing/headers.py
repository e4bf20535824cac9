"""What is known of headers: the tables of reference, by language, and the named layouts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

import polars as pl

from transforms.importing.header_guess import KNOWN_BUT_NOT_TAKEN, HeaderGuess
from transforms.importing.header_text import UMLAUTS, fold_header, fold_headers, is_unspaced, spell_out_umlauts
from transforms.importing.header_words import Vocabulary

__all__ = ["ANY_LANGUAGE", "KNOWN_BUT_NOT_TAKEN", "HeaderGuess", "HeaderKnowledge", "fold_header"]

#: Language of rows that hold in every language; most are English.
ANY_LANGUAGE: Final = ""

_TRIED: Final = 6
#: What a header counts that is understood only by words which are in many languages, that has a word of the language,
#: and that is written as the language has it, in letters that English lacks.
_UNTOLD: Final = 0.25
_TOLD: Final = 1.0
_SPELLED: Final = 2.0
_FEW: Final = 2
#: A language is believed when it explains this share of what English leaves, or this many headers, by words of this
#: many letters: long exports are full of columns that are known in no language.
_SHARE: Final = 0.25
_MANY: Final = 4
_LONG: Final = 4


class HeaderKnowledge:
    """Reference tables of headers, ready for look-up.

    Args:
        names: header_names.csv: header, attribute_type (a|b: a, in other company b), label, is_partner, lang.
        words: header_words.csv: word, kind, label, lang. Kinds: place, prefix (a place that heads a compound), rank,
            noise and filler (without meaning, tried in this order; the labels number and address say what they
            count or are of), partner, stop (speaks of somebody else), short (the label is the whole word), party (of
            people who own, buy or rent together; with a label which of them it is: "couple 2").
        layouts: header_layouts.csv: layout, role (signature, mapping), header, attribute_type, label.
    """

    def __init__(self, names: pl.DataFrame, words: pl.DataFrame, layouts: pl.DataFrame):
        self._name_rows = names.fill_null("").partition_by("lang", as_dict=True)
        self._word_rows = words.fill_null("").partition_by("lang", as_dict=True)
        self._layouts = _read_layouts(layouts)
        # Most files are in English: what other languages say is not read before a header asks for it.
        self._names = cache(self._read_names)
        self._words = cache(self._read_words)
        self._tokens = cache(self._list_tokens)
        self._spellings = cache(self._list_spellings)
        self._phrases = pl.concat([names.select("lang", phrase="header"), words.select("lang", phrase="word")])
        self._languages = cache(self._list_languages)
        self.vocabulary = cache(self._build_vocabulary)

    def guess(self, header: str, lang: str = ANY_LANGUAGE) -> HeaderGuess | None:
        """What a header says in a language, None when its words are not all understood."""
        return self.vocabulary(lang).guess(header)

    def find_language(self, header: Sequence[str]) -> str:
        """Language in which most of a header row is understood; ANY_LANGUAGE for English and where none helps."""
        plain = self.vocabulary(ANY_LANGUAGE)
        rest = [text for text in header if text.strip() and plain.guess(text) is None]
        # Where English says most of the row, one odd word of another language is no proof.
        least = 1 if len(rest) <= _FEW or 2 * len(rest) > len(header) else 2
        best, best_gain, best_spelled, enough = ANY_LANGUAGE, 0.0, 0, min(_MANY, _SHARE * len(rest))
        for lang in self._likely_languages(rest):
            vocabulary = self.vocabulary(lang)
            weights = [self._weigh(text, lang) for text in rest if vocabulary.understands(text)]
            gain = sum(weights)
            # What two languages explain alike is of the one that spells it so: "Numéro" is no "número".
            spelled = sum(text.strip().lower() in self._spellings(lang) for text in rest)
            if sum(weight >= _TOLD for weight in weights) >= least and (gain, spelled) > (best_gain, best_spelled):
                best, best_gain, best_spelled = lang, gain, spelled
        return best if best_gain >= enough else ANY_LANGUAGE

    def layout_guesses(self, header: Sequence[str]) -> dict[int, HeaderGuess]:
        """Column position -> guess, by the named layouts whose signature headers are all there; the first one wins."""
        folded = [fold_header(text) for text in header]
        guesses: dict[int, HeaderGuess] = {}
        for layout, (signature, mapping) in self._layouts.items():
            if signature <= set(folded):
                reason = f"a column of the {layout} layout"
                for position, text in enumerate(folded):
                    if text in mapping:
                        guess = HeaderGuess(*mapping[text], confidence=0.98, reason=reason)
                        guesses.setdefault(position, guess)
        return guesses

    def _build_vocabulary(self, lang: str) -> Vocabulary:
        """What is known in a language, and in every language where it says nothing else."""
        own, everywhere = self._words(lang), self._words(ANY_LANGUAGE)
        names = {**self._names(ANY_LANGUAGE), **self._names(lang)}
        if any(map(is_unspaced, self._names(lang))):
            return Vocabulary(names, own, plain=self.vocabulary(ANY_LANGUAGE))
        words = {kind: {**everywhere.get(kind, {}), **own.get(kind, {})} for kind in {*everywhere, *own}}
        return Vocabulary(names, words)

    def _read_names(self, lang: str) -> dict[str, HeaderGuess]:
        """Folded header -> what it is, of the rows of one language."""
        names: dict[str, HeaderGuess] = {}
        rows = self._name_rows.get((lang,))
        columns = ("header", "attribute_type", "label", "is_partner")
        for header, kind, label, partner in [] if rows is None else rows.select(columns).rows():
            kind, _, instead = kind.partition("|")
            reason = f"the header {header!r} is known"
            guess = HeaderGuess(kind, label or None, is_partner=partner == "true", reason=reason, instead=instead)
            for spelling in _spell(header):
                names.setdefault(spelling, guess)
        return names

    def _read_words(self, lang: str) -> dict[str, dict[str, str]]:
        """Kind -> folded word -> label, of the rows of one language."""
        words: dict[str, dict[str, str]] = defaultdict(dict)
        rows = self._word_rows.get((lang,))
        for word, kind, label in [] if rows is None else rows.select("word", "kind", "label").rows():
            for spelling in _spell(word):
                words[kind].setdefault(spelling, label)
        return words

    def _list_tokens(self, lang: str) -> frozenset[str]:
        phrases = [*self._names(lang), *(word for words in self._words(lang).values() for word in words)]
        return frozenset(token for phrase in phrases for token in _tokens(phrase))

    def _list_spellings(self, lang: str) -> frozenset[str]:
        """Headers of one language as they are written."""
        rows = self._name_rows.get((lang,))
        return frozenset() if rows is None else frozenset(rows["header"].str.to_lowercase())

    def _likely_languages(self, header: Sequence[str]) -> list[str]:
        """Languages that share words with the headers, the likeliest first: with the most headers, then letters."""
        pairs = [(at, token) for at, text in enumerate(header) for token in set(_tokens(fold_header(text)))]
        if not pairs:
            return []
        tokens = pl.DataFrame(pairs, schema={"at": pl.UInt32, "token": pl.String}, orient="row")
        shared = (
            tokens.join(self._languages(), on="token")
            .group_by("lang")
            .agg(pl.col("at").n_unique(), letters=pl.col("token").str.len_chars().sum())
        )
        return shared.sort("at", "letters", "lang", descending=[True, True, False])["lang"].to_list()[:_TRIED]

    def _list_languages(self) -> pl.DataFrame:
        """lang, token: words of each language, without reading it."""
        phrases = self._phrases.fill_null("").filter(pl.col("lang") != ANY_LANGUAGE)
        spelled = phrases.with_columns(phrase=phrases["phrase"].str.replace_many(UMLAUTS))
        every = pl.concat([phrases, spelled])
        tokens = every.select("lang", token=fold_headers(every["phrase"]).str.split(" ")).explode("token").unique()
        signs = [
            (lang, pair)
            for lang, token in tokens.rows()
            if is_unspaced(token)
            for pair in _tokens(token)
            if pair != token
        ]
        return pl.concat([tokens, pl.DataFrame(signs, schema=tokens.schema, orient="row")]).unique()

    def _weigh(self, header: str, lang: str) -> float:
        """How much a header says for this language; one short word is in too many languages, two are in few."""
        if not header.isascii() and header.strip().lower() in self._spellings(lang):
            return _SPELLED
        words = [word for word in fold_header(header).split() if word in self._tokens(lang) or is_unspaced(word)]
        is_told = len(set(words)) > 1 or any(len(word) >= _LONG or not word.isascii() for word in words)
        return _TOLD if is_told else _UNTOLD


def _spell(text: str) -> set[str]:
    """A table entry as headers have it, with and without umlauts."""
    spelled = spell_out_umlauts(text)
    return {fold_header(each) for each in {text, spelled}} - {""}


def _tokens(phrase: str) -> Iterator[str]:
    """Words, and the pairs of signs of scripts that put no spaces."""
    for word in phrase.split():
        yield word
        if is_unspaced(word):
            yield from (word[start : start + 2] for start in range(len(word) - 1))


def _read_layouts(rows: pl.DataFrame) -> dict[str, tuple[set[str], dict[str, tuple[str, str | None]]]]:
    """Layout -> folded headers that tell it, and folded header -> attribute type and label."""
    layouts: dict[str, tuple[set[str], dict[str, tuple[str, str | None]]]] = {}
    columns = ("layout", "role", "header", "attribute_type", "label")
    for layout, role, header, kind, label in rows.select(columns).fill_null("").rows():
        signature, mapping = layouts.setdefault(layout, (set(), {}))
        if role == "signature":
            signature.add(fold_header(header))
        else:
            mapping[fold_header(header)] = kind, label or None
    return layouts
