"""Phone numbers read in each brand's own country."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from transforms.normalize.phones import normalize_phones

__all__ = ["normalize_phones_by_brand"]


def normalize_phones_by_brand(
    phones: pl.Series, brand_ids: pl.Series, regions: Mapping[str, str], default_region: str
) -> pl.DataFrame:
    """Phone numbers in publish and match form: text, match_key, problem; rows as given.

    Args:
        phones: numbers as received.
        brand_ids: brand of each.
        regions: brand id -> two-letter country.
        default_region: country of every other brand.
    """
    countries = brand_ids.replace_strict(regions, default=default_region, return_dtype=pl.String)
    frame = pl.DataFrame({"phone": phones, "country": countries}).with_row_index("place")
    parts = [
        pl.concat([part.select("place"), normalize_phones(part["phone"], str(country))], how="horizontal")
        for (country,), part in frame.partition_by("country", as_dict=True).items()
    ]
    return pl.concat(parts).sort("place").drop("place") if parts else normalize_phones(phones, default_region)
