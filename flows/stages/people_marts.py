"""Marts of contacts: derived anew where what they are made of is otherwise than it was, else left as they are."""

# ruff: noqa: S608 - table names come from the registry; nothing else is put into a query

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import polars as pl

from flows.stages.contact_prints import renew_prints
from flows.stages.projections import MERGERS, read_attributes
from flows.store import Store
from schemas.surviving import lineage_of
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
from transforms.summary import NAME_COLUMNS, SUMMARY_COLUMNS, SUMMARY_TYPES, name_contacts, summarize_contacts
from transforms.survivorship import merge_attributes, merge_contacts

__all__ = ["CONTACT_MARTS", "build_people"]

_IS_SHOWN: Final = pl.col("attribute_type").is_in(SUMMARY_TYPES)
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
    changed, members = changes.contact_ids.rename("contact_id").to_frame(), store.read(MATCHING_CLUSTERS)
    with store.lend(changed=changed):
        for table, key in CONTACT_MARTS.items():
            store.delete(table, "true" if changes.are_all else f"{key} IN (SELECT contact_id FROM changed)")
        known = store.read(
            MARTS_DUPLICATE_CLUSTERS, ["contact_id", "display_name"], f"NOT {_stood_for_by('changed')}"
        ).unique()
    named = members.select("contact_id").unique()
    for portion in changed.iter_slices(_PORTION):
        with store.lend(portion=portion):
            known = pl.concat([known, _derive_contacts(store, aliases, named)])
    _name_clusters(store, members, known)
    tagged = store.read(MARTS_CONTACTS, ["brand", "tags"], "tags IS NOT NULL")
    store.replace(MARTS_TAGS, count_tags(store.read(CORE_TAGS), tagged))


def _derive_contacts(store: Store, aliases: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """Write the rows of a `portion` of canonical contacts.

    Args:
        store: the warehouse.
        aliases: rows of matching.aliases.
        named: contact_id of members of clusters.

    Returns:
        contact_id, display_name of those of the members that the portion stands for.
    """
    people = store.read(CORE_CONTACTS, where=f"deleted_at IS NULL AND {_stood_for_by('portion')}")
    live = aliases.join(people.select("contact_id"), on="contact_id", how="semi")
    is_merged = pl.col("cluster_id").is_not_null()
    defs = store.read(CORE_ATTRIBUTE_DEFS)
    of_merged = _read_of(store, live.filter(is_merged), CORE_ATTRIBUTES.columns)
    survivors = merge_attributes(of_merged, live, defs.filter("is_singular")["attribute_def"].to_list())
    merged = merge_contacts(people, live)
    mergers = name_mergers(store.query(MERGERS), aliases, merged)
    with store.lend(survivors=survivors.select("attribute_id", "source", "file_id", contact_id="origin_contact_id")):
        lineage = store.query(lineage_of("survivors"))
    store.append(MARTS_CONTACT_ATTRIBUTES, credit_mergers(place_attributes(survivors, lineage), mergers))

    of_portion = _stood_for_by("portion")
    leads = resolve_contacts(store.read(CORE_LEADS, ["lead_id", "contact_id", "captured_at"], of_portion), aliases)
    with store.lend(captured=leads):
        of_leads = "lead_id IN (SELECT lead_id FROM captured)"
        assignments = store.read(ROUTING_ASSIGNMENTS, ["lead_id", "position", "user_id"], of_leads)
    owned = own_contacts(credit_mergers(merged, mergers), leads, assignments)
    flat_types = list_flat_types(defs)
    columns = dict.fromkeys(name for name in (*SUMMARY_COLUMNS, *FLAT_COLUMNS) if name != "origin_contact_id")
    alone = _read_of(store, live.filter(~is_merged), columns, {*SUMMARY_TYPES, *flat_types})
    alone = alone.with_columns(origin_contact_id="contact_id")
    values = pl.concat([alone, survivors.select(alone.columns)])
    contacts = summarize_contacts(owned, values.filter(_IS_SHOWN))
    store.append(MARTS_CONTACTS, contacts)
    shown = values.filter(pl.col("attribute_type").is_in(flat_types)).select(FLAT_COLUMNS)
    store.append(MARTS_FLAT_CONTACTS, flatten_contacts(contacts, shown, defs))
    own = pl.concat([frame.select(NAME_COLUMNS).filter(_IS_SHOWN) for frame in (alone, of_merged)])
    return name_contacts(own.join(named, on="contact_id", how="semi"))


def _name_clusters(store: Store, members: pl.DataFrame, known: pl.DataFrame) -> None:
    """Duplicate clusters anew.

    Args:
        store: the warehouse.
        members: rows of matching.clusters.
        known: contact_id, display_name of members; the names of others are derived.
    """
    unnamed = members.select("contact_id").join(known, on="contact_id", how="anti").unique()
    if not unnamed.is_empty():
        known = pl.concat([known, name_contacts(_read_of(store, unnamed, NAME_COLUMNS, SUMMARY_TYPES))])
    store.replace(MARTS_DUPLICATE_CLUSTERS, name_members(members, known))


def _stood_for_by(frame: str) -> str:
    """Condition on contact_id: one of those that canonical contacts of a frame stand for."""
    aliases = f"FROM {MATCHING_ALIASES.full_name} WHERE canonical_id IN (SELECT contact_id FROM {frame})"
    return f"contact_id IN (SELECT contact_id {aliases})"


def _read_of(
    store: Store, contacts: pl.DataFrame, columns: Collection[str], types: Collection[str] | None = None
) -> pl.DataFrame:
    """Live attributes of contacts, each under the contact it was given to; of some attribute types, if given."""
    with store.lend(contacts=contacts.select("contact_id")):
        return read_attributes(store, "contact_id IN (FROM contacts)", "deleted_at IS NULL", columns, types)
