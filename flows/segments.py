"""Filtered contacts, read from what is published."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from flows.homes import DATABASE
from flows.store import Store, open_published
from schemas.tables import (
    MARTS_ATTRIBUTE_DEFS,
    MARTS_CONTACT_ALIASES,
    MARTS_CONTACT_ATTRIBUTES,
    MARTS_CONTACTS,
    MARTS_FLOW_ENROLMENTS,
    MARTS_LEADS,
    MARTS_SEGMENT_MEMBERS,
)
from transforms.filters import FilterTables, filter_contacts

__all__ = ["filter_published", "read_filter_tables"]


def filter_published(published: Path, spec: Mapping[str, Any], region: str = "US") -> pl.DataFrame:
    """The published contacts that satisfy a documented filter, in its order.

    Args:
        published: the folder that holds leads.duckdb.
        spec: the filter (SPEC FI1-FI4); `transforms.filters` says what it may hold.
        region: country in which phone numbers without prefix are read.

    Returns:
        Rows of marts.contacts.

    Raises:
        NotFoundError: nothing is published yet, or the filter names an attribute that is not there.
        UnsupportedError: the filter has a key that is not supported.
        SettingsError: a value in it is of the wrong kind.
    """
    with open_published(published / DATABASE) as store:
        tables = read_filter_tables(store)
    ids = filter_contacts(spec, tables, region)
    return ids.to_frame().join(tables.contacts, on="id", how="left", maintain_order="left")


def read_filter_tables(store: Store) -> FilterTables:
    """The marts that filters ask."""
    return FilterTables(
        contacts=store.read(MARTS_CONTACTS),
        contact_attributes=store.read(MARTS_CONTACT_ATTRIBUTES),
        attribute_defs=store.read(MARTS_ATTRIBUTE_DEFS),
        contact_aliases=store.read(MARTS_CONTACT_ALIASES),
        leads=store.read(MARTS_LEADS, ["contact_id", "lead_channel"]),
        flow_enrolments=store.read(MARTS_FLOW_ENROLMENTS, ["contact_id", "flow_id"]),
        segment_members=store.read(MARTS_SEGMENT_MEMBERS),
    )
