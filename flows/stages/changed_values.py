"""Which contacts have other values than those matched last."""

# ruff: noqa: S608 - table names come from the registry; values are bound
from __future__ import annotations

import polars as pl

from flows.stages.matched_values import CONTACT_COLUMNS, IS_LIVE, IS_VALUE, TEXT
from flows.store import Store
from schemas.ddl import quoted
from schemas.tables import CORE_ATTRIBUTES, CORE_CONTACTS, MATCHING_CONTACTS, MATCHING_JUDGEMENTS
from transforms.matching.values import ADDRESS_SOURCES, UNMATCHED_TYPES

__all__ = ["BETWEEN_GIVEN", "digest_values", "find_changes", "store_digests"]

#: Condition on pairs by id: both contacts are among those that are lent as `given`.
BETWEEN_GIVEN = "contact_id_l IN (SELECT contact_id FROM given) AND contact_id_r IN (SELECT contact_id FROM given)"

_PARTS = ", ".join(f"address.{quoted(part)}" for parts in ADDRESS_SOURCES.values() for part in parts)
_HELD = f"attribute_type, is_partner, position, {TEXT}, number, date, address IS NULL, {_PARTS}"


def find_changes(store: Store) -> pl.DataFrame:
    """contact_id, contact, digest of contacts whose values, or what people said of them, are others than those matched.

    `contact` is the number it was matched under, null for a new one; `digest` is null for one that is gone.
    """
    columns = ", ".join(CONTACT_COLUMNS[1:])
    return store.query(
        f"""WITH held AS (
                SELECT contact_id, sum(hash({_HELD})) AS digest FROM {CORE_ATTRIBUTES.full_name}
                WHERE {IS_VALUE} GROUP BY contact_id),
            judged AS (
                SELECT contact_id, sum(hash(other, judgement)) AS digest FROM (
                    SELECT contact_id_l AS contact_id, contact_id_r AS other, judgement, status
                    FROM {MATCHING_JUDGEMENTS.full_name} UNION ALL
                    SELECT contact_id_r, contact_id_l, judgement, status FROM {MATCHING_JUDGEMENTS.full_name})
                WHERE status = 'in_force' GROUP BY contact_id),
            now AS (
                SELECT contact_id, CAST(hash({columns}, held.digest, judged.digest) >> 1 AS BIGINT) AS digest
                FROM {CORE_CONTACTS.full_name} LEFT JOIN held USING (contact_id) LEFT JOIN judged USING (contact_id)
                WHERE {IS_LIVE})
            SELECT coalesce(now.contact_id, m.contact_id) AS contact_id, m.contact, now.digest
            FROM now FULL JOIN {MATCHING_CONTACTS.full_name} m ON m.contact_id = now.contact_id
            WHERE now.digest IS DISTINCT FROM m.digest ORDER BY 1""",
        [list(UNMATCHED_TYPES)],
    )


def store_digests(store: Store) -> None:
    """From now on it can be told which contacts have other values than they have now."""
    contacts = store.read(MATCHING_CONTACTS).drop("digest")
    store.delete(MATCHING_CONTACTS)
    digests = find_changes(store).select("contact_id", "digest")
    known = contacts.join(digests, on="contact_id", how="left", maintain_order="left")
    store.append(MATCHING_CONTACTS, known.select(MATCHING_CONTACTS.columns))


def digest_values(store: Store) -> str:
    """Hash of all that matching knows of all contacts."""
    columns, values = ", ".join(CONTACT_COLUMNS), f"contact_id, {_HELD}"
    query = "SELECT concat_ws('|', count(*), sum(hash({}))) AS digest FROM {} WHERE {}"
    digests = [
        store.query(query.format(columns, CORE_CONTACTS.full_name, IS_LIVE))["digest"][0],
        store.query(query.format(values, CORE_ATTRIBUTES.full_name, IS_VALUE), [list(UNMATCHED_TYPES)])["digest"][0],
    ]
    return "|".join(digests)
