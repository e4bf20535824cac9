"""The ledger: each lead's decision with its reason, its assignees and flow enrolments."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import CORE_FLOW_ENROLMENTS, ROUTING_ASSIGNMENTS, ROUTING_DECISIONS
from schemas.vocabulary import DecidedBy, Distribution, LeadStatus, Target
from transforms.routing.directory import Directory
from transforms.routing.targets import Plans

__all__ = ["Names", "enrol_contacts", "list_assignments", "name_everything", "write_decisions"]

_BY_RULE = [DecidedBy.RULE.value, DecidedBy.DEFAULT_RULE.value]


@dataclass(frozen=True)
class Names:
    """What the ledger calls things.

    Attributes:
        rules: row of the rulebook -> rule_id, rule_order, rulebook_version, rule_text, flow_id.
        users: user_id and user_name.
        groups: group_id and group_name, the latest.
    """

    rules: pl.DataFrame
    users: pl.DataFrame
    groups: pl.DataFrame


def name_everything(rules: pl.DataFrame, texts: pl.Series, groups: pl.DataFrame, directory: Directory) -> Names:
    """Names of the rules, users and groups that decisions speak of.

    Args:
        rules: usable rules of the compiled rulebook.
        texts: each of them in words.
        groups: rows of routing.groups.
        directory: from `index_directory`.
    """
    users = {"user_id": list(directory.names), "user_name": list(directory.names.values())}
    named = groups.sort("valid_from", nulls_last=False).unique("group_id", keep="last", maintain_order=True)
    return Names(
        rules.select("rule_id", pl.col("order").alias("rule_order"), "rulebook_version", texts.alias("rule_text"),
                     "flow_id"),
        pl.DataFrame(users, schema={"user_id": pl.String, "user_name": pl.String}),
        named.select("group_id", pl.coalesce("name", "group_id").alias("group_name")),
    )  # fmt: skip


def write_decisions(settled: pl.DataFrame, plans: Plans, names: Names) -> pl.DataFrame:
    """Rows of routing.decisions, in the order of the leads given.

    Args:
        settled: `Settled.leads`, or some of them, with rule, next_rule, matched_count, findings (of assignees),
            owner_refusal and repeat_of (the lead a repeat repeats).
        plans: of the same leads.
        names: from `name_everything`.
    """
    rows = settled.with_columns(
        *_take(names.rules, settled["rule"], {"rule_id": "rule_id", "rule_order": "rule_order",
                                              "rulebook_version": "rulebook_version"}),
        *_take(names.rules, settled["next_rule"], {"rule_id": "next_rule_id"}),
        *_take(names.rules, settled["by_rule"], {"rule_text": "rule_text"}),
        *(plans.take(name) for name in ("gives", "plan_user", "plan_group", "plan_brand", "refusals")),
        *_take(names.rules, plans.take("by_rule"), {"flow_id": "plan_flow"}),
    )  # fmt: skip
    previous = names.users.rename({"user_id": "previous_user_id", "user_name": "previous_name"})
    for key, frame in (("user_id", names.users), ("previous_user_id", previous), ("group_id", names.groups)):
        rows = rows.join(frame, on=key, how="left", maintain_order="left")
    reached_rules = pl.col("outcome").is_in([*_BY_RULE, DecidedBy.BRAND.value])
    return rows.with_columns(
        *_counterfactual(),
        _reason().alias("reason"),
        _chain().alias("fallback_chain"),
        pl.when(reached_rules).then("plan_flow").alias("flow_id"),
    ).select(list(polars_schema(ROUTING_DECISIONS)))


def _take(table: pl.DataFrame, rows: pl.Series, columns: dict[str, str]) -> list[pl.Series]:
    return [table[column].gather(rows).alias(name) for column, name in columns.items()]


def _counterfactual() -> list[pl.Expr]:
    """What the rules would have given the lead to (SPEC A-G1)."""
    gives = pl.col("gives")
    target = (
        pl.when(gives.is_in([item.value for item in Distribution])).then(pl.lit(Target.GROUP.value)).otherwise(gives)
    )
    return [
        target.alias("rules_target"),
        pl.when(gives == Target.USER.value)
        .then("plan_user")
        .when(gives == Target.BRAND.value)
        .then(pl.coalesce("plan_brand", "lead_brand"))
        .otherwise("plan_group")
        .alias("rules_target_id"),
    ]


def _reason() -> pl.Expr:
    user = pl.coalesce("user_name", "user_id")
    group = pl.coalesce("group_name", "group_id")
    previous = pl.coalesce("previous_name", "previous_user_id")
    since = pl.format(" since lead {}", "owner_from").fill_null("")
    return (
        pl.when(pl.col("outcome") == DecidedBy.REPEAT.value)
        .then(pl.format("repeats lead {} and keeps its assignee", "repeat_of"))
        .when(pl.col("outcome") == DecidedBy.ASSIGNEE.value)
        .then(pl.format("assignee {} named by the payload", user))
        .when(pl.col("outcome") == DecidedBy.OWNER.value)
        .then(pl.concat_str(pl.format("contact's owner {}", user), since))
        .when(pl.col("outcome") == DecidedBy.BRAND.value)
        .then(_left_with_brand())
        .otherwise(_by_rule(user, group, previous))
    )


def _by_rule(user: pl.Expr, group: pl.Expr, previous: pl.Expr) -> pl.Expr:
    after = pl.when(previous.is_null()).then(pl.lit(": the first")).otherwise(pl.format(": next after {}", previous))
    given = pl.concat_str(pl.format("{}; group {}, turn {}", "rule_text", group, "group_turn"), after)
    fell = pl.col("target").ne(Target.GROUP.value) & pl.col("steps").is_not_null()
    return (
        pl.when(pl.col("is_claimed"))
        .then(pl.format("{}; offered to group {}, claimed by {}", "rule_text", group, user))
        .when(pl.col("status") == LeadStatus.OFFERED.value)
        .then(pl.format("{}; offered to group {}", "rule_text", group))
        .when(pl.col("status") == LeadStatus.QUEUED.value)
        .then(pl.format("{}; waits in group {} until a member may be given a lead", "rule_text", group))
        .when(pl.col("group_turn").is_not_null())
        .then(given)
        .when(fell)
        .then(pl.format("{}; what nobody takes goes to {}", "rule_text", pl.coalesce(user, "target")))
        .otherwise("rule_text")
    )


def _left_with_brand() -> pl.Expr:
    return (
        pl.when(pl.col("channel_id").is_null())
        .then(pl.lit("no channel: left with the brand"))
        .when(pl.col("rule").is_null())
        .then(pl.lit("no rule matches and the channel has no default rule: left with the brand"))
        .when(pl.col("steps").is_not_null())
        .then(pl.lit("nobody took it: left with the brand"))
        .otherwise(pl.lit("no target of its rules can be used: left with the brand"))
    )


def _chain() -> pl.Expr:
    """What was tried before and did not come to anything, in the order of the precedence."""
    tried = pl.col("outcome") != DecidedBy.REPEAT.value
    past_assignee = tried & (pl.col("outcome") != DecidedBy.ASSIGNEE.value)
    past_owner = past_assignee & (pl.col("outcome") != DecidedBy.OWNER.value)
    none = pl.lit([], dtype=pl.List(pl.String))
    chain = pl.concat_list(
        pl.when(tried).then("findings").fill_null(none),
        pl.when(past_assignee & pl.col("is_sticky")).then("owner_refusal"),
        pl.when(past_owner).then("refusals").fill_null(none),
        pl.when(past_owner).then("steps").fill_null(none),
    ).list.drop_nulls()
    return pl.when(chain.list.len() > 0).then(chain)


def list_assignments(settled: pl.DataFrame, assignees: pl.DataFrame) -> pl.DataFrame:
    """Rows of routing.assignments: every payload assignee in order, else one row (SPEC A-P2).

    Args:
        settled: `Settled.leads`, or some of them, with repeat_of and repeat_outcome (how the repeated lead was
            decided).
        assignees: lead_id, position and user_id of usable payload assignees.
    """
    rows = settled.with_columns(
        pl.coalesce("repeat_of", "lead_id").alias("source"), pl.col("outcome").alias("decided_by")
    )
    is_named = pl.coalesce("repeat_outcome", "outcome") == DecidedBy.ASSIGNEE.value
    names = list(polars_schema(ROUTING_ASSIGNMENTS))
    single = rows.filter(~is_named).with_columns(pl.lit(1, dtype=pl.Int64).alias("position")).select(names)
    if single.height == rows.height:
        return single
    several = rows.filter(is_named).drop("user_id").join(assignees.rename({"lead_id": "source"}), on="source")
    return pl.concat([several.select(names), single]).sort("lead_id", "position")


def enrol_contacts(settled: pl.DataFrame, plans: Plans, rules: pl.DataFrame) -> pl.DataFrame:
    """Rows of core.flow_enrolments: the first lead whose rule has a flow enrols its contact (SPEC A-F3).

    Args:
        settled: all of `Settled.leads` with contact_id.
        plans: of the same leads: the rule that gave the lead at its capture enrols, whoever claims it later.
        rules: usable rules of the compiled rulebook.
    """
    planned = plans.take("by_rule")
    reached_rules = pl.col("outcome").is_in([*_BY_RULE, DecidedBy.BRAND.value])
    giving = settled.select(
        "contact_id", "lead_id", pl.col("captured_at").alias("enrolled_at"), "outcome",
        *_take(rules, planned, {"flow_id": "flow_id", "rule_id": "rule_id", "rulebook_version": "rulebook_version"}),
    ).filter(reached_rules & pl.col("flow_id").is_not_null())  # fmt: skip
    first = giving.sort("enrolled_at", "lead_id").unique(["contact_id", "flow_id"], keep="first", maintain_order=True)
    return first.select(list(polars_schema(CORE_FLOW_ENROLMENTS)))
