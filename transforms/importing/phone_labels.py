"""What a phone number is, said in its cell: "c: 404-555-0101 / h: 404-555-0102", "404-555-0101 (cell)"."""

from __future__ import annotations

from typing import Final

import polars as pl

__all__ = ["PHONE_WORDS", "find_phone_labels"]

_LABELS: Final = {
    "c": "Mobile", "cell": "Mobile", "cellular": "Mobile", "m": "Mobile", "mob": "Mobile", "mobile": "Mobile",
    "h": "Home", "hm": "Home", "home": "Home", "res": "Home", "residence": "Home",
    "w": "Work", "wk": "Work", "work": "Work", "b": "Business", "bus": "Business", "business": "Business",
    "o": "Office", "ofc": "Office", "off": "Office", "office": "Office",
    "f": "Fax", "fax": "Fax", "main": "Main", "pager": "Pager",
}  # fmt: skip
#: The words as alternatives of a pattern, the longest first.
PHONE_WORDS: Final = "|".join(sorted(_LABELS, key=len, reverse=True))
_BEFORE: Final = rf"(?i)^[\s(\[]*({PHONE_WORDS})[\s).:\]#=-]+[+(\d]"
_LONG_WORDS: Final = "|".join(word for word in _LABELS if len(word) > 2)
_BEHIND: Final = rf"(?i)\d[\s,-]*(?:[(\[]\s*({PHONE_WORDS})\s*[)\]]|\s({_LONG_WORDS}))\.?\s*$"


def find_phone_labels(values: pl.Series) -> pl.Series:
    """The label that each text gives its number; null where it gives none."""
    frame = pl.DataFrame({"text": values})
    word = pl.coalesce(
        pl.col("text").str.extract(_BEFORE, 1),
        pl.col("text").str.extract(_BEHIND, 1),
        pl.col("text").str.extract(_BEHIND, 2),
    ).str.to_lowercase()
    label = word.replace_strict(_LABELS, default=None, return_dtype=pl.String)
    return frame.select(label=pl.when(pl.col("text").str.contains(r"[A-Za-z]")).then(label))["label"]
