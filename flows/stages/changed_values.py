"""Which contacts have other values than those matched last, and the values of some of them."""

# ruff: noqa: S608 - table names come from the registry; values are bound
from __future__ import annotations

import polars as pl

from flows.stages.matched_values import read_reference
from flows.store import Store
from schemas.tables import CORE_ATTRIBUTES, CORE_CONTACTS, MATCHING_CONTACTS
from transforms.matching.values import UNMATCHED_TYPES, ContactValues, collect_values

__all__ = ["find_changes", "read_values_of"]

_CONTACT_COLUMNS = ("contact_id", "brand_id", "user_id", "source", "ios_address_book_id", "android_address_book_id")
_ATTRIBUTE_COLUMNS = (
    "contact_id", "attribute_type", "is_partner", "text", "number", "match_key", "date", "address", "position",
)  # fmt: skip
_IS_LIVE = "deleted_at IS NULL"
_IS_VALUE = f"{_IS_LIVE} AND NOT list_contains(?, attribute_type)"
_IS_WANTED = "contact_id IN (SELECT contact_id FROM wanted)"


def read_values_of(store: Store, scope: str, contact_ids: pl.Series) -> ContactValues:
    """What matching knows of some contacts, of those that are live."""
    with store.lend(wanted=contact_ids.rename("contact_id").to_frame()):
        contacts = store.read(CORE_CONTACTS, _CONTACT_COLUMNS, f"{_IS_LIVE} AND {_IS_WANTED}")
        where = f"{_IS_VALUE} AND {_IS_WANTED}"
        attributes = store.read(CORE_ATTRIBUTES, _ATTRIBUTE_COLUMNS, where, [list(UNMATCHED_TYPES)])
    return collect_values(contacts, attributes, scope, read_reference())


def find_changes(store: Store) -> pl.DataFrame:
    """contact_id, contact, digest of contacts whose values are others than those matched last.

    `contact` is the number it was matched under, null for a new one; `digest` is null for one that is gone.
    """
    columns, values = (", ".join(names[1:]) for names in (_CONTACT_COLUMNS, _ATTRIBUTE_COLUMNS))
    return store.query(
        f"""WITH held AS (
                SELECT contact_id, sum(hash({values})) AS digest FROM {CORE_ATTRIBUTES.full_name}
                WHERE {_IS_VALUE} GROUP BY contact_id),
            now AS (
                SELECT contact_id, CAST(hash({columns}, held.digest) >> 1 AS BIGINT) AS digest
                FROM {CORE_CONTACTS.full_name} LEFT JOIN held USING (contact_id) WHERE {_IS_LIVE})
            SELECT coalesce(now.contact_id, m.contact_id) AS contact_id, m.contact, now.digest
            FROM now FULL JOIN {MATCHING_CONTACTS.full_name} m ON m.contact_id = now.contact_id
            WHERE now.digest IS DISTINCT FROM m.digest ORDER BY 1""",
        [list(UNMATCHED_TYPES)],
    )
