"""The attribute model's own rules: equal values once, one primary, one live value of a singular attribute."""

from __future__ import annotations

from functools import reduce
from operator import xor
from typing import Final, Literal

import numpy as np
import polars as pl

__all__ = ["fill_labels", "repeats", "resolve_values", "write_addresses"]

_KIND: Final = ("attribute_def", "is_partner")
_MERGED: Final = ("label", "is_primary", "columns")  # what equal values give to the first of them


def resolve_values(
    values: pl.DataFrame,
    defs: pl.DataFrame,
    *,
    singular: Literal["first", "last"] = "last",
    as_documented: bool = False,
    contact: str = "contact_id",
) -> pl.DataFrame:
    """Settle what the values of each contact mean together.

    Equal values of one contact collapse into the first, which takes their columns, a missing label and a primary flag.
    An address without label gets the first label of its definition (SPEC EA9, A-EA7). Of a singular attribute one
    value stays live, the others are marked superseded (SPEC EA4, A-EA6). At most one value is primary per contact,
    definition and partner flag, the last one marked (SPEC EA5, A-EA1).

    Args:
        values: columns of staging.attributes, of which lineage is not needed; all values of a contact must be in one
            call.
        defs: core.attribute_defs.
        singular: which value of a singular attribute stays live: the last in input order (SPEC A-EA6), or the first,
            as for columns of one row (SPEC A-IM1).
        as_documented: two values marked primary in one request, also the contact's own and the partner's, are both
            left unmarked, as one example shows (SPEC EA6).
        contact: column that tells contacts apart; for the values of one sheet, row_number does.

    Returns:
        The same columns, in the order of contact and position as they came.
    """
    whose = (contact, *_KIND)
    who = _digest(values, whose)
    repeats, told = _collapse_equal(values, who, whose)
    if repeats is not None:
        values, who = values.with_columns(told).filter(~repeats), who.filter(~repeats)
    frame = fill_labels(values, defs)
    frame = _supersede(frame, who, whose, defs, singular)
    return _settle_primary(frame, whose, as_documented)


def _collapse_equal(
    values: pl.DataFrame, who: pl.Series, whose: tuple[str, ...]
) -> tuple[pl.Series | None, pl.DataFrame]:
    """Which rows repeat an earlier equal value of their contact (None: none does), and what all rows tell then.

    A null value equals none.

    Args:
        values: the values.
        who: `_digest` of `whose`.
        whose: columns that a contact's values of one definition and partner flag share.
    """
    equal = _find_equal(values, who, whose)
    if equal.is_empty():
        return None, values.select(_MERGED)
    merged = (
        values.select(_MERGED)[equal["_row"]]
        .with_columns(equal["_group"])
        .group_by("_group", maintain_order=True)
        .agg(
            pl.col("label").drop_nulls().first(),
            pl.col("is_primary").any(),
            pl.col("columns").list.explode().unique(maintain_order=True).drop_nulls(),
        )
    )
    told = _put(values.select(_MERGED), merged["_group"], merged.select(_MERGED))
    return _mark(equal.filter(pl.col("_row") != pl.col("_group"))["_row"], values.height), told


def _find_equal(values: pl.DataFrame, who: pl.Series, whose: tuple[str, ...]) -> pl.DataFrame:
    """_row and _group (the first row of the group) of values that a contact has more than once."""
    same = values.select(_same=pl.coalesce("match_key", "text"))
    is_address = values["attribute_type"] == "address"
    if is_address.any():
        texts = write_addresses(values["address"].filter(is_address)).to_frame("_same")
        same = _put(same, is_address.arg_true(), texts)
    # few values repeat: finding the suspects by a hash costs a fraction of grouping all of them
    digest = who ^ same["_same"].hash(len(whose))
    is_suspect = repeats(digest) & same["_same"].is_not_null()
    key = (*whose, "_same", "_is_address")
    suspects = (
        values.select(*whose, "position", same["_same"], is_address.alias("_is_address"))
        .with_row_index("_row")
        .filter(is_suspect)
        .sort(whose[0], "position")
    )
    grouped = suspects.with_columns(_group=pl.col("_row").first().over(key), _size=pl.len().over(key))
    return grouped.filter(pl.col("_size") > 1).select("_row", "_group")


def _digest(frame: pl.DataFrame, key: tuple[str, ...]) -> pl.Series:
    """A number per row that rows with the same key share, and few others."""
    hashes = [pl.col(name).hash(seed) for seed, name in enumerate(key)]
    return frame.select(reduce(xor, hashes).alias("digest")).to_series()


def repeats(digest: pl.Series) -> pl.Series:
    """Whether a number is there more than once: sorting takes a quarter of the time that counting each takes."""
    ordered = np.sort(digest.to_numpy())
    repeated = pl.Series(ordered[1:][ordered[1:] == ordered[:-1]])
    return digest.is_in(repeated.implode())


def write_addresses(addresses: pl.Series) -> pl.Series:
    """The parts of each address as one text, those that no address has left out; null for no address."""
    parts = addresses.struct.unnest()
    given = [pl.col(name).fill_null("") for name in parts.columns if parts[name].null_count() < parts.height]
    texts = pl.concat_str(given or [pl.lit("")], separator="\x1f")
    return parts.select(pl.when(addresses.is_not_null()).then(texts)).to_series()


def fill_labels(values: pl.DataFrame, defs: pl.DataFrame) -> pl.DataFrame:
    """Values with the first label of their definition where an address has none (SPEC EA9, A-EA7).

    Args:
        values: attribute_def, label.
        defs: core.attribute_defs.
    """
    first = defs.filter(pl.col("data_type") == "address").select(
        "attribute_def", _default=pl.col("labels").list.first()
    )
    is_open = values["label"].is_null() & values["attribute_def"].is_in(first["attribute_def"].implode())
    default = pl.col("attribute_def").replace_strict(
        first["attribute_def"], first["_default"], default=None, return_dtype=pl.String
    )
    defaults = values.filter(is_open).select(default.alias("label"))
    return values.with_columns(_put(values.select("label"), is_open.arg_true(), defaults))


def _supersede(
    values: pl.DataFrame,
    who: pl.Series,
    whose: tuple[str, ...],
    defs: pl.DataFrame,
    singular: Literal["first", "last"],
) -> pl.DataFrame:
    """Marks every value of a singular attribute but the live one."""
    ids = defs.filter(pl.col("is_singular"))["attribute_def"]
    live = (values["attribute_def"].is_in(ids.implode()) & ~values["is_superseded"]).arg_true()
    suspects = live.filter(repeats(who[live]))
    if suspects.is_empty():
        return values
    repeated = values.select(*whose, "position")[suspects].with_columns(suspects.alias("_row"))
    grouped = repeated.sort("position", maintain_order=True, descending=singular == "last")
    winners = grouped.unique(whose, keep="first")
    losers = repeated.join(winners, on="_row", how="anti")["_row"]
    return values.with_columns(is_superseded=pl.col("is_superseded") | _mark(losers, values.height))


def _settle_primary(values: pl.DataFrame, whose: tuple[str, ...], as_documented: bool) -> pl.DataFrame:
    """At most one primary per contact, definition and partner flag; a superseded value is none."""
    wanted = (values["is_primary"] & ~values["is_superseded"]).arg_true()
    marked = values.select(*whose, "position")[wanted].with_columns(wanted.alias("_row"))
    if as_documented:
        kept = marked.filter(pl.len().over(whose[:2]) == 1)
    else:
        kept = marked.sort("position", maintain_order=True).unique(whose, keep="last")
    return values.with_columns(is_primary=_mark(kept["_row"], values.height))


def _put(frame: pl.DataFrame, rows: pl.Series, others: pl.DataFrame) -> pl.DataFrame:
    """The frame with other rows at some places; gathering both anew takes five times as long, for lists above all."""
    places = np.zeros(frame.height, dtype=np.uint32)
    places[rows.to_numpy()] = np.arange(others.height)
    is_other = _mark(rows, frame.height)
    spread = others.select(pl.all().gather(pl.select(pl.when(is_other).then(places)).to_series()))
    return frame.select(pl.when(is_other).then(spread[name]).otherwise(name).alias(name) for name in frame.columns)


def _mark(rows: pl.Series, height: int) -> pl.Series:
    """Boolean series that is true at some rows."""
    marks = np.zeros(height, dtype=bool)
    marks[rows.to_numpy()] = True
    return pl.Series(marks)
