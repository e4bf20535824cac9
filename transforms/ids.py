"""Ids: hashes of the fewest stable raw fields, so that a better normalizer never renames history."""

from __future__ import annotations

from hashlib import md5
from uuid import UUID

import polars as pl

__all__ = ["hash_id", "hash_ids"]

_UUID_GROUPS = ((0, 8), (8, 4), (12, 4), (16, 4), (20, 12))


def hash_id(*parts: object) -> str:
    """One id, in the documents' UUID form, of one tuple of values."""
    return str(UUID(md5("|".join(map(str, parts)).encode(), usedforsecurity=False).hexdigest()))


def hash_ids(frame: pl.DataFrame, *columns: str) -> pl.Series:
    """One id per row, in the documents' UUID form.

    Args:
        frame: any frame.
        columns: what identifies a row; null counts as an empty text.

    Returns:
        Series named `id`, equal to `hash_id` of the row's values.
    """
    joined = frame.select(
        pl.concat_str([pl.col(name).cast(pl.String).fill_null("") for name in columns], separator="|")
    ).to_series()
    digests = [md5(text.encode(), usedforsecurity=False).hexdigest() for text in joined.to_list()]
    ids = pl.Series("id", digests, dtype=pl.String)
    groups = [pl.col("id").str.slice(start, length) for start, length in _UUID_GROUPS]
    return ids.to_frame().select(pl.concat_str(groups, separator="-").alias("id")).to_series()
