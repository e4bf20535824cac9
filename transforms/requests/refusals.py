"""Refused steps as problems, each with its place in the log."""

from __future__ import annotations

import polars as pl

from schemas.vocabulary import Folder, ProblemCode
from transforms.quarantine import PROBLEM_SCHEMA

__all__ = ["describe_refusals"]

_TODO = {
    ProblemCode.UNKNOWN_ID: "check the id and the time of the request",
    ProblemCode.UNKNOWN_ATTRIBUTE: "see the published table attribute_defs for names and ids",
    ProblemCode.NOT_EDITABLE: "leave the attribute out",
}
_OTHERWISE = "correct the request and send it again under an id of its own"


def describe_refusals(refusals: pl.DataFrame, steps: pl.DataFrame) -> pl.DataFrame:
    """Problems of refused steps; what a request asks of other contacts goes on.

    Args:
        refusals: columns of REFUSAL_SCHEMA.
        steps: order, and columns of staging.request_steps.
    """
    placed = refusals.join(
        steps.select("order", "file_id", "record_number", "column_name"), on="order", how="left", maintain_order="left"
    ).sort("order", maintain_order=True)
    todo = {code.value: text for code, text in _TODO.items()}
    return placed.with_columns(
        folder=pl.lit(Folder.REQUESTS.value),
        sheet=pl.lit(None, pl.String),
        row_number="record_number",
        todo=pl.col("code").replace_strict(todo, default=_OTHERWISE, return_dtype=pl.String),
    ).select(pl.col(name).cast(dtype) for name, dtype in PROBLEM_SCHEMA.items())
