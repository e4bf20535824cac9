"""Touches: when a contact was last touched, and when the next touch is due (SPEC TO1-TO6, A-T1 to A-T4)."""

from __future__ import annotations

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import CORE_TOUCH_EVENTS
from transforms.tags import tag_keys

__all__ = ["derive_touches", "tag_frequency_events"]

_EVENT_SCHEMA = polars_schema(CORE_TOUCH_EVENTS)


def derive_touches(events: pl.DataFrame) -> pl.DataFrame:
    """Where each contact's touches stand after all its events.

    The latest touch counts, with its action (A-T3). The latest frequency set stays, whatever set it (A-T1); of
    several set at one time the contact's own counts before a tag's, then the shortest. The next touch is due
    touch_freq days of 86,400 seconds after the last touch, or after the frequency was set when there is none (A-T2);
    a frequency of null clears it (A-T4).

    Args:
        events: columns of core.touch_events, in any order.

    Returns:
        One row per contact: contact_id, last_touch, last_touch_action, touch_freq, touch_freq_source, next_touch.
    """
    touches = (
        events.filter(pl.col("kind") == "touch")
        .sort("occurred_at", "action")
        .unique("contact_id", keep="last", maintain_order=True)
        .select("contact_id", pl.col("occurred_at").alias("last_touch"), pl.col("action").alias("last_touch_action"))
    )
    frequencies = (
        events.filter(pl.col("kind") == "frequency")
        .with_columns(is_own=pl.col("source") == "contact")
        .sort("occurred_at", "is_own", "touch_freq", "source", descending=[False, False, True, True])
        .unique("contact_id", keep="last", maintain_order=True)
        .select("contact_id", "touch_freq", pl.col("source").alias("touch_freq_source"), "occurred_at")
    )
    base = pl.coalesce("last_touch", "occurred_at")
    return (
        touches.join(frequencies, on="contact_id", how="full", coalesce=True)
        .with_columns(next_touch=base + pl.duration(days="touch_freq"))
        .drop("occurred_at")
        .sort("contact_id")
    )


def tag_frequency_events(tag_values: pl.DataFrame, settings: pl.DataFrame) -> pl.DataFrame:
    """Frequencies that contacts get from their tags (SPEC TO2, TO4, A-T1).

    A tag added to a contact sets the frequency the tag has at that time, if any; a frequency set on the tag later
    reaches each contact that has it then. A tag taken away changes nothing (TO5).

    Args:
        tag_values: core.attributes of type tag, with their contact's brand_id; `is_renamed`, if there is one, tells a
            tag that the contact had under another name: that is no tag added.
        settings: columns of transforms.tags.TAG_SETTING_SCHEMA.

    Returns:
        Rows of core.touch_events, kind frequency, source tag:NAME.
    """
    values = (
        tag_values.select(
            "contact_id",
            "brand_id",
            tag_keys(tag_values["text"]).alias("key"),
            pl.col("created_at").alias("added_at"),
            pl.col("deleted_at").alias("removed_at"),
            pl.col("is_renamed") if "is_renamed" in tag_values.columns else pl.lit(False).alias("is_renamed"),
        )
        .drop_nulls("key")
        .with_row_index("value")
    )
    frequencies = settings.with_columns(tag_keys(settings["tag"]).alias("key")).filter("is_frequency")
    pairs = values.join(frequencies, on=["brand_id", "key"], nulls_equal=True)
    is_later = pl.col("set_at") > pl.col("added_at")
    reached = pairs.filter(is_later & (pl.col("removed_at").is_null() | (pl.col("removed_at") > pl.col("set_at"))))
    in_force = (
        pairs.filter(~is_later.fill_null(False) & ~pl.col("is_renamed"))
        .sort("value", "set_at")
        .unique("value", keep="last", maintain_order=True)
        .filter(pl.col("touch_freq").is_not_null())
    )
    return (
        pl.concat([in_force.with_columns(occurred_at="added_at"), reached.with_columns(occurred_at="set_at")])
        .with_columns(
            kind=pl.lit("frequency"),
            action=pl.lit(None, pl.String),
            source=pl.concat_str(pl.lit("tag:"), "tag"),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in _EVENT_SCHEMA.items())
        .sort("contact_id", "occurred_at", "source")
    )
