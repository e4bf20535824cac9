"""What the stages of matching last read, as long as no model is kept: where all is as it was, so is what they wrote.

Each stage hangs on what it reads alone, and versions and settings are those of the run before (`rebuild.is_current`).
So a run in which no contact got another value, as when only leads, rules or tags came, matches nothing.
"""

# ruff: noqa: S608 - table names come from the registry
from __future__ import annotations

from dataclasses import astuple
from typing import Final

import polars as pl

from flows.runs import Run
from flows.stages.changed_values import digest_values
from flows.store import Store
from schemas.tables import CORE_CONTACT_UPDATES, CORE_CONTACTS, MATCHING_JUDGEMENTS, MATCHING_STAGE_INPUTS

__all__ = ["forget_inputs", "is_as_last"]

_JUDGED: Final = f"SELECT concat_ws('|', count(*), sum(hash(j))) AS digest FROM {MATCHING_JUDGEMENTS.full_name} j"
_NAMED: Final = f"""
    SELECT concat_ws('|', count(*), sum(hash(contact_id)),
        (SELECT sum(hash(row_contact_id, contact_id)) FROM {CORE_CONTACT_UPDATES.full_name})) AS digest
    FROM {CORE_CONTACTS.full_name}
"""


def is_as_last(run: Run, store: Store, stage: str) -> bool:
    """Whether a stage would read what it read when it last wrote; if not, what it is about to read is noted."""
    known = dict(store.read(MATCHING_STAGE_INPUTS).iter_rows())
    digest = _describe(run, store, stage, known)
    if digest is not None and known.get(stage) == digest:
        return True
    store.delete(MATCHING_STAGE_INPUTS, "stage = ?", [stage])
    if digest is not None:
        store.append(MATCHING_STAGE_INPUTS, pl.DataFrame({"stage": [stage], "digest": [digest]}))
    return False


def forget_inputs(store: Store) -> None:
    """What is there was not written by stages that read all contacts."""
    store.delete(MATCHING_STAGE_INPUTS)


def _describe(run: Run, store: Store, stage: str, known: dict[str, str]) -> str | None:
    """What a stage reads: of an earlier stage's tables, what that one read; None where that is not known."""
    if stage == "block":
        judged = store.query(_JUDGED)["digest"][0]  # which copies are compared hangs on it
        return f"{astuple(run.settings.matching)}|{digest_values(store)}|{judged}"
    before = "block" if stage == "compare" else "compare"
    if before not in known or stage == "compare":
        return known.get(before)
    return f"{known[before]}|{store.query(_NAMED)['digest'][0]}"
