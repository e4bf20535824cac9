"""Which channel and brand a lead belongs to (SPEC A-O5, A-O6, A-O7)."""

from __future__ import annotations

import polars as pl

from schemas.vocabulary import ProblemCode

__all__ = ["latest_channels", "place_leads"]


def place_leads(
    leads: pl.DataFrame,
    channels: pl.DataFrame,
    campaign_emails: pl.DataFrame,
    default_brand: str | None,
    home_brand: str | None = None,
) -> pl.DataFrame:
    """Settle channel and brand of each lead.

    A channel named wins over a campaign e-mail; a campaign's leads go to the default channel of its brand, where
    that has one; a lead that names neither to that of the home brand (A-O6). Of several versions of a channel the
    latest knows best when it was deleted.

    Args:
        leads: columns channel_named, campaign_email_id and captured_at.
        channels: rows of routing.channels, all versions.
        campaign_emails: rows of core.campaign_emails.
        default_brand: brand of channels that name none.
        home_brand: brand of leads that name neither channel nor campaign.

    Returns:
        The leads with `channel_id`, `brand_id` and `problem`: a ProblemCode where the lead must not be taken.
    """
    latest = latest_channels(channels).with_columns(_or_default(default_brand))
    named = latest.select(
        "deleted_at", pl.col("channel_id").alias("channel_named"), pl.col("brand_id").alias("channel_brand")
    ).with_columns(is_known=True)
    senders = campaign_emails.select(
        "campaign_email_id", _or_default(default_brand).alias("campaign_brand")
    ).with_columns(is_campaign_known=True)
    defaults = _find_default_channels(latest)
    by_channel = pl.col("channel_named").is_not_null()
    by_campaign = ~by_channel & pl.col("campaign_email_id").is_not_null()
    return (
        leads.join(named, on="channel_named", how="left", maintain_order="left")
        .join(senders, on="campaign_email_id", how="left", maintain_order="left")
        .with_columns(
            brand_id=pl.when(by_channel)
            .then("channel_brand")
            .when(by_campaign)
            .then("campaign_brand")
            .otherwise(pl.lit(home_brand, pl.String))
        )
        .join(defaults, on="brand_id", how="left", maintain_order="left", nulls_equal=True)
        .with_columns(
            channel_id=pl.when(by_channel).then("channel_named").otherwise("default_channel"),
            problem=pl.when(by_channel & pl.col("is_known").is_null())
            .then(pl.lit(ProblemCode.UNKNOWN_CHANNEL.value))
            .when(by_channel & (pl.col("captured_at") >= pl.col("deleted_at")))
            .then(pl.lit(ProblemCode.DELETED_CHANNEL.value))
            .when(by_campaign & pl.col("is_campaign_known").is_null())
            .then(pl.lit(ProblemCode.UNKNOWN_CAMPAIGN.value)),
        )
        .drop("channel_brand", "campaign_brand", "is_known", "is_campaign_known", "deleted_at", "default_channel")
    )


def latest_channels(channels: pl.DataFrame) -> pl.DataFrame:
    """The latest version of each channel."""
    ordered = channels.sort("valid_from", "rulebook_version", nulls_last=False)
    return ordered.unique("channel_id", keep="last", maintain_order=True)


def _find_default_channels(channels: pl.DataFrame) -> pl.DataFrame:
    """The live default channel of each brand (SPEC CH2): brand_id, default_channel."""
    return (
        channels.filter(pl.col("is_default") & pl.col("deleted_at").is_null())
        .sort("created_at", "channel_id", nulls_last=True)
        .unique("brand_id", keep="first", maintain_order=True)
        .select("brand_id", pl.col("channel_id").alias("default_channel"))
    )


def _or_default(default_brand: str | None) -> pl.Expr:
    return pl.coalesce("brand_id", pl.lit(default_brand, pl.String))
