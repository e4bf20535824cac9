"""What requests make of the attributes of contacts, as SQL: the rows that came, and the rows that are."""

# ruff: noqa: S608 - table names come from the registry; nothing else is put into a query

from __future__ import annotations

from typing import Final

from schemas.ddl import quoted
from schemas.tables import (
    CORE_ATTRIBUTE_DEFS,
    CORE_ATTRIBUTE_EDITS,
    CORE_ATTRIBUTES,
    CORE_CHANGED_CONTACTS,
    CORE_CONTACT_UPDATES,
    CORE_EDITED_ATTRIBUTES,
    CORE_LEADS,
    STAGING_CONTACT_ROWS,
    STAGING_REQUEST_STEPS,
    STAGING_REQUEST_VALUES,
)
from schemas.views import REWRITTEN, received_of

__all__ = ["CHANGED", "GIVEN_VALUES", "IS_LEAD_OF", "REWRITTEN_ROWS", "STEPS", "STEP_VALUES", "TAG_PERIODS"]

#: The contacts whose attributes are written anew.
CHANGED: Final = f"(SELECT contact_id FROM {CORE_CHANGED_CONTACTS.full_name})"
_NAMES = ", ".join(map(quoted, CORE_ATTRIBUTES.columns))
_RECEIVED = received_of(f"contact_id IN {CHANGED}")


def _same(value: str) -> str:
    """What equal values of a contact share: as published where it has only one, in match form elsewhere."""
    whole = f"coalesce({value}.text, {value}.number::VARCHAR, {value}.date::VARCHAR)"
    extension = f"regexp_extract({value}.text, ';ext=\\d+$')"
    return f"""CASE WHEN {value}.address IS NOT NULL THEN lower({value}.address::VARCHAR)
        WHEN d.is_singular THEN {whole}
        WHEN {value}.attribute_type = 'phone_number' THEN coalesce({value}.match_key || {extension}, {value}.text)
        ELSE coalesce({value}.match_key, {whole}) END"""


#: Whether lead `l` brought an attribute.
IS_LEAD_OF: Final = "l.contact_id = {0}.contact_id AND l.file_id = {0}.file_id AND l.record_number = {0}.row_number"

#: What given attributes of changed contacts, from one id to another, are folded by; in the order in which they came.
GIVEN_VALUES: Final = f"""
    SELECT g.contact_id, g.attribute_id AS base_id, attribute_def, is_partner, {_same("g")} AS same, match_key,
        is_primary, g.label, "index", g.created_at, g.deleted_at, g.source = 'lead' AS is_lead, is_known,
        NOT is_known AND CASE WHEN r.file_id IS NULL
            THEN g.created_at = min(g.created_at) OVER (PARTITION BY g.contact_id)
            ELSE g.source <> 'lead' AND g.file_id = r.file_id END AS is_birth
    FROM (FROM {_RECEIVED} WHERE contact_id BETWEEN ? AND ?) g
    JOIN {CORE_ATTRIBUTE_DEFS.full_name} d USING (attribute_def)
    LEFT JOIN {STAGING_CONTACT_ROWS.full_name} r ON r.contact_id = g.contact_id
    LEFT JOIN {CORE_LEADS.full_name} l ON g.source = 'lead' AND {IS_LEAD_OF.format("g")}
    ORDER BY g.contact_id, g.created_at, l.lead_id NULLS FIRST, g.file_id, g.sheet, g.row_number, "position"
"""

#: The steps, each with the contact that it is asked of: the one that a row updates, or the holder of an attribute that
#: is named alone (parameters: requests, steps, holders).
STEPS: Final = f"""(
    SELECT s.* REPLACE (coalesce(u.contact_id, s.contact_id, h.holder) AS contact_id)
    FROM {STAGING_REQUEST_STEPS.full_name} s
    LEFT JOIN {CORE_CONTACT_UPDATES.full_name} u ON u.row_contact_id = s.contact_id
    LEFT JOIN (SELECT unnest(?) AS request_id, unnest(?) AS step, unnest(?) AS holder) h
        ON h.request_id = s.request_id AND h.step = s.step
)"""

#: What the values of some steps (a query with request_id and step) are folded by.
STEP_VALUES: Final = f"""
    SELECT v.request_id, v.step, v.position, v.attribute_id, v.attribute_def, v.is_partner, {_same("v")} AS same,
        v.match_key, v.is_primary, v.label, v."index"
    FROM {STAGING_REQUEST_VALUES.full_name} v JOIN {CORE_ATTRIBUTE_DEFS.full_name} d USING (attribute_def)
    SEMI JOIN ({{}}) s ON s.request_id = v.request_id AND s.step = v.step
    ORDER BY v.request_id, v.step, v.position
"""

# Few contacts are written at a time: what is joined is of them alone, so that no hash is made of all there is.
_EDITS = f"(FROM {CORE_ATTRIBUTE_EDITS.full_name} WHERE contact_id IN {CHANGED})"
_EDITED = f"{_EDITS} e"
_OF_EDITS = f"(FROM {{}} SEMI JOIN {_EDITS} USING (request_id, step))"
_VALUES = _OF_EDITS.format(STAGING_REQUEST_VALUES.full_name)
_STEPS = _OF_EDITS.format(STAGING_REQUEST_STEPS.full_name)
_VALUE = f"""LEFT JOIN {_VALUES} v
        ON v.request_id = e.request_id AND v.step = e.step AND v.position = e.value_position
    LEFT JOIN {_STEPS} s ON s.request_id = e.request_id AND s.step = e.step"""
_HAS_VALUE = "v.request_id IS NOT NULL"


def _or_given(name: str) -> str:
    return f"CASE WHEN {_HAS_VALUE} THEN v.{name} ELSE g.{name} END AS {name}"


_CONTENT = f"""
    {", ".join(map(_or_given, ("text", "number", "date", "address", "original", "match_key", "columns")))},
    CASE WHEN {_HAS_VALUE} THEN s.file_id ELSE g.file_id END AS file_id,
    CASE WHEN {_HAS_VALUE} THEN '' ELSE g.sheet END AS sheet,
    CASE WHEN {_HAS_VALUE} THEN s.record_number ELSE g.row_number END AS row_number,
    CASE WHEN {_HAS_VALUE} THEN 'request' ELSE g.source END AS source"""

_STATE = """e.label, e."index", e.is_primary, e.is_partner, e.deleted_at,
    coalesce(e.deleted_at, e.updated_at, g.deleted_at, e.created_at, g.created_at) AS updated_at"""

# Given attributes of rewritten contacts as requests left them, changed or not.
_GIVEN_ROWS = f"""(
    SELECT g.contact_id, g.attribute_id AS attribute_id, g.attribute_def, g.attribute_type, g."position", g.created_at,
        CASE WHEN e.attribute_id IS NULL THEN g.label ELSE e.label END AS label,
        CASE WHEN e.attribute_id IS NULL THEN g."index" ELSE e."index" END AS "index",
        coalesce(e.is_primary, g.is_primary) AS is_primary, coalesce(e.is_partner, g.is_partner) AS is_partner,
        CASE WHEN e.attribute_id IS NULL THEN g.deleted_at ELSE e.deleted_at END AS deleted_at,
        coalesce(e.deleted_at, e.updated_at, g.deleted_at, g.created_at) AS updated_at, {_CONTENT}
    FROM {_RECEIVED} g LEFT JOIN {_EDITED} ON e.base_id = g.attribute_id AND NOT e.is_past {_VALUE}
    WHERE g.contact_id IN {REWRITTEN}
        AND (NOT g.is_known OR e.attribute_id IS NOT NULL)
)"""
# Values that given attributes had before a request gave them others.
_PAST_ROWS = f"""(
    SELECT e.contact_id, e.attribute_id, g.attribute_def, g.attribute_type, g."position", {_STATE},
        coalesce(e.since, g.created_at) AS created_at, {_CONTENT}
    FROM {_EDITED} JOIN {_RECEIVED} g ON e.base_id = g.attribute_id {_VALUE}
    WHERE e.is_past
)"""
# Attributes that requests added, and the values that these had before.
_NEW_ROWS = f"""(
    SELECT e.contact_id, e.attribute_id, v.attribute_def, v.attribute_type, v.position, e.label, e."index",
        e.is_primary, e.is_partner, v.text, v.number, v.date, v.address, v.original, v.match_key, v.columns,
        s.file_id, '' AS sheet, s.record_number AS row_number, 'request' AS source,
        CASE WHEN e.is_past THEN e.since ELSE e.created_at END AS created_at,
        coalesce(e.deleted_at, e.updated_at) AS updated_at, e.deleted_at
    FROM {_EDITED} JOIN {_VALUES} v
        ON v.request_id = e.request_id AND v.step = e.step AND v.position = e.value_position
    JOIN {_STEPS} s ON s.request_id = e.request_id AND s.step = e.step
    WHERE e.base_id IS NULL
)"""

#: All attributes of changed contacts that are rewritten: columns of core.attributes.
REWRITTEN_ROWS: Final = f"""(
    SELECT {_NAMES} FROM {_GIVEN_ROWS} UNION ALL SELECT {_NAMES} FROM {_PAST_ROWS}
    UNION ALL SELECT {_NAMES} FROM {_NEW_ROWS}
)"""

#: When changed contacts that are rewritten had which tags: columns of core.tag_periods.
TAG_PERIODS: Final = f"""(
    SELECT a.contact_id, a.text, coalesce(e.since, a.created_at) AS added_at, a.deleted_at AS removed_at,
        coalesce(e.is_renamed, false) AS is_renamed
    FROM (FROM {CORE_EDITED_ATTRIBUTES.full_name} WHERE contact_id IN {CHANGED}) a
    LEFT JOIN {_EDITED} ON e.attribute_id = a.attribute_id
    WHERE a.attribute_type = 'tag' AND a.text IS NOT NULL
        AND (a.deleted_at IS NULL OR a.deleted_at > a.created_at)
)"""
