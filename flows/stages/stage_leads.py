"""raw.records of leads, and requests that capture them -> staging.leads, staging.lead_records, staging.claims."""

from __future__ import annotations

import polars as pl

from flows.quarantine import quarantine
from flows.runs import Counts, Run
from flows.stages.records import read_records
from schemas.tables import (
    CORE_BRANDS,
    CORE_CAMPAIGN_EMAILS,
    OPS_QUARANTINE,
    RAW_FILES,
    ROUTING_CHANNELS,
    STAGING_CLAIMS,
    STAGING_LEAD_RECORDS,
    STAGING_LEADS,
    STAGING_REQUESTS,
)
from schemas.vocabulary import Folder
from transforms.importing.decisions import find_home_brand
from transforms.leads.staging import stage_lead_records
from transforms.quarantine import place_in_logs
from transforms.requests.lead_log import CAPTURES, list_lead_records
from transforms.requests.parsing import sort_requests

__all__ = ["stage_leads"]

_STAGE = "stage_leads"


def stage_leads(run: Run) -> Counts:
    """Read all leads anew: a channel that a later rulebook brings lets them in (SPEC A-O5)."""
    with run.store() as store, store.transaction():
        brands = store.read(CORE_BRANDS, ["brand_id", "region"], "region IS NOT NULL")
        logs = store.read(RAW_FILES, ["file_id", "run_sequence"], "folder = ?", [Folder.REQUESTS.value])
        asked = store.read(STAGING_REQUESTS, where="list_contains(?, operation)", parameters=[list(CAPTURES)])
        requested = list_lead_records(sort_requests(asked), logs)
        staged = stage_lead_records(
            pl.concat([read_records(store, Folder.LEADS).select(requested.columns), requested]),
            store.read(ROUTING_CHANNELS),
            store.read(CORE_CAMPAIGN_EMAILS),
            default_brand=run.settings.brand,
            home_brand=run.settings.brand or find_home_brand(store.read(CORE_BRANDS)),
            regions={**dict(brands.rows()), **run.settings.regions},
            default_region=run.settings.region,
        )
        store.delete(OPS_QUARANTINE, "stage = ?", [_STAGE])
        kinds = staged.lead_records["kind"]
        return {
            "leads": store.replace(STAGING_LEADS, staged.leads),
            "records": store.replace(STAGING_LEAD_RECORDS, staged.lead_records),
            "duplicates": int((kinds == "duplicate").sum()),
            "claims": store.replace(STAGING_CLAIMS, staged.claims),
            "quarantined": quarantine(store, _STAGE, place_in_logs(staged.problems, logs["file_id"])),
        }
