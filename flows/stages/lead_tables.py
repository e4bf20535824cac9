"""What leads say: core.lead_fields, and the core.attributes that come of them."""

# ruff: noqa: S608 - table names come from the registry; nothing else is put into a query

from __future__ import annotations

import polars as pl

from flows.runs import Counts, Run
from flows.store import Store
from schemas.tables import (
    CORE_ATTRIBUTE_DEFS,
    CORE_BRANDS,
    CORE_LEAD_ATTRIBUTES,
    CORE_LEAD_FIELDS,
    CORE_LEADS,
    CORE_LISTINGS,
    ROUTING_CHANNELS,
)  # fmt: skip
from schemas.views import GIVEN_BY_FILES
from transforms.leads.attachment import list_brought_tags, list_known_tags
from transforms.leads.attributes import LEAD_ATTRIBUTE_TYPES, build_lead_attributes, key_attributes
from transforms.leads.fields import build_lead_fields
from transforms.leads.listings import look_up_listings
from transforms.leads.placing import latest_channels
from transforms.leads.values import list_values

__all__ = ["describe_leads"]

_SLICE = 50_000  # leads read at a time: bounds memory
_OF_LEADS = (
    f"FROM {GIVEN_BY_FILES} WHERE deleted_at IS NULL"
    f" AND contact_id IN (SELECT contact_id FROM {CORE_LEADS.full_name}) AND list_contains(?, attribute_type)"
)


def describe_leads(run: Run, store: Store, leads: pl.DataFrame, contact_rows: pl.DataFrame) -> Counts:
    """Write fields and attributes of the leads, which are in order of (captured_at, lead_id)."""
    channels = latest_channels(store.read(ROUTING_CHANNELS)).select("channel_id", channel_mls="mls")
    listings, defs = store.read(CORE_LISTINGS), store.read(CORE_ATTRIBUTE_DEFS)
    zones = dict(store.read(CORE_BRANDS, ["brand_id", "time_zone"], "time_zone IS NOT NULL").rows())
    known, tags_given = _read_known(store), _read_tags(store, contact_rows)
    tags_brought: pl.DataFrame | None = None
    store.delete(CORE_LEAD_FIELDS)
    store.delete(CORE_LEAD_ATTRIBUTES)
    attributes_count = ambiguous_count = 0
    placed = leads.join(channels, on="channel_id", how="left", maintain_order="left").with_row_index("place")
    for part in placed.iter_slices(_SLICE):
        values = list_values(part["parsed_payload"])
        attributes = build_lead_attributes(part, values, known, defs)
        attributes_count += store.append(CORE_LEAD_ATTRIBUTES, attributes)
        known = pl.concat([known, key_attributes(attributes)])
        tags_brought = list_brought_tags(part, values["tag"], tags_brought)
        asked = part.with_columns(list_known_tags(part, tags_brought, tags_given).alias("contact_tag"))
        found = look_up_listings(part, values, listings)
        ambiguous_count += found.ambiguous_count
        fields = build_lead_fields(
            asked, values, found.values, {**zones, **run.settings.time_zones}, run.settings.time_zone
        )
        store.append(CORE_LEAD_FIELDS, fields)
    return {"attributes_from_leads": attributes_count, "listings_ambiguous": ambiguous_count}


def _read_known(store: Store) -> pl.DataFrame:
    """What files and their creation gave the leads' contacts; addresses apart, for their parts are many columns."""
    columns = "contact_id, attribute_def, is_partner, text, match_key"
    plain = [name for name in LEAD_ATTRIBUTE_TYPES if name != "address"]
    texts = store.query(f"SELECT {columns} {_OF_LEADS}", [plain])
    addresses = store.query(f"SELECT {columns}, address {_OF_LEADS}", [["address"]])
    return pl.concat([key_attributes(texts), key_attributes(addresses)])


def _read_tags(store: Store, contact_rows: pl.DataFrame) -> pl.DataFrame:
    """Tags of the leads' contacts, with whether they came with the contact itself."""
    tags = store.query(f"SELECT contact_id, text, created_at, file_id {_OF_LEADS}", [["tag"]])
    births = contact_rows.select("contact_id", birth_file="file_id")
    return tags.join(births, on="contact_id").with_columns(is_birth=pl.col("file_id") == pl.col("birth_file"))
