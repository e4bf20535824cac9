"""The attribute model's own rules: equal values once, one primary, one live value of a singular attribute."""

from __future__ import annotations

from functools import reduce
from operator import xor
from typing import Final, Literal

import numpy as np
import polars as pl

__all__ = ["resolve_values"]

_CONTACT: Final = ("contact_id", "attribute_def", "is_partner")
_PLACE: Final = ("contact_id", "position")
_MERGED: Final = ("label", "is_primary", "columns")  # what equal values give to the first of them


def resolve_values(
    values: pl.DataFrame,
    defs: pl.DataFrame,
    *,
    singular: Literal["first", "last"] = "last",
    as_documented: bool = False,
) -> pl.DataFrame:
    """Settle what the values of each contact mean together.

    Equal values of one contact collapse into the first, which takes their columns, a missing label and a primary flag.
    An address without label gets the first label of its definition (SPEC EA9, A-EA7). Of a singular attribute one
    value stays live, the others are marked superseded (SPEC EA4, A-EA6). At most one value is primary per contact,
    definition and partner flag, the last one marked (SPEC EA5, A-EA1).

    Args:
        values: staging.attributes; all values of a contact must be in one call.
        defs: core.attribute_defs.
        singular: which value of a singular attribute stays live: the last in input order (SPEC A-EA6), or the first,
            as for columns of one row (SPEC A-IM1).
        as_documented: two values marked primary in one request, also the contact's own and the partner's, are both
            left unmarked, as one example shows (SPEC EA6).

    Returns:
        The same columns, in the order of contact and position as they came.
    """
    frame = _collapse_equal(values)
    frame = _fill_labels(frame, defs)
    frame = _supersede(frame, defs, singular)
    return _settle_primary(frame, as_documented).select(values.columns)


def _collapse_equal(values: pl.DataFrame) -> pl.DataFrame:
    """One row per equal value of a contact, definition and partner flag; a null value equals none."""
    equal = _find_equal(values)
    if equal.is_empty():
        return values
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
    # only what merging changes is put together anew: gathering whole rows costs ten times as much
    places = np.arange(values.height)
    places[merged["_group"].to_numpy()] = values.height + np.arange(merged.height)
    told = pl.concat([values.select(_MERGED), merged.select(_MERGED)])[places]
    repeats = equal.filter(pl.col("_row") != pl.col("_group"))["_row"]
    return values.with_columns(told).filter(~_mark(repeats, values.height))


def _find_equal(values: pl.DataFrame) -> pl.DataFrame:
    """_row and _group (the first row of the group) of values that a contact has more than once."""
    keyed = values.select("position", *_CONTACT, _same=pl.coalesce("match_key", "text")).with_row_index("_row")
    is_address = values["attribute_type"] == "address"
    frames = [keyed.filter(~is_address)]
    if is_address.any():
        texts = _address_texts(values.filter(is_address)["address"])
        frames.append(keyed.filter(is_address).with_columns(_same=texts))
    return pl.concat([_find_repeated(frame) for frame in frames])


def _find_repeated(keyed: pl.DataFrame) -> pl.DataFrame:
    """_row and _group of rows of which another has the same key and the same text, in the order of their places."""
    key = (*_CONTACT, "_same")
    # few values repeat: finding the suspects by a hash costs a fraction of grouping all of them
    digest = _digest(keyed, key)
    suspects = keyed.filter(digest.is_duplicated() & keyed["_same"].is_not_null()).sort(*_PLACE)
    grouped = suspects.with_columns(_group=pl.col("_row").first().over(key), _size=pl.len().over(key))
    return grouped.filter(pl.col("_size") > 1).select("_row", "_group")


def _digest(frame: pl.DataFrame, key: tuple[str, ...]) -> pl.Series:
    """A number per row that rows with the same key share, and few others."""
    hashes = [pl.col(name).hash(seed) for seed, name in enumerate(key)]
    return frame.select(reduce(xor, hashes).alias("digest")).to_series()


def _address_texts(addresses: pl.Series) -> pl.Series:
    """The parts of each address as one text, those that no address has left out; null for no address."""
    parts = addresses.struct.unnest()
    given = [pl.col(name).fill_null("") for name in parts.columns if parts[name].null_count() < parts.height]
    texts = pl.concat_str(given or [pl.lit("")], separator="\x1f")
    return parts.select(pl.when(addresses.is_not_null()).then(texts)).to_series()


def _fill_labels(values: pl.DataFrame, defs: pl.DataFrame) -> pl.DataFrame:
    first = defs.filter(pl.col("data_type") == "address").select(
        "attribute_def", _default=pl.col("labels").list.first()
    )
    is_open = values["label"].is_null() & values["attribute_def"].is_in(first["attribute_def"].implode())
    default = pl.col("attribute_def").replace_strict(
        first["attribute_def"], first["_default"], default=None, return_dtype=pl.String
    )
    defaults = values.filter(is_open).select(default).to_series()
    places = np.arange(values.height)
    places[is_open.to_numpy()] = values.height + np.arange(defaults.len())
    return values.with_columns(pl.concat([values["label"], defaults])[places].alias("label"))


def _supersede(values: pl.DataFrame, defs: pl.DataFrame, singular: Literal["first", "last"]) -> pl.DataFrame:
    """Marks every value of a singular attribute but the live one."""
    ids = defs.filter(pl.col("is_singular"))["attribute_def"]
    live = (
        values.select(*_CONTACT, "position", "is_superseded")
        .with_row_index("_row")
        .filter(pl.col("attribute_def").is_in(ids.implode()) & ~pl.col("is_superseded"))
    )
    repeated = live.filter(_digest(live, _CONTACT).is_duplicated())
    if repeated.is_empty():
        return values
    ordered = repeated.sort("position", maintain_order=True, descending=singular == "last")
    winners = ordered.unique(_CONTACT, keep="first")
    losers = repeated.join(winners, on="_row", how="anti")["_row"]
    return values.with_columns(is_superseded=pl.col("is_superseded") | _mark(losers, values.height))


def _settle_primary(values: pl.DataFrame, as_documented: bool) -> pl.DataFrame:
    """At most one primary per contact, definition and partner flag; a superseded value is none."""
    marked = (
        values.select(*_CONTACT, "position", wanted=pl.col("is_primary") & ~pl.col("is_superseded"))
        .with_row_index("_row")
        .filter("wanted")
    )
    if as_documented:
        kept = marked.filter(pl.len().over("contact_id", "attribute_def") == 1)
    else:
        kept = marked.sort("position", maintain_order=True).unique(_CONTACT, keep="last")
    return values.with_columns(is_primary=_mark(kept["_row"], values.height))


def _mark(rows: pl.Series, height: int) -> pl.Series:
    """Boolean series that is true at some rows."""
    marks = np.zeros(height, dtype=bool)
    marks[rows.to_numpy()] = True
    return pl.Series(marks)
