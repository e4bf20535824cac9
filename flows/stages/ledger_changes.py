"""The ledger replaced: decisions that come out otherwise than before go to the history with the cause (SPEC A-F2)."""

# ruff: noqa: S608 - table names come from the registry; values are bound
from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import polars as pl

from flows.runs import Run
from flows.store import Store
from schemas.ddl import quoted
from schemas.tables import (
    CORE_LEADS,
    OPS_DECISION_CHANGES,
    OPS_RUNS,
    OPS_STAGE_COUNTS,
    RAW_FILES,
    RAW_UNDOS,
    ROUTING_CLAIMS,
    ROUTING_DECISIONS,
    STAGING_CLAIMS,
    STAGING_REQUESTS,
)
from schemas.vocabulary import Folder
from transforms.requests.rulebook import RULEBOOK_OPERATIONS
from transforms.routing.history import News, explain_changes

__all__ = ["DECIDED", "SUPERSEDED", "read_news", "replace_decisions"]

#: Columns of the ledger that say what was decided, and those of them that the history keeps.
DECIDED = [name for name in ROUTING_DECISIONS.columns if name not in ("lead_id", "captured_at")]
SUPERSEDED = [name for name in DECIDED if name in OPS_DECISION_CHANGES.columns]
_IS_NEW_RULE = f"""list_contains(?, operation) AND file_id IN (
    SELECT file_id FROM {RAW_FILES.full_name} WHERE folder = ? AND run_sequence > ?)"""


def replace_decisions(store: Store, run: Run, decisions: Iterable[pl.DataFrame], clock: datetime) -> int:
    """Write the ledger anew, part by part; keep what was decided otherwise before. Returns how many decisions were."""
    last = store.query(f"SELECT max(rowid) AS last FROM {ROUTING_DECISIONS.full_name}")["last"][0]
    for part in decisions:
        store.append(ROUTING_DECISIONS, part)
    if last is None:
        return 0
    changes = _read_changes(store, "rowid <= ?", "rowid > ?", [last, last])
    store.delete(ROUTING_DECISIONS, "rowid <= ?", [last])
    if changes.is_empty():
        return 0
    since = store.query(
        f"""SELECT coalesce(max(run_sequence), 0) AS since FROM {OPS_RUNS.full_name}
            JOIN {OPS_STAGE_COUNTS.full_name} USING (run_id) WHERE stage = 'route' AND run_sequence < ?""",
        [run.run_sequence],
    )["since"][0]
    explained = explain_changes(changes, read_news(store, since, run.run_sequence, clock))
    return store.append(
        OPS_DECISION_CHANGES,
        explained.select(
            "lead_id", "captured_at", "cause", "detail",
            *(pl.col(f"old_{name}").alias(name) for name in SUPERSEDED),
            pl.lit(run.run_sequence).alias("run_sequence"), pl.lit(clock).alias("superseded_at"),
        ),
    )  # fmt: skip


def _read_changes(store: Store, old: str, new: str, parameters: list[object]) -> pl.DataFrame:
    """Decisions that differ between two parts of the ledger, as `explain_changes` takes them.

    Args:
        store: the warehouse.
        old: SQL condition, written in code, of the rows that were; `new` of those that are.
        new: the same of those that are.
        parameters: their values.
    """
    names = ", ".join([f"o.{quoted(name)} AS old_{name}" for name in DECIDED]
                      + [f"n.{quoted(name)} AS new_{name}" for name in DECIDED])  # fmt: skip
    cells = ", ".join(map(quoted, ("captured_at", *DECIDED)))
    hashed = f"SELECT lead_id, hash(({cells})) AS digest FROM {ROUTING_DECISIONS.full_name}"
    return store.query(  # rows are compared by hash: joined whole, two ledgers would be in memory
        f"""WITH changed AS (
              SELECT lead_id FROM ({hashed} WHERE {old}) o LEFT JOIN ({hashed} WHERE {new}) n USING (lead_id)
              WHERE o.digest IS DISTINCT FROM n.digest)
            SELECT o.lead_id, l.contact_id, o.captured_at, {names}
            FROM (SELECT * FROM {ROUTING_DECISIONS.full_name} SEMI JOIN changed USING (lead_id) WHERE {old}) o
            LEFT JOIN (SELECT * FROM {ROUTING_DECISIONS.full_name} SEMI JOIN changed USING (lead_id) WHERE {new}) n
            USING (lead_id) LEFT JOIN {CORE_LEADS.full_name} l USING (lead_id)
            ORDER BY o.captured_at, o.lead_id""",
        [*parameters, *parameters],
    )


def read_news(store: Store, since: int, until: int, clock: datetime) -> News:
    """What the runs after one have taken, up to another that sees a time."""
    files = store.read(RAW_FILES, ["folder"], "run_sequence > ?", [since])["folder"].unique().to_list()
    versions = store.read(OPS_RUNS, ["versions"], "run_sequence IN (?, ?)", [since, until])["versions"]
    of_lead = f"""SELECT l.lead_id, l.contact_id, l.captured_at, d.group_id
                  FROM {CORE_LEADS.full_name} l JOIN {ROUTING_DECISIONS.full_name} d USING (lead_id)"""
    asked = [list(RULEBOOK_OPERATIONS), Folder.REQUESTS.value, since]
    claimed = f"""SELECT s.lead_id FROM {STAGING_CLAIMS.full_name} s JOIN {ROUTING_CLAIMS.full_name} USING (claim_id)
                  WHERE outcome = 'accepted' AND run_sequence > ?"""
    return News(
        clock=clock,
        leads=store.query(f"{of_lead} WHERE l.run_sequence > ?", [since]),
        claims=store.query(f"{of_lead} WHERE l.lead_id IN ({claimed})", [since]),
        has_rulebook=Folder.ROUTING.value in files or store.count(STAGING_REQUESTS, _IS_NEW_RULE, asked) > 0,
        has_directory=Folder.DIRECTORY.value in files,
        has_contacts=bool({Folder.CONTACTS.value, Folder.REQUESTS.value} & set(files))
        or store.count(RAW_UNDOS, "run_sequence > ?", [since]) > 0,
        has_settings=versions.n_unique() > 1,
    )
