"""raw.kept_models: when the matching model was kept and when it was released; the last of these is in force."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from flows.runs import Run
from flows.store import Store
from schemas.ddl import polars_schema
from schemas.tables import CORE_CONTACTS, RAW_KEPT_MODELS

__all__ = ["note_decision", "read_last_decision"]


def read_last_decision(store: Store, columns: Sequence[str]) -> pl.DataFrame:
    """run_sequence, model and further columns of raw.kept_models of the model that is kept; no row where none is."""
    decided = store.read(RAW_KEPT_MODELS, ["run_sequence", "model", *columns])
    # a run may release one, estimate another, and keep that
    return decided.sort("run_sequence", pl.col("model").is_not_null()).tail(1).drop_nulls("model")


def note_decision(run: Run, store: Store, model: str | None, decided_by: str | None) -> None:
    """The model, as text, is kept from now on; without one, that which was is released."""
    contacts_count = store.count(CORE_CONTACTS, "deleted_at IS NULL")
    row = {
        "run_sequence": run.run_sequence, "model": model, "contacts_count": contacts_count, "kept_by": decided_by,
        "kept_at": run.clock,
    }  # fmt: skip
    store.append(RAW_KEPT_MODELS, pl.DataFrame([row], polars_schema(RAW_KEPT_MODELS)))
