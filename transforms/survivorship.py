"""Survivorship: what a merged contact keeps of the contacts it was merged from (SPEC ME1-ME6, A-M1 to A-M5)."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt
import polars as pl

from transforms.normalize.distinct import Codes, combine_codes, encode_texts, of_distinct

__all__ = ["merge_attributes", "merge_contacts"]

#: Within one contact: the order in which its values were received.
RECEIVED = ("created_at", "file_id", "sheet", "row_number", "position")
#: What survivorship decides of an attribute that stays.
_SETTLED = ("label", "index", "is_primary")
_KEPT = ("row", "member", *_SETTLED)
_EXTENSION = r"(;ext=\d+)$"
_BETWEEN, _NO_PART = "\x1f", "\x00"


def merge_contacts(contacts: pl.DataFrame, aliases: pl.DataFrame) -> pl.DataFrame:
    """One row per canonical contact: the parent's id, owner and cause; touches and times of all (SPEC ME1, A-M5).

    Args:
        contacts: core.Contact rows that are live.
        aliases: contact_id, canonical_id, cluster_id of every one of them.

    Returns:
        The columns of core.Contact that marts.Contact repeats, with `first_created_at`, `cluster_id` and
        `merged_count`, sorted by contact id.
    """
    order = ["canonical_id", "is_sub", "contact_id"]
    members = _join_canonical(contacts, aliases.select("contact_id", "canonical_id", "cluster_id")).sort(order)
    parents = [
        "brand_id", "user_id", "ios_address_book_id", "android_address_book_id", "created_for", "updated_for",
        "deleted_for", "created_by", "updated_by", "created_at", "deleted_at", "touch_freq", "touch_freq_source",
        "next_touch",
    ]  # fmt: skip
    alone = members.group_by("canonical_id", maintain_order=True).agg(
        *(pl.col(name).first() for name in parents),
        pl.col("cluster_id").drop_nulls().first(),
        pl.col("created_at").min().alias("first_created_at"),
        pl.col("updated_at").max(),
        pl.col("last_touch").max(),
        pl.col("last_touch_action").get(pl.col("last_touch").arg_max()),
        pl.len().cast(pl.Int64).alias("merged_count"),
    )
    merged = alone.join(_choose_frequency(members), on="canonical_id", how="left", maintain_order="left")
    is_merged = pl.col("merged_count") > 1
    return merged.select(
        pl.col("canonical_id").alias("contact_id"),
        pl.exclude("canonical_id", "updated_for", "touch_freq", "touch_freq_source", "next_touch", "^chosen_.*$"),
        pl.when(is_merged).then(pl.lit("merge")).otherwise("updated_for").alias("updated_for"),
        *(
            pl.when(is_merged).then(f"chosen_{name}").otherwise(name).alias(name)
            for name in ("touch_freq", "touch_freq_source")
        ),
        pl.when(~is_merged)
        .then("next_touch")
        .when(pl.col("chosen_touch_freq").is_null())
        .then(None)
        .otherwise(pl.coalesce(pl.col("last_touch") + pl.duration(days="chosen_touch_freq"), "chosen_next_touch"))
        .alias("next_touch"),
    )


def merge_attributes(attributes: pl.DataFrame, aliases: pl.DataFrame, singular: Collection[str]) -> pl.DataFrame:
    """The surviving attributes of contacts, each under its canonical contact, with its origin (SPEC ME2-ME6).

    A contact that was never merged keeps all it has. Merging what was merged before changes nothing.

    Args:
        attributes: core.Attribute rows that are live, of live contacts.
        aliases: contact_id, canonical_id of every one of those contacts.
        singular: attribute definitions that hold one value per contact and partner flag.

    Returns:
        The given columns; `contact_id` is the canonical one, `origin_contact_id` and `original_index` are added.
    """
    members = _number_members(aliases)
    placed = attributes.select("contact_id", *_SETTLED).with_row_index("row")
    placed = placed.join(members, on="contact_id", maintain_order="left").drop("contact_id")
    merged, alone = placed.filter("is_merged"), placed.filter(~pl.col("is_merged")).select(_KEPT)
    settled = _survive(merged, attributes[merged["row"]] if len(alone) else attributes, singular)
    # in the order of the rows: they are gathered in a third of the time
    settled = pl.concat([alone, _renumber_addresses(settled).select(_KEPT)]).sort("row")
    survivors = attributes[settled["row"]]
    renamed = survivors.select(pl.col("contact_id").alias("origin_contact_id"), pl.col("index").alias("original_index"))
    canonical = members.sort("member")["canonical_id"][settled["member"]].alias("contact_id")
    return survivors.with_columns(canonical, *settled.select(_SETTLED), *renamed)


def _number_members(aliases: pl.DataFrame) -> pl.DataFrame:
    """contact_id, canonical_id, is_sub, member (parents first, subs by contact id), home (one number a cluster)."""
    ordered = (
        aliases.select("contact_id", "canonical_id", is_sub=pl.col("contact_id") != pl.col("canonical_id"))
        .sort("canonical_id", "is_sub", "contact_id")
        .with_row_index("member")
    )
    return ordered.with_columns(home=pl.col("canonical_id").rle_id(), is_merged=pl.col("canonical_id").is_duplicated())


def _join_canonical(frame: pl.DataFrame, aliases: pl.DataFrame) -> pl.DataFrame:
    joined = frame.join(aliases, on="contact_id")
    return joined.with_columns(is_sub=pl.col("contact_id") != pl.col("canonical_id"))


def _choose_frequency(members: pl.DataFrame) -> pl.DataFrame:
    """The parent's touch frequency, else the smallest of the subs', with what set it (SPEC A-M5)."""
    return (
        members.filter(pl.col("touch_freq").is_not_null())
        .sort("canonical_id", "is_sub", pl.when("is_sub").then("touch_freq"), "contact_id")
        .group_by("canonical_id", maintain_order=True)
        .agg(pl.col(name).first().alias(f"chosen_{name}") for name in ("touch_freq", "touch_freq_source", "next_touch"))
    )


def _survive(placed: pl.DataFrame, attributes: pl.DataFrame, singular: Collection[str]) -> pl.DataFrame:
    """What stays of merged contacts: columns of `placed`, settled, and attribute_type.

    Args:
        placed: row, member, home and `_SETTLED` of the attributes.
        attributes: these.
        singular: as of `merge_attributes`.
    """
    order = _order_received(placed["member"], attributes)
    placed = placed[order]
    member, defs = placed["member"].to_numpy(), attributes["attribute_def"]
    def_codes = encode_texts(defs)[0] * 2 + attributes["is_partner"].to_numpy()
    groups, first_of_group = combine_codes(placed["home"].to_numpy(), def_codes[order])
    keys = encode_texts(_value_keys(attributes))[0][order]
    values, first_of_value = combine_codes(groups, keys)
    # of one contact's singular values the last received counts (SPEC A-EA6), of contacts the first (A-M1)
    is_singular = defs.is_in(list(singular)).to_numpy()[order]
    one = np.flatnonzero(is_singular & (member == member[first_of_group][groups]))
    last = np.full(len(first_of_group), -1, np.int64)
    last[groups[one]] = one  # of several, what is written last stays
    kept = np.r_[last[last >= 0], first_of_value[~is_singular[first_of_value]]]
    primary = _find_first(groups, placed["is_primary"].to_numpy(), len(first_of_group))[groups[kept]]
    labeled = _find_first(values, placed["label"].is_not_null().to_numpy(), len(first_of_value))[values[kept]]
    others = pl.select(pl.when(pl.Series(labeled >= 0)).then(placed["label"][np.maximum(labeled, 0)])).to_series()
    survivors: pl.DataFrame = placed[kept]
    return survivors.with_columns(
        attributes["attribute_type"][order[kept]],
        label=pl.coalesce("label", others),
        is_primary=pl.Series((primary >= 0) & (keys[kept] >= 0) & (keys[primary] == keys[kept])),
    )


def _order_received(members: pl.Series, attributes: pl.DataFrame) -> npt.NDArray[np.uint32]:
    """Order by member, then as received; files and sheets are few and slow to compare as texts."""
    ranks = {name: of_distinct(attributes[name], lambda texts: texts.rank("dense")) for name in ("file_id", "sheet")}
    received = attributes.select(members, *RECEIVED).with_columns(**ranks)
    return received.select(pl.arg_sort_by("member", *RECEIVED)).to_series().to_numpy()


def _find_first(codes: Codes, is_one: npt.NDArray[np.bool_], count: int) -> npt.NDArray[np.int64]:
    """Of each code the first place that is one, -1 where none is."""
    places = np.flatnonzero(is_one)[::-1]
    first = np.full(count, -1, np.int64)
    first[codes[places]] = places
    return first


def _value_keys(attributes: pl.DataFrame) -> pl.Series:
    """Equal for values that are one (SPEC A-M3); an extension is part of a phone number, every part of an address."""
    keys = attributes.select(
        pl.coalesce("match_key", "text", pl.col("number").cast(pl.String), pl.col("date").cast(pl.String))
    ).to_series()
    is_phone = pl.col("attribute_type") == "phone_number"
    extended = attributes.select(
        pl.arg_where(is_phone & pl.col("text").str.contains(";ext=", literal=True) & pl.col("match_key").is_not_null())
    ).to_series()
    keys = keys.scatter(extended, keys[extended] + attributes["text"][extended].str.extract(_EXTENSION).fill_null(""))
    addresses = attributes.select(pl.arg_where(pl.col("address").is_not_null())).to_series()
    parts = attributes["address"][addresses].struct.unnest()
    told = [pl.col(name).str.to_lowercase().fill_null(_NO_PART) for name in parts.columns if parts[name].count()]
    wholes = parts.select(pl.concat_str([pl.lit(""), *told], separator=_BETWEEN)).to_series()
    return keys.scatter(addresses, wholes) if len(addresses) else keys


def _renumber_addresses(survivors: pl.DataFrame) -> pl.DataFrame:
    """The parent's addresses keep their index; the subs', in contact-id order, take the next free ones (SPEC A-M2)."""
    is_address = (pl.col("attribute_type") == "address") & pl.col("index").is_not_null()
    addresses = survivors.filter(is_address)
    taken = addresses.filter(~pl.col("is_sub")).group_by("home").agg(pl.col("index").unique().alias("taken"))
    moved = (
        addresses.filter("is_sub")
        .select("home", "member", "index")
        .unique()
        .sort("home", "member", "index")
        .join(taken, on="home", how="left", maintain_order="left")
        .with_columns(
            pl.col("taken").fill_null(pl.lit([], dtype=pl.List(pl.Int64))),
            turn=pl.int_range(pl.len()).over("home"),
        )
    )
    upto = pl.col("turn").max().over("home") + 1 + pl.col("taken").list.len()
    free = pl.int_ranges(0, upto).list.set_difference("taken").list.sort()
    moved = moved.select("member", "index", free.list.get("turn").alias("new_index"))
    joined = survivors.join(moved, on=["member", "index"], how="left", maintain_order="left")
    is_moved = is_address & pl.col("is_sub")
    return joined.with_columns(pl.when(is_moved).then("new_index").otherwise("index").alias("index")).drop("new_index")
