"""Marts that are a table by other names: copied copied inside DuckDB, because they may be large."""

# ruff: noqa: S608 - table names come from the registry; nothing else is put into a query

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import polars as pl

from flows.store import Store
from schemas.tables import (
    CORE_ACTIVITIES,
    CORE_ATTRIBUTE_DEFS,
    CORE_ATTRIBUTE_EDITS,
    CORE_ATTRIBUTES,
    CORE_CONTACTS,
    CORE_LEADS,
    CORE_MERGE_EVENTS,
    MARTS_ACTIVITIES,
    MARTS_ATTRIBUTE_DEFS,
    MARTS_CLAIMS,
    MARTS_CONTACT_ALIASES,
    MARTS_CONTACT_ATTRIBUTES,
    MARTS_DUPLICATE_PAIRS,
    MARTS_JUDGEMENTS,
    MARTS_LEADS,
    MARTS_OFFERS,
    MARTS_QUARANTINE,
    MARTS_ROUTING_DECISIONS,
    MARTS_ROUTING_HISTORY,
    MARTS_RUNS,
    MATCHING_ALIASES,
    MATCHING_CLUSTERS,
    MATCHING_JUDGEMENTS,
    MATCHING_SCORED_PAIRS,
    OPS_DECISION_CHANGES,
    OPS_QUARANTINE,
    OPS_RUNS,
    RAW_FILES,
    ROUTING_CLAIMS,
    ROUTING_DECISIONS,
    ROUTING_OFFERS,
    STAGING_REQUESTS,
    Table,
)

__all__ = [
    "project_marts",
    "read_attributes",
    "read_authors",
    "read_mergers",
    "where_alone",
    "where_clustered",
    "where_merged",
]

_LIVE = (
    f"deleted_at IS NULL AND contact_id IN (SELECT contact_id FROM {CORE_CONTACTS.full_name}"
    f" JOIN {MATCHING_ALIASES.full_name} USING (contact_id) WHERE deleted_at IS NULL AND cluster_id IS "
)
#: Live attributes of live contacts that were merged with none, and of those that were.
where_alone, where_merged = f"{_LIVE}NULL)", f"{_LIVE}NOT NULL)"
#: Live attributes of contacts in a duplicate cluster, merged or in review.
where_clustered = f"deleted_at IS NULL AND contact_id IN (SELECT contact_id FROM {MATCHING_CLUSTERS.full_name})"


def _canonical(table: Table) -> str:
    """The canonical contact of a row of this table."""
    aliases = (
        f"SELECT canonical_id FROM {MATCHING_ALIASES.full_name} a WHERE a.contact_id = {table.full_name}.contact_id"
    )
    return f"coalesce(({aliases}), contact_id)"


def _file_name(table: Table, folder: str) -> str:
    """The name of the file that a row of this table comes from; `folder` is SQL."""
    same_file = f"f.file_id = {table.full_name}.file_id AND f.folder = {folder}"
    return f"(SELECT file_name FROM {RAW_FILES.full_name} f WHERE {same_file})"


#: Folder of what leads bring: a request may capture one.
_OF_LEADS = "CASE WHEN f.folder = 'requests' THEN 'requests' ELSE 'leads' END"
_OF_ATTRIBUTES = f"CASE source WHEN 'file' THEN 'contacts' WHEN 'lead' THEN {_OF_LEADS} ELSE 'requests' END"


def _user(request: str) -> str:
    """The user of the request that core.attribute_edits names for an attribute."""
    edits = f"SELECT r.user_id FROM {CORE_ATTRIBUTE_EDITS.full_name} e"
    asked = f"JOIN {STAGING_REQUESTS.full_name} r ON r.request_id = e.{request}"
    return f"({edits} {asked} WHERE e.attribute_id = {CORE_ATTRIBUTES.full_name}.attribute_id)"


_CREATOR = (
    f"SELECT c.created_by FROM {CORE_CONTACTS.full_name} c WHERE c.contact_id = {CORE_ATTRIBUTES.full_name}.contact_id"
)
#: Who brought an attribute, and who changed it last: what came with a contact is its creator's.
_AUTHORS = {
    "created_by": f"CASE WHEN source <> 'lead' THEN coalesce({_user('added_by')}, ({_CREATOR})) END",
    "updated_by": _user("changed_by"),
}


@dataclass(frozen=True)
class _Projection:
    """A mart, where its rows are, what its columns are called there, and which rows it has."""

    mart: Table
    source: Table
    expressions: Mapping[str, str] = field(default_factory=dict)
    where: str = "true"


_PROJECTIONS = (
    _Projection(MARTS_CONTACT_ALIASES, MATCHING_ALIASES),
    _Projection(MARTS_DUPLICATE_PAIRS, MATCHING_SCORED_PAIRS),
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
        MARTS_CONTACT_ATTRIBUTES,
        CORE_ATTRIBUTES,
        {
            "origin_contact_id": "contact_id",
            "original_index": '"index"',
            "file": _file_name(CORE_ATTRIBUTES, _OF_ATTRIBUTES),
            **_AUTHORS,
        },
        where_alone,
    ),
    _Projection(
        MARTS_LEADS,
        CORE_LEADS,
        {
            "id": "lead_id",
            "contact_id": _canonical(CORE_LEADS),
            "origin_contact_id": "contact_id",
            "lead_channel": "channel_id",
            "file": _file_name(CORE_LEADS, _OF_LEADS),
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
    """Fill the marts that are projections; of contact_attributes, those of contacts that were merged with none."""
    for projection in _PROJECTIONS:
        store.delete(projection.mart)
        store.copy(projection.source, projection.mart, projection.expressions, projection.where)


def read_authors(store: Store) -> pl.DataFrame:
    """attribute_id, created_by, updated_by of the attributes of contacts that were merged."""
    columns = ", ".join(f"{expression} AS {name}" for name, expression in _AUTHORS.items())
    return store.query(f"SELECT attribute_id, {columns} FROM {CORE_ATTRIBUTES.full_name} WHERE {where_merged}")


def read_mergers(store: Store) -> pl.DataFrame:
    """contact_id, merged_by: the user of the last request that merged others into a contact."""
    events = f"{CORE_MERGE_EVENTS.full_name} m JOIN {STAGING_REQUESTS.full_name} r USING (request_id)"
    last = "arg_max(r.user_id, (m.requested_at, m.request_id))"
    return store.query(f"SELECT m.parent_id AS contact_id, {last} AS merged_by FROM {events} GROUP BY m.parent_id")


def read_attributes(store: Store, where: str, columns: Collection[str], types: Collection[str]) -> pl.DataFrame:
    """Attributes of some types, under one of the conditions above."""
    return store.read(CORE_ATTRIBUTES, list(columns), f"{where} AND list_contains(?, attribute_type)", [list(types)])
