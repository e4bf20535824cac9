"""Dates with the month in words of many languages, and with the signs for year, month and day of East Asia."""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms.normalize.month_words import LETTERS, MONTHS, WEEKDAYS

__all__ = ["read_named_dates"]

_WORD: Final = r"(\p{L}[\p{L}\p{M}]+)\.?"
_WEEKDAY: Final = r"(?:([\p{L}\p{M}-]{2,})[.,]{0,2} )?"
_DAY: Final = r"(\d{1,2})(?:\.|er|ere|re|eme|e|o|a|-?ого|-?го|-?е)?"
_YEAR: Final = r"'?(\d{4}|\d{2})(?: ?(?:года|год|г|року|р|roku|rok|god|g|r)\b)?\.?"
_ARTICLE: Final = r"(?:(?:den|der|le|el|il|lo|am|dne|em|al|a) )?"
_OF: Final = r"[-/., ]*(?:(?:de|del|di|do|of|den) |d' ?)?"
_TIME: Final = r"(?:[T, ]+\d{1,2}:\d{2}(?::\d{2})?)?"

#: Each way to write a date, folded, with the names of its groups.
_FORMS: Final[dict[str, list[str]]] = {
    rf"{_WEEKDAY}{_ARTICLE}{_DAY}{_OF}{_WORD}{_OF}{_YEAR}": ["weekday", "day", "word", "year"],
    rf"{_WEEKDAY}{_WORD}[-/., ]*{_DAY},? {_OF}{_YEAR}": ["weekday", "word", "day", "year"],
    rf"(\d{{4}})[-/., ]*(?:m\.? |eko )?{_WORD}[-/. ]*{_DAY}(?: ?d\.?|-?[ae]n)?": ["year", "word", "day"],
    rf"(\d{{4}})\. ?gada {_DAY} ?{_WORD}": ["year", "day", "word"],
    r"(?:ngay )?(\d{1,2})[-/., ]*thang (\d{1,2})[-/., ]*(?:nam )?(\d{4})": ["day", "month", "year"],
    r"(\d{4}) ?年 ?(\d{1,2}) ?月 ?(\d{1,2}) ?[日号號]?": ["year", "month", "day"],
    r"(\d{4}) ?년 ?(\d{1,2}) ?월 ?(\d{1,2}) ?일?": ["year", "month", "day"],
    # without a year
    r"(\d{1,2}) ?月 ?(\d{1,2}) ?[日号號]?": ["month", "day"],
    r"(\d{1,2}) ?월 ?(\d{1,2}) ?일?": ["month", "day"],
    rf"{_ARTICLE}{_DAY}{_OF}{_WORD}": ["day", "word"],
}
_PARTS: Final = ("year", "month", "day", "word", "weekday")


def read_named_dates(texts: pl.Series) -> pl.DataFrame:
    """What dates say whose month is a word: "12. März 1980", "3 de mayo de 1975", "1er janvier 1980", "1980年3月12日".

    The words of a column are taken for one language, the one that most of them are of: "listopad" is November beside
    "styczeń" and October beside "siječanj". Alone it says neither, and the date is not read.

    Args:
        texts: cleaned values of one column.

    Returns:
        `year`, `month` and `day` as digits, same height; null where a text is no such date.
    """
    folded = texts.str.to_lowercase().str.normalize("NFKC")
    bare = folded.str.normalize("NFKD").str.replace_all(r"\p{Mn}", "").str.normalize("NFC")
    bare = bare.str.replace_many(list(LETTERS), list(LETTERS.values()))
    found: dict[str, list[pl.Series]] = {part: [] for part in _PARTS}
    for form, names in _FORMS.items():
        groups = bare.str.extract_groups(f"^{form}{_TIME}$").struct.unnest()
        for name, group in zip(names, groups, strict=True):
            found[name].append(group)
    parts = pl.DataFrame({part: pl.select(pl.coalesce(groups)).to_series() for part, groups in found.items()})
    months = _read_months(parts["word"])
    is_named = pl.col("word").is_null() | (
        pl.col("named").is_not_null() & (pl.col("weekday").is_null() | pl.col("weekday").is_in(WEEKDAYS))
    )
    return parts.with_columns(named=months).select(
        pl.when(is_named).then(value).alias(name)
        for name, value in (("year", pl.col("year")), ("month", pl.coalesce("month", "named")), ("day", pl.col("day")))
    )


def _read_months(words: pl.Series) -> pl.Series:
    """Month of each word as digits, by the column's language, else where all languages agree."""
    table = pl.DataFrame(MONTHS, schema={"lang": pl.String, "word": pl.String, "month": pl.String}, orient="row")
    given = words.drop_nulls().value_counts(name="count").rename({words.name: "word"})
    known = given.join(table, on="word")
    votes = known.group_by("lang").agg(votes=pl.col("count").sum())
    told = (
        known.join(votes, on="lang")
        .filter(pl.col("votes") == pl.col("votes").max().over("word"))
        .group_by("word")
        .agg(month=pl.when(pl.col("month").n_unique() == 1).then(pl.col("month").first()))
    )
    return words.alias("word").to_frame().join(told, on="word", how="left", maintain_order="left")["month"]
