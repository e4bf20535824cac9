"""Marts of contacts: owners, tags, duplicate clusters."""

from __future__ import annotations

import polars as pl

from transforms.normalize.text import fold_text

__all__ = ["count_tags", "credit_mergers", "name_members", "name_mergers", "own_contacts", "resolve_contacts"]


def resolve_contacts(frame: pl.DataFrame, aliases: pl.DataFrame) -> pl.DataFrame:
    """Any frame with a contact_id: the canonical id in its place, the given one as origin_contact_id."""
    resolved = frame.join(
        aliases.select("contact_id", "canonical_id"), on="contact_id", how="left", maintain_order="left"
    )
    return resolved.with_columns(
        pl.col("contact_id").alias("origin_contact_id"), contact_id=pl.coalesce("canonical_id", "contact_id")
    ).drop("canonical_id")


def own_contacts(contacts: pl.DataFrame, leads: pl.DataFrame, assignments: pl.DataFrame) -> pl.DataFrame:
    """Contacts without an owner belong to the first user who was given one of their leads, earliest lead first.

    Args:
        contacts: contact_id (canonical), user_id and any others.
        leads: lead_id, contact_id (canonical), captured_at.
        assignments: lead_id, position, user_id.

    Returns:
        The contacts as given, user_id filled where a lead settles it.
    """
    given = assignments.filter((pl.col("position") == 1) & pl.col("user_id").is_not_null())
    first = (
        leads.select("lead_id", "contact_id", "captured_at")
        .join(contacts.filter(pl.col("user_id").is_null()).select("contact_id"), on="contact_id", how="semi")
        .join(given.select("lead_id", pl.col("user_id").alias("given_to")), on="lead_id")
        .sort("contact_id", "captured_at", "lead_id")
        .unique("contact_id", keep="first", maintain_order=True)
        .select("contact_id", "given_to")
    )
    owned = contacts.join(first, on="contact_id", how="left", maintain_order="left")
    return owned.with_columns(pl.coalesce("user_id", "given_to").alias("user_id")).drop("given_to")


def name_mergers(mergers: pl.DataFrame, aliases: pl.DataFrame, contacts: pl.DataFrame) -> pl.DataFrame:
    """contact_id (canonical), merged_by of the contacts that a request merged and nobody took apart.

    Args:
        mergers: contact_id, merged_by: the user of the last request that merged others into a contact.
        aliases: contact_id, canonical_id.
        contacts: contact_id (canonical), merged_count.
    """
    resolved = resolve_contacts(mergers.drop_nulls().sort("contact_id"), aliases).select("contact_id", "merged_by")
    merged = contacts.filter(pl.col("merged_count") > 1)
    return resolved.join(merged, on="contact_id", how="semi").unique("contact_id", keep="first", maintain_order=True)


def credit_mergers(rows: pl.DataFrame, mergers: pl.DataFrame) -> pl.DataFrame:
    """Rows with contact_id (canonical) and updated_by: a merge is an update by who asked for it (SPEC ME4)."""
    joined = rows.join(mergers, on="contact_id", how="left", maintain_order="left")
    return joined.with_columns(updated_by=pl.coalesce("merged_by", "updated_by")).drop("merged_by")


def count_tags(tags: pl.DataFrame, contacts: pl.DataFrame) -> pl.DataFrame:
    """marts.Tag: every tag of the collection with the live contacts that carry it (SPEC TG1, A-TG1).

    Args:
        tags: core.Tag rows.
        contacts: marts.Contact's brand and tags.
    """
    carried = contacts.select("brand", pl.col("tags").alias("tag")).explode("tag").drop_nulls("tag")
    counts = (
        carried.with_columns(fold_text(carried["tag"]).alias("key"))
        .group_by("brand", "key")
        .agg(pl.len().cast(pl.Int64).alias("contacts_count"))
    )
    listed = tags.rename({"brand_id": "brand", "tag_id": "id"}).with_columns(fold_text(tags["tag"]).alias("key"))
    counted = listed.join(counts, on=["brand", "key"], how="left", nulls_equal=True, maintain_order="left")
    return counted.with_columns(pl.col("contacts_count").fill_null(0)).drop("key")


def name_members(clusters: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """marts.DuplicateCluster: each member with the display name it has by itself.

    Args:
        clusters: matching.ClusterMember rows.
        names: contact_id, display_name of the members, before any merge.
    """
    return clusters.join(names, on="contact_id", how="left", maintain_order="left")
