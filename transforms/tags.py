"""Tags: the collection of a brand, and the touch frequencies its tags carry (SPEC TG1-TG3, TO2, A-TG1)."""

from __future__ import annotations

import msgspec
import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import CORE_TAGS
from transforms.normalize.text import fold_text

__all__ = ["TAG_SETTING_SCHEMA", "collect_tags", "gather_tag_settings", "tag_keys"]

#: Tags every new brand is given, with their days between touches (SPEC TO2, 004:8380).
_DEFAULT_TAGS: tuple[tuple[str, int | None], ...] = (
    ("Hot", 7),
    ("Warm", 30),
    ("Past Client", 60),
    ("Agent", None),
    ("Buyer", None),
    ("Seller", None),
)

_INSTANT = pl.Datetime("us", "UTC")

#: One row per thing done to a tag itself: born with its brand, added by hand, or given a frequency.
#: `is_frequency` tells the last from a tag that merely exists; `set_at` is null for what a brand is born with.
TAG_SETTING_SCHEMA: dict[str, pl.DataType] = {
    "brand_id": pl.String(),
    "tag": pl.String(),
    "touch_freq": pl.Int64(),
    "is_frequency": pl.Boolean(),
    "set_at": _INSTANT,
}

_ORDER_RECEIVED = ("created_at", "file_id", "sheet", "row_number", "position")


def gather_tag_settings(brands: pl.DataFrame, requests: pl.DataFrame) -> pl.DataFrame:
    """What was ever done to tags themselves: the defaults of each brand, then requests (SPEC TO2, TO4, TG1).

    Adding a tag by hand sets its frequency only if the request names one; setting a frequency may clear it with null.

    Args:
        brands: column brand_id, one row per brand.
        requests: columns of staging.requests, any operations.

    Returns:
        Columns of TAG_SETTING_SCHEMA, oldest first; of several settings of one tag at one time, the last request's.
    """
    defaults = brands.select("brand_id").join(
        pl.DataFrame(_DEFAULT_TAGS, schema={"tag": pl.String, "touch_freq": pl.Int64}, orient="row"), how="cross"
    )
    born = defaults.with_columns(is_frequency=pl.col("touch_freq").is_not_null(), set_at=pl.lit(None, _INSTANT))
    ordered = requests.filter(pl.col("operation").is_in(["tags.create", "tags.touch"])).sort(
        "requested_at", maintain_order=True
    )
    rows = [_read_setting(row) for row in ordered.iter_rows(named=True)]
    asked = pl.DataFrame(rows, schema=TAG_SETTING_SCHEMA)
    settings = pl.concat([born.select(list(TAG_SETTING_SCHEMA)), asked])
    return (
        settings.with_columns(tag_keys(settings["tag"]).alias("key"))
        .unique(["brand_id", "key", "is_frequency", "set_at"], keep="last", maintain_order=True)
        .drop("key")
    )


def collect_tags(tag_values: pl.DataFrame, settings: pl.DataFrame) -> pl.DataFrame:
    """The tags of each brand: all that contacts carry or ever carried, and all that were set (SPEC TG1).

    Tags that differ in case only are one, in the first spelling (A-TG1); a brand's tags come in code-point order (TG2).

    Args:
        tag_values: core.attributes of type tag, with their contact's brand_id; deleted ones too, for unused tags stay.
        settings: columns of TAG_SETTING_SCHEMA.

    Returns:
        Rows of core.tags.
    """
    used = _sort_spellings(tag_values.filter(pl.col("text").is_not_null())).select(
        "brand_id", pl.col("text").alias("tag"), pl.col("created_at").alias("seen_at")
    )
    known = pl.concat([settings.select("brand_id", "tag", pl.col("set_at").alias("seen_at")), used])
    spelled = (
        known.with_columns(tag_keys(known["tag"]).alias("key"))
        .drop_nulls("key")
        .sort("seen_at", maintain_order=True)  # null, what a brand is born with, comes first
        .unique(["brand_id", "key"], keep="first", maintain_order=True)
    )
    tags = spelled.join(_current_frequencies(settings), on=["brand_id", "key"], how="left", nulls_equal=True)
    return (
        tags.with_columns(text=pl.col("tag"), auto_enroll_in_super_campaigns=pl.lit(False))
        .select(list(polars_schema(CORE_TAGS)))
        .sort("brand_id", "tag")
    )


def _sort_spellings(tag_values: pl.DataFrame) -> pl.DataFrame:
    """The values in the order they came, as far as that decides: of a tag at one time in one spelling, any one."""
    spelled = ("brand_id", "text", "created_at")
    times = tag_values.select(spelled).unique()
    tags = times.with_columns(tag_keys(times["text"]).alias("key"))
    several = tags.filter(pl.col("text").n_unique().over("brand_id", "key") > 1).select(spelled)
    ordered = tag_values.join(several, on=spelled, how="semi", nulls_equal=True).sort(_ORDER_RECEIVED)
    single = times.join(several, on=spelled, how="anti", nulls_equal=True).sort(spelled)
    return pl.concat([single, ordered.select(spelled)])


def tag_keys(tags: pl.Series) -> pl.Series:
    """The form in which tags are compared: case, width and spacing do not count (SPEC A-TG1, A-C8)."""
    return fold_text(tags)


def _current_frequencies(settings: pl.DataFrame) -> pl.DataFrame:
    """The latest frequency of each tag: brand_id, key, touch_freq."""
    return (
        settings.with_columns(tag_keys(settings["tag"]).alias("key"))
        .filter("is_frequency")
        .sort("set_at", maintain_order=True)
        .unique(["brand_id", "key"], keep="last", maintain_order=True)
        .select("brand_id", "key", "touch_freq")
    )


def _read_setting(request: dict[str, object]) -> dict[str, object]:
    body = msgspec.json.decode(str(request["body"]))
    is_creation = request["operation"] == "tags.create"
    frequency = body.get("touch_freq")
    return {
        "brand_id": request["brand_id"],
        "tag": body["tag"] if is_creation else request["target_id"],
        "touch_freq": None if frequency is None else int(frequency),
        "is_frequency": frequency is not None or not is_creation,
        "set_at": request["requested_at"],
    }
