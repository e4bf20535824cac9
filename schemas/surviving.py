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

__all__ = ["AUTHORS", "OF_ALONE", "OF_LEADS", "OF_MERGED", "file_name_of", "surviving_of"]

_LIVE = (
    f"deleted_at IS NULL AND contact_id IN (SELECT contact_id FROM {CORE_CONTACTS.full_name}"
    f" JOIN {MATCHING_ALIASES.full_name} USING (contact_id) WHERE deleted_at IS NULL AND cluster_id IS "
)
#: Live attributes of live contacts that were merged with none, and of those that were.
OF_ALONE: Final = f"{_LIVE}NULL)"
OF_MERGED: Final = f"{_LIVE}NOT NULL)"

#: Folder of what leads bring: a request may capture one.
OF_LEADS: Final = "CASE WHEN f.folder = 'requests' THEN 'requests' ELSE 'leads' END"
_OF_ATTRIBUTES = f"CASE source WHEN 'file' THEN 'contacts' WHEN 'lead' THEN {OF_LEADS} ELSE 'requests' END"


def file_name_of(rows: str, folder: str) -> str:
    """SQL of the name of the file that a row comes from; `rows` is what they are called there, `folder` is SQL."""
    same_file = f"f.file_id = {rows}.file_id AND f.folder = {folder}"
    return f"(SELECT file_name FROM {RAW_FILES.full_name} f WHERE {same_file})"


def _user(request: str) -> str:
    """The user of the request that core.attribute_edits names for an attribute."""
    edits = f"SELECT r.user_id FROM {CORE_ATTRIBUTE_EDITS.full_name} e"
    asked = f"JOIN {STAGING_REQUESTS.full_name} r ON r.request_id = e.{request}"
    return f"({edits} {asked} WHERE e.attribute_id = attributes.attribute_id)"


_CREATOR = f"SELECT c.created_by FROM {CORE_CONTACTS.full_name} c WHERE c.contact_id = attributes.contact_id"
#: Who brought a row of `attributes`, and who changed it last: what came with a contact is its creator's.
AUTHORS: Final = {
    "created_by": f"CASE WHEN source <> 'lead' THEN coalesce({_user('added_by')}, ({_CREATOR})) END",
    "updated_by": _user("changed_by"),
}
_EXPRESSIONS = {
    "origin_contact_id": "contact_id",
    "original_index": '"index"',
    "file": file_name_of("attributes", _OF_ATTRIBUTES),
    **AUTHORS,
}
_SELECTED = ", ".join(
    f"{_EXPRESSIONS.get(name, quoted(name))} AS {quoted(name)}" for name in MARTS_CONTACT_ATTRIBUTES.columns
)


def surviving_of(attributes: str, among: str) -> str:
    """SQL of the surviving attributes of some contacts.

    Args:
        attributes: core.attributes, or a query in brackets that gives those of these contacts.
        among: condition on contact_id, the canonical one.
    """
    return (
        f"SELECT {_SELECTED} FROM {attributes} AS attributes WHERE {OF_ALONE}"
        f" UNION ALL BY NAME FROM {MATCHING_SURVIVING_ATTRIBUTES.full_name} WHERE {among}"
    )
