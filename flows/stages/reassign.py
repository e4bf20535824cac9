"""Leads that requests gave to others, after routing has decided."""

from __future__ import annotations

import polars as pl

from flows.quarantine import quarantine
from flows.runs import Counts, Run
from flows.store import Store
from schemas.tables import (
    CORE_BRANDS,
    CORE_LEADS,
    CORE_USERS,
    OPS_QUARANTINE,
    ROUTING_ASSIGNMENTS,
    ROUTING_REASSIGNMENTS,
    STAGING_REQUESTS,
)
from transforms.requests.lead_log import find_targets, refuse_unknown_leads
from transforms.requests.parsing import sort_requests
from transforms.requests.reassignment import Reassigned, lay_over, list_reassignments

__all__ = ["read_reassignments", "reassign"]

_STAGE = "reassign"
_IS_ONE = "operation = 'leads.reassign'"


def reassign(run: Run) -> Counts:
    """Put the assignees of requests in the place of those that routing found (SPEC LC9, A-P2)."""
    with run.store() as store, store.transaction():
        leads = store.read(CORE_LEADS, ["lead_id", "contact_id", "brand_id", "captured_at"])
        reassigned = read_reassignments(run, store, leads)
        store.delete(OPS_QUARANTINE, "stage = ?", [_STAGE])
        given = reassigned.reassignments
        if not given.is_empty():
            store.replace(ROUTING_ASSIGNMENTS, lay_over(store.read(ROUTING_ASSIGNMENTS), given, leads))
        return {
            "requests": store.count(STAGING_REQUESTS, _IS_ONE),
            "reassigned": store.replace(ROUTING_REASSIGNMENTS, given),
            "quarantined": quarantine(store, _STAGE, reassigned.problems),
        }


def read_reassignments(run: Run, store: Store, leads: pl.DataFrame) -> Reassigned:
    """Whom requests gave leads to.

    Args:
        run: the run.
        store: the warehouse.
        leads: lead_id, contact_id, brand_id and captured_at of every lead.
    """
    requests = sort_requests(store.read(STAGING_REQUESTS, where=_IS_ONE))
    targets = find_targets(requests, leads, leads["contact_id"]).drop_nulls("lead_id")
    brands = store.read(CORE_BRANDS)
    regions = dict(brands.drop_nulls("region").select("brand_id", "region").iter_rows()) | run.settings.regions
    users = store.read(CORE_USERS)
    given, problems = list_reassignments(requests, targets, leads, users, brands, regions, run.settings.region)
    return Reassigned(given, pl.concat([problems, refuse_unknown_leads(requests, targets, "contact with leads")]))
