"""Rows of contact files, beside those of earlier files that may be the same people, as SQL (SPEC A-IM2)."""

# ruff: noqa: S608 - table names come from the registry; nothing else is put into a query

from __future__ import annotations

from typing import Final

from schemas.ddl import quoted
from schemas.dtypes import ADDRESS_PARTS
from schemas.tables import (
    CORE_ATTRIBUTE_DEFS,
    CORE_CONTACT_UPDATES,
    RAW_FILES,
    STAGING_ATTRIBUTES,
    STAGING_CONTACT_FILES,
    STAGING_CONTACT_ROWS,
)
from schemas.vocabulary import Folder

__all__ = [
    "FILES", "FRESH_ROWS", "LATEST_ROWS", "PEOPLE_ROWS", "ROWS_OF", "SAME_ROWS", "SETTLED_ROWS", "SHARED_SCOPES",
    "SHARING_ROWS", "VALUES",
]  # fmt: skip

_PARTS = ", ".join(f"coalesce(address.{quoted(part)}, '')" for part in ADDRESS_PARTS)
_UPDATES = CORE_CONTACT_UPDATES.full_name
_ROWS = STAGING_CONTACT_ROWS.full_name
_ATTRIBUTES = STAGING_ATTRIBUTES.full_name

#: file_id, file_order, rows_count, digest of the contact files that gave contacts, in their order. Parameter: a hash of
#: what else counts for all.
FILES: Final = f"""
    SELECT f.file_id, row_number() OVER (ORDER BY f.run_sequence, f.file_name, f.file_id) AS file_order, rows_count,
        concat_ws('|', c.fingerprint, rows_count, digest, ?) AS digest
    FROM {RAW_FILES.full_name} f JOIN (
        SELECT file_id, count(*) AS rows_count, bit_xor(hash(hash(
            contact_id, given_id, brand_id, user_id, ios_address_book_id, android_address_book_id, created_at, "print",
            content
        ))) AS digest FROM {_ROWS} GROUP BY file_id
    ) r USING (file_id) LEFT JOIN {STAGING_CONTACT_FILES.full_name} c USING (file_id)
    WHERE f.folder = '{Folder.CONTACTS}'
        AND f.file_id NOT IN (SELECT file_id FROM {RAW_FILES.full_name} WHERE folder = '{Folder.REQUESTS}')
    ORDER BY file_order
"""

_COLUMNS = (
    "r.contact_id, r.given_id, r.brand_id, r.user_id, r.ios_address_book_id, r.android_address_book_id, r.created_at,"
    ' r.sheet, r.row_number, r."print", file_order'
)

#: Rows of the files that are matched now. Lent: fresh_files.
FRESH_ROWS: Final = f"""
    SELECT {_COLUMNS}, r.file_id, r.created_for, r.content
    FROM {_ROWS} r JOIN fresh_files USING (file_id) ORDER BY file_order, sheet, row_number, contact_id
"""
#: Whether the files that are matched now bring contacts of somebody whose contacts earlier files brought. Lent:
#: past_files, fresh_files.
SHARED_SCOPES: Final = f"""
    SELECT count(*) > 0 AS found FROM (
        SELECT DISTINCT brand_id, user_id FROM {_ROWS} SEMI JOIN past_files USING (file_id)
        INTERSECT SELECT DISTINCT brand_id, user_id FROM {_ROWS} SEMI JOIN fresh_files USING (file_id)
    )
"""

#: What earlier rows with the same cells are, and since when there is that contact. Lent: past_files, wanted.
SAME_ROWS: Final = f"""
    SELECT r."print", r.brand_id, r.user_id, r.ios_address_book_id, r.android_address_book_id,
        coalesce(u.contact_id, r.contact_id) AS contact_id, coalesce(p.created_at, r.created_at) AS created_at
    FROM {_ROWS} r SEMI JOIN past_files USING (file_id) SEMI JOIN wanted USING ("print")
    LEFT JOIN {_UPDATES} u ON u.row_contact_id = r.contact_id LEFT JOIN {_ROWS} p ON p.contact_id = u.contact_id
    ORDER BY 7, 6
"""

_IS_KEY = (
    "NOT is_superseded AND NOT is_partner AND match_key IS NOT NULL AND attribute_type IN"
    " ('email', 'phone_number', 'source_id')"
)

#: Contacts that earlier rows are which share something with some rows by which a person is known. Lent: past_files,
#: wanted (these rows).
SHARING_ROWS: Final = f"""
    WITH keys AS (
        SELECT DISTINCT attribute_type, match_key FROM {_ATTRIBUTES} SEMI JOIN wanted USING (contact_id) WHERE {_IS_KEY}
    ), sharing AS (
        SELECT contact_id FROM {_ATTRIBUTES} SEMI JOIN past_files USING (file_id)
            SEMI JOIN keys USING (attribute_type, match_key) WHERE {_IS_KEY}
        UNION ALL SELECT contact_id FROM {_ROWS} r SEMI JOIN past_files USING (file_id)
            WHERE ios_address_book_id IN (SELECT ios_address_book_id FROM wanted)
                OR android_address_book_id IN (SELECT android_address_book_id FROM wanted)
                OR contact_id IN (SELECT given_id FROM wanted) OR "print" IN (SELECT "print" FROM wanted)
    )
    SELECT DISTINCT coalesce(u.contact_id, s.contact_id) AS contact_id
    FROM sharing s LEFT JOIN {_UPDATES} u ON u.row_contact_id = s.contact_id
"""

#: The rows of some contacts, each with the contact that it is. Lent: files (with file_order), wanted (the contacts).
PEOPLE_ROWS: Final = f"""
    SELECT {_COLUMNS}, p.person FROM {_ROWS} r JOIN (
        SELECT contact_id, contact_id AS person FROM wanted
        UNION ALL SELECT u.row_contact_id, u.contact_id FROM {_UPDATES} u SEMI JOIN wanted USING (contact_id)
    ) p USING (contact_id) JOIN files USING (file_id)
"""

#: Values of some rows by which a person is known. Lent: wanted (these rows). Parameter: attribute types.
VALUES: Final = f"""
    SELECT contact_id, attribute_type, match_key FROM {_ATTRIBUTES} SEMI JOIN wanted USING (contact_id)
    WHERE NOT is_superseded AND NOT is_partner AND match_key IS NOT NULL AND list_contains(?, attribute_type)
"""

#: The rows of some contacts so far. Lent: wanted (contact_id, contact).
ROWS_OF: Final = f"""
    SELECT contact_id AS row_contact_id, contact, 0::BIGINT AS update_number FROM wanted
    UNION ALL SELECT row_contact_id, contact, update_number FROM {_UPDATES} JOIN wanted USING (contact_id)
"""

#: Of some contacts: how many rows updated them so far, the newest of their rows, the latest time of all of them, and
#: the address book ids last given. Lent: wanted.
LATEST_ROWS: Final = f"""
    SELECT contact_id, max(update_number) AS updates_count, arg_max(content, update_number) AS content,
        arg_max(created_at, update_number) AS created_at, max(created_at) AS newest_at,
        arg_max(ios_address_book_id, update_number) FILTER (ios_address_book_id IS NOT NULL) AS ios_address_book_id,
        arg_max(android_address_book_id, update_number) FILTER (android_address_book_id IS NOT NULL)
            AS android_address_book_id
    FROM (
        SELECT o.contact_id, update_number, content, created_at, ios_address_book_id, android_address_book_id
        FROM (
            SELECT contact_id AS row_contact_id, contact_id, 0::BIGINT AS update_number FROM wanted
            UNION ALL SELECT row_contact_id, contact_id, update_number FROM {_UPDATES}
            SEMI JOIN wanted USING (contact_id)
        ) o JOIN {_ROWS} r ON r.contact_id = o.row_contact_id
    ) GROUP BY contact_id
"""

#: What `settle_values` takes of all rows of some contacts. `same` is shared by values that are one: as published where
#: a contact has only one, so that a name in other letters is another; in match form elsewhere. Lent: wanted (the rows:
#: row_contact_id, row, contact, update_number).
SETTLED_ROWS: Final = f"""
    SELECT w."row", w.contact, w.update_number, position, attribute_def, is_partner, is_singular, label, is_primary,
        original IS NOT NULL AS is_given, created_at,
        CASE WHEN address IS NOT NULL THEN lower(concat_ws('|', {_PARTS}))
             WHEN is_singular THEN coalesce(text, number::VARCHAR, date::VARCHAR)
             WHEN attribute_type = 'phone_number' AND contains(text, ';ext=')
                THEN coalesce(match_key || regexp_extract(text, ';ext=\\d+$'), text)
             ELSE coalesce(match_key, text, number::VARCHAR, date::VARCHAR) END AS same
    FROM {_ATTRIBUTES} a JOIN wanted w ON w.row_contact_id = a.contact_id
    JOIN (SELECT attribute_def, is_singular FROM {CORE_ATTRIBUTE_DEFS.full_name}) USING (attribute_def)
    WHERE NOT is_superseded
"""
