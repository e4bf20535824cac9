"""Marts of leads: assignments with their reasons, the documented summary, flow enrolments."""

from __future__ import annotations

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import ROUTING_REASSIGNMENTS

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


def summarize_leads(leads: pl.DataFrame, assignments: pl.DataFrame, contacts: pl.DataFrame) -> pl.DataFrame:
    """marts.LeadSummary: the documented summary, numbers and flags as texts (SPEC LS1, LS2, LS4).

    Args:
        leads: lead_id, contact_id (canonical), source_type, captured_at, parsed_payload.
        assignments: routing.Assignment rows; a lead without any is unassigned.
        contacts: marts.Contact rows.
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
    return (
        known.with_columns(pl.col("status").fill_null("unassigned"))
        .with_columns(status_count=pl.len().over("status").cast(pl.Int64))
        .select(
            pl.col("lead_id").alias("id"),
            "name", "title", "company", "phonenumber", "email", "status", "status_count",
            pl.col("captured_at").dt.strftime("%Y-%m-%d %H:%M:%S").alias("date"),
            pl.when(pl.col("user_id").is_null()).then(pl.lit("0")).otherwise(pl.lit("1")).alias("assigned"),
            pl.col("user_id").alias("assigned_to"),
            pl.col("source_type").alias("lead_type"),
            pl.col("parsed_payload").str.json_path_match("$.note").alias("message"),
        )
    )  # fmt: skip


def keep_first_enrolments(enrolments: pl.DataFrame) -> pl.DataFrame:
    """One enrolment per canonical contact and flow, the earliest: a merge enrols nobody twice (SPEC A-F3)."""
    ordered = enrolments.sort("contact_id", "flow_id", "enrolled_at", "lead_id")
    return ordered.unique(["contact_id", "flow_id"], keep="first", maintain_order=True)
