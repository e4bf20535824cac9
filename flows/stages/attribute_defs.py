"""core.attribute_defs: the definitions of the system, and those that requests created."""

from __future__ import annotations

import polars as pl

from flows.quarantine import quarantine
from flows.sources.reference import load_document
from flows.store import Store
from schemas.tables import CORE_ATTRIBUTE_DEFS, OPS_QUARANTINE, STAGING_REQUESTS
from transforms.attribute_defs import read_attribute_defs
from transforms.requests.definitions import list_definitions
from transforms.requests.flat import FLAT_WRITES
from transforms.requests.parsing import sort_requests

__all__ = ["define_attributes"]

_STAGE = "attribute_defs"
_IS_ASKED = "starts_with(operation, 'attribute_defs.') OR list_contains(?, operation)"


def define_attributes(store: Store) -> pl.DataFrame:
    """Write core.attribute_defs, inside a stage's transaction; returns its rows."""
    system = read_attribute_defs(load_document("attribute_defs.json"))
    asked = store.read(STAGING_REQUESTS, where=_IS_ASKED, parameters=[list(FLAT_WRITES)])
    requested = list_definitions(sort_requests(asked), system)
    store.replace(CORE_ATTRIBUTE_DEFS, requested.definitions)
    store.delete(OPS_QUARANTINE, "stage = ?", [_STAGE])
    quarantine(store, _STAGE, requested.problems)
    return requested.definitions
