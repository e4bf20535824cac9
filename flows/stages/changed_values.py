"""Which contacts have other values than those matched last, and the values of some of them."""

# ruff: noqa: S608 - table names come from the registry; values are bound
from __future__ import annotations

import polars as pl

from flows.stages.matched_values import read_reference
from flows.store import Store
from schemas.ddl import quoted
from schemas.tables import CORE_ATTRIBUTES, CORE_CONTACTS, MATCHING_CONTACTS, MATCHING_JUDGEMENTS
from schemas.views import attributes_of
from transforms.matching.values import (
    ADDRESS_SOURCES,
    PARTNER_EMAIL,
    UNMATCHED_TYPES,
    ContactValues,
    assemble_values,
    coalesce_loose,
    index_contacts,
    value_column,
)

__all__ = ["BETWEEN_GIVEN", "digest_values", "find_changes", "read_values_of", "store_digests"]

#: Condition on pairs by id: both contacts are among those that are lent as `given`.
BETWEEN_GIVEN = "contact_id_l IN (SELECT contact_id FROM given) AND contact_id_r IN (SELECT contact_id FROM given)"

_CONTACT_COLUMNS = ("contact_id", "brand_id", "user_id", "source", "ios_address_book_id", "android_address_book_id")
_IS_LIVE = "deleted_at IS NULL"
_IS_VALUE = f"{_IS_LIVE} AND NOT list_contains(?, attribute_type)"
#: What is compared of a value: of e-mails and phones the key; that of others, which they may have, is slow to derive.
_TEXT = "CASE WHEN attribute_type IN ('email', 'phone_number') THEN match_key ELSE text END"
_PARTS = ", ".join(f"address.{quoted(part)}" for parts in ADDRESS_SOURCES.values() for part in parts)
_HELD = f"attribute_type, is_partner, position, {_TEXT}, number, date, address IS NULL, {_PARTS}"
_ADDRESSES = ", ".join(
    f"CASE WHEN address IS NOT NULL THEN concat_ws(' ', {', '.join(f'address.{quoted(part)}' for part in parts)}) END"
    f" AS a_{to}"
    for to, parts in ADDRESS_SOURCES.items()
)
_VALUES = f"""SELECT contact, attribute_type, is_partner, position, number, date, {_ADDRESSES},
    address IS NOT NULL AS has_address, {_TEXT} AS text
    FROM {attributes_of("contact_id IN (SELECT contact_id FROM given)")} JOIN given USING (contact_id)
    WHERE {_IS_VALUE}"""


def read_values_of(store: Store, scope: str, contact_ids: pl.Series) -> ContactValues:
    """What matching knows of some contacts, of those that are live: all of their values at once."""
    with store.lend(given=contact_ids.rename("contact_id").to_frame()):
        contacts = store.read(CORE_CONTACTS, _CONTACT_COLUMNS, f"{_IS_LIVE} AND contact_id IN (FROM given)")
    index = index_contacts(contacts, scope)
    with store.lend(given=index.select("contact", "contact_id")):
        rows = store.query(_VALUES, [list(UNMATCHED_TYPES)])
    own = rows.filter(~pl.col("is_partner")).partition_by("attribute_type", as_dict=True)
    kinds = {str(name): _take_values(frame, str(name)) for (name,), frame in own.items()}
    is_partners = pl.col("is_partner") & (pl.col("attribute_type") == "email")
    kinds[PARTNER_EMAIL] = _take_values(rows.filter(is_partners), "email")
    return assemble_values(index, kinds, read_reference())


def _take_values(rows: pl.DataFrame, attribute_type: str) -> pl.DataFrame:
    if attribute_type == "address":
        return rows.filter("has_address").select(
            "contact", "position", *(pl.col(f"a_{to}").alias(to) for to in ADDRESS_SOURCES)
        )
    column = value_column(attribute_type)
    if column is None:
        return coalesce_loose(rows)
    return rows.select("contact", "position", value="date" if column == "date" else "text")


def find_changes(store: Store) -> pl.DataFrame:
    """contact_id, contact, digest of contacts whose values, or what people said of them, are others than those matched.

    `contact` is the number it was matched under, null for a new one; `digest` is null for one that is gone.
    """
    columns = ", ".join(_CONTACT_COLUMNS[1:])
    return store.query(
        f"""WITH held AS (
                SELECT contact_id, sum(hash({_HELD})) AS digest FROM {CORE_ATTRIBUTES.full_name}
                WHERE {_IS_VALUE} GROUP BY contact_id),
            judged AS (
                SELECT contact_id, sum(hash(other, judgement)) AS digest FROM (
                    SELECT contact_id_l AS contact_id, contact_id_r AS other, judgement, status
                    FROM {MATCHING_JUDGEMENTS.full_name} UNION ALL
                    SELECT contact_id_r, contact_id_l, judgement, status FROM {MATCHING_JUDGEMENTS.full_name})
                WHERE status = 'in_force' GROUP BY contact_id),
            now AS (
                SELECT contact_id, CAST(hash({columns}, held.digest, judged.digest) >> 1 AS BIGINT) AS digest
                FROM {CORE_CONTACTS.full_name} LEFT JOIN held USING (contact_id) LEFT JOIN judged USING (contact_id)
                WHERE {_IS_LIVE})
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
    columns, values = ", ".join(_CONTACT_COLUMNS), f"contact_id, {_HELD}"
    query = "SELECT concat_ws('|', count(*), sum(hash({}))) AS digest FROM {} WHERE {}"
    digests = [
        store.query(query.format(columns, CORE_CONTACTS.full_name, _IS_LIVE))["digest"][0],
        store.query(query.format(values, CORE_ATTRIBUTES.full_name, _IS_VALUE), [list(UNMATCHED_TYPES)])["digest"][0],
    ]
    return "|".join(digests)
