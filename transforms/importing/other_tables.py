"""A second table in a sheet: after an empty row, and perhaps a title, a header row with other columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from transforms.importing.headers import KNOWN_BUT_NOT_TAKEN, HeaderKnowledge, fold_header

__all__ = ["OTHER_TABLES", "find_other_tables", "rows_of_others"]

#: Grain: one row per table that is not the sheet's. row_number of its first row, the header or its title, and of its
#: last, which is beyond every row where it reaches to the end of the sheet; its columns, or null for a title alone,
#: above the sheet's own header again.
OTHER_TABLES: Final = {"first_row": pl.Int64, "last_row": pl.Int64, "columns": pl.String}

#: What a person's cell holds and a column's name does not.
_PERSONAL: Final = r"@|\d{3}"
_LEAST: Final = 2
_KNOWN: Final = 0.75
_BEYOND: Final = 2**63 - 1


def find_other_tables(candidates: pl.DataFrame, header: Sequence[str], knowledge: HeaderKnowledge) -> pl.DataFrame:
    """The other tables of a sheet. Each reaches to the next header, which may be the sheet's own again.

    Under the sheet's columns their rows would be people made of others' cells.

    Args:
        candidates: row_number, and cells as columns "0", "1" …, of the rows that follow an empty one, and of those
            right behind them, in their order.
        header: the sheet's own columns.
        knowledge: reference tables of headers.

    Returns:
        OTHER_TABLES.
    """
    cells = pl.exclude("row_number", "title")
    filled = pl.sum_horizontal((cells.str.strip_chars() != "").fill_null(False))
    personal = pl.any_horizontal(cells.str.contains(_PERSONAL).fill_null(False))
    own = [fold_header(name) for name in header]
    number = pl.col("row_number")
    is_behind = number == number.shift(1) + 1
    is_title = ((filled == 1) & ~personal).shift(1) & is_behind
    headers = candidates.with_columns(title=is_title.fill_null(False)).filter(
        (filled >= _LEAST) & ~personal & (pl.col("title") | ~is_behind.fill_null(False))
    )
    starts: list[tuple[int, str | None, int]] = []  # the first row, columns that are not the sheet's, the header's row
    for row_number, *texts, has_title in headers.rows():
        names = [(text or "").strip() for text in texts]
        given = [(fold_header(name), at) for at, name in enumerate(names) if name]
        if all(at < len(own) and own[at] == name for name, at in given):
            starts.append((row_number - has_title, None, row_number))
        elif _are_columns([name for name in names if name], knowledge):
            starts.append((row_number - has_title, ", ".join(name for name in names if name), row_number))
    ends = [first - 1 for first, *_ in starts[1:]] + [_BEYOND] * bool(starts)
    tables = [
        (first, last if names else header_row - 1, names)
        for (first, names, header_row), last in zip(starts, ends, strict=True)
        if names or first < header_row
    ]
    return pl.DataFrame(tables, schema=OTHER_TABLES, orient="row")


def rows_of_others(rows: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """The rows that are of other tables, with the columns of OTHER_TABLES beside them.

    Args:
        rows: row_number and more.
        others: OTHER_TABLES.
    """
    number = pl.col("row_number")
    return rows.join_where(others, number >= pl.col("first_row"), number <= pl.col("last_row")).sort("row_number")


def _are_columns(names: Sequence[str], knowledge: HeaderKnowledge) -> bool:
    """Whether texts are names of columns: most are known, the first among them, and some say what a contact has."""
    if len({name.casefold() for name in names}) < len(names):
        return False
    vocabulary = knowledge.vocabulary(knowledge.find_language(names))
    guesses = [vocabulary.guess(name) for name in names]
    known = [guess for guess in guesses if guess]
    taken = sum(guess.attribute_type != KNOWN_BUT_NOT_TAKEN for guess in known)
    return guesses[0] is not None and taken >= _LEAST and len(known) >= _KNOWN * len(names)
