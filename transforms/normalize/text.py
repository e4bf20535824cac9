"""Text as it is published, and text as it is compared."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import numpy as np
import polars as pl
import pyarrow as pa

from transforms.normalize.distinct import map_distinct
from transforms.normalize.mojibake import mend_mojibake

__all__ = ["clean_and_fold", "clean_text", "fold_ascii", "fold_text", "is_junk", "is_tidy", "lower_ascii"]

#: Anything beyond printable ASCII: only there do Python's and Polars' ideas of case and space differ.
_ODD = r"[^\x20-\x7e]"
#: What `fold_ascii` takes out of plain texts in lower case; most columns have none of it.
_MARK = "[^a-z0-9 ]"
#: Odd, blank, or with spaces that are one too many.
_ROUGH = rf"{_ODD}|^ | $|  |^$"
_SPACE, _TILDE = 0x20, 0x7E
_FEW = 50  # texts that one by one take less time than the expressions that many go through
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
    return values if _find_tidy(values) is not None else _mend(values, pl.col("value"), _clean)


def fold_text(values: pl.Series) -> pl.Series:
    """Form in which texts are compared: NFKC, casefold, trimmed, inner spaces collapsed; blank is null (SPEC A-C8)."""
    return clean_and_fold(values)[1]


def clean_and_fold(values: pl.Series) -> tuple[pl.Series, pl.Series]:
    """`clean_text` and `fold_text` of the same texts, looked at once."""
    tidy = _find_tidy(values)
    if tidy is not None:
        return values, _lower(tidy).alias(values.name)
    return _mend(values, pl.col("value"), _clean), _mend(values, pl.col("value").str.to_lowercase(), _fold)


def lower_ascii(values: pl.Series) -> pl.Series:
    """Letters of ASCII in lower case, others as they are, in a third of the time that letters of any kind take."""
    return _lower(values.to_arrow(compat_level=pl.CompatLevel.oldest())).alias(values.name)


def is_tidy(values: pl.Series) -> bool:
    """Whether all texts are printable ASCII without a space too many, and none is blank: surely clean as they are."""
    return _find_tidy(values) is not None


def fold_ascii(values: pl.Series) -> pl.Series:
    """Form for matching: as `fold_text`, without accents and punctuation; a text of marks alone is null.

    Letters of other scripts stay as they are. Apostrophes and dots vanish, other marks become one space.
    """
    tidy = _find_tidy(values)
    if tidy is None:
        return _mend(values, _drop_marks(pl.col("value").str.to_lowercase()), _fold_ascii).replace("", None)
    lowered = _lower(tidy).alias(values.name)
    if not lowered.str.contains(_MARK).any():
        return lowered
    return lowered.to_frame().select(_drop_marks(pl.col(values.name)).replace("", None)).to_series()


def is_junk(values: pl.Series, junk: frozenset[str], folded: pl.Series | None = None) -> pl.Series:
    """Whether a text stands for nothing, such as "n/a". Null and blank are not junk.

    Args:
        values: the texts.
        junk: folded texts.
        folded: `fold_text` of the values, if it is known.
    """
    if not junk:
        return pl.Series(values.name, np.zeros(values.len(), bool))
    texts = fold_text(values) if folded is None else folded
    return texts.is_in(pl.Series(sorted(junk)).implode()).fill_null(False).alias(values.name)


def _drop_marks(lowered: pl.Expr) -> pl.Expr:
    """Plain texts without marks; no two spaces are left."""
    return lowered.str.replace_all(r"['`.]", "").str.replace_all(r"[^a-z0-9]+", " ").str.strip_chars(" ")


def _mend(values: pl.Series, plain: pl.Expr, slow: Callable[[str], str]) -> pl.Series:
    """An expression for texts that are not rough; for the others, a function of each distinct one or the expression.

    The function says the same of any text.
    """
    if values.len() <= _FEW:
        return pl.Series(values.name, [None if text is None else slow(text) or None for text in values], pl.String)
    quick = values.to_frame("value").select(plain.alias(values.name)).to_series()
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


def _find_tidy(values: pl.Series) -> pa.Array | None:
    """The texts one behind the other unless one is rough: all are looked at at once, and most columns have none."""
    texts = values.to_arrow(compat_level=pl.CompatLevel.oldest())
    given = texts.drop_null()
    if not len(given):
        return texts
    _, offsets, data = given.buffers()
    ends = np.frombuffer(offsets, np.int64)[given.offset :][: len(given) + 1]
    starts, ends = ends[:-1], ends[1:]
    letters = np.frombuffer(data, np.uint8)[: ends[-1]] if data else np.empty(0, np.uint8)
    written = letters[starts[0] :]
    if (starts == ends).any() or written.min() < _SPACE or written.max() > _TILDE:
        return None
    blank = letters == _SPACE
    # a space beside another, or at either end of a text
    is_rough = (blank[1:] & blank[:-1]).any() or blank[starts].any() or blank[ends - 1].any()
    return None if is_rough else texts


def _lower(texts: pa.Array) -> pl.Series:
    import pyarrow.compute as pc  # takes a command that only shows something a fifteenth of a second

    return pl.Series(values=pc.ascii_lower(texts), dtype=pl.String)


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
