"""Refused steps: rows of core.refusals, and problems with their place in the log."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import CORE_REFUSALS
from schemas.vocabulary import Folder, ProblemCode
from transforms.quarantine import PROBLEM_SCHEMA
from transforms.requests.asked import Refusal

__all__ = ["describe_refusals", "place_refusals", "tell_whole"]

_TODO = {
    ProblemCode.UNKNOWN_ID: "check the id and the time of the request",
    ProblemCode.UNKNOWN_ATTRIBUTE: "see the published table attribute_defs for names and ids",
    ProblemCode.NOT_EDITABLE: "leave the attribute out",
}
_OTHERWISE = "correct the request and send it again under an id of its own"


def place_refusals(by_contacts: pl.DataFrame, of_all: Iterable[Refusal]) -> pl.DataFrame:
    """Rows of core.refusals.

    Args:
        by_contacts: refusals of single contacts, from `edit_contacts`.
        of_all: steps of many contacts that can be applied to none.
    """
    rows = [(None, item.request_id, item.step, item.code, item.reason, item.value) for item in of_all]
    return pl.concat([by_contacts, pl.DataFrame(rows, schema=polars_schema(CORE_REFUSALS), orient="row")])


def describe_refusals(refusals: pl.DataFrame, requests: pl.DataFrame) -> pl.DataFrame:
    """Problems of refused steps.

    Args:
        refusals: columns of core.refusals, and column_name; many contacts may refuse the same step.
        requests: request_id, file_id, record_number.
    """
    told = refusals.sort("request_id", "step", "contact_id").unique(
        ["request_id", "step", "reason", "value"], keep="first", maintain_order=True
    )
    placed = told.join(requests, on="request_id", how="left", maintain_order="left")
    todo = {code.value: text for code, text in _TODO.items()}
    return placed.with_columns(
        folder=pl.lit(Folder.REQUESTS.value),
        sheet=pl.lit(None, pl.String),
        row_number="record_number",
        todo=pl.col("code").replace_strict(todo, default=_OTHERWISE, return_dtype=pl.String),
    ).select(pl.col(name).cast(dtype) for name, dtype in PROBLEM_SCHEMA.items())


def tell_whole(problems: pl.DataFrame, requests: pl.DataFrame) -> pl.DataFrame:
    """Problems of requests, with a word where the whole request is refused because of them.

    Args:
        problems: columns of PROBLEM_SCHEMA.
        requests: file_id, record_number of the requests that are refused as a whole.
    """
    places = requests.select("file_id", row_number="record_number", is_whole=pl.lit(True))
    told = problems.join(places, on=["file_id", "row_number"], how="left", maintain_order="left")
    whole = pl.format("{}; so nothing of the request is applied", "reason")
    return told.with_columns(reason=pl.when("is_whole").then(whole).otherwise("reason")).drop("is_whole")
