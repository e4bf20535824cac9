"""Tags of contacts, and the touches that tags and captures come to: core.tags, core.touch_events."""

# ruff: noqa: S608 - table names come from the registry; nothing else is put into a query

from __future__ import annotations

from typing import Final

import polars as pl

from flows.quarantine import quarantine
from flows.stages.born_queries import BORN
from flows.store import Store
from schemas.tables import (
    CORE_ATTRIBUTES,
    CORE_BRANDS,
    CORE_CONTACT_UPDATES,
    CORE_TAG_PERIODS,
    CORE_TAGS,
    CORE_TOUCH_EVENTS,
    RAW_FILES,
    STAGING_ATTRIBUTES,
    STAGING_REQUESTS,
)
from schemas.views import REWRITTEN
from schemas.vocabulary import Folder
from transforms.contacts import touch_on_capture
from transforms.requests.parsing import sort_requests
from transforms.requests.unknown_tags import refuse_unknown_tags
from transforms.tags import TAG_REQUESTS, collect_tags, find_frequent_tags, gather_tag_settings, list_retired_tags
from transforms.touches import tag_frequency_events

__all__ = ["write_touches"]

_AT_ONCE: Final = 250_000  # tags of contacts read at a time: bounds memory

#: When which contact had a tag: what requests rewrote is in core.tag_periods, and a tag that the contact had already
#: is no tag added (SPEC A-IM2, A-T1).
_TAGS = f"""(
    SELECT t.*, b.brand_id FROM (
        SELECT contact_id, text, created_at, deleted_at, false AS is_renamed, file_id, sheet, row_number,
            "position"
        FROM {CORE_ATTRIBUTES.full_name}
        WHERE attribute_type = 'tag' AND (deleted_at IS NULL OR deleted_at > created_at)
            AND contact_id NOT IN {REWRITTEN}
        UNION ALL BY NAME
        SELECT contact_id, text, added_at AS created_at, removed_at AS deleted_at, is_renamed
        FROM {CORE_TAG_PERIODS.full_name}
    ) t JOIN {BORN} b USING (contact_id)
)"""
#: Each tag once for each time that some contact got it, where it came first.
_SPELLINGS = f"""
    SELECT * EXCLUDE (place), unnest(place) FROM (
        SELECT brand_id, text, created_at, is_renamed, count(*) AS tags_count, min({{
            'file_id': coalesce(file_id, ''), 'sheet': coalesce(sheet, ''), 'row_number': coalesce(row_number, 0),
            'position': coalesce("position", 0)
        }}) AS place
        FROM {_TAGS} GROUP BY brand_id, text, created_at, is_renamed
    )
"""
#: A digest of each contact's touches.
_DIGESTS = f"""
    SELECT contact_id, concat_ws('|', count(*), bit_xor(hash(hash(t)))) AS digest
    FROM {CORE_TOUCH_EVENTS.full_name} t GROUP BY contact_id
"""
#: Tags that contacts of files came with.
_GIVEN = f"""
    SELECT DISTINCT b.brand_id, a.text FROM {STAGING_ATTRIBUTES.full_name} a
    LEFT JOIN {CORE_CONTACT_UPDATES.full_name} u ON u.row_contact_id = a.contact_id
    JOIN {BORN} b ON b.contact_id = coalesce(u.contact_id, a.contact_id)
    WHERE attribute_type = 'tag' AND a.file_id NOT IN (SELECT file_id FROM {RAW_FILES.full_name} WHERE folder = ?)
"""
_OF_FREQUENT = f"""
    SELECT contact_id, t.brand_id, t.text, created_at, deleted_at, is_renamed FROM {_TAGS} t
    SEMI JOIN (SELECT unnest(?) AS brand_id, unnest(?) AS text) f
        ON f.text = t.text AND f.brand_id IS NOT DISTINCT FROM t.brand_id
    WHERE hash(contact_id) % ? = ?
"""


def write_touches(store: Store, stage: str, leads: pl.DataFrame) -> pl.Series:
    """Write touches of captures and tags, and the tags themselves; returns the contacts whose touches are others.

    Args:
        store: the warehouse, with core.attributes.
        stage: in whose name requests on tags that are not there are quarantined.
        leads: the leads with their contacts.
    """
    before = store.query(_DIGESTS)
    of_tags = "list_contains(?, operation)"
    requests = sort_requests(store.read(STAGING_REQUESTS, where=of_tags, parameters=[list(TAG_REQUESTS)]))
    tags, brands = store.query(_SPELLINGS), store.read(CORE_BRANDS)
    if not requests.is_empty():
        given = store.query(_GIVEN, [Folder.REQUESTS.value])
        requests, problems = refuse_unknown_tags(requests, brands, tags, given)
        quarantine(store, stage, problems)
    settings = gather_tag_settings(brands, requests, tags.filter(~pl.col("is_renamed")))
    store.delete(CORE_TOUCH_EVENTS, "source <> 'contact'")
    store.append(CORE_TOUCH_EVENTS, touch_on_capture(leads))
    _write_frequencies(store, find_frequent_tags(tags, settings), settings)
    store.replace(CORE_TAGS, collect_tags(tags, settings, list_retired_tags(requests)))
    both = store.query(_DIGESTS).join(before, on="contact_id", how="full", suffix="_before", coalesce=True)
    return both.filter(pl.col("digest").ne_missing(pl.col("digest_before")))["contact_id"]


def _write_frequencies(store: Store, frequent: pl.DataFrame, settings: pl.DataFrame) -> None:
    """Touch frequencies of the contacts that have one of some tags, in slices."""
    names = frequent.select("brand_id", "text").unique(maintain_order=True)
    slices = -(-int(frequent["tags_count"].sum()) // _AT_ONCE)
    for place in range(slices):
        parameters = [names["brand_id"].to_list(), names["text"].to_list(), slices, place]
        store.append(CORE_TOUCH_EVENTS, tag_frequency_events(store.query(_OF_FREQUENT, parameters), settings))
