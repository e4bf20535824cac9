"""Leads go to people: by named assignee, by owner, by rule, else to the brand."""

from __future__ import annotations

import polars as pl

from flows.quarantine import quarantine
from flows.runs import Counts, Run
from flows.store import Store
from schemas.tables import (
    CORE_BRANDS,
    CORE_FLOW_ENROLMENTS,
    CORE_LEAD_FIELDS,
    CORE_LEADS,
    CORE_USERS,
    OPS_QUARANTINE,
    ROUTING_ASSIGNMENTS,
    ROUTING_CHANNELS,
    ROUTING_CONDITIONS,
    ROUTING_DECISIONS,
    ROUTING_GROUP_MEMBERS,
    ROUTING_GROUPS,
    ROUTING_OFFERS,
    ROUTING_RULES,
    STAGING_LEADS,
)
from transforms.routing.decisions import Organization, Policy, Routed, compile_rules, route_leads

__all__ = ["route"]

_STAGE = "route"

_LEAD_COLUMNS = (
    "lead_id", "contact_id", "channel_id", "brand_id", "captured_at", "assignees", "is_repeat", "contact_owner",
    "file_id", "record_number",
)  # fmt: skip


def route(run: Run) -> Counts:
    """Decide every lead anew, each by the rulebook of its time, and write the ledger (SPEC A-G1)."""
    with run.store() as store, store.transaction():
        organization = _read_organization(store, run)
        compiled = compile_rules(
            store.read(ROUTING_RULES), store.read(ROUTING_CONDITIONS), store.read(ROUTING_CHANNELS), organization
        )
        keys = store.read(STAGING_LEADS, ["lead_id", "payload_key"])
        leads = (
            store.read(CORE_LEADS, _LEAD_COLUMNS).join(keys, on="lead_id", how="left").sort("captured_at", "lead_id")
        )
        fields = store.read(CORE_LEAD_FIELDS, ["lead_id", *compiled.rulebook.fields])
        chosen = run.settings.routing
        policy = Policy(chosen.sticky_owner, chosen.sticky_owner_channels, chosen.claim_window_minutes)
        return _write(store, route_leads(leads, fields, compiled, organization, policy))


def _read_organization(store: Store, run: Run) -> Organization:
    brands = store.read(CORE_BRANDS)
    regions = dict(brands.filter(pl.col("region").is_not_null()).select("brand_id", "region").iter_rows())
    return Organization(
        users=store.read(CORE_USERS),
        brands=brands,
        groups=store.read(ROUTING_GROUPS),
        members=store.read(ROUTING_GROUP_MEMBERS),
        regions=regions | run.settings.regions,
        default_region=run.settings.region,
    )


def _write(store: Store, routed: Routed) -> Counts:
    store.replace(ROUTING_DECISIONS, routed.decisions)
    store.replace(ROUTING_ASSIGNMENTS, routed.assignments)
    store.replace(ROUTING_OFFERS, routed.offers)
    store.replace(CORE_FLOW_ENROLMENTS, routed.enrolments)
    store.delete(OPS_QUARANTINE, "stage = ?", [_STAGE])
    quarantined = quarantine(store, _STAGE, routed.problems)
    by_status = dict(routed.decisions.group_by("status").len().sort("status").iter_rows())
    return {
        "leads": routed.decisions.height,
        **{f"leads_{status}": count for status, count in by_status.items()},
        "offers": routed.offers.height,
        "enrolments": routed.enrolments.height,
        "quarantined": quarantined,
    }
