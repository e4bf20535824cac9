"""core contacts and attributes -> what matching looks at: each kind of value with the columns it needs."""

# ruff: noqa: S608 - table names come from the registry; values are bound
from __future__ import annotations

from typing import Final

import polars as pl

from flows.sources.reference import load_reference
from flows.store import Store
from schemas.ddl import quoted
from schemas.tables import CORE_ATTRIBUTES, CORE_CONTACTS, MATCHING_CONTACTS
from schemas.views import attributes_of
from transforms.matching.copies import leave_out_copies
from transforms.matching.values import (
    ADDRESS_SOURCES,
    LOOSE_COLUMNS,
    OWN_FIELDS,
    PARTNER_EMAIL,
    UNMATCHED_TYPES,
    ContactValues,
    MatchingReference,
    assemble_values,
    coalesce_loose,
    index_contacts,
    value_column,
)

__all__ = [
    "CONTACT_COLUMNS", "IS_LIVE", "IS_VALUE", "TEXT", "keep_values", "read_compared_values", "read_reference",
    "read_values", "read_values_of", "take_values",
]  # fmt: skip

#: Columns of core.contacts that matching looks at.
CONTACT_COLUMNS: Final = (
    "contact_id", "brand_id", "user_id", "source", "ios_address_book_id", "android_address_book_id",
)  # fmt: skip
#: Conditions on contacts and on attributes; of the latter, the parameter is UNMATCHED_TYPES.
IS_LIVE: Final = "deleted_at IS NULL"
IS_VALUE: Final = f"{IS_LIVE} AND NOT list_contains(?, attribute_type)"
#: What is compared of a value: of e-mails and phones the key; that of others, which they may have, is slow to derive.
TEXT: Final = "CASE WHEN attribute_type IN ('email', 'phone_number') THEN match_key ELSE text END"

#: In place of the id, which is long: eight bytes of its hash are read with every value.
_KEY: Final = "hash(contact_id)"
_CONTACTS: Final = (
    f"SELECT {', '.join(CONTACT_COLUMNS)}, {_KEY} AS key"
    f" FROM {CORE_CONTACTS.full_name} WHERE {IS_LIVE} ORDER BY contact_id"
)
_ADDRESSES = ", ".join(
    f"CASE WHEN address IS NOT NULL THEN concat_ws(' ', {', '.join(f'address.{quoted(part)}' for part in parts)}) END"
    f" AS a_{to}"
    for to, parts in ADDRESS_SOURCES.items()
)
_VALUES = f"""SELECT contact, attribute_type, is_partner, position, number, date, {_ADDRESSES},
    address IS NOT NULL AS has_address, {TEXT} AS text
    FROM {{}} JOIN given USING (contact_id) WHERE {IS_VALUE}"""
_OF_SOME = _VALUES.format(attributes_of("contact_id IN (SELECT contact_id FROM given)"))
_OF_ALL = _VALUES.format(CORE_ATTRIBUTES.full_name)
_AT_ONCE = 10_000  # contacts whose values are read in one query; of more, each kind by itself takes less memory


#: Values that a run has read, by its id: those of one run at most. Reading them again takes a fifth of matching.
_kept: Final[dict[str, ContactValues]] = {}


def keep_values(run_id: str, values: ContactValues) -> None:
    """Leave what a stage has read to a later stage of its run: none between them changes what it was read from."""
    _kept.clear()
    _kept[run_id] = values


def take_values(run_id: str, store: Store, scope: str) -> ContactValues:
    """What an earlier stage of this run left, once; read anew where there is none, as when a stage is run again."""
    values = _kept.pop(run_id, None)
    _kept.clear()
    return values or read_compared_values(store, scope)


def read_compared_values(store: Store, scope: str) -> ContactValues:
    """What matching knows of the contacts that blocking left to be compared: not of the copies that go with others."""
    values = read_values(store, scope)
    copies = store.read(MATCHING_CONTACTS, ["contact_id"], "copy_of IS NOT NULL")["contact_id"]
    return leave_out_copies(values, ~values.ids.is_in(copies.implode())) if len(copies) else values


def read_values(store: Store, scope: str) -> ContactValues:
    """What matching knows of the live contacts."""
    contacts = store.query(_CONTACTS)
    index = index_contacts(contacts.drop("key"), scope)
    if index.height <= _AT_ONCE:
        return _read_at_once(store, index, _OF_ALL)
    numbers = contacts.select("key").with_row_index("contact")
    kinds = {name: _read_kind(store, name, numbers) for name in OWN_FIELDS}
    kinds[PARTNER_EMAIL] = _read_kind(store, "email", numbers, of_partner=True)
    return assemble_values(index, kinds | _read_others(store, numbers), read_reference())


def read_values_of(store: Store, scope: str, contact_ids: pl.Series) -> ContactValues:
    """What matching knows of some contacts, of those that are live."""
    with store.lend(given=contact_ids.rename("contact_id").to_frame()):
        contacts = store.read(CORE_CONTACTS, CONTACT_COLUMNS, f"{IS_LIVE} AND contact_id IN (FROM given)")
    return _read_at_once(store, index_contacts(contacts, scope), _OF_SOME)


def read_reference() -> MatchingReference:
    """Nicknames, company words, and mailboxes that are nobody's own."""
    return MatchingReference(
        load_reference("nicknames.csv"),
        frozenset(load_reference("company_words.csv")["word"]),
        frozenset(load_reference("role_mailboxes.csv")["mailbox"]),
    )


def _read_at_once(store: Store, index: pl.DataFrame, query: str) -> ContactValues:
    """Values of the contacts of an index, of whatever kind."""
    with store.lend(given=index.select("contact", "contact_id")):
        rows = store.query(query, [list(UNMATCHED_TYPES)])
    own = rows.filter(~pl.col("is_partner")).partition_by("attribute_type", as_dict=True)
    kinds = {str(name): _take_kind(frame, str(name)) for (name,), frame in own.items()}
    is_partners = pl.col("is_partner") & (pl.col("attribute_type") == "email")
    kinds[PARTNER_EMAIL] = _take_kind(rows.filter(is_partners), "email")
    return assemble_values(index, kinds, read_reference())


def _take_kind(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Of rows of one attribute type what `_read_kind` reads."""
    if name == "address":
        parts = (pl.col(f"a_{to}").alias(to) for to in ADDRESS_SOURCES)
        return rows.filter("has_address").select("contact", "position", *parts)
    column = value_column(name)
    if column is None:
        return coalesce_loose(rows)
    return rows.select("contact", "position", value="date" if column == "date" else "text")


def _read_kind(store: Store, name: str, numbers: pl.DataFrame, of_partner: bool = False) -> pl.DataFrame:
    """contact, position, value of one attribute type; of addresses, their parts."""
    if name == "address":
        parts = {to: ", ".join(f"address.{quoted(part)}" for part in parts) for to, parts in ADDRESS_SOURCES.items()}
        columns = ", ".join(f"concat_ws(' ', {part}) AS {to}" for to, part in parts.items())
        held = "address"
    else:
        held = quoted(value_column(name) or "text")
        columns = f"{held} AS value"
    is_partner = "is_partner" if of_partner else "NOT is_partner"
    where = f"{is_partner} AND attribute_type = ? AND {held} IS NOT NULL"
    return _number(_read(store, columns, where, [name]), numbers)


def _read_others(store: Store, numbers: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """contact, position, value of every attribute type that has no field of its own."""
    columns = ", ".join(["attribute_type", *map(quoted, LOOSE_COLUMNS)])
    where = "NOT is_partner AND NOT list_contains(?, attribute_type)"
    rows = _number(_read(store, columns, where, [[*OWN_FIELDS, *UNMATCHED_TYPES]]), numbers)
    parts = rows.partition_by("attribute_type", as_dict=True)
    return {str(name): coalesce_loose(frame) for (name,), frame in parts.items()}


def _read(store: Store, columns: str, where: str, parameters: list[object]) -> pl.DataFrame:
    return store.query(
        f"SELECT {_KEY} AS key, position, {columns} FROM {CORE_ATTRIBUTES.full_name}"
        f" WHERE deleted_at IS NULL AND {where}",
        parameters,
    )


def _number(rows: pl.DataFrame, numbers: pl.DataFrame) -> pl.DataFrame:
    """The contact's number in place of its key; values of deleted contacts are left out."""
    return numbers.join(rows, on="key").drop("key")
