"""matching.contact_prints: which contacts the marts show as they were, and which are to be derived anew.

A print is a hash of all that a contact's rows in the marts are made of: whatever changes it, by whichever way, is found
without being told of it. It is taken of what is stored, which is a fraction of the work of deriving the rows.
"""

# ruff: noqa: S608 - table names come from the registry; nothing else is put into a query

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from flows.stages.projections import MERGERS
from flows.store import Store
from schemas.ddl import quoted
from schemas.tables import (
    CORE_ATTRIBUTE_DEFS,
    CORE_ATTRIBUTE_EDITS,
    CORE_ATTRIBUTES,
    CORE_CONTACTS,
    CORE_LEADS,
    MATCHING_ALIASES,
    MATCHING_CONTACT_PRINTS,
    ROUTING_ASSIGNMENTS,
    STAGING_CREATED_ATTRIBUTES,
    STAGING_REQUESTS,
)

__all__ = ["PrintChanges", "renew_prints"]

#: The id of an attribute is that of its place, or told by what created or changed it: to hash it for all takes longest.
_VALUES: Final = ", ".join(quoted(name) for name in CORE_ATTRIBUTES.columns if name != "attribute_id")
#: contact_id, print: attributes, contacts, who got their leads, who merged them, who made or changed their attributes.
_PARTS: Final = f"""
    SELECT contact_id, sum(hash({_VALUES})) AS print, false AS is_contact
    FROM {CORE_ATTRIBUTES.full_name} WHERE deleted_at IS NULL GROUP BY contact_id
    UNION ALL SELECT contact_id, hash(c), true FROM {CORE_CONTACTS.full_name} c WHERE deleted_at IS NULL
    UNION ALL SELECT contact_id, hash(lead_id, captured_at, a.user_id), false
    FROM {CORE_LEADS.full_name} JOIN {ROUTING_ASSIGNMENTS.full_name} a USING (lead_id)
    WHERE a.position = 1 AND a.user_id IS NOT NULL
    UNION ALL SELECT contact_id, hash(merged_by), false FROM ({MERGERS})
    UNION ALL SELECT contact_id, hash(attribute_id, position), false FROM {STAGING_CREATED_ATTRIBUTES.full_name}
    UNION ALL SELECT contact_id, hash(attribute_id, a.user_id, c.user_id), false
    FROM {CORE_ATTRIBUTE_EDITS.full_name}
    LEFT JOIN {STAGING_REQUESTS.full_name} a ON a.request_id = added_by
    LEFT JOIN {STAGING_REQUESTS.full_name} c ON c.request_id = changed_by
"""
_DEFINITIONS: Final = f"(SELECT sum(hash(d)) FROM {CORE_ATTRIBUTE_DEFS.full_name} d)"
#: Canonical contacts whose print is another than stored; print is null for one that is no contact any more.
_CHANGES: Final = f"""
    WITH now AS (
        SELECT canonical_id AS contact_id,
            CAST(hash(sum(hash(contact_id, print)), max(cluster_id), {_DEFINITIONS}) >> 1 AS BIGINT) AS print
        FROM ({_PARTS}) JOIN {MATCHING_ALIASES.full_name} USING (contact_id)
        GROUP BY canonical_id HAVING bool_or(is_contact))
    SELECT coalesce(now.contact_id, p.contact_id) AS contact_id, now.print
    FROM now FULL JOIN {MATCHING_CONTACT_PRINTS.full_name} p ON p.contact_id = now.contact_id
    WHERE now.print IS DISTINCT FROM p.print ORDER BY 1
"""


@dataclass(frozen=True)
class PrintChanges:
    """Canonical contacts whose rows in the marts are to be derived anew.

    Attributes:
        contact_ids: of contacts that are new or otherwise than they were, and of those that are gone; in order.
        are_all: so many are that all contacts are to be derived anew, and these are all there are.
    """

    contact_ids: pl.Series
    are_all: bool


def renew_prints(store: Store, run_sequence: int) -> PrintChanges:
    """Store the prints of contacts as they are now; returns those that are otherwise than when last stored.

    Args:
        store: the warehouse, inside the transaction that derives their rows.
        run_sequence: of this run.
    """
    changes = store.query(_CHANGES)
    are_all = 2 * changes.height >= store.count(MATCHING_CONTACT_PRINTS)
    with store.lend(given=changes):
        store.delete(MATCHING_CONTACT_PRINTS, "contact_id IN (SELECT contact_id FROM given)")
    now = changes.drop_nulls("print").with_columns(run_sequence=pl.lit(run_sequence, pl.Int64))
    store.append(MATCHING_CONTACT_PRINTS, now)
    if are_all:
        store.update(MATCHING_CONTACT_PRINTS, "run_sequence = ?", "true", [run_sequence])
        every = store.read(MATCHING_CONTACT_PRINTS, ["contact_id"]).sort("contact_id")
        return PrintChanges(every["contact_id"], are_all)
    return PrintChanges(changes["contact_id"], are_all)
