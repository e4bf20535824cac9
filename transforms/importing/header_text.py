"""Headers as words: lower-case, without accents, marks and camel case."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import polars as pl

__all__ = ["UMLAUTS", "fold_header", "fold_headers", "is_unspaced", "spell_out_umlauts"]

_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_GLUED_NUMBER: Final = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
#: Articles and prepositions that lost their vowel: "l'adresse", "dell'ufficio".
_ELISION: Final = re.compile(r"(?i)\b(?:[dlnsjmt]|qu|dell|all|dall|nell|sull|un)['\u2019]([^\W\d_]{2})")
_NUMBER_SIGN: Final = re.compile(r"#(?!\s*\d)|n°")
_EMAIL_WORD: Final = re.compile(r"\be mail")
_MARKS: Final = re.compile(r"[^a-z0-9]+")
#: Of Latin, Greek and Cyrillic letters, and of Hebrew and Arabic ones, whose vowels are written or not.
_ACCENTS: Final = re.compile("[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u0655\u0670]")
_LETTERS: Final = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "ß": "ss"}
    | {"ة": "ه", "ى": "ي", "ی": "ي", "ک": "ك", "ـ": "", "\u200c": ""}
)
#: The article, which Arabic headers have or lack as their writers please.
_ARTICLE: Final = re.compile(r"(?<!\w)ال(?=\w{2})")
#: How letters are spelled where the keyboard lacks them.
UMLAUTS: Final = {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"}
_UMLAUTS: Final = str.maketrans(UMLAUTS)
#: Scripts written without spaces between words: Thai, kana, Han, and Hangul, whose spaces are a matter of taste.
_UNSPACED: Final = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def fold_header(header: str) -> str:
    """Header as words, one space apart: camel case and glued numbers parted, accents and marks dropped.

    "E-mail" becomes "email". Vowel signs of Indic and Thai letters stay.
    """
    if "'" in header or "\u2019" in header:
        header = _ELISION.sub(r"\1", header)
    if header.isascii():
        plain = _NUMBER_SIGN.sub(" number ", _CAMEL.sub(" ", header.replace("'", "").replace("iOS", "ios")).lower())
        return _EMAIL_WORD.sub("email", " ".join(_GLUED_NUMBER.sub(" ", _MARKS.sub(" ", plain)).split()))
    text = (
        unicodedata.normalize("NFKC", header.replace("º", "°"))
        .replace("'", "")
        .replace("\u2019", "")
        .replace("iOS", "ios")
    )
    text = _NUMBER_SIGN.sub(" number ", _CAMEL.sub(" ", text).lower()).translate(_LETTERS)
    text = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFKD", text)))
    words = "".join(sign if sign.isalnum() or unicodedata.category(sign) in ("Mn", "Mc") else " " for sign in text)
    words = _ARTICLE.sub("", words)
    return _EMAIL_WORD.sub("email", " ".join(_GLUED_NUMBER.sub(" ", words).split()))


def fold_headers(headers: pl.Series) -> pl.Series:
    """Many headers as `fold_header` has them, if they are in lower case and no numbers are glued to their words."""
    whole = headers.str.replace_all(_ELISION.pattern, "${1}").str.replace_all("º", "°")
    plain = whole.str.replace_all("['\u2019]", "").str.replace_all("n°", " number ")
    letters = [chr(letter) for letter in _LETTERS]
    text = plain.str.normalize("NFKC").str.to_lowercase().str.replace_many(letters, list(_LETTERS.values()))
    bare = text.str.normalize("NFKD").str.replace_all(_ACCENTS.pattern, "").str.normalize("NFC")
    words = bare.str.replace_all(r"[^\p{L}\p{N}\p{Mn}\p{Mc}]+", " ").str.strip_chars()
    words = words.str.replace_all(r"(^| )ال(\p{L}{2})", "${1}${2}")
    return words.str.replace_all(r"\be mail", "email")


def is_unspaced(header: str) -> bool:
    """Whether it is in a script that puts no spaces between words."""
    return _UNSPACED.search(header) is not None


def spell_out_umlauts(header: str) -> str:
    """With "ae" for "ä" and the like, as people write where the keyboard lacks them."""
    return header.lower().translate(_UMLAUTS)
