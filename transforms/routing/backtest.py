"""The same leads under two rulebooks: back-tests, and the shadow rulebook of every run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from transforms.leads.catalogue import Form
from transforms.routing.candidate import Candidate, put_in_force
from transforms.routing.comparison import Comparison, compare_decisions
from transforms.routing.decisions import Organization, Policy, compile_rules, route_leads
from transforms.routing.versions import RulebookTables

__all__ = ["History", "decide_under", "run_backtest"]


@dataclass(frozen=True)
class History:
    """Leads as `route_leads` takes them, their fields, and what else decides about them.

    Attributes:
        leads: all leads.
        lead_fields: the fields that rules ask.
        organization: users, brands, groups.
        policy: settings and clock.
        claims: rows of staging.claims; None for none.
        attributes: `attr.<def>` -> form of its values, from `list_attribute_fields`.
    """

    leads: pl.DataFrame
    lead_fields: pl.DataFrame
    organization: Organization
    policy: Policy
    claims: pl.DataFrame | None = None
    attributes: Mapping[str, Form] | None = None


def decide_under(tables: RulebookTables, history: History) -> tuple[pl.DataFrame, dict[str, str]]:
    """Rows of routing.decisions of all leads, and rule id -> the rule in words; nothing is written anywhere.

    Args:
        tables: the rulebook with all its versions.
        history: the leads.
    """
    organization = replace(history.organization, groups=tables.groups, members=tables.group_members)
    compiled = compile_rules(tables.rules, tables.conditions, tables.channels, organization, history.attributes)
    routed = route_leads(history.leads, history.lead_fields, compiled, organization, history.policy, history.claims)
    return routed.decisions, dict(zip(compiled.rulebook.rules["rule_id"], compiled.texts, strict=True))


def run_backtest(
    live: RulebookTables, candidate: Candidate, history: History, since: datetime | None, until: datetime | None
) -> tuple[Comparison, dict[str, str]]:
    """Decide leads under the live rulebook and under the candidate, and compare.

    Leads before `since` are decided by the live rulebook on both sides: owners and turns of groups go on from them.

    Args:
        live: the rulebook with all its versions.
        candidate: what is put in force at `since`.
        history: all leads, not those of the time span alone.
        since: first moment looked at; None for the first lead.
        until: first moment not looked at any more; None for none.

    Returns:
        What differs among the leads of the time span, and rule id -> the rule in words, of both.
    """
    span = pl.lit(True) if until is None else pl.col("captured_at") < until
    seen = replace(history, leads=history.leads.filter(span))
    old, old_texts = decide_under(live, seen)
    new, new_texts = decide_under(put_in_force(live, candidate, since), seen)
    in_span = pl.lit(True) if since is None else pl.col("captured_at") >= since
    compared = compare_decisions(old.filter(in_span), new.filter(in_span))
    return compared, old_texts | new_texts
