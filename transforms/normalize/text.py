"""Text as it is published, and text as it is compared."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import numpy as np
import polars as pl

from transforms.normalize.distinct import map_distinct
from transforms.normalize.mojibake import mend_mojibake

__all__ = ["clean_text", "fold_ascii", "fold_text", "is_junk"]

#: Anything beyond printable ASCII: only there do Python's and Polars' ideas of case and space differ.
_ODD = r"[^\x20-\x7e]"
#: What `fold_ascii` takes out of plain texts; most columns have none of it.
_MARK = "[^A-Za-z0-9 ]"
#: Odd, blank, or with spaces that are one too many.
_ROUGH = rf"{_ODD}|^ | $|  |^$"
_SPACE, _TILDE = 0x20, 0x7E
#: Invisible characters that spreadsheets and web forms leave behind. Joiners stay: Persian and emoji need them.
_INVISIBLE = dict.fromkeys([0x00AD, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF])
#: Letters that carry a stroke or are two letters in one, which NFKD leaves whole.
_STROKES = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"})
#: Marks that stand inside a word: O'Brien is OBrien, J.R. is JR. All others part words.
_INNER_MARKS = dict.fromkeys(map(ord, "'’‘ʼ`´."))


def clean_text(values: pl.Series) -> pl.Series:
    """Publish form: NFC, control and invisible characters dropped, spaces trimmed and collapsed; blank is null.

    Mojibake is mended here and in every other form.
    """
    return _apply(values, pl.col("value"), _clean)


def fold_text(values: pl.Series) -> pl.Series:
    """Form in which texts are compared: NFKC, casefold, trimmed, inner spaces collapsed; blank is null (SPEC A-C8)."""
    return _apply(values, pl.col("value").str.to_lowercase(), _fold)


def fold_ascii(values: pl.Series) -> pl.Series:
    """Form for matching: as `fold_text`, without accents and punctuation; a text of marks alone is null.

    Letters of other scripts stay as they are. Apostrophes and dots vanish, other marks become one space.
    """
    lowered = pl.col("value").str.to_lowercase()
    if not values.str.contains(_MARK).any():
        return _apply(values, lowered, _fold_ascii)
    bare = lowered.str.replace_all(r"['`.]", "").str.replace_all(r"[^a-z0-9]+", " ")
    trimmed = bare.str.strip_chars(" ")  # no two spaces are left
    return _apply(values, trimmed, _fold_ascii).replace("", None)


def is_junk(values: pl.Series, junk: frozenset[str]) -> pl.Series:
    """Whether a text stands for nothing, such as "n/a"; `junk` holds folded texts. Null and blank are not junk."""
    longest = max((len(text.encode()) for text in junk), default=0)
    frame = values.to_frame("value")
    may_be = frame.select(((pl.col("value").str.len_bytes() <= longest) | _is_rough()).fill_null(False)).to_series()
    found = np.zeros(values.len(), dtype=bool)
    if may_be.any():  # folding leaves a text that is not rough as long as it is
        found[may_be.to_numpy()] = fold_text(values.filter(may_be)).is_in(sorted(junk)).fill_null(False).to_numpy()
    return pl.Series(values.name, found)


def _apply(values: pl.Series, plain: pl.Expr, slow: Callable[[str], str]) -> pl.Series:
    """An expression for texts that are not rough; for the others, a function of each distinct one or the expression."""
    quick = values.to_frame("value").select(plain.alias(values.name)).to_series()
    if _is_tidy(values):
        return quick
    rough = values.to_frame("value").select(_is_rough().fill_null(False)).to_series()
    texts = values.filter(rough)
    is_odd = texts.str.contains(_ODD)
    frame = pl.DataFrame({"value": texts, "is_odd": is_odd, "slow": map_distinct(texts, slow, pl.String, where=is_odd)})
    settled = frame.select(_settle(pl.when("is_odd").then("slow").otherwise(plain)).alias(values.name)).to_series()
    places = np.arange(values.len())
    places[rough.to_numpy()] = values.len() + np.arange(texts.len())
    return pl.concat([quick, settled])[places]


def _settle(text: pl.Expr) -> pl.Expr:
    """One space between words, none around them; blank is null."""
    settled = text.str.replace_all(r" {2,}", " ").str.strip_chars(" ")
    return pl.when(settled != "").then(settled)


def _is_rough() -> pl.Expr:
    return pl.col("value").str.contains(_ROUGH)


def _is_tidy(values: pl.Series) -> bool:
    """Whether no text is rough, as in most columns: found for all of them at once, in a tenth of the time."""
    given = values.drop_nulls()
    if given.is_empty():
        return True
    lines = np.frombuffer(f"\n{given.str.join(chr(10)).item()}\n".encode(), np.uint8)
    blank = lines <= _SPACE
    if lines.max() > _TILDE or np.count_nonzero(lines < _SPACE) != given.len() + 1:
        return False
    return not bool((blank[1:] & blank[:-1]).any())  # a space beside another, or beside the end of a text


def _clean(text: str) -> str:
    kept = (
        char
        for char in mend_mojibake(text).translate(_INVISIBLE)
        if char.isspace() or unicodedata.category(char) != "Cc"
    )
    return " ".join(unicodedata.normalize("NFC", "".join(kept)).split())


def _fold(text: str) -> str:
    folded = unicodedata.normalize("NFKC", mend_mojibake(text)).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def _fold_ascii(text: str) -> str:
    bare = unicodedata.normalize("NFKD", _fold(mend_mojibake(text).translate(_INVISIBLE))).translate(_STROKES)
    kept = (char for char in bare.translate(_INNER_MARKS) if not unicodedata.combining(char))
    spaced = (char if char.isalnum() else " " for char in kept)
    return " ".join(unicodedata.normalize("NFKC", "".join(spaced)).split())
