"""Rulebook files become channels, rules, conditions and groups, each with the time it is in force."""

from __future__ import annotations

import polars as pl

from flows.quarantine import quarantine
from flows.runs import Counts, Run
from flows.stages.records import read_records
from schemas.tables import (
    CORE_ATTRIBUTE_DEFS,
    CORE_BRANDS,
    OPS_QUARANTINE,
    ROUTING_CHANNELS,
    ROUTING_CONDITIONS,
    ROUTING_GROUP_MEMBERS,
    ROUTING_GROUPS,
    ROUTING_RULES,
    STAGING_REQUESTS,
)
from schemas.vocabulary import Folder
from transforms.leads.attribute_fields import list_attribute_fields
from transforms.quarantine import place_in_logs, problems_frame
from transforms.requests.parsing import sort_requests
from transforms.requests.rulebook import RULEBOOK_OPERATIONS, add_requested_documents
from transforms.routing.documents import read_documents
from transforms.routing.shadow import without_shadows
from transforms.routing.versions import build_versions

__all__ = ["stage_rulebooks"]

_STAGE = "stage_rulebooks"
_IS_OF = "list_contains(?, operation)"


def stage_rulebooks(run: Run) -> Counts:
    """Read every rulebook document received so far, and requests as documents (SPEC A-O9); all versions anew."""
    with run.store() as store, store.transaction():
        asked = store.read(STAGING_REQUESTS, where=_IS_OF, parameters=[list(RULEBOOK_OPERATIONS)])
        read = read_documents(without_shadows(read_records(store, Folder.ROUTING)))
        documents, refused = add_requested_documents(read, sort_requests(asked))
        regions = dict(store.read(CORE_BRANDS, ["brand_id", "region"], "region IS NOT NULL").iter_rows())
        attributes = list_attribute_fields(store.read(CORE_ATTRIBUTE_DEFS))
        tables = build_versions(documents, regions | run.settings.regions, run.settings.region, attributes)
        store.replace(ROUTING_CHANNELS, tables.channels)
        store.replace(ROUTING_RULES, tables.rules)
        store.replace(ROUTING_CONDITIONS, tables.conditions)
        store.replace(ROUTING_GROUPS, tables.groups)
        store.replace(ROUTING_GROUP_MEMBERS, tables.group_members)
        store.delete(OPS_QUARANTINE, "stage = ?", [_STAGE])
        problems = place_in_logs(pl.concat([tables.problems, problems_frame(refused)]), asked["file_id"].unique())
        quarantined = quarantine(store, _STAGE, problems)
    return {
        "documents": len(documents),
        "channels": tables.channels["channel_id"].n_unique(),
        "rules": tables.rules["rule_id"].n_unique(),
        "rules_off": tables.rules["invalid_reason"].count(),
        "quarantined": quarantined,
    }
