"""raw.kept_models: the model that somebody kept, how far matching goes by it, and the keys stored for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from flows.runs import Counts, Run
from flows.settings import Matching
from flows.stages.matched_values import read_compared_values, read_reference
from flows.store import Store
from schemas.ddl import polars_schema
from schemas.errors import NotFoundError, PipelineError
from schemas.tables import (
    CORE_CONTACTS,
    MATCHING_BLOCKING_KEYS,
    MATCHING_COMPONENTS,
    MATCHING_CONTACT_VALUES,
    MATCHING_KEY_COUNTS,
    MATCHING_MODEL_PARAMETERS,
    MATCHING_PROGRESS,
    MATCHING_TOUCHED_CONTACTS,
    RAW_KEPT_MODELS,
)
from transforms.matching.kept_keys import KeyLimits, count_keys, limit_keys, tabulate_keys
from transforms.matching.kept_model import KeptModel, keep_model, read_model, write_model
from transforms.matching.keys import RuleKeys

__all__ = [
    "Kept",
    "check_decision",
    "decide_model",
    "forget_keys",
    "has_passed",
    "pass_stage",
    "read_kept",
    "store_keys",
]

_DERIVED = (
    MATCHING_BLOCKING_KEYS, MATCHING_KEY_COUNTS, MATCHING_CONTACT_VALUES, MATCHING_COMPONENTS,
    MATCHING_TOUCHED_CONTACTS, MATCHING_PROGRESS,
)  # fmt: skip


@dataclass(frozen=True)
class Kept:
    """The model in force, and the number of the run that kept it."""

    sequence: int
    model: KeptModel

    def limits(self, settings: Matching) -> KeyLimits:
        """Of its blocking rules."""
        return limit_keys(self.model.rules, settings.block_size_limit, settings.shared_value_limit)


def read_kept(store: Store) -> Kept | None:
    """The model that somebody kept and nobody released."""
    decided = store.read(RAW_KEPT_MODELS, ["run_sequence", "model"]).sort("run_sequence").tail(1)
    for sequence, text in decided.iter_rows():
        return Kept(sequence, read_model(text)) if text is not None else None
    return None


def check_decision(store: Store, action: str) -> None:
    """Whether the model can be kept, or released.

    Raises:
        PipelineError: there is none to keep, one is kept already, or none is.
    """
    is_kept = read_kept(store) is not None
    if is_kept == (action == "keep"):
        told = "a model is kept already" if is_kept else "no model is kept"
        raise PipelineError(told, todo=f"leadpipe model {'release' if is_kept else 'keep'}")
    if not store.count(MATCHING_MODEL_PARAMETERS):
        raise NotFoundError("no model has been estimated yet", where="warehouse.duckdb", todo="leadpipe run")


def decide_model(run: Run, action: str, decided_by: str | None) -> Counts:
    """Keep the model that the last run estimated, or release the one that is kept.

    Raises:
        PipelineError: see `check_decision`.
    """
    matching = run.settings.matching
    with run.store() as store, store.transaction():
        check_decision(store, action)
        text = None
        if action == "keep":
            model = keep_model(
                read_compared_values(store, matching.scope), read_reference(), store.read(MATCHING_MODEL_PARAMETERS),
                shared_value_limit=matching.shared_value_limit, block_size_limit=matching.block_size_limit,
            )  # fmt: skip
            text = write_model(model)
        row = {
            "run_sequence": run.run_sequence, "model": text,
            "contacts_count": store.count(CORE_CONTACTS, "deleted_at IS NULL"), "kept_by": decided_by,
            "kept_at": run.clock,
        }  # fmt: skip
        return {"models_decided": store.append(RAW_KEPT_MODELS, pl.DataFrame([row], polars_schema(RAW_KEPT_MODELS)))}


def forget_keys(store: Store) -> None:
    """Nothing is known of what matching all contacts found."""
    for table in _DERIVED:
        store.delete(table)


def pass_stage(store: Store, kept: Kept, stage: str) -> None:
    """All contacts passed a stage by the kept model."""
    store.replace(MATCHING_PROGRESS, pl.DataFrame({"kept_sequence": [kept.sequence], "stage": [stage]}))


def has_passed(store: Store, kept: Kept | None, stage: str) -> bool:
    """Whether that is the last stage that all contacts passed by this very model."""
    if kept is None:
        return False
    return store.count(MATCHING_PROGRESS, "kept_sequence = ? AND stage = ?", [kept.sequence, stage]) > 0


def store_keys(store: Store, rules: Iterable[RuleKeys], limits: KeyLimits, count: int) -> Iterator[RuleKeys]:
    """The rules' keys, each stored as it goes by."""
    numbers = np.arange(count)
    for number, keys in enumerate(rules):
        table = tabulate_keys(number, keys, numbers)
        store.append(MATCHING_KEY_COUNTS, count_keys(table, int(limits.floors[number])))
        store.append(MATCHING_BLOCKING_KEYS, table)
        yield keys
