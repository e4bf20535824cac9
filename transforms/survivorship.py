"""Survivorship: what a merged contact keeps of the contacts it was merged from (SPEC ME1-ME6, A-M1 to A-M5)."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

__all__ = ["merge_attributes", "merge_contacts"]

#: Within one contact: the order in which its values were received.
RECEIVED = ("created_at", "file_id", "sheet", "row_number", "position")
_GROUP = ("canonical_id", "attribute_def", "is_partner")
#: What survivorship decides, and what it looks at.
_SETTLED = ("label", "index", "is_primary")
_DECIDING = ("contact_id", "attribute_def", "attribute_type", "is_partner", *_SETTLED, *RECEIVED)
_EXTENSION = r"(;ext=\d+)$"


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
    members = aliases.select("contact_id", "canonical_id")
    is_merged = pl.col("canonical_id").is_duplicated()
    given = attributes.with_columns(pl.col("index").alias("original_index")).with_row_index("row")
    alone = given.join(members.filter(~is_merged), on="contact_id")
    narrow = given.select("row", *_DECIDING, key=_value_key())  # the wide rest is fetched for survivors only
    merged = _join_canonical(narrow, members.filter(is_merged)).sort("is_sub", "contact_id", *RECEIVED)
    settled = _renumber_addresses(_survive(merged, singular)).select("row", "canonical_id", *_SETTLED)
    survivors = given.drop(_SETTLED).join(settled, on="row")
    origin = pl.col("contact_id").alias("origin_contact_id")
    together = [frame.with_columns(origin, contact_id="canonical_id") for frame in (alone, survivors)]
    columns = [*attributes.columns, "origin_contact_id", "original_index"]
    return pl.concat([frame.select(columns) for frame in together])


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


def _survive(merged: pl.DataFrame, singular: Collection[str]) -> pl.DataFrame:
    """Rows that stay, in the order given: parent first, then subs by contact id, each as received."""
    settled = merged.with_columns(
        pl.col("attribute_def").is_in(list(singular)).alias("is_singular"),
        pl.coalesce("label", pl.col("label").drop_nulls().first().over(*_GROUP, "key")),
        is_primary=(
            pl.col("key") == pl.col("key").filter(pl.col("is_primary")).first().over(*_GROUP)
        ).fill_null(False),
    )  # fmt: skip
    # of one contact's singular values the last received counts (SPEC A-EA6), of contacts the first (A-M1)
    is_first_contact = pl.col("contact_id") == pl.col("contact_id").first().over(*_GROUP)
    one = settled.filter(pl.col("is_singular") & is_first_contact).unique(_GROUP, keep="last", maintain_order=True)
    many = settled.filter(~pl.col("is_singular")).unique([*_GROUP, "key"], keep="first", maintain_order=True)
    return pl.concat([one, many])


def _value_key() -> pl.Expr:
    """Equal for values that are one (SPEC A-M3); an extension is part of a phone number, every part of an address."""
    extension = pl.when(pl.col("attribute_type") == "phone_number").then(pl.col("text").str.extract(_EXTENSION))
    keyed = pl.concat_str("match_key", extension.fill_null(""))
    whole = pl.col("address").struct.json_encode().str.to_lowercase()
    return (
        pl.when(pl.col("address").is_not_null())
        .then(whole)
        .otherwise(pl.coalesce(keyed, "text", pl.col("number").cast(pl.String), pl.col("date").cast(pl.String)))
    )


def _renumber_addresses(survivors: pl.DataFrame) -> pl.DataFrame:
    """The parent's addresses keep their index; the subs', in contact-id order, take the next free ones (SPEC A-M2)."""
    is_address = (pl.col("attribute_type") == "address") & pl.col("index").is_not_null()
    addresses = survivors.filter(is_address)
    taken = addresses.filter(~pl.col("is_sub")).group_by("canonical_id").agg(pl.col("index").unique().alias("taken"))
    moved = (
        addresses.filter("is_sub")
        .select("canonical_id", "contact_id", "index")
        .unique()
        .sort("canonical_id", "contact_id", "index")
        .join(taken, on="canonical_id", how="left", maintain_order="left")
        .with_columns(
            pl.col("taken").fill_null(pl.lit([], dtype=pl.List(pl.Int64))),
            turn=pl.int_range(pl.len()).over("canonical_id"),
        )
    )
    upto = pl.col("turn").max().over("canonical_id") + 1 + pl.col("taken").list.len()
    free = pl.int_ranges(0, upto).list.set_difference("taken").list.sort()
    moved = moved.select("canonical_id", "contact_id", "index", free.list.get("turn").alias("new_index"))
    joined = survivors.join(moved, on=["canonical_id", "contact_id", "index"], how="left", maintain_order="left")
    is_moved = is_address & pl.col("is_sub")
    return joined.with_columns(pl.when(is_moved).then("new_index").otherwise("index").alias("index")).drop("new_index")
