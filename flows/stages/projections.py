"""Marts that are a table by other names: copied inside DuckDB, because they may be large."""

# ruff: noqa: S608 - table names come from the registry; nothing else is put into a query

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import polars as pl

from flows.store import Store
from schemas.ddl import polars_schema, quoted
from schemas.surviving import FILE_NAMES
from schemas.tables import (
    CORE_ACTIVITIES,
    CORE_ATTRIBUTE_DEFS,
    CORE_ATTRIBUTES,
    CORE_LEADS,
    CORE_MERGE_EVENTS,
    MARTS_ACTIVITIES,
    MARTS_ATTRIBUTE_DEFS,
    MARTS_CLAIMS,
    MARTS_JUDGEMENTS,
    MARTS_LEADS,
    MARTS_OFFERS,
    MARTS_QUARANTINE,
    MARTS_ROUTING_DECISIONS,
    MARTS_ROUTING_HISTORY,
    MARTS_RUNS,
    MATCHING_ALIASES,
    MATCHING_JUDGEMENTS,
    OPS_DECISION_CHANGES,
    OPS_QUARANTINE,
    OPS_RUNS,
    ROUTING_CLAIMS,
    ROUTING_DECISIONS,
    ROUTING_OFFERS,
    STAGING_REQUESTS,
    Table,
)
from schemas.views import attributes_of

__all__ = ["MERGERS", "project_marts", "read_attributes"]


def _canonical(table: Table) -> str:
    """The canonical contact of a row of this table."""
    aliases = (
        f"SELECT canonical_id FROM {MATCHING_ALIASES.full_name} a WHERE a.contact_id = {table.full_name}.contact_id"
    )
    return f"coalesce(({aliases}), contact_id)"


@dataclass(frozen=True)
class _Projection:
    """A mart, where its rows are, what its columns are called there, and which rows it has."""

    mart: Table
    source: Table
    expressions: Mapping[str, str] = field(default_factory=dict)
    where: str = "true"


_PROJECTIONS = (
    _Projection(MARTS_JUDGEMENTS, MATCHING_JUDGEMENTS),
    _Projection(MARTS_ROUTING_DECISIONS, ROUTING_DECISIONS),
    _Projection(MARTS_ROUTING_HISTORY, OPS_DECISION_CHANGES),
    _Projection(MARTS_OFFERS, ROUTING_OFFERS),
    _Projection(MARTS_CLAIMS, ROUTING_CLAIMS),
    _Projection(
        MARTS_ATTRIBUTE_DEFS, CORE_ATTRIBUTE_DEFS, {"id": "attribute_def", "brand": "brand_id"}, "deleted_at IS NULL"
    ),
    _Projection(MARTS_ACTIVITIES, CORE_ACTIVITIES, {"contact_id": _canonical(CORE_ACTIVITIES)}),
    _Projection(
        MARTS_LEADS,
        CORE_LEADS,
        {
            "id": "lead_id",
            "contact_id": _canonical(CORE_LEADS),
            "origin_contact_id": "contact_id",
            "lead_channel": "channel_id",
            "file": f"(SELECT file_name FROM {FILE_NAMES} f WHERE f.source = 'lead' AND f.file_id = leads.file_id)",
            "row_number": "record_number",
        },
    ),
    _Projection(
        MARTS_QUARANTINE,
        OPS_QUARANTINE,
        {"row": "row_number", "column": "column_name", "what_to_do": "todo"},
    ),
    _Projection(MARTS_RUNS, OPS_RUNS, {"started": "started_at", "finished": "finished_at"}),
)


def project_marts(store: Store) -> None:
    """Fill the marts that are projections."""
    for projection in _PROJECTIONS:
        store.delete(projection.mart)
        store.copy(projection.source, projection.mart, projection.expressions, projection.where)


#: contact_id, merged_by: the user of the last request that merged others into a contact.
MERGERS = f"""
    SELECT m.parent_id AS contact_id, arg_max(r.user_id, (m.requested_at, m.request_id)) AS merged_by
    FROM {CORE_MERGE_EVENTS.full_name} m JOIN {STAGING_REQUESTS.full_name} r USING (request_id) GROUP BY m.parent_id
"""


def read_attributes(
    store: Store, among: str, where: str, columns: Collection[str], types: Collection[str] | None = None
) -> pl.DataFrame:
    """Attributes of some contacts, with exactly the types of the model.

    Args:
        store: the warehouse.
        among: an SQL condition on contact_id, written in code.
        where: an SQL condition on the attributes, written in code.
        columns: which columns.
        types: which attribute types; all by default.
    """
    schema = polars_schema(CORE_ATTRIBUTES)
    selected = ", ".join(quoted(name) for name in columns)
    is_wanted, wanted = ("true", []) if types is None else ("list_contains(?, attribute_type)", [sorted(types)])
    query = f"SELECT {selected} FROM {attributes_of(among)} WHERE {where} AND {is_wanted}"
    return store.query(query, wanted).cast({name: schema[name] for name in columns})
