"""Cases as frames: where each stands, what it was offered to."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import ROUTING_OFFERS
from transforms.routing.cases import Case

__all__ = ["list_offers", "list_verdicts"]

_VERDICTS: dict[str, pl.DataType | type[pl.DataType]] = {
    "place": pl.UInt32, "outcome": pl.String, "status": pl.String, "target": pl.String, "by_rule": pl.Int64,
    "user_id": pl.String, "group_id": pl.String, "brand_id": pl.String, "group_turn": pl.Int64,
    "previous_user_id": pl.String, "owner_from": pl.String, "owner_id": pl.String, "is_claimed": pl.Boolean,
    "decided_at": pl.Int64, "due_at": pl.Int64, "steps": pl.List(pl.String),
}  # fmt: skip
_INSTANT = pl.Datetime("us", "UTC")


def list_verdicts(cases: Iterable[Case]) -> pl.DataFrame:
    """One row per case, by its place; brand_id is null where it is the lead's own."""
    rows = []
    for case in cases:
        found = case.verdict
        if found is None:
            raise ValueError(f"lead {case.lead_id} was not settled")  # a fault of ours: every capture settles its lead
        rows.append((
            case.place, found.outcome.value, found.status.value, found.target.value, found.by_rule, found.user_id,
            found.group_id, found.brand_id, found.group_turn, found.previous_user_id, found.owner_from,
            case.known_owner, found.claimed, found.at, found.due_at, case.steps or None,
        ))  # fmt: skip
    return pl.DataFrame(rows, schema=_VERDICTS, orient="row").with_columns(
        pl.from_epoch(name, "us").dt.replace_time_zone("UTC").alias(name) for name in ("decided_at", "due_at")
    )


def list_offers(cases: Iterable[Case]) -> pl.DataFrame:
    """Rows of routing.offers, by (offered_at, lead_id, user_id)."""
    rows = [
        (case.lead_id, offer.group_id, user_id, offer.offered_at, offer.expires_at, offer.outcome_for(user_id).value)
        for case in cases
        for offer in case.offers
        for user_id in offer.users
    ]
    schema = polars_schema(ROUTING_OFFERS)
    plain = {name: pl.Int64 if dtype == _INSTANT else dtype for name, dtype in schema.items()}
    frame = pl.DataFrame(rows, schema=plain, orient="row").with_columns(
        pl.from_epoch(name, "us").dt.replace_time_zone("UTC").alias(name) for name in ("offered_at", "expires_at")
    )
    return frame.sort("offered_at", "lead_id", "user_id")
