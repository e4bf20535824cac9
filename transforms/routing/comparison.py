"""Two ways of deciding the same leads, side by side: per lead, rule, agent and channel."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

__all__ = ["CHANGED_SCHEMA", "Comparison", "compare_decisions"]

_SIDES = ("old", "new")

#: Leads that the two ways do not decide alike. A holder is a user, or the group or brand that has the lead.
CHANGED_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "lead_id": pl.String,
    "channel_id": pl.String,
    "captured_at": pl.Datetime("us", "UTC"),
    "change": pl.String,
    "old_rule_id": pl.String,
    "new_rule_id": pl.String,
    "old_outcome": pl.String,
    "new_outcome": pl.String,
    "old_holder_type": pl.String,
    "old_holder": pl.String,
    "new_holder_type": pl.String,
    "new_holder": pl.String,
    "old_reason": pl.String,
    "new_reason": pl.String,
}


@dataclass(frozen=True)
class Comparison:
    """What differs.

    Attributes:
        leads: CHANGED_SCHEMA: `change` is rule (another rule wins), holder (another one holds it), or both.
        rules: per rule: old_leads and new_leads that it wins, of these kept, gained and lost.
        agents: per holder: the same of leads that it holds.
        moves: from holder to holder, how many leads.
        channels: per channel: leads, and how many change their rule or their holder.
    """

    leads: pl.DataFrame
    rules: pl.DataFrame
    agents: pl.DataFrame
    moves: pl.DataFrame
    channels: pl.DataFrame


def compare_decisions(old: pl.DataFrame, new: pl.DataFrame) -> Comparison:
    """Compare two ledgers of the same leads.

    Args:
        old: rows of routing.decisions.
        new: the same leads, decided another way.
    """
    both = _describe(old, "old").join(
        _describe(new, "new").drop("channel_id", "captured_at"), on="lead_id", how="inner", maintain_order="left"
    )
    rule, holder_type, holder = (
        pl.col(f"old_{name}").ne_missing(pl.col(f"new_{name}")) for name in ("rule_id", "holder_type", "holder")
    )
    both = both.with_columns(rule.alias("is_rule_new"), (holder_type | holder).alias("is_holder_new"))
    change = (
        pl.when(pl.col("is_rule_new") & pl.col("is_holder_new"))
        .then(pl.lit("both"))
        .otherwise(pl.when("is_rule_new").then(pl.lit("rule")).otherwise(pl.lit("holder")))
    )
    changed = both.filter(pl.col("is_rule_new") | pl.col("is_holder_new")).with_columns(change.alias("change"))
    return Comparison(
        leads=changed.select(list(CHANGED_SCHEMA)).sort("captured_at", "lead_id"),
        rules=_count_sides(both, ("rule_id",), "is_rule_new"),
        agents=_count_sides(both, ("holder_type", "holder"), "is_holder_new"),
        moves=_count_moves(both),
        channels=both.group_by("channel_id")
        .agg(
            pl.len().cast(pl.Int64).alias("leads"),
            pl.col("is_rule_new").sum().cast(pl.Int64).alias("rule_changes"),
            pl.col("is_holder_new").sum().cast(pl.Int64).alias("holder_changes"),
        )
        .sort("channel_id"),
    )


def _describe(decisions: pl.DataFrame, side: str) -> pl.DataFrame:
    holder_type = (
        pl.when(pl.col("user_id").is_not_null())
        .then(pl.lit("User"))
        .when(pl.col("group_id").is_not_null())
        .then(pl.lit("Group"))
        .when(pl.col("brand_id").is_not_null())
        .then(pl.lit("Brand"))
    )
    return decisions.select(
        "lead_id",
        "channel_id",
        "captured_at",
        pl.col("rule_id").alias(f"{side}_rule_id"),
        pl.col("outcome").alias(f"{side}_outcome"),
        holder_type.alias(f"{side}_holder_type"),
        pl.coalesce("user_id", "group_id", "brand_id").alias(f"{side}_holder"),
        pl.col("reason").alias(f"{side}_reason"),
    )


def _count_sides(both: pl.DataFrame, names: tuple[str, ...], is_new: str) -> pl.DataFrame:
    """Per rule or holder: leads before and after, kept, gained and lost; the most changed first."""
    counts = [
        both.group_by(pl.col(f"{side}_{name}").alias(name) for name in names).agg(
            pl.len().cast(pl.Int64).alias(f"{side}_leads"),
            pl.col(is_new).sum().cast(pl.Int64).alias("gained" if side == "new" else "lost"),
        )
        for side in _SIDES
    ]
    joined = counts[0].join(counts[1], on=names, how="full", coalesce=True, nulls_equal=True).fill_null(0)
    kept = (pl.col("old_leads") - pl.col("lost")).alias("kept")
    moved = pl.col("gained") + pl.col("lost")
    return (
        joined.filter(pl.any_horizontal(pl.col(name).is_not_null() for name in names))
        .select(*names, "old_leads", "new_leads", kept, "gained", "lost")
        .sort(moved, *names, descending=[True, *[False] * len(names)])
    )


def _count_moves(both: pl.DataFrame) -> pl.DataFrame:
    names = [f"{side}_{name}" for side in _SIDES for name in ("holder_type", "holder")]
    moves = both.filter("is_holder_new").group_by(names).agg(pl.len().cast(pl.Int64).alias("leads"))
    return moves.sort("leads", *names, descending=[True, *[False] * 4])
