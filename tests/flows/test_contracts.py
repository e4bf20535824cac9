"""What breaks a model is refused; what keeps to it never meets pandera, which takes longer than to write it."""

import math
from datetime import UTC, datetime

import polars as pl
import pytest

from flows import contracts
from flows.contracts import conform
from schemas.errors import ContractError
from schemas.tables import OPS_STAGE_COUNTS, RAW_FILES

COUNTS = pl.DataFrame({"run_id": ["r"], "stage": ["route"], "name": ["leads"], "value": [2], "seconds": [0.5]})


@pytest.mark.parametrize("seconds", [math.nan, -0.5, None], ids=["no number", "below the least", "missing"])
def test_values_that_break_the_model_are_named(seconds: float | None) -> None:
    broken = COUNTS.with_columns(pl.lit(seconds, dtype=pl.Float64).alias("seconds"))
    with pytest.raises(ContractError, match="seconds") as refused:
        conform(OPS_STAGE_COUNTS, broken)
    assert refused.value.where == "ops.stage_counts"


def test_a_word_that_is_not_allowed_is_named() -> None:
    row = {"file_id": "f", "folder": "contacts", "file_name": "a.csv", "size_bytes": 1, "format": "csv"}
    row |= {"encoding": None, "status": "lost", "run_sequence": 1, "received_at": datetime(2026, 7, 2, tzinfo=UTC)}
    with pytest.raises(ContractError, match="status"):
        conform(RAW_FILES, pl.DataFrame([row]))


def test_a_frame_that_keeps_to_its_model_never_meets_pandera(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(contracts, "_checks_of")
    assert conform(OPS_STAGE_COUNTS, COUNTS).equals(COUNTS)
    assert conform(OPS_STAGE_COUNTS, COUNTS.clear()).is_empty()
