"""Targets: what a lead's rule gives it to, else its channel's default rule, else the brand (SPEC A-G2, A-G3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas.vocabulary import Target
from transforms.routing.directory import Directory
from transforms.routing.groups import Groups

__all__ = ["PLAN_SCHEMA", "Plans", "eligible_members", "plan_targets"]

#: One row per plan. `by_rule` is the row of the rule that gives, null for none; `gives` User, RoundRobin, FirstToClaim
#: or Brand; plan_brand null for the lead's own.
PLAN_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "by_rule": pl.Int64,
    "default_rule": pl.Int64,
    "by_default": pl.Boolean,
    "gives": pl.String,
    "plan_user": pl.String,
    "plan_group": pl.String,
    "group_version": pl.String,
    "group_name": pl.String,
    "plan_brand": pl.String,
    "refusals": pl.List(pl.String),
}


@dataclass(frozen=True)
class Plans:
    """What the rules would do with each lead at its capture, whoever gets it in the end.

    Attributes:
        table: the distinct plans, PLAN_SCHEMA.
        of_lead: row of `table` for each lead.
    """

    table: pl.DataFrame
    of_lead: npt.NDArray[np.int64]

    def take(self, column: str) -> pl.Series:
        """One column of the plans, lead by lead."""
        return self.table[column].gather(self.of_lead)


def eligible_members(groups: pl.DataFrame, members: pl.DataFrame, directory: Directory) -> pl.DataFrame:
    """Members who may be given leads: columns of routing.group_members with `group_version` (SPEC A-G2).

    Args:
        groups: rows of routing.groups.
        members: rows of routing.group_members.
        directory: from `index_directory`.
    """
    brands = groups.select("group_id", "rulebook_version", pl.col("brand_id").alias("group_brand"))
    rows = members.join(brands, on=["group_id", "rulebook_version"], how="left", maintain_order="left")
    people = rows.select("user_id", pl.coalesce("brand_id", "group_brand")).iter_rows()
    may = pl.Series([directory.refuse(user_id, brand_id) is None for user_id, brand_id in people], dtype=pl.Boolean)
    return rows.filter(may).rename({"rulebook_version": "group_version"})


def plan_targets(leads: pl.DataFrame, rules: pl.DataFrame, groups: Groups, directory: Directory) -> Plans:
    """Find out what the rules would do with each lead.

    Leads of one rule, default rule and stretch of unchanged groups have one plan: it is made once.

    Args:
        leads: captured_at, rule and default_rule (rows of `rules`; null where there is none).
        rules: usable rules of the compiled rulebook.
        groups: from `index_groups`.
        directory: from `index_directory`.
    """
    captured = leads["captured_at"].dt.epoch("us").to_numpy()
    interval = np.searchsorted(groups.bounds, captured, side="right")
    rule, default = (leads[name].fill_null(-1).to_numpy() for name in ("rule", "default_rule"))
    size = rules.height + 1
    key = (interval * size + rule + 1) * size + default + 1
    _, firsts, of_lead = np.unique(key, return_index=True, return_inverse=True)
    targets = rules.select("target", "user_id", "group_id", "brand_id", "rule_id", "order", "is_default").rows()
    rows = [
        _plan(int(captured[place]), int(rule[place]), int(default[place]), targets, groups, directory)
        for place in firsts.tolist()
    ]
    return Plans(pl.DataFrame(rows, schema=PLAN_SCHEMA, orient="row"), of_lead.astype(np.int64))


def _plan(
    at: int,
    rule: int,
    default: int,
    targets: list[tuple[str, str | None, str | None, str | None, str, int, bool]],
    groups: Groups,
    directory: Directory,
) -> tuple[object, ...]:
    refusals: list[str] = []
    default_rule = None if default < 0 else default
    for tried in [rule] if rule == default else [rule, default]:
        if tried < 0:
            continue
        target, user_id, group_id, brand_id, rule_id, order, by_default = targets[tried]
        refusal: str | None = None
        plan: tuple[object, ...] = (target, None, None, None, None, brand_id)
        if target == Target.USER:
            refusal = directory.refuse(user_id, brand_id)
            plan = (target, user_id, None, None, None, brand_id)
        elif target == Target.GROUP and group_id is not None:
            version = groups.find(group_id, at)
            if version is None:
                refusal = f"group {group_id} is not in force"
            elif not version.members and version.fallback is None:
                refusal = f"group {version.name} has no active member"
            else:
                plan = (version.distribution, None, group_id, version.version, version.name, brand_id)
        if refusal is None:
            return (tried, default_rule, by_default, *plan, refusals or None)
        refusals.append(f"rule {rule_id} (order {order}): {refusal}")
    return (None, default_rule, None, None, None, None, None, None, None, refusals or None)
