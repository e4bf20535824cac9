"""Leads that requests gave to others, after routing has decided."""

from __future__ import annotations

import polars as pl

from flows.quarantine import quarantine
from flows.runs import Counts, Run
from schemas.tables import (
    CORE_BRANDS,
    CORE_CONTACTS,
    CORE_LEADS,
    CORE_USERS,
    OPS_QUARANTINE,
    ROUTING_ASSIGNMENTS,
    ROUTING_REASSIGNMENTS,
    STAGING_REQUESTS,
)
from transforms.requests.lead_log import find_targets, refuse_unknown_leads
from transforms.requests.parsing import sort_requests
from transforms.requests.reassignment import reassign_leads

__all__ = ["reassign"]

_STAGE = "reassign"


def reassign(run: Run) -> Counts:
    """Put the assignees of requests in the place of those that routing found (SPEC LC9, A-P2)."""
    with run.store() as store, store.transaction():
        requests = sort_requests(store.read(STAGING_REQUESTS, where="operation = 'leads.reassign'"))
        leads = store.read(CORE_LEADS, ["lead_id", "contact_id", "brand_id", "captured_at"])
        targets = find_targets(requests, leads, store.read(CORE_CONTACTS, ["contact_id"])["contact_id"])
        brands = store.read(CORE_BRANDS)
        regions = dict(brands.drop_nulls("region").select("brand_id", "region").iter_rows())
        reassigned = reassign_leads(
            store.read(ROUTING_ASSIGNMENTS),
            requests,
            targets,
            leads,
            store.read(CORE_USERS),
            brands,
            regions | run.settings.regions,
            run.settings.region,
        )
        store.delete(OPS_QUARANTINE, "stage = ?", [_STAGE])
        store.replace(ROUTING_ASSIGNMENTS, reassigned.assignments)
        unknown = refuse_unknown_leads(requests, targets.drop_nulls("lead_id"))
        return {
            "requests": requests.height,
            "reassigned": store.replace(ROUTING_REASSIGNMENTS, reassigned.reassignments),
            "quarantined": quarantine(store, _STAGE, pl.concat([reassigned.problems, unknown])),
        }
