"""Text as it is published, and text as it is compared."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import polars as pl

from transforms.normalize.distinct import map_distinct
from transforms.normalize.mojibake import mend_mojibake

__all__ = ["clean_text", "fold_ascii", "fold_text", "is_junk"]

#: Anything beyond printable ASCII: only there do Python's and Polars' ideas of case and space differ.
_ODD = r"[^\x20-\x7e]"
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
    bare = pl.col("value").str.to_lowercase().str.replace_all(r"['`.]", "").str.replace_all(r"[^a-z0-9]+", " ")
    return _apply(values, bare, _fold_ascii)


def is_junk(values: pl.Series, junk: frozenset[str]) -> pl.Series:
    """Whether a text stands for nothing, such as "n/a"; `junk` holds folded texts. Null and blank are not junk."""
    return fold_text(values).is_in(sorted(junk)).fill_null(False).alias(values.name)


def _apply(values: pl.Series, plain: pl.Expr, slow: Callable[[str], str]) -> pl.Series:
    """An expression for printable ASCII, a function for each other distinct text; then spaces and blanks settled."""
    odd = values.str.contains(_ODD).fill_null(False)
    frame = pl.DataFrame({"value": values, "odd": odd})
    if odd.any():
        frame = frame.with_columns(slow=map_distinct(values, slow, pl.String, where=odd))
        plain = pl.when("odd").then("slow").otherwise(plain)
    settled = plain.str.replace_all(r" {2,}", " ").str.strip_chars(" ")
    return frame.select(pl.when(settled != "").then(settled).alias(values.name)).to_series()


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
