"""Rulebooks to look at: the one in force in a warehouse, and a candidate that lies in a file."""

from __future__ import annotations

from pathlib import Path

from flows.settings import Limits
from flows.sources.rulebooks import read_rulebook_file
from flows.store import Store
from schemas.tables import (
    ROUTING_CHANNELS,
    ROUTING_CONDITIONS,
    ROUTING_GROUP_MEMBERS,
    ROUTING_GROUPS,
    ROUTING_RULES,
)
from transforms.quarantine import problems_frame
from transforms.routing.documents import Document, read_documents
from transforms.routing.versions import RulebookTables

__all__ = ["CANDIDATE", "read_document", "read_live"]

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
