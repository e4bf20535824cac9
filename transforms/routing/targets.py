"""Targets: what a lead's rule gives it to, else its channel's default rule, else the brand (SPEC A-G2, A-G3)."""

from __future__ import annotations

import polars as pl

from schemas.vocabulary import Target
from transforms.routing.directory import Directory

__all__ = ["eligible_members", "resolve_targets"]

_LONG_AGO = pl.datetime(1, 1, 1, time_unit="us", time_zone="UTC")
_FAR_AHEAD = pl.datetime(9999, 1, 1, time_unit="us", time_zone="UTC")


def eligible_members(groups: pl.DataFrame, members: pl.DataFrame, directory: Directory) -> pl.DataFrame:
    """Members who may be given leads: group_id, group_version, user_id and order (SPEC A-G7).

    Args:
        groups: rows of routing.groups.
        members: rows of routing.group_members.
        directory: from `index_directory`.
    """
    brands = groups.select("group_id", "rulebook_version", pl.col("brand_id").alias("group_brand"))
    rows = members.join(brands, on=["group_id", "rulebook_version"], how="left", maintain_order="left")
    people = rows.select("user_id", pl.coalesce("brand_id", "group_brand")).iter_rows()
    may = pl.Series([directory.refuse(user_id, brand_id) is None for user_id, brand_id in people], dtype=pl.Boolean)
    return rows.filter(may).select("group_id", pl.col("rulebook_version").alias("group_version"), "user_id", "order")


def resolve_targets(
    leads: pl.DataFrame, rules: pl.DataFrame, groups: pl.DataFrame, members: pl.DataFrame, directory: Directory
) -> pl.DataFrame:
    """Find out what the rules would do with each lead, whoever gets it in the end.

    Args:
        leads: lead_id, captured_at, brand_id, rule and default_rule (rows of `rules`; null where there is none).
        rules: usable rules of the compiled rulebook.
        groups: rows of routing.groups.
        members: from `eligible_members`.
        directory: from `index_directory`.

    Returns:
        lead_id in the order of `leads`; `by_rule` (the row of the rule that gives, null for none), `gives` (User,
        RoundRobin, FirstToClaim, Brand; null for none), plan_user, plan_group, group_version, plan_brand and
        `refusals`, why earlier targets could not be used.
    """
    offers = _read_offers(rules, directory)
    served = members.select("group_id", "group_version").unique()
    first = _try_rule(leads, "rule", offers, groups, served)
    again = first.filter(pl.col("refusal").is_not_null() & pl.col("default_rule").ne_missing(pl.col("rule")))
    second = _try_rule(again.select(leads.columns), "default_rule", offers, groups, served)
    names = ["lead_id", "by_rule", "gives", "plan_user", "plan_group", "group_version", "plan_brand", "refusal"]
    both = first.select(names).join(second.select(names), on="lead_id", how="left", suffix="_2", maintain_order="left")
    refused = pl.col("refusal").is_not_null()
    chain = pl.concat_list("refusal", "refusal_2").list.drop_nulls()
    return both.select(
        "lead_id",
        *(pl.when(refused).then(f"{name}_2").otherwise(name).alias(name) for name in names[1:-1]),
        pl.when(chain.list.len() > 0).then(chain).alias("refusals"),
    )


def _read_offers(rules: pl.DataFrame, directory: Directory) -> pl.DataFrame:
    """Rules with what they would give to; `user_refusal` says why a user cannot be given leads."""
    refusals = [
        directory.refuse(user_id, brand_id) if target == Target.USER.value else None
        for target, user_id, brand_id in rules.select("target", "user_id", "brand_id").iter_rows()
    ]
    return rules.select(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("by_rule"),
        "target",
        "order",
        "rule_id",
        pl.when(pl.col("target") == Target.USER.value).then("user_id").alias("plan_user"),
        pl.when(pl.col("target") == Target.GROUP.value).then("group_id").alias("group_id"),
        pl.col("brand_id").alias("rule_brand"),
        pl.Series("user_refusal", refusals, dtype=pl.String),
    )


def _try_rule(
    leads: pl.DataFrame, rule: str, offers: pl.DataFrame, groups: pl.DataFrame, served: pl.DataFrame
) -> pl.DataFrame:
    """Leads with what one of their rules gives; `refusal` and nothing else where its target cannot be used."""
    asked = leads.with_columns(pl.col(rule).alias("by_rule")).join(
        offers, on="by_rule", how="left", maintain_order="left"
    )
    found = _find_groups(asked, groups).join(
        served.with_columns(pl.lit(True).alias("has_members")),
        on=["group_id", "group_version"],
        how="left",
        maintain_order="left",
    )
    name = pl.coalesce("group_name", "group_id")
    problem = (
        pl.when(pl.col("by_rule").is_null())
        .then(None)
        .when(pl.col("target") == Target.USER.value)
        .then("user_refusal")
        .when(pl.col("target") == Target.BRAND.value)
        .then(None)
        .when(pl.col("group_version").is_null())
        .then(pl.format("group {} is not in force", "group_id"))
        .when(pl.col("has_members").is_null())
        .then(pl.format("group {} has no active member", name))
    )
    gives = pl.when(pl.col("target") == Target.GROUP.value).then("distribution").otherwise("target")
    tried = found.with_columns(
        pl.format("rule {} (order {}): {}", "rule_id", "order", problem).alias("refusal"), gives.alias("gives")
    )
    usable = pl.col("refusal").is_null()
    return tried.select(
        *leads.columns,
        "refusal",
        *(pl.when(usable).then(column).alias(column) for column in ("by_rule", "gives", "plan_user", "group_version")),
        pl.when(usable).then("group_id").alias("plan_group"),
        pl.coalesce(pl.when(usable).then("rule_brand"), "brand_id").alias("plan_brand"),
    )


def _find_groups(asked: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """The version of each lead's group that is in force at its capture (SPEC GR3)."""
    versions = groups.select(
        "group_id",
        pl.col("name").alias("group_name"),
        "distribution",
        pl.col("rulebook_version").alias("group_version"),
        pl.col("valid_from").fill_null(_LONG_AGO).alias("from"),
        pl.min_horizontal("valid_to", "deleted_at").fill_null(_FAR_AHEAD).alias("to"),
    ).sort("from")
    wanted = asked.with_row_index("row").filter(pl.col("group_id").is_not_null())
    found = (
        wanted.select("row", "group_id", "captured_at")
        .sort("captured_at")
        .join_asof(
            versions, left_on="captured_at", right_on="from", by="group_id", strategy="backward", check_sortedness=False
        )
        .filter(pl.col("captured_at") < pl.col("to"))
        .select("row", "group_name", "distribution", "group_version")
    )
    return asked.with_row_index("row").join(found, on="row", how="left", maintain_order="left").drop("row")
