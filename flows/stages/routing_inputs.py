"""What routing reads: the rulebook, the organization, the fields of leads in parts, the clock."""

# ruff: noqa: S608 - table names come from the registry; values are bound
from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import polars as pl

from flows.runs import Run
from flows.settings import Settings
from flows.store import Store
from schemas.ddl import polars_schema
from schemas.tables import (
    CORE_ATTRIBUTE_DEFS,
    CORE_ATTRIBUTE_EDITS,
    CORE_ATTRIBUTES,
    CORE_BRANDS,
    CORE_LEAD_FIELDS,
    CORE_LEADS,
    CORE_USERS,
    OPS_RUNS,
    ROUTING_CHANNELS,
    ROUTING_CONDITIONS,
    ROUTING_GROUP_MEMBERS,
    ROUTING_GROUPS,
    ROUTING_RULES,
    STAGING_CONTACT_ROWS,
    STAGING_LEADS,
)
from transforms.leads.attribute_fields import definitions_asked, list_attribute_fields, list_attribute_values
from transforms.routing.decisions import CompiledRules, Organization, compile_rules

__all__ = [
    "TIMELESS",
    "read_attribute_values",
    "read_clock",
    "read_lead_fields",
    "read_leads",
    "read_organization",
    "read_rules",
]

_LEAD_COLUMNS = (
    "lead_id", "contact_id", "channel_id", "brand_id", "captured_at", "assignees", "is_repeat", "contact_owner",
    "file_id", "record_number",
)  # fmt: skip
_CHOSEN = (
    f"contact_id IN (SELECT contact_id FROM {CORE_LEADS.full_name}"
    " WHERE contact_exists AND (? OR list_contains(?, lead_id)))"
)
#: Values of contacts, each from when it had them; a value that a request gave is none of its birth, nor of a lead.
_VALUES = f"""
    SELECT a.contact_id, attribute_def, text, number, date, a.address, match_key,
        CASE WHEN e.since IS NULL THEN a.source ELSE 'request' END AS source,
        coalesce(e.since, a.created_at) AS created_at, a.deleted_at, a.file_id, a.row_number,
        e.since IS NULL AND a.source <> 'lead' AND coalesce(a.file_id = r.file_id, false) AS is_birth
    FROM (
        FROM {CORE_ATTRIBUTES.full_name} WHERE NOT is_partner AND list_contains(?, attribute_def) AND {_CHOSEN}
    ) a
    LEFT JOIN {CORE_ATTRIBUTE_EDITS.full_name} e USING (attribute_id)
    LEFT JOIN {STAGING_CONTACT_ROWS.full_name} r ON r.contact_id = a.contact_id
"""
_PART_LEADS = 131_072  # leads whose fields are in memory at a time
#: Commands that bring nothing: they see the time that the others saw.
TIMELESS = ["rebuild", "undo", "model"]


def read_clock(store: Store, run: Run) -> datetime:
    """The latest clock of the runs that took something in or looked for it.

    Offers end and queues move on by it. A rebuild sees the same time as the run before it, so that it derives the same
    tables (DESIGN 1); the clocks are in ops.runs, which is never forgotten.
    """
    clocks = store.query(
        f"SELECT max(clock) AS clock FROM {OPS_RUNS.full_name} WHERE NOT list_contains(?, command)",
        [TIMELESS],
    )["clock"]
    return clocks.dt.convert_time_zone("UTC")[0] or run.clock


def read_organization(store: Store, settings: Settings) -> Organization:
    """Users, brands and groups, with countries and time zones of the brands."""
    brands = store.read(CORE_BRANDS)
    regions = dict(brands.filter(pl.col("region").is_not_null()).select("brand_id", "region").iter_rows())
    zones = dict(brands.filter(pl.col("time_zone").is_not_null()).select("brand_id", "time_zone").iter_rows())
    return Organization(
        users=store.read(CORE_USERS),
        brands=brands,
        groups=store.read(ROUTING_GROUPS),
        members=store.read(ROUTING_GROUP_MEMBERS),
        regions=regions | settings.regions,
        default_region=settings.region,
        time_zones=zones | settings.time_zones,
        default_time_zone=settings.time_zone,
    )


def read_rules(store: Store, organization: Organization) -> CompiledRules:
    """Every version of the rulebook, compiled."""
    attributes = list_attribute_fields(store.read(CORE_ATTRIBUTE_DEFS))
    rules, conditions, channels = map(store.read, (ROUTING_RULES, ROUTING_CONDITIONS, ROUTING_CHANNELS))
    return compile_rules(rules, conditions, channels, organization, attributes)


def read_leads(store: Store) -> pl.DataFrame:
    """Leads as routing takes them, in order of (captured_at, lead_id)."""
    keys = store.read(STAGING_LEADS, ["lead_id", "payload_key"])
    return store.read(CORE_LEADS, _LEAD_COLUMNS).join(keys, on="lead_id", how="left").sort("captured_at", "lead_id")


def read_lead_fields(store: Store, fields: Sequence[str]) -> Iterator[pl.DataFrame]:
    """lead_id and the fields asked, part by part: all of them at once would be most of the memory of a run."""
    stored = [name for name in fields if name in CORE_LEAD_FIELDS.columns]
    values = read_attribute_values(store, [name for name in fields if name not in stored])
    bounds = store.query(f"SELECT min(rowid) AS first, max(rowid) AS last FROM {CORE_LEAD_FIELDS.full_name}").row(0)
    if bounds[0] is None:
        return
    for start in range(bounds[0], bounds[1] + 1, _PART_LEADS):
        where, span = "rowid BETWEEN ? AND ?", [start, start + _PART_LEADS - 1]
        part = store.read(CORE_LEAD_FIELDS, ["lead_id", *stored], where, span)
        yield part if values is None else part.join(values, on="lead_id", how="left", maintain_order="left")


def read_attribute_values(store: Store, fields: Sequence[str], lead_ids: Sequence[str] = ()) -> pl.DataFrame | None:
    """Values of `attr.…` fields (SPEC A-C11), of the leads whose contacts have some; None where none is asked.

    Args:
        store: the warehouse.
        fields: the fields.
        lead_ids: leads whose contacts are looked at; all by default.
    """
    if not fields:
        return None
    defs = store.read(CORE_ATTRIBUTE_DEFS)
    asked = definitions_asked(fields, defs)
    ids = [not lead_ids, list(lead_ids)]
    types = {**polars_schema(CORE_ATTRIBUTES), "is_birth": pl.Boolean()}
    found = store.query(_VALUES, [asked["attribute_def"].to_list(), *ids])
    values = found.cast({name: types[name] for name in found.columns})
    columns = ["lead_id", "contact_id", "captured_at", "contact_exists", "file_id", "record_number"]
    leads = store.read(CORE_LEADS, columns, _CHOSEN, ids).sort("captured_at", "lead_id")
    return list_attribute_values(leads, values, asked, list_attribute_fields(defs))
