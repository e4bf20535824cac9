"""Route leads: rules evaluated, targets resolved, precedence settled, the ledger written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from schemas.vocabulary import DecidedBy, Folder, LeadStatus, ProblemCode
from transforms.quarantine import Problem, problems_frame
from transforms.routing.assignees import Assignees, match_assignees
from transforms.routing.conditions import channel_regions, read_terms
from transforms.routing.directory import Directory, index_directory
from transforms.routing.evaluate import evaluate_rules
from transforms.routing.explain import describe_rules
from transforms.routing.ledger import enrol_contacts, list_assignments, write_decisions
from transforms.routing.offers import make_offers
from transforms.routing.precedence import find_repeats, settle_leads
from transforms.routing.rulebook import Rulebook, compile_rulebook
from transforms.routing.targets import eligible_members, resolve_targets

__all__ = ["CompiledRules", "Organization", "Policy", "Routed", "compile_rules", "route_leads"]


@dataclass(frozen=True)
class Policy:
    """What a brokerage may choose.

    Attributes:
        sticky_owner: an existing contact's owner keeps its leads.
        sticky_owner_channels: the same, channel id by channel id.
        claim_window_minutes: how long a FirstToClaim offer stands.
    """

    sticky_owner: bool
    sticky_owner_channels: Mapping[str, bool]
    claim_window_minutes: int


@dataclass(frozen=True)
class Organization:
    """Rows of core.users, core.brands, routing.groups and routing.group_members, and regions by brand id."""

    users: pl.DataFrame
    brands: pl.DataFrame
    groups: pl.DataFrame
    members: pl.DataFrame
    regions: Mapping[str, str]
    default_region: str


@dataclass(frozen=True)
class CompiledRules:
    """All rules, the default rules among them once more on their own, and every rule in words."""

    rulebook: Rulebook
    defaults: Rulebook
    texts: pl.Series


@dataclass(frozen=True)
class Routed:
    """Rows of the tables of the same names, and assignees that fit several users."""

    decisions: pl.DataFrame
    assignments: pl.DataFrame
    offers: pl.DataFrame
    enrolments: pl.DataFrame
    problems: pl.DataFrame


def compile_rules(
    rules: pl.DataFrame, conditions: pl.DataFrame, channels: pl.DataFrame, organization: Organization
) -> CompiledRules:
    """Compile every version of the rulebook.

    Args:
        rules: rows of routing.rules.
        conditions: rows of routing.conditions.
        channels: rows of routing.channels.
        organization: for the countries that phone numbers in conditions are read in.
    """
    regions = channel_regions(channels.sort("valid_from"), organization.regions, organization.default_region)
    usable = rules.filter(pl.col("invalid_reason").is_null())
    keys = ["rule_id", "rulebook_version"]
    terms = read_terms(conditions.join(usable, on=keys, how="semi", maintain_order="left"), usable, regions)
    rulebook = compile_rulebook(usable, terms)
    defaults = compile_rulebook(usable.filter("is_default"), [])
    return CompiledRules(rulebook, defaults, describe_rules(rulebook.rules, terms))


def route_leads(
    leads: pl.DataFrame,
    lead_fields: pl.DataFrame,
    compiled: CompiledRules,
    organization: Organization,
    policy: Policy,
) -> Routed:
    """Decide every lead (SPEC A-G1), as of its capture.

    Args:
        leads: core.leads' lead_id, contact_id, channel_id, brand_id, captured_at, assignees, is_repeat,
            contact_owner, file_id, record_number, and payload_key of staging.leads.
        lead_fields: lead_id and the rulebook's fields of core.lead_fields.
        compiled: from `compile_rules`.
        organization: users, brands, groups.
        policy: settings.
    """
    directory = index_directory(organization.users, organization.brands)
    members = eligible_members(organization.groups, organization.members, directory)
    assignees = match_assignees(_with_region(leads, organization), organization.users, directory)
    evaluated = _evaluate(leads, lead_fields, compiled)
    rules = compiled.rulebook.rules
    plans = resolve_targets(evaluated, rules, organization.groups, members, directory)
    known = _gather(evaluated, plans, rules, assignees, directory, policy)
    settled = settle_leads(known, members)
    names = organization.groups.select("group_id", pl.col("rulebook_version").alias("group_version"), "name")
    ledger = write_decisions(settled, rules, compiled.texts, names, directory)
    offered = ledger.filter(
        (pl.col("status") == LeadStatus.OFFERED.value) & (pl.col("outcome") != DecidedBy.REPEAT.value)
    )  # a repeat is offered with the lead it repeats
    return Routed(
        decisions=ledger.drop("contact_id", "by_rule", "repeat_of", "plan_group", "group_version"),
        assignments=list_assignments(ledger, assignees.matched),
        offers=make_offers(offered, members, policy.claim_window_minutes),
        enrolments=enrol_contacts(ledger, rules),
        problems=_refuse_ambiguous(assignees, leads),
    )


def _evaluate(leads: pl.DataFrame, lead_fields: pl.DataFrame, compiled: CompiledRules) -> pl.DataFrame:
    """Leads with rule, next_rule, matched_count and default_rule, all as rows of the rulebook's rules."""
    keys = ["rule_id", "rulebook_version"]
    rows = compiled.rulebook.rules.select(*keys, pl.int_range(pl.len(), dtype=pl.Int64).alias("default_rule"))
    of_default = compiled.defaults.rules.select(*keys, pl.int_range(pl.len(), dtype=pl.Int64).alias("rule"))
    places = of_default.join(rows, on=keys, how="left", maintain_order="left").select("rule", "default_rule")
    default = evaluate_rules(compiled.defaults, leads, leads.select("lead_id"))
    default = default.join(places, on="rule", how="left", maintain_order="left")
    found = evaluate_rules(compiled.rulebook, leads, lead_fields)
    return leads.hstack(found.drop("lead_id")).with_columns(default["default_rule"])


def _with_region(leads: pl.DataFrame, organization: Organization) -> pl.DataFrame:
    region = pl.col("brand_id").replace_strict(
        dict(organization.regions), default=organization.default_region, return_dtype=pl.String
    )
    return leads.select("lead_id", "brand_id", "assignees", region.alias("region"))


def _gather(
    evaluated: pl.DataFrame,
    plans: pl.DataFrame,
    rules: pl.DataFrame,
    assignees: Assignees,
    directory: Directory,
    policy: Policy,
) -> pl.DataFrame:
    """Everything that precedence looks at, one row per lead."""
    repeats = find_repeats(evaluated)
    first = assignees.matched.filter(pl.col("position") == 1).select("lead_id", pl.col("user_id").alias("assignee"))
    owners = evaluated["contact_owner"].drop_nulls().unique().to_list()
    refusals = pl.DataFrame(
        {"contact_owner": owners, "owner_refusal": [directory.refuse(owner) for owner in owners]},
        schema={"contact_owner": pl.String, "owner_refusal": pl.String},
    )
    defaults = rules.select(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("by_rule"), pl.col("is_default").alias("by_default")
    )
    rows = evaluated
    for frame, key in (
        (plans, "lead_id"), (repeats, "lead_id"), (first, "lead_id"), (assignees.findings, "lead_id"),
        (refusals, "contact_owner"), (defaults, "by_rule"),
    ):  # fmt: skip
        rows = rows.join(frame, on=key, how="left", maintain_order="left")
    sticky = pl.col("channel_id").replace_strict(
        dict(policy.sticky_owner_channels), default=policy.sticky_owner, return_dtype=pl.Boolean
    )
    return rows.with_columns(
        sticky.alias("is_sticky"),
        pl.when(pl.col("owner_refusal").is_null()).then("contact_owner").alias("owner"),
        pl.format("contact's owner: {}", "owner_refusal").alias("owner_refusal"),
    )


def _refuse_ambiguous(assignees: Assignees, leads: pl.DataFrame) -> pl.DataFrame:
    found = assignees.ambiguous.join(leads.select("lead_id", "file_id", "record_number"), on="lead_id", how="left")
    return problems_frame(
        Problem(
            row["file_id"], Folder.LEADS, ProblemCode.AMBIGUOUS_ASSIGNEE, row["reason"],
            "name the assignee by one user's e-mail or MLS id; the lead was routed without this assignee",
            row_number=row["record_number"], column_name=f"assignees[{row['position'] - 1}]", value=row["value"],
        )
        for row in found.sort("lead_id", "position").iter_rows(named=True)
    )  # fmt: skip
