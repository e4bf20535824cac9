"""What rows of newer contact files do to the values of the contacts they update, as SQL (SPEC A-IM2)."""

# ruff: noqa: S608 - table names come from the registry; nothing else is put into a query

from __future__ import annotations

from typing import Final

from schemas.tables import (
    CORE_ATTRIBUTE_DEFS,
    CORE_ATTRIBUTE_UPDATES,
    CORE_CONTACT_UPDATES,
    RAW_FILES,
    STAGING_ATTRIBUTES,
    STAGING_CONTACT_ROWS,
)
from schemas.vocabulary import Folder

__all__ = ["CHANGED_ROWS", "IS_OF_ROWS", "PRINTS", "ROWS", "SETTLED_VALUES"]

#: Rows of contact files whose brand and owner have several files, with the place of their file among all.
ROWS: Final = f"""
    WITH files AS (
        SELECT file_id, row_number() OVER (ORDER BY run_sequence, file_name, file_id) AS file_order
        FROM {RAW_FILES.full_name} WHERE folder = '{Folder.CONTACTS}'
    ), placed AS (
        SELECT r.*, file_order FROM {STAGING_CONTACT_ROWS.full_name} r JOIN files USING (file_id)
        WHERE file_id NOT IN (SELECT file_id FROM {RAW_FILES.full_name} WHERE folder = '{Folder.REQUESTS}')
    ), several AS (
        SELECT brand_id, user_id FROM placed GROUP BY ALL HAVING min(file_order) < max(file_order)
    )
    SELECT p.* FROM placed p JOIN several s
    ON p.brand_id IS NOT DISTINCT FROM s.brand_id AND p.user_id IS NOT DISTINCT FROM s.user_id
"""
IS_OF_ROWS: Final = f"contact_id IN (SELECT contact_id FROM ({ROWS}))"

#: Rows with the same cells have the same print; what an import gives to all its rows has no original.
PRINTS: Final = f"""
    SELECT contact_id, concat(count(*), '-', bit_xor(
        hash(hash(attribute_def, is_partner, text, number, date, address))
    )) AS print
    FROM {STAGING_ATTRIBUTES.full_name} WHERE original IS NOT NULL AND NOT is_superseded AND {IS_OF_ROWS}
    GROUP BY contact_id
"""

#: Values of updated contacts. `same` is shared by values that are one: as published where a contact has only one, so
#: that a name in other letters is another; in match form elsewhere. Contacts and definitions are numbered: measured,
#: windows over their ids cost a quarter more.
_VALUES = f"""
    SELECT a.contact_id AS row_contact_id, position, kept, update_number, def, is_partner, is_singular,
        label, is_primary, original IS NOT NULL AS is_given, created_at,
        CASE WHEN address IS NOT NULL THEN lower(address::VARCHAR)
             WHEN is_singular THEN coalesce(text, number::VARCHAR, date::VARCHAR)
             WHEN attribute_type = 'phone_number' THEN coalesce(match_key || regexp_extract(text, ';ext=\\d+$'), text)
             ELSE coalesce(match_key, text, number::VARCHAR, date::VARCHAR) END AS same
    FROM {STAGING_ATTRIBUTES.full_name} a
    JOIN (
        SELECT row_contact_id, dense_rank() OVER (ORDER BY contact_id) AS kept, update_number FROM (
            SELECT row_contact_id, contact_id, update_number FROM {CORE_CONTACT_UPDATES.full_name}
            UNION ALL SELECT DISTINCT contact_id, contact_id, 0 FROM {CORE_CONTACT_UPDATES.full_name}
        )
    ) r ON r.row_contact_id = a.contact_id
    JOIN (
        SELECT attribute_def, is_singular, row_number() OVER (ORDER BY attribute_def) AS def
        FROM {CORE_ATTRIBUTE_DEFS.full_name}
    ) d USING (attribute_def)
    WHERE NOT is_superseded
"""
_PLACE = "PARTITION BY kept, def, is_partner, slot ORDER BY update_number, position"

#: The columns of core.attribute_updates, for every value of an updated contact.
#:
#: A value is new, or repeats the one that stands. A singular one tells its value, one of many its label; one of an
#: older file (a backfill), or that an import gave to all its rows, only fills what is empty. The last one marked
#: primary is primary.
SETTLED_VALUES: Final = f"""(
    WITH given AS ({_VALUES}), placed AS (
        SELECT *, CASE WHEN is_singular THEN '' ELSE same END AS slot,
            CASE WHEN is_singular THEN same ELSE label END AS tells
        FROM given
    ), told AS (
        SELECT *, CASE WHEN row_number() OVER place = 1 THEN coalesce(tells, '')
                       WHEN is_given AND created_at >= max(created_at) OVER place THEN tells END AS word
        FROM placed WINDOW place AS ({_PLACE})
    ), judged AS (
        SELECT *, word IS NULL OR word IS NOT DISTINCT FROM lag(word IGNORE NULLS) OVER place AS is_repeat
        FROM told WINDOW place AS ({_PLACE})
    ), ended AS (
        SELECT *, CASE WHEN is_repeat THEN created_at
            ELSE lead(CASE WHEN NOT is_repeat THEN created_at END IGNORE NULLS) OVER place END AS deleted_at
        FROM judged WINDOW place AS ({_PLACE})
    ), marked AS (
        SELECT kept, def, is_partner, arg_max(same, (update_number, position)) AS starred
        FROM given WHERE is_primary GROUP BY ALL
    )
    SELECT row_contact_id, position AS row_position, is_repeat, deleted_at, e.is_primary AS was_primary,
        deleted_at IS NULL AND coalesce(same = starred, false) AS is_primary
    FROM ended e LEFT JOIN marked USING (kept, def, is_partner)
)"""

#: Ids of rows that brought something new: a value that repeats none, or another primary one.
CHANGED_ROWS: Final = f"""
    SELECT a.contact_id AS row_contact_id FROM {STAGING_ATTRIBUTES.full_name} a
    JOIN {CORE_CONTACT_UPDATES.full_name} u ON u.row_contact_id = a.contact_id
    ANTI JOIN (FROM {CORE_ATTRIBUTE_UPDATES.full_name} WHERE is_repeat) v
    ON v.row_contact_id = a.contact_id AND v.row_position = a.position
    WHERE NOT is_superseded
    UNION SELECT row_contact_id FROM (
        SELECT row_contact_id, update_number, same,
            lag(same) OVER (PARTITION BY kept, def, is_partner ORDER BY update_number, position) AS before
        FROM ({_VALUES}) WHERE is_primary
    ) WHERE update_number > 0 AND same IS DISTINCT FROM before
"""
