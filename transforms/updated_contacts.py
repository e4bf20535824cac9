"""Contacts of files, with the rows of newer files folded into them (SPEC A-IM2)."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from transforms.contact_updates import BOOK_IDS

__all__ = ["find_changed_books", "fold_rows", "resolve_rows"]


def find_changed_books(updates: pl.DataFrame, before: pl.DataFrame) -> pl.Series:
    """row_contact_id of the updates that bring a contact another address book id than it had.

    Args:
        updates: row_contact_id, contact_id, update_number, and the address book ids of the row.
        before: contact_id, and the address book ids that each contact had; every contact of the updates once.
    """
    if all(updates[name].null_count() == updates.height for name in BOOK_IDS):
        return updates["row_contact_id"].clear()
    own = {"row_contact_id": pl.lit(None, pl.String), "update_number": pl.lit(0, pl.Int64)}
    had = before.select("contact_id", *BOOK_IDS, **own)
    every = pl.concat([had, updates.select(had.columns)]).sort("contact_id", "update_number")
    ids = [pl.col(name).forward_fill().shift().over("contact_id") for name in BOOK_IDS]
    is_other = pl.any_horizontal(
        pl.col(name).is_not_null() & pl.col(name).ne_missing(last) for name, last in zip(BOOK_IDS, ids, strict=True)
    )
    return every.filter(is_other).drop_nulls("row_contact_id")["row_contact_id"]


def fold_rows(rows: pl.DataFrame, updates: pl.DataFrame) -> pl.DataFrame:
    """The contacts that rows make: those of staging.contact_rows that are no updates, with what updates did to them.

    Args:
        rows: columns of staging.contact_rows.
        updates: columns of core.contact_updates.

    Returns:
        The columns of staging.contact_rows, address book ids as last given; updated_at and updated_for, the time and
        cause of the latest change, else of the creation.
    """
    placed = _place_rows(updates, rows.join(_ids_of(updates), on="contact_id", how="semi"))
    books = placed.group_by("contact_id").agg(pl.col(name).drop_nulls().last() for name in BOOK_IDS)
    changed = updates.filter("is_changed").sort("created_at", "update_number")
    latest = changed.group_by("contact_id").agg(
        pl.col("created_at").last().alias("changed_at"), pl.col("created_for").last().alias("changed_for")
    )
    is_updated = pl.col("changed_at") >= pl.col("created_at")
    return (
        rows.join(updates, left_on="contact_id", right_on="row_contact_id", how="anti", maintain_order="left")
        .join(books, on="contact_id", how="left", maintain_order="left", suffix="_last")
        .join(latest, on="contact_id", how="left", maintain_order="left")
        .with_columns(*(pl.coalesce(f"{name}_last", name).alias(name) for name in BOOK_IDS))
        .with_columns(
            updated_at=pl.when(is_updated).then("changed_at").otherwise("created_at"),
            updated_for=pl.when(is_updated).then("changed_for").otherwise("created_for"),
        )
        .select(*rows.columns, "updated_at", "updated_for")
    )


def resolve_rows(frame: pl.DataFrame, updates: pl.DataFrame, columns: Sequence[str] = ("contact_id",)) -> pl.DataFrame:
    """Any frame with contact ids: the contact in place of a row that updates it."""
    ids = updates.select("row_contact_id", kept="contact_id")
    for name in columns:
        frame = (
            frame.join(ids, left_on=name, right_on="row_contact_id", how="left", maintain_order="left")
            .with_columns(pl.coalesce("kept", name).alias(name))
            .drop("kept")
        )
    return frame


def _ids_of(updates: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([updates.select("contact_id"), updates.select(contact_id="row_contact_id")]).unique()


def _place_rows(updates: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows under the contacts they belong to, each contact's in order."""
    ids = updates.select("row_contact_id", "update_number", kept="contact_id")
    placed = rows.select("contact_id", *BOOK_IDS).join(ids, left_on="contact_id", right_on="row_contact_id", how="left")
    return placed.select(
        *BOOK_IDS,
        pl.col("update_number").fill_null(0),
        row_contact_id="contact_id",
        contact_id=pl.coalesce("kept", "contact_id"),
    ).sort("contact_id", "update_number")
