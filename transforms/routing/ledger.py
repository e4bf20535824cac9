"""The ledger: each lead's decision with its reason, its assignees, offers and flow enrolments."""

from __future__ import annotations

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import CORE_FLOW_ENROLMENTS, ROUTING_ASSIGNMENTS, ROUTING_DECISIONS
from schemas.vocabulary import DecidedBy, Distribution, LeadStatus, Target
from transforms.routing.directory import Directory

__all__ = ["enrol_contacts", "list_assignments", "write_decisions"]

_BY_RULE = (DecidedBy.RULE.value, DecidedBy.DEFAULT_RULE.value)


def write_decisions(
    settled: pl.DataFrame, rules: pl.DataFrame, rule_texts: pl.Series, group_names: pl.DataFrame, directory: Directory
) -> pl.DataFrame:
    """Rows of routing.decisions, with `contact_id` and `by_rule` beside for what follows from them.

    Args:
        settled: from `settle_leads`, with rule, next_rule, matched_count, by_rule, plan_brand, refusals, findings
            (of assignees) and owner_refusal.
        rules: usable rules of the compiled rulebook.
        rule_texts: each of them in words.
        group_names: group_id, group_version and name.
        directory: from `read_directory`.
    """
    names = pl.DataFrame({"user_id": list(directory.names), "user_name": list(directory.names.values())},
                         schema={"user_id": pl.String, "user_name": pl.String})  # fmt: skip
    winning = rules.select(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("rule"), "rule_id", pl.col("order").alias("rule_order"),
        "rulebook_version",
    )  # fmt: skip
    following = winning.select(pl.col("rule").alias("next_rule"), pl.col("rule_id").alias("next_rule_id"))
    giving = rules.select(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("by_rule"), "flow_id", rule_texts.alias("rule_text")
    )
    previous = names.rename({"user_id": "previous_user_id", "user_name": "previous_name"})
    rows = settled
    for key, frame in (("rule", winning), ("next_rule", following), ("by_rule", giving), ("user_id", names),
                       ("previous_user_id", previous)):  # fmt: skip
        rows = rows.join(frame, on=key, how="left", maintain_order="left")
    rows = rows.join(
        group_names.rename({"group_id": "plan_group", "name": "group_name"}),
        on=["plan_group", "group_version"], how="left", maintain_order="left",
    )  # fmt: skip
    decided = rows.with_columns(*_where_it_stands(), _reason().alias("reason"), _chain().alias("fallback_chain"))
    kept = [*polars_schema(ROUTING_DECISIONS), "contact_id", "by_rule", "repeat_of", "plan_group", "group_version"]
    return _repeat(decided.select(kept))


def _where_it_stands() -> list[pl.Expr]:
    by_rule = pl.col("outcome").is_in(_BY_RULE)
    to_group = by_rule & pl.col("gives").is_in([Distribution.ROUND_ROBIN.value, Distribution.FIRST_TO_CLAIM.value])
    offered = by_rule & (pl.col("gives") == Distribution.FIRST_TO_CLAIM.value)
    to_brand = (pl.col("outcome") == DecidedBy.BRAND.value) | (by_rule & (pl.col("gives") == Target.BRAND.value))
    return [
        pl.when(offered)
        .then(pl.lit(LeadStatus.OFFERED.value))
        .when(pl.col("outcome") == DecidedBy.BRAND.value)
        .then(pl.lit(LeadStatus.UNASSIGNED.value))
        .otherwise(pl.lit(LeadStatus.ASSIGNED.value))
        .alias("status"),
        pl.when(to_group)
        .then(pl.lit(Target.GROUP.value))
        .when(to_brand)
        .then(pl.lit(Target.BRAND.value))
        .otherwise(pl.lit(Target.USER.value))
        .alias("target"),
        pl.when(to_group).then("plan_group").alias("group_id"),
        pl.when(by_rule).then(pl.coalesce("plan_brand", "brand_id")).otherwise("brand_id").alias("brand_id"),
        pl.when(by_rule).then("flow_id").alias("flow_id"),
    ]


def _reason() -> pl.Expr:
    user = pl.coalesce("user_name", "user_id")
    group = pl.coalesce("group_name", "plan_group")
    previous = pl.coalesce("previous_name", "previous_user_id")
    turn = pl.format("{}; group {}, turn {}", "rule_text", group, "group_turn")
    by_rule = (
        pl.when(pl.col("gives") == Distribution.ROUND_ROBIN.value)
        .then(pl.concat_str(turn, pl.when(previous.is_null()).then(pl.lit(": the first"))
                            .otherwise(pl.format(": next after {}", previous))))
        .when(pl.col("gives") == Distribution.FIRST_TO_CLAIM.value)
        .then(pl.format("{}; offered to group {}", "rule_text", group))
        .otherwise("rule_text")
    )  # fmt: skip
    by_brand = (
        pl.when(pl.col("channel_id").is_null())
        .then(pl.lit("no channel: left with the brand"))
        .when(pl.col("rule").is_null())
        .then(pl.lit("no rule matches and the channel has no default rule: left with the brand"))
        .otherwise(pl.lit("no target of its rules can be used: left with the brand"))
    )
    since = pl.format(" since lead {}", "owner_from").fill_null("")
    by_owner = pl.concat_str(pl.format("contact's owner {}", user), since)
    return (
        pl.when(pl.col("outcome") == DecidedBy.REPEAT.value)
        .then(pl.format("repeats lead {} and keeps its assignee", "repeat_of"))
        .when(pl.col("outcome") == DecidedBy.ASSIGNEE.value)
        .then(pl.format("assignee {} named by the payload", user))
        .when(pl.col("outcome") == DecidedBy.OWNER.value)
        .then(by_owner)
        .when(pl.col("outcome") == DecidedBy.BRAND.value)
        .then(by_brand)
        .otherwise(by_rule)
    )


def _chain() -> pl.Expr:
    """What was tried before and refused, in the order of the precedence."""
    tried = pl.col("outcome") != DecidedBy.REPEAT.value
    past_assignee = tried & (pl.col("outcome") != DecidedBy.ASSIGNEE.value)
    past_owner = past_assignee & (pl.col("outcome") != DecidedBy.OWNER.value)
    none = pl.lit([], dtype=pl.List(pl.String))
    chain = pl.concat_list(
        pl.when(tried).then("findings").fill_null(none),
        pl.when(past_assignee & pl.col("is_sticky")).then("owner_refusal"),
        pl.when(past_owner).then("refusals").fill_null(none),
    ).list.drop_nulls()
    return pl.when(chain.list.len() > 0).then(chain)


def _repeat(decisions: pl.DataFrame) -> pl.DataFrame:
    """Give repeats what the lead they repeat has (SPEC A-P6)."""
    names = ["status", "target", "user_id", "group_id", "brand_id"]
    kept = decisions.filter(pl.col("lead_id").is_in(decisions["repeat_of"].drop_nulls().implode()))
    earlier = kept.select(pl.col("lead_id").alias("repeat_of"), *names)
    joined = decisions.join(earlier, on="repeat_of", how="left", suffix="_kept", maintain_order="left")
    is_repeat = pl.col("repeat_of").is_not_null()
    return joined.with_columns(
        pl.when(is_repeat).then(f"{name}_kept").otherwise(name).alias(name) for name in names
    ).drop(f"{name}_kept" for name in names)


def list_assignments(decisions: pl.DataFrame, assignees: pl.DataFrame) -> pl.DataFrame:
    """Rows of routing.assignments: every payload assignee in order, else one row (SPEC A-P2).

    Args:
        decisions: from `write_decisions`.
        assignees: lead_id, position and user_id of usable payload assignees.
    """
    source = pl.coalesce("repeat_of", "lead_id").alias("source")
    rows = decisions.with_columns(source, pl.col("outcome").alias("decided_by"))
    outcomes = decisions.select(pl.col("lead_id").alias("source"), pl.col("outcome").alias("source_outcome"))
    rows = rows.join(outcomes, on="source", how="left", maintain_order="left")
    named = rows.filter(pl.col("source_outcome") == DecidedBy.ASSIGNEE.value).drop("user_id")
    several = named.join(assignees.rename({"lead_id": "source"}), on="source", how="inner")
    single = rows.filter(pl.col("source_outcome") != DecidedBy.ASSIGNEE.value).with_columns(
        pl.lit(1, dtype=pl.Int64).alias("position")
    )
    names = list(polars_schema(ROUTING_ASSIGNMENTS))
    return pl.concat([several.select(names), single.select(names)]).sort("lead_id", "position")


def enrol_contacts(decisions: pl.DataFrame, rules: pl.DataFrame) -> pl.DataFrame:
    """Rows of core.flow_enrolments: the first lead whose rule has a flow enrols its contact (SPEC A-F3)."""
    giving = rules.select(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("by_rule"),
        pl.col("rule_id").alias("giving_rule"),
        pl.col("rulebook_version").alias("giving_version"),
    )
    first = (
        decisions.filter(pl.col("flow_id").is_not_null())
        .sort("captured_at", "lead_id")
        .unique(["contact_id", "flow_id"], keep="first", maintain_order=True)
        .join(giving, on="by_rule", how="left", maintain_order="left")
    )
    return first.select(
        "contact_id",
        "flow_id",
        "lead_id",
        pl.col("giving_rule").alias("rule_id"),
        pl.col("giving_version").alias("rulebook_version"),
        pl.col("captured_at").alias("enrolled_at"),
    ).select(list(polars_schema(CORE_FLOW_ENROLMENTS)))
