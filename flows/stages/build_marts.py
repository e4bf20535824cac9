"""The marts: what analysts read, derived whole from core, routing, matching, raw and ops."""

from __future__ import annotations

import polars as pl

from flows.runs import Counts, Run
from flows.stages.projections import OF_CLUSTERED, project_marts, read_attributes, read_authors, read_mergers
from flows.stages.withdraw import read_undone
from flows.store import Store
from schemas.surviving import OF_ALONE, OF_MERGED
from schemas.tables import (
    CORE_ATTRIBUTE_DEFS,
    CORE_ATTRIBUTES,
    CORE_CONTACT_UPDATES,
    CORE_CONTACTS,
    CORE_FLOW_ENROLMENTS,
    CORE_LEADS,
    CORE_TAGS,
    CORE_USERS,
    MARTS_ASSIGNMENTS,
    MARTS_CHANNELS,
    MARTS_CONTACT_ATTRIBUTES,
    MARTS_CONTACTS,
    MARTS_DUPLICATE_CLUSTERS,
    MARTS_FLAT_CONTACTS,
    MARTS_FLOW_ENROLMENTS,
    MARTS_GROUPS,
    MARTS_IMPORTS,
    MARTS_LEAD_SUMMARY,
    MARTS_RULES,
    MARTS_SOURCE_ROWS,
    MARTS_TAGS,
    MATCHING_ALIASES,
    MATCHING_CLUSTERS,
    OPS_IMPORT_COUNTS,
    OPS_QUARANTINE,
    RAW_FILE_ROWS,
    RAW_FILES,
    RAW_RECORDS,
    ROUTING_ASSIGNMENTS,
    ROUTING_CHANNELS,
    ROUTING_CONDITIONS,
    ROUTING_DECISIONS,
    ROUTING_GROUP_MEMBERS,
    ROUTING_GROUPS,
    ROUTING_REASSIGNMENTS,
    ROUTING_RULES,
    STAGING_CONTACT_ROWS,
    STAGING_LEAD_RECORDS,
    STAGING_MENDED_ROWS,
    STAGING_REQUESTS,
    tables_of,
)
from schemas.views import IS_SUMMARY, VIEWS
from schemas.vocabulary import Folder, Layer
from transforms.marts.flat import FLAT_COLUMNS, flatten_contacts, list_flat_types
from transforms.marts.imports import describe_imports
from transforms.marts.leads import explain_assignments, keep_first_enrolments, summarize_leads
from transforms.marts.lineage import place_attributes, trace_rows
from transforms.marts.people import (
    count_tags,
    credit_mergers,
    name_members,
    name_mergers,
    own_contacts,
    resolve_contacts,
)
from transforms.marts.rulebook import describe_channels, describe_groups, describe_rules
from transforms.summary import SUMMARY_COLUMNS, SUMMARY_TYPES, name_contacts, summarize_contacts
from transforms.survivorship import merge_attributes, merge_contacts

__all__ = ["build_marts"]

_VIEWED = {view.table for view in VIEWS}


def build_marts(run: Run) -> Counts:
    """Derive every mart anew and count its rows; those of the view are counted once they are published."""
    with run.store() as store, store.transaction():
        aliases = store.read(MATCHING_ALIASES)
        project_marts(store)
        contacts = _build_people(store, aliases)
        _build_routing(store, aliases, contacts)
        _build_source_rows(store, aliases)
        return {table.name: store.count(table) for table in tables_of(Layer.MARTS) if table not in _VIEWED}


def _build_people(store: Store, aliases: pl.DataFrame) -> pl.DataFrame:
    """Contacts, attributes of the merged, duplicate clusters, tags; returns the contacts."""
    people = store.read(CORE_CONTACTS, where="deleted_at IS NULL")
    live = aliases.join(people.select("contact_id"), on="contact_id", how="semi")
    defs = store.read(CORE_ATTRIBUTE_DEFS)
    singular = defs.filter("is_singular")["attribute_def"].to_list()
    survivors = merge_attributes(store.read(CORE_ATTRIBUTES, where=OF_MERGED), live, singular)
    merged = merge_contacts(people, live)
    mergers = name_mergers(read_mergers(store), aliases, merged)
    placed = place_attributes(survivors, store.read(RAW_FILES), read_authors(store))
    store.replace(MARTS_CONTACT_ATTRIBUTES, credit_mergers(placed, mergers))

    leads = resolve_contacts(store.read(CORE_LEADS, ["lead_id", "contact_id", "captured_at"]), aliases)
    assignments = store.read(ROUTING_ASSIGNMENTS, ["lead_id", "position", "user_id"])
    owned = own_contacts(credit_mergers(merged, mergers), leads, assignments)
    values = pl.concat([_read_values(store, OF_ALONE), survivors.select(SUMMARY_COLUMNS)])
    contacts = summarize_contacts(owned, values)
    store.replace(MARTS_CONTACTS, contacts)
    types = list_flat_types(defs)
    of_types = survivors.filter(pl.col("attribute_type").is_in(types)).select(FLAT_COLUMNS)
    shown = pl.concat([read_attributes(store, OF_ALONE, FLAT_COLUMNS, types), of_types])
    store.replace(MARTS_FLAT_CONTACTS, flatten_contacts(contacts, shown, defs))

    names = name_contacts(_read_values(store, OF_CLUSTERED))
    store.replace(MARTS_DUPLICATE_CLUSTERS, name_members(store.read(MATCHING_CLUSTERS), names))
    store.replace(MARTS_TAGS, count_tags(store.read(CORE_TAGS), contacts.select("brand", "tags")))
    return contacts


def _read_values(store: Store, where: str) -> pl.DataFrame:
    """The attributes that contact objects are made of, each under the contact it was given to."""
    columns = [name for name in SUMMARY_COLUMNS if name != "origin_contact_id"]
    values = read_attributes(store, where, columns, SUMMARY_TYPES)
    return values.with_columns(origin_contact_id="contact_id").select(SUMMARY_COLUMNS)


def _build_routing(store: Store, aliases: pl.DataFrame, contacts: pl.DataFrame) -> None:
    """The rulebook as in force, assignments, lead summaries, flow enrolments."""
    leads = store.read(
        CORE_LEADS, ["lead_id", "contact_id", "channel_id", "captured_at", "source_type", "parsed_payload"]
    )
    decisions = store.read(ROUTING_DECISIONS, ["lead_id", "rule_id", "group_id", "group_turn", "user_id", "reason"])
    assignments = store.read(ROUTING_ASSIGNMENTS)
    rules = store.read(ROUTING_RULES)
    store.replace(MARTS_CHANNELS, describe_channels(store.read(ROUTING_CHANNELS), rules, leads))
    store.replace(MARTS_RULES, describe_rules(rules, store.read(ROUTING_CONDITIONS), decisions))
    members = store.read(ROUTING_GROUP_MEMBERS)
    store.replace(MARTS_GROUPS, describe_groups(store.read(ROUTING_GROUPS), members, decisions))
    store.replace(
        MARTS_ASSIGNMENTS,
        explain_assignments(assignments, decisions, store.read(CORE_USERS), store.read(ROUTING_REASSIGNMENTS)),
    )
    resolved = resolve_contacts(leads, aliases)
    summaries = store.read(CORE_LEADS, ["lead_id", "raw_payload"], IS_SUMMARY)
    store.replace(MARTS_LEAD_SUMMARY, summarize_leads(resolved, assignments, contacts, summaries))
    enrolments = resolve_contacts(store.read(CORE_FLOW_ENROLMENTS), aliases).drop("origin_contact_id")
    store.replace(MARTS_FLOW_ENROLMENTS, keep_first_enrolments(enrolments))


def _build_source_rows(store: Store, aliases: pl.DataFrame) -> None:
    """What became of every contact file, and of every row of every file."""
    undone = read_undone(store)
    files, problems = store.read(RAW_FILES), store.read(OPS_QUARANTINE)
    counts, updates = store.read(OPS_IMPORT_COUNTS), store.read(CORE_CONTACT_UPDATES)
    store.replace(MARTS_IMPORTS, describe_imports(files, counts, problems, undone, updates))
    place = ["file_id", "sheet", "row_number"]
    rows = store.read(RAW_FILE_ROWS, place).with_columns(folder=pl.lit(Folder.CONTACTS.value))
    records = store.read(RAW_RECORDS, ["folder", "file_id", "record_number"]).rename({"record_number": "row_number"})
    records = records.with_columns(sheet=pl.lit(""))
    made = resolve_contacts(store.read(STAGING_CONTACT_ROWS, ["contact_id", *place]), aliases)
    lead_records = store.read(STAGING_LEAD_RECORDS).rename({"record_number": "row_number"})
    of_leads = resolve_contacts(store.read(CORE_LEADS, ["lead_id", "contact_id"]), aliases)
    requests = store.read(STAGING_REQUESTS, ["file_id", "record_number"]).rename({"record_number": "row_number"})
    traced = trace_rows(
        pl.concat([rows, records], how="diagonal"),
        made.select(*place, "contact_id"),
        lead_records.join(of_leads.select("lead_id", "contact_id"), on="lead_id", how="left"),
        requests,
        problems,
        files,
        undone,
        store.read(STAGING_MENDED_ROWS),
    )
    store.replace(MARTS_SOURCE_ROWS, traced)
