"""What leads meet of contacts that requests or newer files changed, as SQL."""

# ruff: noqa: S608 - table names come from the registry; nothing else is put into a query

from __future__ import annotations

from typing import Final

from flows.stages.edit_queries import IS_LEAD_OF
from schemas.tables import (
    CORE_ATTRIBUTE_EDITS,
    CORE_ATTRIBUTES,
    CORE_CONTACT_UPDATES,
    CORE_EDITED_ATTRIBUTES,
    CORE_LEADS,
    CORE_OWNER_CHANGES,
    RAW_FILES,
    STAGING_CONTACT_ROWS,
    STAGING_LEADS,
)
from schemas.views import REWRITTEN
from schemas.vocabulary import Folder

__all__ = ["CHANGING_CONTACTS", "IS_LOG", "LEAD_ROWS", "MET_CHANGING", "PERIODS", "TAGGED"]

IS_LOG: Final = f"file_id IN (SELECT file_id FROM {RAW_FILES.full_name} WHERE folder = '{Folder.REQUESTS}')"
_KEYS = f"(SELECT email FROM {STAGING_LEADS.full_name} UNION ALL SELECT phone FROM {STAGING_LEADS.full_name})"

#: Contacts that ever had an e-mail or phone number that a lead has, and were changed in what leads see of them: in
#: these values and names, in their owner, or (parameter) by being deleted.
MET_CHANGING: Final = f"""
    SELECT DISTINCT contact_id FROM {CORE_ATTRIBUTES.full_name}
    WHERE match_key IN {_KEYS} AND attribute_type IN ('email', 'phone_number') AND contact_id IN (
        SELECT a.contact_id FROM {CORE_EDITED_ATTRIBUTES.full_name} a
        SEMI JOIN {CORE_ATTRIBUTE_EDITS.full_name} e ON e.attribute_id = a.attribute_id
        WHERE attribute_type IN ('email', 'phone_number', 'first_name', 'last_name')
        UNION ALL SELECT contact_id FROM {CORE_OWNER_CHANGES.full_name}
        UNION ALL SELECT contact_id FROM {CORE_CONTACT_UPDATES.full_name} WHERE is_changed
        UNION ALL SELECT unnest(?)
    ) ORDER BY contact_id
"""

#: Some contacts as they came: the columns of `by_time.Changing.contacts` but for deleted_at. Parameters: ids, twice.
CHANGING_CONTACTS: Final = f"""
    SELECT contact_id, brand_id, user_id, created_at, CASE WHEN {IS_LOG} THEN created_at END AS since,
        NULL::VARCHAR AS made_by
    FROM {STAGING_CONTACT_ROWS.full_name} WHERE contact_id IN (SELECT unnest(?))
    UNION ALL SELECT contact_id, brand_id, NULL, captured_at, captured_at, lead_id
    FROM {CORE_LEADS.full_name} WHERE NOT contact_exists AND contact_id IN (SELECT unnest(?))
    ORDER BY contact_id
"""

#: The columns of `by_time.Changing.periods`, and text. Parameters: ids of contacts, attribute types.
PERIODS: Final = f"""
    SELECT a.contact_id, a.attribute_type, a.match_key, a.text,
        coalesce(e.since, CASE WHEN a.source = 'request' THEN a.created_at END) AS since, e.deleted_at AS until,
        f.run_sequence, CASE WHEN e.since IS NULL THEN l.lead_id END AS made_by, a.created_at, a.position,
        a.source = 'file' AND a.created_at > r.created_at AND e.since IS NULL AS is_later
    FROM (FROM {CORE_ATTRIBUTES.full_name} WHERE contact_id IN (SELECT unnest(?))) a
    LEFT JOIN {CORE_ATTRIBUTE_EDITS.full_name} e ON e.attribute_id = a.attribute_id
    LEFT JOIN {RAW_FILES.full_name} f
        ON a.source = 'file' AND f.folder = '{Folder.CONTACTS}' AND f.file_id = a.file_id
    LEFT JOIN {CORE_LEADS.full_name} l ON a.source = 'lead' AND {IS_LEAD_OF.format("a")}
    LEFT JOIN {STAGING_CONTACT_ROWS.full_name} r ON r.contact_id = a.contact_id
    WHERE list_contains(?, a.attribute_type) AND NOT a.is_partner AND (a.source <> 'lead' OR l.lead_id IS NOT NULL)
        AND (e.attribute_id IS NOT NULL OR a.deleted_at IS NULL OR a.deleted_at > a.created_at)
"""

#: Contacts of leads whose tags requests may have changed.
TAGGED: Final = f"SELECT DISTINCT contact_id FROM {CORE_LEADS.full_name} WHERE contact_id IN {REWRITTEN}"

#: Leads as `attachment.attach_leads` gives them, by id (parameter); attached as core.leads says.
LEAD_ROWS: Final = f"""
    SELECT s.* EXCLUDE (raw_payload), l.contact_id, l.contact_exists, l.contact_owner, l.is_repeat
    FROM {STAGING_LEADS.full_name} s JOIN {CORE_LEADS.full_name} l USING (lead_id)
    WHERE l.contact_id IN (SELECT unnest(?)) ORDER BY s.captured_at, s.lead_id
"""
