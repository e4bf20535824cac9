"""Rows of values: in the order of their contacts, and worked on once for each distinct text."""

from __future__ import annotations

import polars as pl

from transforms.normalize.distinct import of_distinct
from transforms.normalize.text import fold_ascii

__all__ = ["TEXT_LIMIT", "first_of_each", "fold_distinct", "in_order", "is_distinct", "sort_values"]

TEXT_LIMIT = 256  # characters: one absurd value must not cost a minute of comparing


def in_order(rows: pl.DataFrame) -> pl.DataFrame:
    """contact, value: each once, in the order of the contact's values."""
    kept = sort_values(rows.drop_nulls("value"), ["value"]).drop("position")
    single = is_distinct(kept, ["contact"])
    return kept if single else kept.unique(["contact", "value"], keep="first", maintain_order=True)


def sort_values(rows: pl.DataFrame, ties: list[str]) -> pl.DataFrame:
    """By contact and position; texts are slow to sort, and looked at only where two values have one position.

    Values mostly come in this order.
    """
    later = (pl.col("contact") > pl.col("contact").shift()) | (
        (pl.col("contact") == pl.col("contact").shift()) & (pl.col("position") > pl.col("position").shift())
    )
    if rows.select(later.all()).item():
        return rows
    ordered = rows.sort("contact", "position")
    return ordered if is_distinct(ordered, ["contact", "position"]) else rows.sort("contact", "position", *ties)


def first_of_each(rows: pl.DataFrame) -> pl.DataFrame:
    """Of rows in the order of their contacts the first of each contact."""
    return rows.filter(pl.col("contact").ne_missing(pl.col("contact").shift()))


def is_distinct(ordered: pl.DataFrame, columns: list[str]) -> bool:
    """Whether no row repeats the one before in these columns."""
    again = ordered.select(pl.all_horizontal(pl.col(name) == pl.col(name).shift() for name in columns).any())
    return not again.item()


def fold_distinct(values: pl.Series) -> pl.Series:
    """Texts as matching compares them, cut to a length that can be compared."""
    return of_distinct(values, lambda distinct: fold_ascii(distinct.str.slice(0, TEXT_LIMIT))).alias(values.name)
