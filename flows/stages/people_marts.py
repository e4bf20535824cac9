"""Marts of contacts: derived anew where what they are made of is otherwise than it was, else left as they are."""

# ruff: noqa: S608 - table names come from the registry; nothing else is put into a query

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import polars as pl

from flows.stages.contact_prints import renew_prints
from flows.stages.projections import MERGERS, read_attributes
from flows.store import Store
from schemas.surviving import OF_ALONE, OF_MERGED, lineage_of
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
    ROUTING_ASSIGNMENTS,
)
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

__all__ = ["CONTACT_MARTS", "build_people"]

#: Canonical contacts that are derived at a time: with ten values each, a few hundred megabytes.
_PORTION: Final = 100_000
#: The marts that are derived contact by contact -> their column that names the canonical one.
CONTACT_MARTS: Final = {MARTS_CONTACT_ATTRIBUTES: "contact_id", MARTS_CONTACTS: "id", MARTS_FLAT_CONTACTS: "id"}


def build_people(store: Store, aliases: pl.DataFrame, run_sequence: int) -> None:
    """Contacts, attributes of the merged, duplicate clusters, tags.

    Args:
        store: the warehouse.
        aliases: rows of matching.aliases.
        run_sequence: of this run.
    """
    changes = renew_prints(store, run_sequence)
    changed = changes.contact_ids.rename("contact_id").to_frame()
    with store.lend(changed=changed):
        for table, key in CONTACT_MARTS.items():
            store.delete(table, "true" if changes.are_all else f"{key} IN (SELECT contact_id FROM changed)")
        _name_clusters(store)
    for portion in changed.iter_slices(_PORTION):
        with store.lend(portion=portion):
            _derive_contacts(store, aliases)
    tagged = store.read(MARTS_CONTACTS, ["brand", "tags"], "tags IS NOT NULL")
    store.replace(MARTS_TAGS, count_tags(store.read(CORE_TAGS), tagged))


def _derive_contacts(store: Store, aliases: pl.DataFrame) -> None:
    """Write the rows of a `portion` of canonical contacts."""
    among = _stood_for_by("portion")
    people = store.read(CORE_CONTACTS, where=f"deleted_at IS NULL AND {among}")
    live = aliases.join(people.select("contact_id"), on="contact_id", how="semi")
    defs = store.read(CORE_ATTRIBUTE_DEFS)
    of_merged = read_attributes(store, among, OF_MERGED, CORE_ATTRIBUTES.columns)
    survivors = merge_attributes(of_merged, live, defs.filter("is_singular")["attribute_def"].to_list())
    merged = merge_contacts(people, live)
    mergers = name_mergers(store.query(MERGERS), aliases, merged)
    with store.lend(of_merged=of_merged):
        lineage = store.query(lineage_of("of_merged"))
    store.append(MARTS_CONTACT_ATTRIBUTES, credit_mergers(place_attributes(survivors, lineage), mergers))

    leads = resolve_contacts(store.read(CORE_LEADS, ["lead_id", "contact_id", "captured_at"], among), aliases)
    with store.lend(captured=leads):
        of_leads = "lead_id IN (SELECT lead_id FROM captured)"
        assignments = store.read(ROUTING_ASSIGNMENTS, ["lead_id", "position", "user_id"], of_leads)
    owned = own_contacts(credit_mergers(merged, mergers), leads, assignments)
    flat_types = list_flat_types(defs)
    alone = _read_values(store, among, OF_ALONE, FLAT_COLUMNS, flat_types)
    values = pl.concat([alone, survivors.select(alone.columns)])
    contacts = summarize_contacts(owned, values.filter(pl.col("attribute_type").is_in(SUMMARY_TYPES)))
    store.append(MARTS_CONTACTS, contacts)
    shown = values.filter(pl.col("attribute_type").is_in(flat_types)).select(FLAT_COLUMNS)
    store.append(MARTS_FLAT_CONTACTS, flatten_contacts(contacts, shown, defs))


def _name_clusters(store: Store) -> None:
    """Duplicate clusters anew, the names of members of contacts that are not `changed` taken over."""
    members = store.read(MATCHING_CLUSTERS)
    is_known = f"NOT {_stood_for_by('changed')}"
    known = store.read(MARTS_DUPLICATE_CLUSTERS, ["contact_id", "display_name"], is_known).unique()
    unnamed = members.select("contact_id").join(known, on="contact_id", how="anti").unique()
    if not unnamed.is_empty():
        with store.lend(unnamed=unnamed):
            names = name_contacts(_read_values(store, "contact_id IN (FROM unnamed)", "deleted_at IS NULL"))
        known = pl.concat([known, names])
    store.replace(MARTS_DUPLICATE_CLUSTERS, name_members(members, known))


def _stood_for_by(frame: str) -> str:
    """Condition on contact_id: one of those that canonical contacts of a frame stand for."""
    aliases = f"FROM {MATCHING_ALIASES.full_name} WHERE canonical_id IN (SELECT contact_id FROM {frame})"
    return f"contact_id IN (SELECT contact_id {aliases})"


def _read_values(
    store: Store, among: str, where: str, more_columns: Collection[str] = (), more_types: Collection[str] = ()
) -> pl.DataFrame:
    """The attributes that contact objects are made of, and others, each under the contact it was given to."""
    columns = [name for name in dict.fromkeys((*SUMMARY_COLUMNS, *more_columns)) if name != "origin_contact_id"]
    values = read_attributes(store, among, where, columns, {*SUMMARY_TYPES, *more_types})
    return values.with_columns(origin_contact_id="contact_id")
