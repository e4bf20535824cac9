"""A second table in a sheet: after an empty row, a header row with other columns than the sheet's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from transforms.importing.headers import KNOWN_BUT_NOT_TAKEN, HeaderKnowledge, fold_header

__all__ = ["OTHER_TABLES", "find_other_tables", "rows_of_others"]

#: Grain: one row per table that is not the sheet's. row_number of its first row, the header, and of its last, which is
#: beyond every row where it reaches to the end of the sheet; its columns.
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
        candidates: row_number, and cells as columns "0", "1" …, of the rows that follow an empty one, in their order.
        header: the sheet's own columns.
        knowledge: reference tables of headers.

    Returns:
        OTHER_TABLES.
    """
    cells = pl.exclude("row_number")
    filled = pl.sum_horizontal((cells.str.strip_chars() != "").fill_null(False))
    personal = pl.any_horizontal(cells.str.contains(_PERSONAL).fill_null(False))
    own = [fold_header(name) for name in header]
    starts: list[tuple[int, str | None]] = []
    for row_number, *texts in candidates.filter((filled >= _LEAST) & ~personal).rows():
        names = [(text or "").strip() for text in texts]
        given = [(fold_header(name), at) for at, name in enumerate(names) if name]
        if all(at < len(own) and own[at] == name for name, at in given):
            starts.append((row_number, None))
        elif _are_columns([name for name in names if name], knowledge):
            starts.append((row_number, ", ".join(name for name in names if name)))
    ends = [row_number - 1 for row_number, _ in starts[1:]] + [_BEYOND] * bool(starts)
    tables = [(first, last, names) for (first, names), last in zip(starts, ends, strict=True) if names is not None]
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
