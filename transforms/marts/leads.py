"""Marts of leads: assignments with their reasons, the documented summary, flow enrolments."""

from __future__ import annotations

from typing import Any

import msgspec
import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import MARTS_LEAD_SUMMARY, ROUTING_REASSIGNMENTS

__all__ = ["explain_assignments", "keep_first_enrolments", "summarize_leads"]


def explain_assignments(
    assignments: pl.DataFrame, decisions: pl.DataFrame, users: pl.DataFrame, reassignments: pl.DataFrame | None = None
) -> pl.DataFrame:
    """marts.Assignment: each assignment with the user's name and the decision in a sentence.

    Args:
        assignments: routing.Assignment rows.
        decisions: lead_id, reason of the ledger.
        users: core.User rows.
        reassignments: routing.Reassignment rows; none by default.
    """
    told = pl.DataFrame(schema=polars_schema(ROUTING_REASSIGNMENTS)) if reassignments is None else reassignments
    full = pl.concat_str("first_name", "last_name", separator=" ", ignore_nulls=True)
    names = users.select("user_id", pl.coalesce("display_name", pl.when(full != "").then(full)).alias("user_name"))
    return (
        assignments.join(names, on="user_id", how="left", maintain_order="left")
        .join(decisions.select("lead_id", "reason"), on="lead_id", how="left", maintain_order="left")
        .join(_tell_reassignments(told), on="lead_id", how="left", maintain_order="left")
        .with_columns(pl.coalesce("told", "reason", pl.lit("")).alias("reason"))
        .drop("told")
    )


def _tell_reassignments(reassignments: pl.DataFrame) -> pl.DataFrame:
    """lead_id, told: who gave the lead to its assignees last."""
    latest = reassignments.sort("requested_at", "request_id").unique("lead_id", keep="last", maintain_order=True)
    asked_by = pl.concat_str(pl.lit(" by user "), "asked_by")
    moment = pl.col("requested_at").dt.strftime("%Y-%m-%d %H:%M:%S")
    told = pl.concat_str(pl.lit("reassigned"), asked_by.fill_null(""), pl.lit(" at "), moment, pl.lit(" UTC"))
    return latest.select("lead_id", told.alias("told"))


#: Keys of a lead summary that are published as they came, and those of which what is known here is better.
_AS_CAME = (
    "title", "status", "date", "chat_id", "is_public", "chat_date", "lead_type", "color", "assigned", "assigned_to",
    "notes_count", "attachment_count",
)  # fmt: skip
_KNOWN_HERE = ("name", "company", "phonenumber", "email")


def summarize_leads(
    leads: pl.DataFrame, assignments: pl.DataFrame, contacts: pl.DataFrame, summaries: pl.DataFrame
) -> pl.DataFrame:
    """marts.LeadSummary: the documented summary, numbers and flags as texts (SPEC LS1, LS2, LS4).

    Args:
        leads: lead_id, contact_id (canonical), source_type, captured_at, parsed_payload.
        assignments: routing.Assignment rows; a lead without any is unassigned.
        contacts: marts.Contact rows.
        summaries: lead_id, raw_payload of the leads that came as lead summaries.
    """
    owners = assignments.filter(pl.col("position") == 1).select("lead_id", "user_id", "status")
    people = contacts.select(
        pl.col("id").alias("contact_id"),
        pl.col("display_name").alias("name"),
        "title",
        "company",
        pl.col("phone_number").alias("phonenumber"),
        "email",
    )
    known = leads.join(owners, on="lead_id", how="left").join(people, on="contact_id", how="left")
    note = pl.col("parsed_payload").str.json_path_match("$.note")
    assigned = pl.when(pl.col("user_id").is_null()).then(pl.lit("0")).otherwise(pl.lit("1"))
    told = known.join(_read_summaries(summaries), on="lead_id", how="left")
    return (
        told.with_columns(
            *(pl.coalesce(name, f"came_{name}").alias(name) for name in _KNOWN_HERE),
            title=pl.when(pl.col("is_summary").is_null()).then("title").otherwise("came_title"),
            status=pl.coalesce("came_status", "status", pl.lit("unassigned")),
            date=pl.coalesce("came_date", pl.col("captured_at").dt.strftime("%Y-%m-%d %H:%M:%S")),
            assigned=pl.when(pl.col("user_id").is_null())
            .then(pl.coalesce("came_assigned", assigned))
            .otherwise(assigned),
            assigned_to=pl.coalesce("user_id", "came_assigned_to"),
            lead_type=pl.coalesce("came_lead_type", "source_type"),
            is_public=pl.col("came_is_public").fill_null("0"),
            analytics=pl.col("analytics").fill_null("{}"),
            notes_count=_count("came_notes_count", note.is_not_null()),
            attachment_count=_count("came_attachment_count", pl.lit(False)),
            message=note,
        )
        .with_columns(status_count=pl.len().over("status").cast(pl.Int64))
        .rename({"lead_id": "id", "came_chat_id": "chat_id", "came_chat_date": "chat_date", "came_color": "color"})
        .select(polars_schema(MARTS_LEAD_SUMMARY).keys())
    )


def _count(given: str, otherwise: pl.Expr) -> pl.Expr:
    """A count given as number or text; anything else, or less than none, is none given."""
    number = pl.col(given).cast(pl.Int64, strict=False)
    return pl.when(number >= 0).then(number).otherwise(otherwise.cast(pl.Int64))


def _read_summaries(summaries: pl.DataFrame) -> pl.DataFrame:
    """What lead summaries say, by lead: plain values as texts, chat and analytics as JSON."""
    names = [f"came_{name}" for name in (*_AS_CAME, *_KNOWN_HERE)]
    rows = []
    for lead_id, payload in summaries.select("lead_id", "raw_payload").iter_rows():
        given = msgspec.json.decode(payload)
        texts = [_as_text(given.get(name.removeprefix("came_"))) for name in names]
        analytics = given.get("analytics")
        kept = [
            None if value is None else msgspec.json.encode(value).decode() for value in (given.get("chat"), analytics)
        ]
        rows.append((lead_id, True, *texts, kept[0], kept[1] if isinstance(analytics, dict) else None))
    schema = {"lead_id": pl.String, "is_summary": pl.Boolean, **dict.fromkeys([*names, "chat", "analytics"], pl.String)}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _as_text(value: Any) -> str | None:
    return value if isinstance(value, str) or value is None else msgspec.json.encode(value).decode()


def keep_first_enrolments(enrolments: pl.DataFrame) -> pl.DataFrame:
    """One enrolment per canonical contact and flow, the earliest: a merge enrols nobody twice (SPEC A-F3)."""
    ordered = enrolments.sort("contact_id", "flow_id", "enrolled_at", "lead_id")
    return ordered.unique(["contact_id", "flow_id"], keep="first", maintain_order=True)
