"""The listings that leads name without describing them, looked up in the directory (SPEC CH6, A-O8, A-C12)."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from transforms.leads.values import LISTING_COLUMNS, list_listing_values
from transforms.normalize.text import fold_text

__all__ = ["FoundListings", "look_up_listings"]


class FoundListings(NamedTuple):
    """Per lead one list column per listing field, row by row; and how many leads name a listing that may be several."""

    values: pl.DataFrame
    ambiguous_count: int


def look_up_listings(leads: pl.DataFrame, values: pl.DataFrame, listings: pl.DataFrame) -> FoundListings:
    """Find the listings that leads name by number.

    A number is searched in the MLS that the lead names, else in those of its channel, else in all of the brand
    (A-O8). Several hits are no hit.

    Args:
        leads: brand_id and channel_mls (MLSs of the channel, null for all).
        values: own_mls, beside_mls, own_mls_number and beside_mls_number of `list_values`, row by row.
        listings: rows of core.listings.
    """
    hits = (
        _list_names(leads, values)
        .join(listings.rename({"brand_id": "listing_brand_id"}), on="mls_number")
        .filter(pl.col("listing_brand_id").is_null() | pl.col("listing_brand_id").eq_missing(pl.col("brand_id")))
        .filter(_is_searched())
        .select("place", "item", "listing_id", "payload")
    )
    is_alone = pl.len().over("item") == 1
    ambiguous_count = hits.filter(~is_alone)["place"].n_unique()
    return FoundListings(_read_hits(hits.filter(is_alone), leads.height), ambiguous_count)


def _read_hits(hits: pl.DataFrame, height: int) -> pl.DataFrame:
    """What the listings found say, one row per lead."""
    distinct = hits.select("listing_id", "payload").unique("listing_id")
    read = pl.concat([distinct.select("listing_id"), list_listing_values(distinct["payload"])], how="horizontal")
    lists = (
        hits.sort("item")
        .join(read, on="listing_id", maintain_order="left")
        .group_by("place", maintain_order=True)
        .agg(pl.col(name).list.explode().drop_nulls() for name in LISTING_COLUMNS)
    )
    places = pl.select(place=pl.int_range(height, dtype=pl.UInt32))
    wide = places.join(lists, on="place", how="left", maintain_order="left")
    return wide.select(pl.when(pl.col(name).list.len() > 0).then(name).alias(name) for name in LISTING_COLUMNS)


def _list_names(leads: pl.DataFrame, values: pl.DataFrame) -> pl.DataFrame:
    """place, item, mls_number, mls_named, brand_id, channel_mls: the listings that leads name."""
    frame = pl.concat([leads.select("brand_id", "channel_mls"), values], how="horizontal").with_row_index("place")
    numbers = pl.coalesce("own_mls_number", pl.concat_list("beside_mls_number"))
    mls = pl.coalesce(pl.col("own_mls").list.first(), "beside_mls")
    named = (
        frame.filter(pl.col("own_mls_number").is_not_null() | pl.col("beside_mls_number").is_not_null())
        .select("place", "brand_id", "channel_mls", mls_number=numbers, mls_named=mls)
        .explode("mls_number")
        .with_row_index("item")
    )
    folded = named.with_columns(
        fold_text(named["mls_number"]).alias("mls_number"), fold_text(named["mls_named"]).alias("mls_named")
    )
    return folded.drop_nulls("mls_number").unique(["place", "mls_number"], keep="first", maintain_order=True)


def _is_searched() -> pl.Expr:
    channel = pl.col("channel_mls").list.eval(pl.element().str.to_lowercase())
    of_channel = channel.is_null() | channel.list.contains(pl.col("mls"))
    return pl.when(pl.col("mls_named").is_not_null()).then(pl.col("mls") == pl.col("mls_named")).otherwise(of_channel)
