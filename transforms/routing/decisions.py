"""Route leads: rules evaluated, targets resolved, precedence settled, the ledger written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import ROUTING_CLAIMS, STAGING_CLAIMS
from schemas.vocabulary import Folder, ProblemCode, WhenNobody
from transforms.quarantine import Problem, problems_frame
from transforms.routing.assignees import Assignees, match_assignees
from transforms.routing.brokerage import CompiledRules, Organization, compile_rules
from transforms.routing.cases import Claim, RuleTarget, Terms
from transforms.routing.directory import Directory, index_directory
from transforms.routing.dispatch import NOT_OFFERED, Dispatch
from transforms.routing.evaluate import evaluate_rules
from transforms.routing.groups import index_groups
from transforms.routing.ledger import Names, enrol_contacts, list_assignments, name_everything, write_decisions
from transforms.routing.settle import Settled, find_repeats, settle_leads
from transforms.routing.targets import Plans, eligible_members, plan_targets

__all__ = [
    "EVALUATED_SCHEMA", "CompiledRules", "Organization", "Policy", "Routed", "Routing", "compile_rules",
    "evaluate_leads", "route_leads", "settle_evaluated",
]  # fmt: skip

#: What the rules say of each lead, rules as rows of the rulebook's.
EVALUATED_SCHEMA = {"rule": pl.Int64, "next_rule": pl.Int64, "matched_count": pl.Int64, "default_rule": pl.Int64}


@dataclass(frozen=True)
class Policy:
    """What a brokerage may choose, and the clock.

    Attributes:
        sticky_owner: an existing contact's owner keeps its leads.
        sticky_owner_channels: the same, channel id by channel id.
        claim_window_minutes: how long a FirstToClaim offer stands where its group does not say.
        when_nobody: what a group does, where it does not say, with a lead that no member may be given.
        clock: up to when offers end and queues move on; None for neither.
    """

    sticky_owner: bool
    sticky_owner_channels: Mapping[str, bool]
    claim_window_minutes: int
    when_nobody: str = WhenNobody.QUEUE
    clock: datetime | None = None


@dataclass(frozen=True)
class Routed:
    """Rows of the tables of the same names, and assignees that fit several users."""

    decisions: pl.DataFrame
    assignments: pl.DataFrame
    offers: pl.DataFrame
    claims: pl.DataFrame
    enrolments: pl.DataFrame
    problems: pl.DataFrame


@dataclass(frozen=True)
class Routing:
    """Every lead settled; the ledger is written from it part by part, because its texts are large."""

    settled: Settled
    plans: Plans
    names: Names
    assignees: Assignees
    claims: pl.DataFrame
    enrolments: pl.DataFrame
    problems: pl.DataFrame

    @property
    def height(self) -> int:
        """How many leads there are."""
        return self.settled.leads.height

    def write(self, start: int, height: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Rows of routing.decisions and of routing.assignments for some of the leads, by place."""
        leads = self.settled.leads
        repeated = leads["repeat_place"].slice(start, height)
        part = leads.slice(start, height).with_columns(
            leads["lead_id"].gather(repeated).alias("repeat_of"),
            leads["outcome"].gather(repeated).alias("repeat_outcome"),
        )
        plans = Plans(self.plans.table, self.plans.of_lead[start : start + height])
        return write_decisions(part, plans, self.names), list_assignments(part, self.assignees.matched)


def route_leads(
    leads: pl.DataFrame,
    lead_fields: pl.DataFrame,
    compiled: CompiledRules,
    organization: Organization,
    policy: Policy,
    claims: pl.DataFrame | None = None,
) -> Routed:
    """Decide every lead (SPEC A-G1), as of its capture.

    Args:
        leads: core.leads' lead_id, contact_id, channel_id, brand_id, captured_at, assignees, is_repeat,
            contact_owner, file_id, record_number, and payload_key of staging.leads.
        lead_fields: lead_id and the rulebook's fields of core.lead_fields.
        compiled: from `compile_rules`.
        organization: users, brands, groups.
        policy: settings and clock.
        claims: rows of staging.claims.
    """
    ordered = leads.sort("captured_at", "lead_id")
    evaluated = evaluate_leads(ordered, lead_fields, compiled)
    routing = settle_evaluated(ordered.hstack(evaluated), compiled, organization, policy, claims)
    decisions, assignments = routing.write(0, routing.height)
    return Routed(decisions, assignments, routing.settled.offers, routing.claims, routing.enrolments, routing.problems)


def evaluate_leads(leads: pl.DataFrame, lead_fields: pl.DataFrame, compiled: CompiledRules) -> pl.DataFrame:
    """EVALUATED_SCHEMA, one row per lead in the order given."""
    keys = ["rule_id", "rulebook_version"]
    rows = compiled.rulebook.rules.select(*keys, pl.int_range(pl.len(), dtype=pl.Int64).alias("default_rule"))
    places = compiled.defaults.rules.select(keys).join(rows, on=keys, how="left", maintain_order="left")
    default = evaluate_rules(compiled.defaults, leads, leads.select("lead_id"))["rule"]
    found = evaluate_rules(compiled.rulebook, leads, lead_fields).drop("lead_id")
    return found.with_columns(places["default_rule"].gather(default))


def settle_evaluated(
    evaluated: pl.DataFrame,
    compiled: CompiledRules,
    organization: Organization,
    policy: Policy,
    claims: pl.DataFrame | None = None,
) -> Routing:
    """Settle leads that the rules were asked about.

    Args:
        evaluated: leads as `route_leads` takes them, with `evaluate_leads` beside, by (captured_at, lead_id).
        compiled: from `compile_rules`.
        organization: users, brands, groups.
        policy: settings and clock.
        claims: rows of staging.claims.
    """
    directory = index_directory(organization.users, organization.brands)
    members = eligible_members(organization.groups, organization.members, directory)
    own_zones = organization.users.filter(pl.col("time_zone").is_not_null()).select("user_id", "time_zone")
    zones = {**organization.time_zones, **dict(own_zones.iter_rows())}
    groups = index_groups(organization.groups, members, zones, organization.default_time_zone)
    rules = compiled.rulebook.rules
    assignees = match_assignees(_with_region(evaluated, organization), organization.users, directory)
    plans = plan_targets(evaluated, rules, groups, directory)
    received = pl.DataFrame(schema=polars_schema(STAGING_CLAIMS)) if claims is None else claims
    known = _gather(evaluated, assignees, directory, policy)
    settled = settle_leads(known, plans, groups, members, Dispatch(groups, directory, _list_targets(rules),
                           _read_terms(policy)), _list_claims(received))  # fmt: skip
    names = name_everything(rules, compiled.texts, organization.groups, directory)
    return Routing(
        settled, plans, names, assignees,
        claims=_answer(received, settled),
        enrolments=enrol_contacts(settled.leads, plans, rules),
        problems=_refuse_ambiguous(assignees, evaluated),
    )  # fmt: skip


def _read_terms(policy: Policy) -> Terms:
    clock = None if policy.clock is None else round(policy.clock.timestamp() * 1e6)
    return Terms(policy.claim_window_minutes, policy.when_nobody, clock)


def _list_targets(rules: pl.DataFrame) -> list[RuleTarget]:
    """What each rule gives leads to."""
    named = pl.coalesce(
        pl.when(pl.col("target") == target).then(column)
        for target, column in (("User", "user_id"), ("Group", "group_id"), ("Brand", "brand_id"))
    )
    return [RuleTarget(*row) for row in rules.select("target", named.alias("named"), "brand_id").iter_rows()]


def _list_claims(claims: pl.DataFrame) -> list[Claim]:
    columns = ("claim_id", "lead_id", "user_id", pl.col("claimed_at").dt.epoch("us"))
    return [Claim(*row) for row in claims.select(columns).iter_rows()]


def _answer(claims: pl.DataFrame, settled: Settled) -> pl.DataFrame:
    """Rows of routing.claims: what became of each, with the reason."""
    reasons = pl.Series("reason", [settled.answers[claim_id] for claim_id in claims["claim_id"]], dtype=pl.String)
    named = settled.leads.filter(pl.col("lead_id").is_in(claims["lead_id"].implode()))
    rows = claims.with_columns(reasons).join(named.select("lead_id", decided_by="outcome"), on="lead_id", how="left",
                                             maintain_order="left")  # fmt: skip
    reason = (
        pl.when(pl.col("decided_by").is_null())
        .then(pl.lit("no such lead"))
        .when(pl.col("reason") == NOT_OFFERED)
        .then(pl.format("{}: decided by {}", "reason", "decided_by"))
        .otherwise("reason")
    )
    outcome = pl.when(reason.is_null()).then(pl.lit("accepted")).otherwise(pl.lit("rejected"))
    return rows.with_columns(reason.alias("reason"), outcome.alias("outcome")).select(
        list(polars_schema(ROUTING_CLAIMS))
    )


def _with_region(leads: pl.DataFrame, organization: Organization) -> pl.DataFrame:
    """Leads that name assignees, with the country that phone numbers are read in."""
    region = pl.col("brand_id").replace_strict(
        dict(organization.regions), default=organization.default_region, return_dtype=pl.String
    )
    named = leads.filter(pl.col("assignees").is_not_null())
    return named.select("lead_id", "brand_id", "assignees", region.alias("region"))


def _gather(evaluated: pl.DataFrame, assignees: Assignees, directory: Directory, policy: Policy) -> pl.DataFrame:
    """Everything that precedence looks at, one row per lead."""
    columns = ["lead_id", "contact_id", "channel_id", "brand_id", "captured_at", "rule", "next_rule", "matched_count",
               "contact_owner"]  # fmt: skip
    numbered = evaluated.with_columns(pl.col("contact_id").rank("dense").alias("contact"))
    rows = numbered.select(*columns, "contact", find_repeats(numbered))
    first = assignees.matched.filter(pl.col("position") == 1).select("lead_id", pl.col("user_id").alias("assignee"))
    owners = evaluated["contact_owner"].drop_nulls().unique().to_list()
    refusals = pl.DataFrame(
        {"contact_owner": owners, "owner_refusal": [directory.refuse(owner) for owner in owners]},
        schema={"contact_owner": pl.String, "owner_refusal": pl.String},
    )
    for frame, key in ((first, "lead_id"), (assignees.findings, "lead_id"), (refusals, "contact_owner")):
        rows = rows.join(frame, on=key, how="left", maintain_order="left")
    return rows.with_columns(
        _is_sticky(policy).alias("is_sticky"),
        pl.when(pl.col("owner_refusal").is_null()).then("contact_owner").alias("owner"),
        pl.format("contact's owner: {}", "owner_refusal").alias("owner_refusal"),
    ).drop("contact_owner")


def _is_sticky(policy: Policy) -> pl.Expr:
    if not policy.sticky_owner_channels:
        return pl.lit(policy.sticky_owner)
    return pl.col("channel_id").replace_strict(
        dict(policy.sticky_owner_channels), default=policy.sticky_owner, return_dtype=pl.Boolean
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
