"""The marts: what analysts read, derived whole from core, routing, matching, raw and ops."""

from __future__ import annotations

import polars as pl

from flows.runs import Counts, Run
from flows.stages.people_marts import build_people
from flows.stages.projections import project_marts
from flows.stages.withdraw import read_undone
from flows.store import Store
from schemas.tables import (
    CORE_CONTACT_UPDATES,
    CORE_FLOW_ENROLMENTS,
    CORE_LEADS,
    CORE_USERS,
    MARTS_ASSIGNMENTS,
    MARTS_CHANNELS,
    MARTS_CONTACT_ATTRIBUTES,
    MARTS_CONTACTS,
    MARTS_FLOW_ENROLMENTS,
    MARTS_GROUPS,
    MARTS_IMPORTS,
    MARTS_LEAD_SUMMARY,
    MARTS_RULES,
    MARTS_SOURCE_ROWS,
    MATCHING_ALIASES,
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
from schemas.views import IS_SUMMARY
from schemas.vocabulary import Folder, Layer
from transforms.marts.imports import describe_imports
from transforms.marts.leads import explain_assignments, keep_first_enrolments, summarize_leads
from transforms.marts.lineage import trace_rows
from transforms.marts.people import (
    resolve_contacts,
)
from transforms.marts.rulebook import describe_channels, describe_groups, describe_rules

__all__ = ["build_marts"]


def build_marts(run: Run) -> Counts:
    """Derive the marts and count their rows; attributes are counted once they are published.

    Of contacts only those are derived that are otherwise than when they were derived last; every other mart is anew.
    """
    with run.store() as store, store.transaction():
        aliases = store.read(MATCHING_ALIASES)
        project_marts(store)
        build_people(store, aliases, run.run_sequence)
        _build_routing(store, aliases)
        _build_source_rows(store, aliases)
        return store.count_each([table for table in tables_of(Layer.MARTS) if table is not MARTS_CONTACT_ATTRIBUTES])


def _build_routing(store: Store, aliases: pl.DataFrame) -> None:
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
    with store.lend(captured=resolved.select("contact_id").unique()):
        contacts = store.read(MARTS_CONTACTS, where="id IN (FROM captured)")
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
