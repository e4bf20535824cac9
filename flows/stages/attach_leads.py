"""Leads and requests in the order of time: each lead meets contacts as requests before it left them (SPEC A-P4).

What a lead meets hangs on requests before it, and what requests come to hangs on leads before them. Both are derived
in turn until the leads stay where they are. As nothing hangs on what comes later, each round settles at least the
earliest lead that was not settled; there is one outcome, whatever the derivation begins with. As a rule the first
round settles all of them.
"""

# ruff: noqa: S608 - table names come from the registry; nothing else is put into a query

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from flows.runs import Counts, Run
from flows.stages.edit_contacts import fold_requests, read_edits
from flows.stages.lead_queries import CHANGING_CONTACTS, IS_LOG, LEAD_ROWS, MET_CHANGING, PERIODS
from flows.stages.lead_tables import describe_leads
from flows.stages.reassign import read_reassignments
from flows.store import Store
from schemas.tables import (
    CORE_CAMPAIGN_EMAILS,
    CORE_CONTACT_UPDATES,
    CORE_FOLDED_CONTACTS,
    CORE_LEAD_ATTRIBUTES,
    CORE_LEADS,
    CORE_OWNER_CHANGES,
    CORE_USERS,
    STAGING_ATTRIBUTES,
    STAGING_CONTACT_ROWS,
    STAGING_LEADS,
    STAGING_REQUEST_STEPS,
    STAGING_REQUESTS,
)
from transforms.leads.attachment import attach_leads, mark_live_owners
from transforms.leads.by_time import Changing
from transforms.leads.resolution import KEY_TYPES, resolve_contacts
from transforms.requests.reassignment import list_owner_changes
from transforms.updated_contacts import resolve_rows

__all__ = ["Attached", "attach_in_time", "read_owner_changes"]

#: Contacts that share an e-mail or a phone number with a lead.
_MET = (
    f"(SELECT contact_id FROM {STAGING_ATTRIBUTES.full_name} WHERE match_key IN ("
    f"SELECT email FROM {STAGING_LEADS.full_name} UNION ALL SELECT phone FROM {STAGING_LEADS.full_name}))"
)
#: What tells who they are.
_IS_KEY = f"NOT is_superseded AND NOT is_partner AND list_contains(?, attribute_type) AND contact_id IN {_MET}"
#: They, and whom they update.
_IS_MET = (
    f"contact_id IN {_MET} OR contact_id IN (SELECT contact_id FROM {CORE_CONTACT_UPDATES.full_name}"
    f" WHERE row_contact_id IN {_MET})"
)
_ROW_COLUMNS = ("contact_id", "brand_id", "user_id", "created_at", "run_sequence", "file_id")
_PAYLOADS = ("raw_payload", "parsed_payload")
_ATTACHED = ("contact_id", "contact_exists", "contact_owner", "is_repeat")
_IS_AMONG = "{} IN (SELECT unnest(?))"


class Attached(NamedTuple):
    """Leads beside their contacts.

    Attributes:
        leads: in order of (captured_at, lead_id).
        counts: what describing them counted.
        changed: contacts that requests may have made otherwise than before; None for all.
    """

    leads: pl.DataFrame
    counts: Counts
    changed: pl.Series | None


def attach_in_time(run: Run, store: Store, updates: pl.DataFrame) -> Attached:
    """Write core.leads and what leads and requests make of contacts: attributes, edits, owners.

    Args:
        run: the run.
        store: the warehouse, inside the stage's transaction.
        updates: rows of core.contact_updates.
    """
    meets = _IS_MET if store.count(STAGING_LEADS) else "false"
    contact_rows = store.read(STAGING_CONTACT_ROWS, _ROW_COLUMNS, meets)
    leads = _attach(run, store, contact_rows, updates)
    counts = _describe_all(run, store, leads, contact_rows)
    steps_count = store.count(STAGING_REQUEST_STEPS) + store.count(CORE_FOLDED_CONTACTS)
    is_reassigned = store.count(STAGING_REQUESTS, "operation = 'leads.reassign'") > 0
    changed: pl.Series | None = None if is_reassigned or not steps_count else pl.Series("contact_id", dtype=pl.String)
    while steps_count or is_reassigned:
        folded, is_all_new = fold_requests(run, store)
        changed = None if is_all_new or changed is None else pl.concat([changed, folded["contact_id"]])
        if folded.is_empty() and not is_reassigned:  # the leads met what there is
            break
        again = _attach(run, store, contact_rows, updates)
        moved = _differ(leads, again, ("contact_id", "contact_exists"))
        others = _differ(leads, again, _ATTACHED)
        _rewrite(store, again.filter(others))
        held = [frame.filter(others)["contact_id"] for frame in (leads, again)]
        _describe_some(run, store, contact_rows, again, pl.concat([folded["contact_id"], *held]).unique())
        leads = again
        if not moved.any():
            break
    counts["attributes_from_leads"] = store.count(CORE_LEAD_ATTRIBUTES)
    return Attached(leads, counts, changed)


def read_owner_changes(run: Run, store: Store) -> pl.DataFrame:
    """contact_id, user_id, changed_at: owners that requests gave contacts, by themselves or with a lead of theirs."""
    leads = store.read(CORE_LEADS, ["lead_id", "contact_id", "brand_id", "captured_at"])
    given = read_reassignments(run, store, leads).reassignments
    return pl.concat([store.read(CORE_OWNER_CHANGES), list_owner_changes(given, leads)])


def _attach(run: Run, store: Store, contact_rows: pl.DataFrame, updates: pl.DataFrame) -> pl.DataFrame:
    """Leads beside their contacts, without what came in.

    A lead meets the rows of files, each known from its own run on: what a newer file brings never moves an older lead.
    """
    names = [name for name in STAGING_LEADS.columns if name not in _PAYLOADS]
    leads = store.read(STAGING_LEADS, names)
    if leads.is_empty():
        return leads.with_columns(
            contact_id=pl.lit(None, pl.String), contact_exists=pl.lit(None, pl.Boolean),
            contact_owner=pl.lit(None, pl.String), is_repeat=pl.lit(None, pl.Boolean),
        )  # fmt: skip
    users = store.read(CORE_USERS, ["user_id", "is_active"])
    changes = read_owner_changes(run, store)
    changing = _read_changing(store, users, changes)
    keys = store.read(STAGING_ATTRIBUTES, ["contact_id", "attribute_type", "match_key"], _IS_KEY, [list(KEY_TYPES)])
    others = resolve_rows(contact_rows.select("contact_id", row="contact_id"), updates).join(
        changing.contacts, on="contact_id", how="anti"
    )
    plain = contact_rows.join(others.select(contact_id="row"), on="contact_id", how="semi", maintain_order="left")
    resolved = resolve_contacts(leads, _date_rows(store, mark_live_owners(plain, users)), keys, changing)
    owned = pl.concat([frame.select("contact_id", "user_id") for frame in (plain, changing.contacts)])
    return attach_leads(leads, resolve_rows(resolved, updates), owned, store.read(CORE_CAMPAIGN_EMAILS), changes)


def _date_rows(store: Store, rows: pl.DataFrame) -> pl.DataFrame:
    """Contacts that requests created are known from their time on, whichever run took the log."""
    created = store.read(STAGING_CONTACT_ROWS, ["contact_id"], IS_LOG)["contact_id"]
    is_created = pl.col("contact_id").is_in(created.implode())
    return rows.with_columns(
        run_sequence=pl.when(is_created).then(0).otherwise("run_sequence"),
        since=pl.when(is_created).then("created_at"),
    )


def _read_changing(store: Store, users: pl.DataFrame, changes: pl.DataFrame) -> Changing:
    deleted = read_edits(store).drop_nulls("deleted_at").select("contact_id", "deleted_at")
    changed = pl.concat([deleted["contact_id"], changes["contact_id"]]).unique()
    ids = store.query(MET_CHANGING, [changed.to_list()])["contact_id"].to_list()
    contacts = store.query(CHANGING_CONTACTS, [ids, ids]).join(deleted, on="contact_id", how="left")
    periods = store.query(PERIODS, [ids, list(KEY_TYPES)])
    return Changing(contacts, periods, changes, users.filter(~pl.col("is_active"))["user_id"])


def _differ(before: pl.DataFrame, after: pl.DataFrame, columns: tuple[str, ...]) -> pl.Series:
    """Which rows of two frames in the same order are others."""
    differences = [before[name].ne_missing(after[name]).alias(name) for name in columns]
    return pl.DataFrame(differences).select(pl.any_horizontal(pl.all()).alias("is_other")).to_series()


def _describe_all(run: Run, store: Store, leads: pl.DataFrame, contact_rows: pl.DataFrame) -> Counts:
    """Write core.leads, and what each lead says."""
    payloads = store.read(STAGING_LEADS, ["lead_id", *_PAYLOADS])
    whole = leads.join(payloads, on="lead_id", how="left", maintain_order="left")
    store.replace(CORE_LEADS, whole.select(CORE_LEADS.columns))
    return describe_leads(run, store, whole.drop("raw_payload"), contact_rows)


def _rewrite(store: Store, leads: pl.DataFrame) -> None:
    """Write rows of core.leads anew that are attached otherwise."""
    if leads.is_empty():
        return
    of_them = _IS_AMONG.format("lead_id"), [leads["lead_id"].to_list()]
    rows = (
        store.read(CORE_LEADS, None, *of_them).drop(_ATTACHED).join(leads.select("lead_id", *_ATTACHED), on="lead_id")
    )
    store.delete(CORE_LEADS, *of_them)
    store.append(CORE_LEADS, rows.select(CORE_LEADS.columns))


def _describe_some(
    run: Run, store: Store, contact_rows: pl.DataFrame, leads: pl.DataFrame, contact_ids: pl.Series
) -> None:
    """Write anew what the leads of some contacts say, and forget what such leads said that are others' by now."""
    concerned = leads.filter(pl.col("contact_id").is_in(contact_ids.implode()))["contact_id"]
    if not concerned.is_empty():
        whole = store.query(LEAD_ROWS, [concerned.unique().to_list()])
        describe_leads(run, store, whole, contact_rows, contact_ids.to_list())
