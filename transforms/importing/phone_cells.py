"""Several phone numbers in one cell, as people write them: where one ends and the next begins."""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms.importing.phone_labels import PHONE_WORDS

__all__ = ["mark_phones", "may_be_several"]

_MARKS: Final = r"(?i)\s*(?::::|[;|\r\n]|\bor\b)\s*"
#: What may stand between two numbers, of which none has fewer digits than these together: found much faster than the
#: numbers are.
_BETWEEN: Final = r"(?i)[/,&]|\band\b|\d[\s,(\[]+[a-z].*\d"
_FEWEST_DIGITS: Final = 12
_EXTENSION: Final = r"(?i)[\s,]*(?:ext(?:ension)?|x|#)[.:\s]*\d{1,6}\s*$"
_NUMBER: Final = r"\d(?:\D{0,4}\d){6,}"
_AND: Final = r"\s*(?:[,&]|\band\b)\s*"
_BY_AND: Final = rf"(?i){_NUMBER}.*{_AND}.*{_NUMBER}"
#: A slash stands behind an area code as well ("0371 / 99 88 77"), so that each part must be a whole number.
_SLASHED: Final = r"[^/]*\d(?:[^\d/]*\d){6}[^/]*"
_BY_SLASH: Final = rf"^{_SLASHED}(?:/{_SLASHED})+$"
_SPACED: Final = r"(?:(?:[^/\d]|\S/\S)*\d){7}(?:[^/]|\S/\S)*"
_BY_SPACED_SLASH: Final = rf"^{_SPACED}(?:\s/\s{_SPACED})+$"
_APART: Final = {_BY_AND: rf"(?i){_AND}", _BY_SPACED_SLASH: r"\s+/\s+", _BY_SLASH: r"\s*/\s*"}
#: "775-555-0112/0113" and "775-555-0112 & 13": the second one begins as the first does.
_STEM: Final = r"^(\+?1?[\s.-]*\(?\d{3}\)?[\s.-]*\d{3}[\s.-]*)"
_SHARED_STEMS: Final = {
    rf"{_STEM}(\d{{4}})\s*[/&]\s*(\d{{4}})$": "${1}${2}\x1f${1}${3}",
    rf"{_STEM}(\d\d)(\d\d)\s*[/&]\s*(\d\d)$": "${1}${2}${3}\x1f${1}${2}${4}",
}
#: "c 404-555-0101 h 404-555-0102", and the same with each word behind its number.
_WORD: Final = rf"[(\[]?(?:{PHONE_WORDS})[)\]]?"
_WORD_FIRST: Final = rf"(?i)^\s*{_WORD}[\s.:#=-]+[(+\d]"
_BEFORE_WORD: Final = rf"(?i)(\d)[\s,]+({_WORD}[\s.:#=-]+[(+]*\d(?:\D{{0,3}}\d){{5}})"
_WORD_LAST: Final = rf"(?i)^[\s(+]*\d.*\d[\s-]*{_WORD}\.?\s*$"
_BEHIND_WORD: Final = rf"(?i)(\d[\s-]*{_WORD})[\s,]+([(+]*\d(?:\D{{0,3}}\d){{5}})"


def may_be_several(text: pl.Expr) -> pl.Expr:
    """Whether a cell may hold several numbers; all others are left as they are."""
    has_digits = text.str.replace(_EXTENSION, "").str.count_matches(r"\d") >= _FEWEST_DIGITS
    return text.str.contains(_MARKS) | (text.str.contains(_BETWEEN) & has_digits)


def mark_phones(text: pl.Expr, mark: str) -> pl.Expr:
    """Texts with `mark` wherever another number begins; what two numbers share is in both."""
    marked = text.str.replace_all(_MARKS, mark)
    for pattern, apart in _SHARED_STEMS.items():
        marked = marked.str.replace(pattern, apart.replace("\x1f", mark))
    for is_so, sign in _APART.items():
        marked = _replace_where(is_so, marked, sign, mark)
    marked = _replace_where(_WORD_FIRST, marked, _BEFORE_WORD, f"${{1}}{mark}${{2}}")
    return _replace_where(_WORD_LAST, marked, _BEHIND_WORD, f"${{1}}{mark}${{2}}")


def _replace_where(is_so: str, text: pl.Expr, pattern: str, by: str) -> pl.Expr:
    return pl.when(text.str.contains(is_so)).then(text.str.replace_all(pattern, by)).otherwise(text)
