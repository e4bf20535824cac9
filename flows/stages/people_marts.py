"""Marts of contacts: derived anew where what they are made of is otherwise than it was, else left as they are."""

# ruff: noqa: S608 - table names come from the registry; nothing else is put into a query

from __future__ import annotations

from typing import Final

import polars as pl

from flows.stages.contact_prints import renew_prints
from flows.stages.projections import MERGERS, read_attributes
from flows.store import Store
from schemas.surviving import OF_ALONE, OF_MERGED, authors_of
from schemas.tables import (
    CORE_ATTRIBUTE_DEFS,
    CORE_ATTRIBUTES,
    CORE_CONTACTS,
    CORE_LEADS,
    CORE_TAGS,
    MARTS_CONTACT_ATTRIBUTES,
    MARTS_CONTACTS,
    MARTS_DUPLICATE_CLUSTERS,
    MARTS_FLAT_CONTACTS,
    MARTS_TAGS,
    MATCHING_ALIASES,
    MATCHING_CLUSTERS,
    RAW_FILES,
    ROUTING_ASSIGNMENTS,
)
from schemas.views import attributes_of
from transforms.marts.flat import FLAT_COLUMNS, flatten_contacts, list_flat_types
from transforms.marts.lineage import place_attributes
from transforms.marts.people import (
    count_tags,
    credit_mergers,
    name_members,
    name_mergers,
    own_contacts,
    resolve_contacts,
)
from transforms.summary import SUMMARY_COLUMNS, SUMMARY_TYPES, name_contacts, summarize_contacts
from transforms.survivorship import merge_attributes, merge_contacts

__all__ = ["build_people"]

#: Conditions on a canonical contact, and on one of those it stands for.
_IS_CHANGED: Final = "{} IN (SELECT contact_id FROM changed)"
_IS_OF_CHANGED: Final = (
    f"contact_id IN (SELECT contact_id FROM {MATCHING_ALIASES.full_name} WHERE {_IS_CHANGED.format('canonical_id')})"
)
_IS_UNNAMED: Final = "deleted_at IS NULL AND contact_id IN (FROM unnamed)"


def build_people(store: Store, aliases: pl.DataFrame, run_sequence: int) -> None:
    """Contacts, attributes of the merged, duplicate clusters, tags.

    Args:
        store: the warehouse.
        aliases: rows of matching.aliases.
        run_sequence: of this run.
    """
    changes = renew_prints(store, run_sequence)
    with store.lend(changed=changes.contact_ids.rename("contact_id").to_frame()):
        among = "true" if changes.are_all else _IS_OF_CHANGED
        for table, contact_id in (
            (MARTS_CONTACT_ATTRIBUTES, "contact_id"),
            (MARTS_CONTACTS, "id"),
            (MARTS_FLAT_CONTACTS, "id"),
        ):
            store.delete(table, "true" if changes.are_all else _IS_CHANGED.format(contact_id))
        if changes.are_all:
            _derive_contacts(store, aliases, among, CORE_ATTRIBUTES.full_name)
        else:
            with store.lend(held=store.query(f"FROM {attributes_of(among)}")):
                _derive_contacts(store, aliases, among, "held")
        _name_clusters(store, among)
    tagged = store.read(MARTS_CONTACTS, ["brand", "tags"], "tags IS NOT NULL")
    store.replace(MARTS_TAGS, count_tags(store.read(CORE_TAGS), tagged))


def _derive_contacts(store: Store, aliases: pl.DataFrame, among: str, attributes: str) -> None:
    """Write the rows of some canonical contacts.

    Args:
        store: the warehouse.
        aliases: rows of matching.aliases.
        among: condition on the contacts they stand for.
        attributes: where the attributes of these are: core.attributes, or a frame like it.
    """
    people = store.read(CORE_CONTACTS, where=f"deleted_at IS NULL AND {among}")
    live = aliases.join(people.select("contact_id"), on="contact_id", how="semi")
    defs = store.read(CORE_ATTRIBUTE_DEFS)
    of_merged = read_attributes(store, attributes, OF_MERGED, CORE_ATTRIBUTES.columns)
    survivors = merge_attributes(of_merged, live, defs.filter("is_singular")["attribute_def"].to_list())
    merged = merge_contacts(people, live)
    mergers = name_mergers(store.query(MERGERS), aliases, merged)
    authors = store.query(authors_of(f"(FROM {attributes} WHERE {OF_MERGED})"))
    placed = place_attributes(survivors, store.read(RAW_FILES), authors)
    store.append(MARTS_CONTACT_ATTRIBUTES, credit_mergers(placed, mergers))

    leads = resolve_contacts(store.read(CORE_LEADS, ["lead_id", "contact_id", "captured_at"]), aliases)
    assignments = store.read(ROUTING_ASSIGNMENTS, ["lead_id", "position", "user_id"])
    owned = own_contacts(credit_mergers(merged, mergers), leads, assignments)
    values = [_read_values(store, attributes, OF_ALONE), survivors.select(SUMMARY_COLUMNS)]
    contacts = summarize_contacts(owned, pl.concat(values))
    store.append(MARTS_CONTACTS, contacts)
    types = list_flat_types(defs)
    of_types = survivors.filter(pl.col("attribute_type").is_in(types)).select(FLAT_COLUMNS)
    shown = pl.concat([read_attributes(store, attributes, OF_ALONE, FLAT_COLUMNS, types), of_types])
    store.append(MARTS_FLAT_CONTACTS, flatten_contacts(contacts, shown, defs))


def _name_clusters(store: Store, among: str) -> None:
    """Duplicate clusters anew, the names of members that are no other than they were taken over."""
    members = store.read(MATCHING_CLUSTERS)
    known = store.read(MARTS_DUPLICATE_CLUSTERS, ["contact_id", "display_name"], f"NOT ({among})").unique()
    with store.lend(unnamed=members.select("contact_id").join(known, on="contact_id", how="anti")):
        names = name_contacts(_read_values(store, CORE_ATTRIBUTES.full_name, _IS_UNNAMED))
    store.replace(MARTS_DUPLICATE_CLUSTERS, name_members(members, pl.concat([known, names])))


def _read_values(store: Store, attributes: str, where: str) -> pl.DataFrame:
    """The attributes that contact objects are made of, each under the contact it was given to."""
    columns = [name for name in SUMMARY_COLUMNS if name != "origin_contact_id"]
    values = read_attributes(store, attributes, where, columns, SUMMARY_TYPES)
    return values.with_columns(origin_contact_id="contact_id").select(SUMMARY_COLUMNS)
