"""Rulebooks to look at: the one in force in a warehouse, and a candidate that lies in a file."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import polars as pl

from flows.settings import Limits, Settings
from flows.sources.rulebooks import read_rulebook_file
from flows.stages.routing_inputs import read_lead_fields, read_leads, read_organization
from flows.store import Store
from schemas.tables import (
    CORE_LEAD_FIELDS,
    ROUTING_CHANNELS,
    ROUTING_CONDITIONS,
    ROUTING_GROUP_MEMBERS,
    ROUTING_GROUPS,
    ROUTING_RULES,
)
from transforms.quarantine import problems_frame
from transforms.routing.backtest import History
from transforms.routing.decisions import Policy
from transforms.routing.documents import Document, read_documents
from transforms.routing.versions import RulebookTables

__all__ = ["CANDIDATE", "read_document", "read_history", "read_live"]

CANDIDATE = "candidate"  # the rulebook version of a file that is not in force


def read_live(store: Store) -> RulebookTables:
    """Every version of the rulebook that a warehouse has."""
    return RulebookTables(
        channels=store.read(ROUTING_CHANNELS),
        rules=store.read(ROUTING_RULES),
        conditions=store.read(ROUTING_CONDITIONS),
        groups=store.read(ROUTING_GROUPS),
        group_members=store.read(ROUTING_GROUP_MEMBERS),
        problems=problems_frame([]),
    )


def read_document(path: Path, limits: Limits) -> Document:
    """A rulebook file.

    Raises:
        SourceError: it is no JSON object.
    """
    return read_documents(read_rulebook_file(path, limits, CANDIDATE))[0]


def read_history(store: Store, settings: Settings, asked: Collection[str]) -> History:
    """All leads with what decides about them.

    Args:
        store: the warehouse.
        settings: settings.toml.
        asked: fields that rules ask.
    """
    fields = [name for name in CORE_LEAD_FIELDS.columns[1:] if name in asked]
    chosen = settings.routing
    return History(
        leads=read_leads(store),
        lead_fields=pl.concat(read_lead_fields(store, fields)),
        organization=read_organization(store, settings),
        policy=Policy(chosen.sticky_owner, chosen.sticky_owner_channels, chosen.claim_window_minutes),
    )
