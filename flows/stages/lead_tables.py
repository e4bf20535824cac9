"""What leads say: core.lead_fields, and the core.attributes that come of them."""

# ruff: noqa: S608 - table names come from the registry; nothing else is put into a query

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from flows.runs import Counts, Run
from flows.stages.edit_queries import IS_LEAD_OF
from flows.stages.lead_queries import IS_LOG, PERIODS, TAGGED
from flows.store import Store
from schemas.tables import (
    CORE_ATTRIBUTE_DEFS,
    CORE_BRANDS,
    CORE_KNOWN_ATTRIBUTES,
    CORE_LEAD_ATTRIBUTES,
    CORE_LEAD_FIELDS,
    CORE_LEADS,
    CORE_LISTINGS,
    ROUTING_CHANNELS,
    STAGING_REQUEST_STEPS,
)  # fmt: skip
from schemas.views import GIVEN_BY_FILES
from transforms.leads.attachment import list_brought_tags, list_known_tags
from transforms.leads.attributes import LEAD_ATTRIBUTE_TYPES, build_lead_attributes, key_attributes
from transforms.leads.by_time import find_periods
from transforms.leads.fields import build_lead_fields
from transforms.leads.listings import look_up_listings
from transforms.leads.placing import latest_channels
from transforms.leads.values import list_values

__all__ = ["describe_leads"]

_SLICE = 50_000  # leads read at a time: bounds memory
_OF_LEADS = (
    f"FROM {GIVEN_BY_FILES} WHERE deleted_at IS NULL AND contact_id IN (SELECT contact_id FROM {CORE_LEADS.full_name}"
    " WHERE ? OR contact_id IN (SELECT unnest(?))) AND list_contains(?, attribute_type)"
)
_LEAD_OF = f"SELECT min(lead_id) FROM {CORE_LEADS.full_name} l WHERE {IS_LEAD_OF}"


class _Tags(NamedTuple):
    """Tags of the leads' contacts.

    Attributes:
        given: as `list_known_tags` takes them, of contacts that no request rewrote.
        met: place and tag of what the others had.
        rewritten: contact_id of the others.
    """

    given: pl.DataFrame
    met: pl.DataFrame
    rewritten: pl.DataFrame

    def list_known(self, leads: pl.DataFrame, brought: pl.DataFrame) -> pl.Series:
        """Tags that each lead's contact had just before it."""
        apart = brought.join(self.rewritten, on="contact_id", how="anti", maintain_order="left")
        return list_known_tags(leads, apart, self.given, self.met)


def describe_leads(
    run: Run, store: Store, leads: pl.DataFrame, contact_rows: pl.DataFrame, contact_ids: Sequence[str] | None = None
) -> Counts:
    """Write fields and attributes of leads.

    Args:
        run: the run.
        store: the warehouse, inside the stage's transaction.
        leads: from `attach_leads`, in order of (captured_at, lead_id); all leads, or all of some contacts.
        contact_rows: rows of staging.contact_rows.
        contact_ids: the contacts whose leads are given, and those that had them before; all by default.
    """
    channels = latest_channels(store.read(ROUTING_CHANNELS)).select("channel_id", channel_mls="mls")
    listings, defs = store.read(CORE_LISTINGS), store.read(CORE_ATTRIBUTE_DEFS)
    zones = dict(store.read(CORE_BRANDS, ["brand_id", "time_zone"], "time_zone IS NOT NULL").rows())
    with_known = store.count(STAGING_REQUEST_STEPS) > 0
    chosen = [contact_ids is None, list(contact_ids or ())]
    _forget(store, leads, contact_ids)
    if leads.is_empty():
        return {"attributes_from_leads": store.count(CORE_LEAD_ATTRIBUTES), "listings_ambiguous": 0}
    placed = leads.join(channels, on="channel_id", how="left", maintain_order="left").with_row_index("place")
    known, tags = _read_known(store, chosen), _read_tags(store, placed, contact_rows, chosen)
    tags_brought: pl.DataFrame | None = None
    ambiguous_count = 0
    for part in placed.iter_slices(_SLICE):
        values = list_values(part["parsed_payload"])
        attributes = build_lead_attributes(part, values, known, defs, with_known=with_known)
        new, repeated = (attributes.filter(pl.col("is_known") == flag).drop("is_known") for flag in (False, True))
        store.append(CORE_LEAD_ATTRIBUTES, new)
        store.append(CORE_KNOWN_ATTRIBUTES, repeated)
        known = pl.concat([known, key_attributes(new)])
        tags_brought = list_brought_tags(part, values["tag"], tags_brought)
        asked = part.with_columns(tags.list_known(part, tags_brought).alias("contact_tag"))
        found = look_up_listings(part, values, listings)
        ambiguous_count += found.ambiguous_count
        fields = build_lead_fields(
            asked, values, found.values, {**zones, **run.settings.time_zones}, run.settings.time_zone
        )
        store.append(CORE_LEAD_FIELDS, fields)
    _name_logged(store)
    return {"attributes_from_leads": store.count(CORE_LEAD_ATTRIBUTES), "listings_ambiguous": ambiguous_count}


def _forget(store: Store, leads: pl.DataFrame, contact_ids: Sequence[str] | None) -> None:
    """Delete what is written anew."""
    if contact_ids is None:
        for table in (CORE_LEAD_FIELDS, CORE_LEAD_ATTRIBUTES, CORE_KNOWN_ATTRIBUTES):
            store.delete(table)
        return
    store.delete(CORE_LEAD_FIELDS, "lead_id IN (SELECT unnest(?))", [leads["lead_id"].to_list()])
    for table in (CORE_LEAD_ATTRIBUTES, CORE_KNOWN_ATTRIBUTES):
        store.delete(table, "contact_id IN (SELECT unnest(?))", [list(contact_ids)])


def _name_logged(store: Store) -> None:
    """Values of leads that requests captured get ids that do not hang on the log that they stand in."""
    for table in (CORE_LEAD_ATTRIBUTES, CORE_KNOWN_ATTRIBUTES):
        parts = f"contact_id, ({_LEAD_OF.format(table.name)}), CAST(position AS VARCHAR)"
        store.update(table, f"attribute_id = CAST(CAST(md5(concat_ws('|', {parts})) AS UUID) AS VARCHAR)", IS_LOG)


def _read_known(store: Store, chosen: list[object]) -> pl.DataFrame:
    """What files and their creation gave the leads' contacts; addresses apart, for their parts are many columns."""
    columns = "contact_id, attribute_def, is_partner, text, match_key"
    plain = [name for name in LEAD_ATTRIBUTE_TYPES if name != "address"]
    texts = store.query(f"SELECT {columns} {_OF_LEADS}", [*chosen, plain])
    addresses = store.query(f"SELECT {columns}, address {_OF_LEADS}", [*chosen, ["address"]])
    return pl.concat([key_attributes(texts), key_attributes(addresses)])


def _read_tags(store: Store, leads: pl.DataFrame, contact_rows: pl.DataFrame, chosen: list[object]) -> _Tags:
    """Tags of the leads' contacts, with whether they came with the contact itself."""
    tags = store.query(f"SELECT contact_id, text, created_at, file_id {_OF_LEADS}", [*chosen, ["tag"]])
    births = contact_rows.select("contact_id", birth_file="file_id")
    given = tags.join(births, on="contact_id").with_columns(is_birth=pl.col("file_id") == pl.col("birth_file"))
    rewritten = store.query(TAGGED)
    periods = store.query(PERIODS, [rewritten["contact_id"].to_list(), ["tag"]]).with_columns(
        since=pl.coalesce("since", pl.when("is_later").then("created_at")), run_sequence=pl.lit(None, pl.Int64)
    )
    met = find_periods(leads, periods).select("place", tag="text")
    return _Tags(given.join(rewritten, on="contact_id", how="anti"), met, rewritten)
