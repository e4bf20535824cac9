"""Contact objects that say by their id which earlier contact they are (SPEC A-IM2)."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from transforms.ids import hash_ids

__all__ = ["name_known"]


def name_known(contacts: pl.DataFrame, known: pl.DataFrame, taken_ids: Iterable[str]) -> pl.DataFrame:
    """Contacts of which the first with the id, brand and owner of a known one names it, and has an id of its own.

    Args:
        contacts: columns of staging.contact_rows, in the order of the file.
        known: contact_id, brand_id, user_id of earlier contacts.
        taken_ids: ids that earlier objects of the file have.
    """
    own = known.select("contact_id", "brand_id", "user_id", is_known=pl.lit(True))
    keys = ["contact_id", "brand_id", "user_id"]
    found = contacts.join(own, on=keys, how="left", nulls_equal=True, maintain_order="left")
    is_taken = pl.col("contact_id").is_in(pl.Series(taken_ids, dtype=pl.String).implode())
    names = pl.col("is_known").fill_null(False) & pl.col("contact_id").is_first_distinct() & ~is_taken
    of_row = hash_ids(found, "file_id", "sheet", "row_number")
    named = found.with_columns(
        given_id=pl.when(names).then("contact_id"), contact_id=pl.when(names).then(of_row).otherwise("contact_id")
    )
    return named.select(contacts.columns)
