"""Tags: the collection of a brand, and the touch frequencies its tags carry (SPEC TG1-TG3, TO2, A-TG1)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import CORE_TAGS
from transforms.ids import hash_ids
from transforms.normalize.text import fold_text

__all__ = [
    "DEFAULT_TAGS",
    "TAG_REQUESTS",
    "TAG_SETTING_SCHEMA",
    "collect_tags",
    "find_frequent_tags",
    "gather_tag_settings",
    "list_retired_tags",
    "tag_keys",
]

#: Operations on tags themselves.
TAG_REQUESTS = ("tags.create", "tags.touch", "tags.rename", "tags.delete")

#: Tags every new brand is given, with their days between touches (SPEC TO2, 004:8380).
DEFAULT_TAGS: tuple[tuple[str, int | None], ...] = (
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


def gather_tag_settings(
    brands: pl.DataFrame, requests: pl.DataFrame, tag_values: pl.DataFrame | None = None
) -> pl.DataFrame:
    """What was ever done to tags themselves: the defaults of each brand, then requests (SPEC TO2, TO4, TG1).

    Adding a tag by hand sets its frequency only if the request names one; setting a frequency may clear it with null.
    A new name takes the frequency of the old one with it, unless there is a tag of that name (A-TG2). A tag that was
    deleted has none when it comes again.

    Args:
        brands: column brand_id, one row per brand.
        requests: columns of staging.requests, any operations.
        tag_values: brand_id, text, created_at of tags that contacts got otherwise than by a new name; none by default.

    Returns:
        Columns of TAG_SETTING_SCHEMA, oldest first; of several settings of one tag at one time, the last request's.
    """
    defaults = brands.select("brand_id").join(
        pl.DataFrame(DEFAULT_TAGS, schema={"tag": pl.String, "touch_freq": pl.Int64}, orient="row"), how="cross"
    )
    born = defaults.with_columns(is_frequency=pl.col("touch_freq").is_not_null(), set_at=pl.lit(None, _INSTANT))
    ordered = requests.filter(pl.col("operation").is_in(TAG_REQUESTS)).sort("requested_at", maintain_order=True)
    walk = _Walk(_first_used(tag_values))
    for row in born.iter_rows(named=True):
        walk.set(row)
    rows = [row for request in ordered.iter_rows(named=True) for row in walk.read(request)]
    asked = pl.DataFrame(rows, schema=TAG_SETTING_SCHEMA)
    settings = pl.concat([born.select(list(TAG_SETTING_SCHEMA)), asked])
    return (
        settings.with_columns(tag_keys(settings["tag"]).alias("key"))
        .unique(["brand_id", "key", "is_frequency", "set_at"], keep="last", maintain_order=True)
        .drop("key")
    )


def list_retired_tags(requests: pl.DataFrame) -> pl.DataFrame:
    """brand_id, key, retired_at: when a tag was last deleted or given another name.

    Args:
        requests: columns of staging.requests, any operations.
    """
    asked = requests.filter(pl.col("operation").is_in(["tags.rename", "tags.delete"]))
    names = [msgspec.json.decode(body)["tag"] if operation == "tags.rename" else None
             for operation, body in asked.select("operation", "body").iter_rows()]  # fmt: skip
    new_keys = tag_keys(pl.Series("new", names, dtype=pl.String))
    keyed = asked.select("brand_id", key=tag_keys(asked["target_id"]), retired_at="requested_at").with_columns(new_keys)
    real = keyed.filter(pl.col("new").ne_missing(pl.col("key")))
    return real.group_by("brand_id", "key").agg(pl.col("retired_at").max()).sort("brand_id", "key")


def collect_tags(tag_values: pl.DataFrame, settings: pl.DataFrame, retired: pl.DataFrame | None = None) -> pl.DataFrame:
    """The tags of each brand: all that contacts carry or ever carried, and all that were set (SPEC TG1).

    A tag that was deleted, or has another name by now, is there only if it came again since (TG4).

    Tags that differ in case only are one, in the first spelling (A-TG1); a brand's tags come in code-point order (TG2).

    Args:
        tag_values: core.attributes of type tag, with their contact's brand_id; deleted ones too, for unused tags stay.
        settings: columns of TAG_SETTING_SCHEMA.
        retired: from `list_retired_tags`.

    Returns:
        Rows of core.tags.
    """
    used = _sort_spellings(tag_values.filter(pl.col("text").is_not_null())).select(
        "brand_id", pl.col("text").alias("tag"), pl.col("created_at").alias("seen_at")
    )
    known = pl.concat([settings.select("brand_id", "tag", pl.col("set_at").alias("seen_at")), used])
    known = known.with_columns(tag_keys(known["tag"]).alias("key"))
    if retired is not None:
        known = known.join(retired, on=["brand_id", "key"], how="left", nulls_equal=True, maintain_order="left")
        known = known.filter(pl.col("retired_at").is_null() | (pl.col("seen_at") > pl.col("retired_at")))
    spelled = (
        known.drop_nulls("key")
        .sort("seen_at", maintain_order=True)  # null, what a brand is born with, comes first
        .unique(["brand_id", "key"], keep="first", maintain_order=True)
    )
    tags = spelled.join(_current_frequencies(settings), on=["brand_id", "key"], how="left", nulls_equal=True)
    return (
        tags.with_columns(
            hash_ids(tags, "brand_id", "key").alias("tag_id"),
            text=pl.col("tag"),
            auto_enroll_in_super_campaigns=pl.lit(False),
            created_at="seen_at",
            updated_at=pl.max_horizontal("seen_at", "set_at"),
        )
        .select(list(polars_schema(CORE_TAGS)))
        .sort("brand_id", "tag")
    )


def find_frequent_tags(tag_values: pl.DataFrame, settings: pl.DataFrame) -> pl.DataFrame:
    """Those of some tags that ever had a touch frequency.

    Args:
        tag_values: brand_id, text, and any other columns.
        settings: columns of TAG_SETTING_SCHEMA.
    """
    frequencies = settings.filter("is_frequency").select(
        "brand_id", key=tag_keys(settings.filter("is_frequency")["tag"])
    )
    keyed = tag_values.with_columns(key=tag_keys(tag_values["text"]))
    return keyed.join(frequencies, on=["brand_id", "key"], how="semi", nulls_equal=True).drop("key")


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
        .select("brand_id", "key", "touch_freq", "set_at")
    )


def _first_used(tag_values: pl.DataFrame | None) -> dict[tuple[str | None, str | None], datetime]:
    if tag_values is None:
        return {}
    keyed = tag_values.with_columns(tag_keys(tag_values["text"]).alias("key"))
    first = keyed.group_by("brand_id", "key").agg(pl.col("created_at").min())
    return {(brand_id, key): created_at for brand_id, key, created_at in first.iter_rows()}


class _Walk:
    """Frequencies of tags in the course of time."""

    def __init__(self, first_used: dict[tuple[str | None, str | None], datetime]):
        self._first_used = first_used
        self._frequencies: dict[tuple[str | None, str | None], int | None] = {}

    def set(self, row: dict[str, Any]) -> dict[str, Any]:
        """Note a setting."""
        key = (row["brand_id"], _key(row["tag"]))
        if row["is_frequency"] or key not in self._frequencies:
            self._frequencies[key] = row["touch_freq"]
        return row

    def read(self, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The settings that a request comes to."""
        brand_id, operation, at = request["brand_id"], request["operation"], request["requested_at"]
        body = msgspec.json.decode(request["body"]) if operation != "tags.delete" else {}
        if operation in ("tags.create", "tags.touch"):
            tag = body["tag"] if operation == "tags.create" else request["target_id"]
            frequency = body.get("touch_freq")
            is_set = frequency is not None or operation == "tags.touch"
            yield self.set(_setting(brand_id, tag, frequency, is_set, at))
            return
        old, new = (brand_id, _key(request["target_id"])), (brand_id, _key(body.get("tag")))
        if old == new:
            return
        frequency = self._frequencies.pop(old, None)
        if frequency is not None:
            yield _setting(brand_id, request["target_id"], None, True, at)
        if operation == "tags.rename":
            is_known = new in self._frequencies or self._first_used.get(new, at) < at
            is_taken = frequency is not None and not is_known
            yield self.set(_setting(brand_id, body["tag"], frequency if is_taken else None, is_taken, at))


def _setting(brand_id: str | None, tag: str, frequency: int | None, is_frequency: bool, at: datetime) -> dict[str, Any]:
    row = {"brand_id": brand_id, "tag": tag, "touch_freq": None if frequency is None else int(frequency)}
    return {**row, "is_frequency": is_frequency, "set_at": at}


def _key(tag: str | None) -> str | None:
    key: str | None = tag_keys(pl.Series([tag], dtype=pl.String))[0]
    return key
