"""The rebuild law: everything but raw can be forgotten and derived again (DESIGN 1)."""

from __future__ import annotations

from flows.homes import DATABASE
from flows.quarantine import quarantine
from flows.runs import Counts, Run
from schemas.tables import OPS_QUARANTINE, OPS_RUNS, RAW_PROBLEMS, ROUTING_DECISIONS, TABLES
from schemas.vocabulary import Layer

__all__ = ["forget_derived", "is_current"]


def forget_derived(run: Run) -> Counts:
    """Empty every table that is derived from raw; what raw says of unreadable inputs is quarantined anew.

    The ledger stays until it is derived anew, so that a decision which comes out otherwise is kept in the history.
    """
    derived = [table for table in TABLES if table.layer not in (Layer.RAW, Layer.OPS) and table != ROUTING_DECISIONS]
    with run.store() as store, store.transaction():
        for table in derived:
            store.delete(table)
        store.delete(OPS_QUARANTINE)
        quarantine(store, "ingest", store.read(RAW_PROBLEMS))
    return {"tables_emptied": len(derived)}


def is_current(run: Run) -> bool:
    """Whether the run before this one ended well, with today's versions and settings, and published."""
    with run.store() as store:
        before = store.read(OPS_RUNS, where="run_sequence = ?", parameters=[run.run_sequence - 1])
    if before.is_empty() or not (run.published / DATABASE).exists():
        return False
    return before.row(0, named=True)["status"] == "done" and bool((before["versions"] == run.versions).all())
