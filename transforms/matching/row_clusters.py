"""Clusters and pairs of contacts, told by the rows of the file that the contacts came from."""

from __future__ import annotations

import polars as pl

from transforms.ids import hash_ids

__all__ = ["assign_clusters", "fill_gaps", "number_pairs"]

_PLACE = ["sheet", "row_number"]


def fill_gaps(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of a sheet in order, with those between them that have no value: their cells are null.

    Args:
        rows: row_number, from 1 on; cells.
    """
    every = pl.int_range(1, pl.col("row_number").max() + 1, dtype=pl.Int64).alias("row_number")
    numbers = rows.select(every) if rows.height else rows.select("row_number")
    return numbers.join(rows, on="row_number", how="left", maintain_order="left")


def assign_clusters(places: pl.DataFrame, rows: pl.DataFrame, aliases: pl.DataFrame, file_id: str) -> pl.DataFrame:
    """The cluster of every row; one that is like no other, or could not be read as a contact, is one of its own.

    Args:
        places: sheet, row_number of every row, in order.
        rows: contact_id, sheet, row_number of those that made a contact.
        aliases: contact_id, canonical_id, cluster_id.
        file_id: the file.

    Returns:
        sheet, row_number, cluster_id, in the order given.
    """
    known = rows.join(aliases.select("contact_id", "canonical_id", "cluster_id"), on="contact_id", how="left")
    placed = places.join(known, on=_PLACE, how="left", maintain_order="left").with_columns(file_id=pl.lit(file_id))
    by_row = hash_ids(placed, "file_id", *_PLACE)
    own = hash_ids(placed.with_columns(pl.col("canonical_id").fill_null("")), "canonical_id")
    single = pl.when(pl.col("canonical_id").is_null()).then(by_row).otherwise(own)
    return placed.select(*_PLACE, pl.coalesce("cluster_id", single).alias("cluster_id"))


def number_pairs(pairs: pl.DataFrame, rows: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """Scored pairs with the rows of their contacts in place of their ids; the earlier row is the left one.

    Args:
        pairs: columns of matching.ScoredPair.
        rows: contact_id, sheet, row_number of those that made a contact.
        places: sheet, row_number of every row, in order.

    Returns:
        sheet_l, row_l, sheet_r, row_r, probability, decision, decided_by, evidence; in the order of the rows.
    """
    order = places.with_row_index("place").join(rows, on=_PLACE, maintain_order="left")
    first = order.unique("contact_id", keep="first", maintain_order=True).select("contact_id", "place")
    for side in ("l", "r"):
        names = first.rename({"contact_id": f"contact_id_{side}", "place": f"place_{side}"})
        pairs = pairs.join(names, on=f"contact_id_{side}")
    ordered = pairs.select(
        pl.min_horizontal("place_l", "place_r").alias("l"),
        pl.max_horizontal("place_l", "place_r").alias("r"),
        "probability",
        "decision",
        "decided_by",
        "evidence",
    ).sort("l", "r")
    told = [
        places[ordered[side]].rename({"sheet": f"sheet_{side}", "row_number": f"row_{side}"}) for side in ("l", "r")
    ]
    return pl.concat([*told, ordered.drop("l", "r")], how="horizontal")
