"""What routing reads: the rulebook, the organization, the leads and their fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from flows.settings import Settings
from flows.store import Store
from schemas.tables import (
    CORE_BRANDS,
    CORE_LEAD_FIELDS,
    CORE_LEADS,
    CORE_USERS,
    ROUTING_GROUP_MEMBERS,
    ROUTING_GROUPS,
    STAGING_LEADS,
)
from transforms.routing.decisions import Organization

__all__ = ["read_lead_fields", "read_leads", "read_organization"]

_LEAD_COLUMNS = (
    "lead_id", "contact_id", "channel_id", "brand_id", "captured_at", "assignees", "is_repeat", "contact_owner",
    "file_id", "record_number",
)  # fmt: skip


def read_organization(store: Store, settings: Settings) -> Organization:
    """Users, brands and groups, with countries of the brands."""
    brands = store.read(CORE_BRANDS)
    regions = dict(brands.filter(pl.col("region").is_not_null()).select("brand_id", "region").iter_rows())
    return Organization(
        users=store.read(CORE_USERS),
        brands=brands,
        groups=store.read(ROUTING_GROUPS),
        members=store.read(ROUTING_GROUP_MEMBERS),
        regions=regions | settings.regions,
        default_region=settings.region,
    )


def read_leads(store: Store) -> pl.DataFrame:
    """Leads as routing takes them, in order of (captured_at, lead_id)."""
    keys = store.read(STAGING_LEADS, ["lead_id", "payload_key"])
    return store.read(CORE_LEADS, _LEAD_COLUMNS).join(keys, on="lead_id", how="left").sort("captured_at", "lead_id")


def read_lead_fields(store: Store, fields: Sequence[str]) -> Iterator[pl.DataFrame]:
    """lead_id and the fields asked."""
    yield store.read(CORE_LEAD_FIELDS, ["lead_id", *fields])
