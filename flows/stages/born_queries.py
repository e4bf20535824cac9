"""Contacts as they were made, before anything that requests ask of them, as SQL."""

# ruff: noqa: S608 - table names come from the registry; nothing else is put into a query

from __future__ import annotations

from typing import Final

from schemas.tables import CORE_CONTACT_UPDATES, CORE_LEADS, RAW_FILES, STAGING_CONTACT_ROWS
from schemas.vocabulary import Folder

__all__ = ["BORN", "EVER"]

#: contact_id, brand_id, user_id, born_at (null for one of a file) of every contact.
BORN: Final = f"""(
    SELECT contact_id, brand_id, user_id, CASE WHEN file_id IN (
        SELECT file_id FROM {RAW_FILES.full_name} WHERE folder = '{Folder.REQUESTS}'
    ) THEN created_at END AS born_at
    FROM {STAGING_CONTACT_ROWS.full_name}
    WHERE contact_id NOT IN (SELECT row_contact_id FROM {CORE_CONTACT_UPDATES.full_name})
    UNION ALL (
        SELECT DISTINCT ON (contact_id) contact_id, brand_id, NULL, captured_at FROM {CORE_LEADS.full_name}
        WHERE NOT contact_exists ORDER BY captured_at, lead_id
    )
)"""

#: Every contact id ever given, those of rows that update a contact too.
EVER: Final = f"""(
    SELECT contact_id FROM {STAGING_CONTACT_ROWS.full_name} UNION ALL SELECT contact_id FROM {CORE_LEADS.full_name}
)"""
