"""Which contacts the request log concerns, and a digest of all that their edits are made of, as SQL."""

# ruff: noqa: S608 - table names come from the registry; nothing else is put into a query

from __future__ import annotations

from typing import Final

from flows.stages.born_queries import EVER
from flows.stages.edit_queries import STEPS
from schemas.tables import (
    CORE_ATTRIBUTE_EDITS,
    CORE_REFUSALS,
    STAGING_REQUEST_STEPS,
    STAGING_REQUEST_VALUES,
    STAGING_REQUESTS,
)
from schemas.views import RECEIVED

__all__ = ["ALONE", "DIGESTS", "HOLDERS", "REFUSED", "UNKNOWN_CONTACTS", "VOID"]

#: Attributes that steps name alone, with the contacts that hold them: given ones, added ones, and those that were
#: added to many contacts before.
HOLDERS: Final = f"""
    WITH alone AS (
        SELECT request_id, step, attribute_id FROM {STAGING_REQUEST_STEPS.full_name}
        WHERE contact_id IS NULL AND attribute_id IS NOT NULL
    ), held AS (
        SELECT attribute_id, contact_id FROM {RECEIVED} WHERE attribute_id IN (SELECT attribute_id FROM alone)
        UNION ALL SELECT v.attribute_id, s.contact_id
        FROM {STAGING_REQUEST_VALUES.full_name} v JOIN {STAGING_REQUEST_STEPS.full_name} s USING (request_id, step)
        WHERE s.contact_id IS NOT NULL AND v.attribute_id IN (SELECT attribute_id FROM alone)
        UNION ALL SELECT attribute_id, contact_id FROM {CORE_ATTRIBUTE_EDITS.full_name}
        WHERE attribute_id IN (SELECT attribute_id FROM alone)
    )
    SELECT request_id, step, min(held.contact_id) AS holder FROM alone JOIN held USING (attribute_id)
    GROUP BY request_id, step ORDER BY request_id, step
"""

#: contact_id, digest of every contact that steps name, or that came with or was given a value that steps of many
#: contacts ask for; of the contacts that satisfy a condition. Parameters: those of STEPS; requests that are void; keys,
#: and the digest of each.
#: Rows are hashed twice: a hash is linear in its last value, so that like changes of two rows would cancel out.
DIGESTS: Final = f"""
    WITH steps AS (FROM {STEPS} WHERE contact_id IS NOT NULL AND {{0}}),
    void AS (SELECT unnest(?) AS request_id),
    keys AS (SELECT unnest(?) AS key, unnest(?) AS reach),
    named AS (
        SELECT contact_id, bit_xor(hash(hash(
            request_id, step, requested_at, request_id IN (FROM void)
        ))) AS digest FROM steps
        GROUP BY contact_id
    ), values AS (
        SELECT contact_id, attribute_def, match_key FROM {RECEIVED} WHERE {{0}}
        UNION ALL SELECT s.contact_id, v.attribute_def, v.match_key
        FROM steps s JOIN {STAGING_REQUEST_VALUES.full_name} v USING (request_id, step)
    ), reached AS (
        SELECT contact_id, bit_xor(hash(hash(key, reach))) AS digest FROM (
            SELECT DISTINCT contact_id, key, reach FROM (
                SELECT contact_id, attribute_def || '|' || match_key AS key FROM values
                UNION ALL SELECT contact_id, attribute_def FROM values
            ) JOIN keys USING (key)
        ) GROUP BY contact_id
    ), concerned AS (
        SELECT contact_id, n.digest AS named, r.digest AS reached FROM named n FULL JOIN reached r USING (contact_id)
    ), given AS (
        SELECT contact_id, bit_xor(hash(hash(
            attribute_def, label, "index", is_primary, is_partner, text, number, date, address, match_key, "position",
            created_at, deleted_at, file_id, sheet, row_number, is_known
        ))) AS digest
        FROM {RECEIVED} WHERE contact_id IN (SELECT contact_id FROM concerned) GROUP BY contact_id
    )
    SELECT contact_id, concat_ws('|', named, reached, g.digest) AS digest
    FROM concerned LEFT JOIN given g USING (contact_id)
"""

#: request_id, contact_id, column_name of steps on contacts that nobody created.
UNKNOWN_CONTACTS: Final = f"""
    SELECT request_id, contact_id, column_name FROM {STAGING_REQUEST_STEPS.full_name}
    WHERE contact_id IS NOT NULL AND contact_id NOT IN {EVER} ORDER BY request_id, step
"""

#: The same of steps that name an attribute alone, in place of a contact.
ALONE: Final = f"""
    SELECT request_id, step, attribute_id AS contact_id, column_name FROM {STAGING_REQUEST_STEPS.full_name}
    WHERE contact_id IS NULL AND attribute_id IS NOT NULL ORDER BY request_id, step
"""

#: Requests on several contacts or attributes, which the API answers as one, and of which some step is refused: by the
#: contact that it names, or because nobody created that one. Parameters: requests and steps of HOLDERS.
VOID: Final = f"""
    SELECT DISTINCT request_id FROM (
        SELECT request_id FROM {CORE_REFUSALS.full_name} WHERE contact_id IS NOT NULL
        UNION ALL SELECT request_id FROM ({UNKNOWN_CONTACTS})
        UNION ALL SELECT a.request_id FROM ({ALONE}) a
        ANTI JOIN (SELECT unnest(?) AS request_id, unnest(?) AS step) h
            ON h.request_id = a.request_id AND h.step = a.step
    ) SEMI JOIN (
        SELECT request_id FROM {STAGING_REQUESTS.full_name}
        WHERE operation IN ('contacts.update_many', 'contacts.delete_many', 'attributes.delete_many')
    ) USING (request_id) ORDER BY request_id
"""

#: Refused steps with where they stand.
REFUSED: Final = f"""
    SELECT r.*, s.column_name FROM {CORE_REFUSALS.full_name} r
    JOIN {STAGING_REQUEST_STEPS.full_name} s USING (request_id, step)
"""
