"""raw.records of leads -> staging.leads, staging.lead_records, staging.claims."""

from __future__ import annotations

from flows.quarantine import quarantine
from flows.runs import Counts, Run
from flows.stages.records import read_records
from schemas.tables import (
    CORE_BRANDS,
    CORE_CAMPAIGN_EMAILS,
    OPS_QUARANTINE,
    ROUTING_CHANNELS,
    STAGING_CLAIMS,
    STAGING_LEAD_RECORDS,
    STAGING_LEADS,
)
from schemas.vocabulary import Folder
from transforms.leads.staging import stage_lead_records

__all__ = ["stage_leads"]

_STAGE = "stage_leads"


def stage_leads(run: Run) -> Counts:
    """Read all leads anew: a channel that a later rulebook brings lets them in (SPEC A-O5)."""
    with run.store() as store, store.transaction():
        brands = store.read(CORE_BRANDS, ["brand_id", "region"], "region IS NOT NULL")
        staged = stage_lead_records(
            read_records(store, Folder.LEADS),
            store.read(ROUTING_CHANNELS),
            store.read(CORE_CAMPAIGN_EMAILS),
            default_brand=run.settings.brand,
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
            "quarantined": quarantine(store, _STAGE, staged.problems),
        }
