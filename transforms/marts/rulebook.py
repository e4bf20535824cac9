"""Marts of the rulebook as in force: channels, rules and groups, with what they did so far."""

from __future__ import annotations

import json

import polars as pl

__all__ = ["describe_channels", "describe_groups", "describe_rules"]

_IN_FORCE = pl.col("valid_to").is_null()
_NOT_DELETED = pl.col("deleted_at").is_null()


def describe_channels(channels: pl.DataFrame, rules: pl.DataFrame, leads: pl.DataFrame) -> pl.DataFrame:
    """marts.Channel: each channel with its captures and live rules (SPEC CH1, CH4, CH5).

    Args:
        channels: routing.Channel rows, all versions.
        rules: routing.Rule rows, all versions.
        leads: channel_id, captured_at of every lead.
    """
    captures = leads.group_by("channel_id").agg(
        pl.len().cast(pl.Int64).alias("capture_number"), pl.col("captured_at").max().alias("last_capture_date")
    )
    counts = rules.filter(_IN_FORCE & _NOT_DELETED).group_by("channel_id").agg(pl.len().alias("rules_count"))
    return (
        channels.filter(_IN_FORCE)
        .join(captures, on="channel_id", how="left", maintain_order="left")
        .join(counts, on="channel_id", how="left", maintain_order="left")
        .with_columns(pl.col("capture_number").fill_null(0), pl.col("rules_count").fill_null(0).cast(pl.String))
        .rename({"channel_id": "id", "brand_id": "brand"})
        .drop("valid_from", "valid_to")
    )


def describe_rules(rules: pl.DataFrame, conditions: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """marts.Rule: the live rules in the order they are tried, with their wins (SPEC A-O1, A-O2).

    Args:
        rules: routing.Rule rows, all versions.
        conditions: routing.Condition rows, all versions.
        decisions: rule_id of every decision: the first matching rule, whatever decided.
    """
    wins = decisions.drop_nulls("rule_id").group_by("rule_id").agg(pl.len().cast(pl.Int64).alias("wins_count"))
    return (
        rules.filter(_IN_FORCE & _NOT_DELETED)
        .sort("channel_id", "is_default", "order", "created_at", "rule_id")
        .with_columns(position=pl.int_range(1, pl.len() + 1).over("channel_id"))
        .join(wins, on="rule_id", how="left", maintain_order="left")
        .join(_list_conditions(conditions), on=["rule_id", "rulebook_version"], how="left", maintain_order="left")
        .with_columns(pl.col("wins_count").fill_null(0), pl.col("conditions").fill_null("[]"))
        .rename({"rule_id": "id", "channel_id": "channel", "user_id": "user", "group_id": "group"})
        .rename({"brand_id": "brand", "flow_id": "flow"})
        .drop("valid_from", "valid_to")
    )


def describe_groups(groups: pl.DataFrame, members: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """marts.Group: each group with its members in turn, how many leads it gave, and whom it served last (SPEC A-G5).

    Args:
        groups: routing.Group rows, all versions.
        members: routing.GroupMember rows, all versions.
        decisions: group_id, group_turn, user_id of every decision.
    """
    listed = (
        members.sort("group_id", "rulebook_version", "order", "user_id")
        .group_by("group_id", "rulebook_version", maintain_order=True)
        .agg(pl.col("user_id").alias("members"))
    )
    turns = (
        decisions.drop_nulls(["group_id", "group_turn"])
        .sort("group_id", "group_turn")
        .group_by("group_id", maintain_order=True)
        .agg(pl.col("group_turn").max().alias("turns_count"), pl.col("user_id").last().alias("last_served"))
    )
    return (
        groups.filter(_IN_FORCE)
        .join(listed, on=["group_id", "rulebook_version"], how="left", maintain_order="left")
        .join(turns, on="group_id", how="left", maintain_order="left")
        .with_columns(pl.col("turns_count").fill_null(0))
        .rename({"group_id": "id", "brand_id": "brand"})
        .drop("valid_from", "valid_to")
    )


def _list_conditions(conditions: pl.DataFrame) -> pl.DataFrame:
    """rule_id, rulebook_version and the conditions as one JSON list, in their order (SPEC CO1)."""
    ordered = conditions.sort("rule_id", "rulebook_version", "order", "condition_id")
    texts = [
        json.dumps(
            {
                "id": row["condition_id"],
                "field": row["field"],
                "operator": row["operator"],
                "value": json.loads(row["value"]),
                "negated": row["negated"],
                "order": row["order"],
            },
            ensure_ascii=False,
        )
        for row in ordered.iter_rows(named=True)
    ]
    joined = "[" + pl.col("text").str.join(", ") + "]"
    return (
        ordered.select("rule_id", "rulebook_version", pl.Series("text", texts, dtype=pl.String))
        .group_by("rule_id", "rulebook_version", maintain_order=True)
        .agg(joined.alias("conditions"))
    )
