"""core contacts and attributes -> what matching looks at: each kind of value with the columns it needs."""

# ruff: noqa: S608 - table names come from the registry; values are bound
from __future__ import annotations

from typing import Final

import polars as pl

from flows.sources.reference import load_reference
from flows.store import Store
from schemas.ddl import quoted
from schemas.tables import CORE_ATTRIBUTES, CORE_CONTACTS, MATCHING_CONTACTS
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

__all__ = ["keep_values", "read_compared_values", "read_reference", "read_values", "take_values"]

#: In place of the id, which is long: eight bytes of its hash are read with every value.
_KEY: Final = "hash(contact_id)"
_CONTACTS: Final = (
    f"SELECT contact_id, {_KEY} AS key, brand_id, user_id, source, ios_address_book_id, android_address_book_id"
    f" FROM {CORE_CONTACTS.full_name} WHERE deleted_at IS NULL ORDER BY contact_id"
)


#: Values that a run has read, by its id: those of one run at most. Reading them again takes a fifth of matching.
_kept: Final[dict[str, ContactValues]] = {}


def keep_values(run_id: str, values: ContactValues) -> None:
    """Leave what a stage has read to the next stage of its run, which changes nothing that it was read from."""
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
    numbers = contacts.select("key").with_row_index("contact")
    index = index_contacts(contacts.drop("key"), scope)
    kinds = {name: _read_kind(store, name, numbers) for name in OWN_FIELDS}
    kinds[PARTNER_EMAIL] = _read_kind(store, "email", numbers, of_partner=True)
    return assemble_values(index, kinds | _read_others(store, numbers), read_reference())


def read_reference() -> MatchingReference:
    """Nicknames, company words, and mailboxes that are nobody's own."""
    return MatchingReference(
        load_reference("nicknames.csv"),
        frozenset(load_reference("company_words.csv")["word"]),
        frozenset(load_reference("role_mailboxes.csv")["mailbox"]),
    )


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
