"""What people said of pairs of contacts -> matching.judgements: by review file, by request, by unmerging."""

from __future__ import annotations

import polars as pl

from flows.quarantine import quarantine
from flows.runs import Counts, Run
from flows.store import Store
from schemas.tables import (
    CORE_CONTACT_UPDATES,
    CORE_CONTACTS,
    CORE_MERGE_EVENTS,
    MATCHING_JUDGEMENTS,
    OPS_QUARANTINE,
    RAW_JUDGEMENTS,
    RAW_MERGE_WITHDRAWALS,
    STAGING_REQUESTS,
)
from transforms.matching.judgements import PeopleSaid, settle_judgements
from transforms.updated_contacts import resolve_rows

__all__ = ["judge", "read_contacts", "read_said"]


def judge(run: Run) -> Counts:
    """Settle which judgements are in force; a request that contradicts an earlier judgement is quarantined."""
    with run.store() as store, store.transaction():
        said = read_said(store)
        settled = settle_judgements(said, _read_named(store, said))
        store.delete(OPS_QUARANTINE, "stage = 'judge'")
        by_status = dict(settled.judgements["status"].value_counts().iter_rows())
        return {
            "judgements": store.replace(MATCHING_JUDGEMENTS, settled.judgements),
            "in_force": by_status.get("in_force", 0),
            "quarantined": quarantine(store, "judge", settled.problems),
        }


def read_said(store: Store) -> PeopleSaid:
    """Everything that people said of pairs, under the contacts that the rows they named belong to now."""
    updates = store.read(CORE_CONTACT_UPDATES)
    events = resolve_rows(store.read(CORE_MERGE_EVENTS), updates, ["parent_id", "contact_id"])
    withdrawals = resolve_rows(store.read(RAW_MERGE_WITHDRAWALS), updates)
    judgements = resolve_rows(store.read(RAW_JUDGEMENTS), updates, ["contact_id_l", "contact_id_r"])
    requests = store.read(STAGING_REQUESTS, ["request_id", "user_id", "file_id", "record_number"])
    return PeopleSaid(judgements, events, withdrawals, requests)


def _read_named(store: Store, said: PeopleSaid) -> pl.DataFrame:
    """contact_id, deleted_at of the contacts that somebody named."""
    pairs = ((said.judgements, ["contact_id_l", "contact_id_r"]), (said.events, ["parent_id", "contact_id"]))
    named = pl.concat([frame[name].alias("contact_id") for frame, names in pairs for name in names]).unique()
    with store.lend(named=named.to_frame()):
        return store.read(CORE_CONTACTS, ["contact_id", "deleted_at"], "contact_id IN (SELECT contact_id FROM named)")


def read_contacts(store: Store) -> pl.DataFrame:
    """contact_id, deleted_at of every contact ever created."""
    return store.read(CORE_CONTACTS, ["contact_id", "deleted_at"])
