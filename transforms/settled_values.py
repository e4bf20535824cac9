"""What rows of newer contact files do to the values of the contacts they update (SPEC A-IM2)."""

from __future__ import annotations

from functools import reduce
from operator import xor
from typing import Final

import polars as pl

__all__ = ["find_repeating_rows", "settle_values"]

_EMPTY = pl.lit(0, pl.UInt64)  # the number of an empty text, and of a word that is not said
_TIMES: Final = 1 << 20  # more moments than files have


def settle_values(values: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Settle which values of updated contacts stand, and which are primary.

    A value is new, or repeats the one that stands. A singular one tells its value, one of many its label; one of an
    older file (a backfill), or that an import gave to all its rows, only fills what is empty. The last one marked
    primary is primary.

    Args:
        values: all values of some contacts, superseded ones left out: row (a number), contact (a number),
            update_number (0 for the row that made the contact), position, attribute_def, is_partner, is_singular,
            label, is_primary, is_given (it stood in a cell), created_at, and `same`, which values share that are one.

    Returns:
        Values that are otherwise than is usual for their row (core.attribute_updates): row, row_position, is_primary,
        deleted_at; and `row` of the updates that brought something: a new value, or another primary one.
    """
    owner = [pl.col(name).hash(seed) for seed, name in enumerate(("contact", "attribute_def", "is_partner"))]
    placed = values.with_columns(
        owner=reduce(xor, owner),
        same=_number("same"),
        label=_number("label"),
        moment=pl.col("created_at").rank("dense").cast(pl.Int64),
    ).with_columns(
        slot=pl.when("is_singular").then(pl.lit(None, pl.UInt64)).otherwise("same"),
        tells=pl.when("is_singular").then("same").otherwise("label"),
    )
    judged = _find_repeats(placed.sort("owner", "slot", "update_number", "position"))
    marked = judged.filter("is_primary").sort("owner", "update_number", "position")
    starred = marked.select("owner", starred="same").unique("owner", keep="last", maintain_order=True)
    ended = judged.join(starred, on="owner", how="left").with_columns(
        was_primary="is_primary",
        is_primary=(pl.col("deleted_at").is_null() & (pl.col("same") == pl.col("starred"))).fill_null(False),
    )
    is_update = pl.col("update_number") > 0
    is_unusual = (
        pl.when(is_update)
        .then(pl.col("deleted_at").ne_missing(pl.col("created_at")))
        .otherwise(pl.col("deleted_at").is_not_null() | (pl.col("is_primary") != pl.col("was_primary")))
    )
    others = ended.filter(is_unusual).select("row", "is_primary", "deleted_at", row_position="position")
    before = pl.col("same").shift().over("owner")
    told = [
        judged.filter(is_update & ~pl.col("is_repeat")).select("row"),
        marked.filter(is_update.and_(pl.col("same").ne_missing(before))).select("row"),
    ]
    return others, pl.concat(told).unique().sort("row")


def _find_repeats(placed: pl.DataFrame) -> pl.DataFrame:
    """The same rows with is_repeat, and deleted_at: at once for a repeat, else when the next new value came.

    What is one after the other in a slot stands one after the other in the frame.
    """
    is_first = _differs_from_before("owner") | _differs_from_before("slot")
    slots = placed.with_columns(is_first=is_first).with_columns(place=pl.col("is_first").cum_sum().cast(pl.Int64))
    newest = (pl.col("place") * _TIMES + pl.col("moment")).cum_max() - pl.col("place") * _TIMES
    tells_now = pl.col("is_given") & (pl.col("moment") >= newest)
    word = pl.when("is_first").then(pl.col("tells").fill_null(_EMPTY)).when(tells_now).then("tells")
    told = slots.with_columns(word=word).with_columns(before=pl.col("word").forward_fill().shift())
    is_repeat = ~pl.col("is_first") & (pl.col("word").is_null() | (pl.col("word") == pl.col("before")))
    judged = told.with_columns(is_repeat=is_repeat).with_row_index("number")
    news = judged.filter(~pl.col("is_repeat")).select(
        "number", ended=pl.when(pl.col("place").shift(-1) == pl.col("place")).then(pl.col("created_at").shift(-1))
    )
    return judged.join(news, on="number", how="left", maintain_order="left").with_columns(
        deleted_at=pl.when("is_repeat").then("created_at").otherwise("ended")
    )


def _differs_from_before(name: str) -> pl.Expr:
    is_other = pl.col(name).ne_missing(pl.col(name).shift())
    return is_other | (pl.int_range(pl.len()) == 0)


def _number(name: str) -> pl.Expr:
    """A hash of 64 bits in the place of a text, null for none: finding numbers by value costs ten times as much."""
    text = pl.col(name)
    return pl.when(text == "").then(_EMPTY).when(text.is_not_null()).then(text.hash())


def find_repeating_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """`contact` of the contacts whose newest rows only repeat the row before each.

    Such a row changes nothing, provided that no earlier row is of a later time.

    Args:
        rows: contact (a number), update_number, content, created_at; of each contact the newest row that was settled
            before, with the latest time of all of those as newest_at, and all after it.
    """
    content, moment = pl.col("content"), pl.col("created_at")
    is_first = pl.col("contact").ne_missing(pl.col("contact").shift())
    is_repeat = (content == content.shift()) & (moment >= moment.shift())
    repeats = pl.when(is_first).then(moment >= pl.col("newest_at")).otherwise(is_repeat).fill_null(False)
    judged = rows.sort("contact", "update_number").select("contact", repeats=repeats)
    others = judged.filter(~pl.col("repeats")).select("contact").unique()
    return judged.select("contact").unique().join(others, on="contact", how="anti")
