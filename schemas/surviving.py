"""marts.contact_attributes as a query: what merged contacts keep is written, all other values are read from core."""

# ruff: noqa: S608 - table names come from the registry; nothing else is put into a query

from __future__ import annotations

from typing import Final

from schemas.ddl import quoted
from schemas.tables import (
    CORE_ATTRIBUTE_EDITS,
    CORE_CONTACTS,
    MARTS_CONTACT_ATTRIBUTES,
    MATCHING_ALIASES,
    MATCHING_SURVIVING_ATTRIBUTES,
    RAW_FILES,
    STAGING_REQUESTS,
)

__all__ = ["ALONE", "FILE_NAMES", "lineage_of", "surviving_of"]

#: Live contacts that were merged with none.
ALONE: Final = (
    f"contact_id IN (SELECT contact_id FROM {CORE_CONTACTS.full_name}"
    f" JOIN {MATCHING_ALIASES.full_name} USING (contact_id) WHERE deleted_at IS NULL AND cluster_id IS NULL)"
)

#: Who asked for attributes, few of all.
_ASKED = f"""(
    SELECT e.attribute_id, a.user_id AS adder, c.user_id AS changer FROM {CORE_ATTRIBUTE_EDITS.full_name} e
    LEFT JOIN {STAGING_REQUESTS.full_name} a ON a.request_id = e.added_by
    LEFT JOIN {STAGING_REQUESTS.full_name} c ON c.request_id = e.changed_by
)"""
#: source, file_id, file_name: the name of each file, by what it brought; a request may capture a lead.
FILE_NAMES: Final = f"""(
    SELECT 'file' AS source, file_id, file_name FROM {RAW_FILES.full_name} WHERE folder = 'contacts'
    UNION ALL SELECT 'request', file_id, file_name FROM {RAW_FILES.full_name} WHERE folder = 'requests'
    UNION ALL SELECT 'lead', file_id, arg_max(file_name, folder) FROM {RAW_FILES.full_name}
    WHERE folder IN ('leads', 'requests') GROUP BY file_id
)"""
#: Joined, since a correlated subquery would look up every attribute on its own.
_JOINED = f"""
    LEFT JOIN {_ASKED} asked USING (attribute_id)
    LEFT JOIN (SELECT contact_id, created_by AS creator FROM {CORE_CONTACTS.full_name}) made USING (contact_id)
    LEFT JOIN {FILE_NAMES} named USING (source, file_id)
"""
#: Where an attribute came from, who brought it, and who changed it last: what came with a contact is its creator's.
_LINEAGE = {
    "file": "file_name",
    "created_by": "CASE WHEN source <> 'lead' THEN coalesce(adder, creator) END",
    "updated_by": "changer",
}
_EXPRESSIONS = {"origin_contact_id": "contact_id", "original_index": '"index"', **_LINEAGE}
_SELECTED = ", ".join(
    f"{_EXPRESSIONS.get(name, quoted(name))} AS {quoted(name)}" for name in MARTS_CONTACT_ATTRIBUTES.columns
)


def lineage_of(attributes: str) -> str:
    """SQL of attribute_id, file, created_by and updated_by of attributes.

    Args:
        attributes: a table or frame of their attribute_id, contact_id (whom they were given to), source and file_id.
    """
    columns = ", ".join(f"{expression} AS {name}" for name, expression in _LINEAGE.items())
    return f"SELECT attribute_id, {columns} FROM {attributes} {_JOINED}"


def surviving_of(attributes: str, among: str) -> str:
    """SQL of the surviving attributes of some contacts.

    Args:
        attributes: core.attributes, or a query in brackets that gives those of these contacts.
        among: condition on contact_id, the canonical one.
    """
    return (
        f"SELECT {_SELECTED} FROM (FROM {attributes} WHERE deleted_at IS NULL AND {ALONE}) {_JOINED}"
        f" UNION ALL BY NAME FROM {MATCHING_SURVIVING_ATTRIBUTES.full_name} WHERE {among}"
    )
