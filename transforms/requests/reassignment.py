"""Leads given to others by request: the list given replaces the current assignees (SPEC LC9, A-P1, A-P2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import ROUTING_ASSIGNMENTS, ROUTING_REASSIGNMENTS
from schemas.vocabulary import DecidedBy, Folder, LeadStatus, ProblemCode, Target
from transforms.quarantine import Problem, problems_frame
from transforms.routing.assignees import Assignees, match_assignees
from transforms.routing.directory import index_directory

__all__ = ["Reassigned", "lay_over", "list_owner_changes", "list_reassignments"]

_NOBODY = "nobody in the directory fits the assignees: the lead stays with those it has"
_TODO = "name users of the directory by e-mail, phone number, MLS id or full name"


class Reassigned(NamedTuple):
    """routing.reassignments in the order of their requests, and problems."""

    reassignments: pl.DataFrame
    problems: pl.DataFrame


def list_reassignments(
    requests: pl.DataFrame,
    targets: pl.DataFrame,
    leads: pl.DataFrame,
    users: pl.DataFrame,
    brands: pl.DataFrame,
    regions: Mapping[str, str],
    default_region: str,
) -> Reassigned:
    """Find the assignees of each request.

    Order is kept, the first one is the owner. A request none of whose assignees is found, or that names nobody, is
    refused and changes nothing.

    Args:
        requests: columns of staging.requests of the operation leads.reassign, in order.
        targets: `find_targets` of them.
        leads: lead_id, brand_id.
        users: rows of core.users.
        brands: rows of core.brands.
        regions: brand id -> country its phone numbers are read in.
        default_region: country of every other brand.
    """
    named = requests.join(targets.drop_nulls("lead_id"), on="request_id", maintain_order="left").join(
        leads.select("lead_id", lead_brand="brand_id"), on="lead_id", how="left", maintain_order="left"
    )
    region = pl.col("lead_brand").replace_strict(dict(regions), default=default_region, return_dtype=pl.String)
    asked = named.select(lead_id="request_id", brand_id="lead_brand", region=region, assignees="body")
    found = match_assignees(asked, users, index_directory(users, brands))
    matched = found.matched.rename({"lead_id": "request_id"})
    given = named.with_row_index("turn").join(matched, on="request_id", how="inner").sort("turn", "position")
    history = given.rename({"user_id_right": "assignee", "user_id": "asked_by"})
    return Reassigned(history.select(polars_schema(ROUTING_REASSIGNMENTS).keys()), _refuse(named, matched, found))


def lay_over(assignments: pl.DataFrame, reassignments: pl.DataFrame, leads: pl.DataFrame) -> pl.DataFrame:
    """Give leads to the assignees of the latest request on each; what had been decided stays in the ledger.

    Args:
        assignments: rows of routing.assignments, as routing decided.
        reassignments: from `list_reassignments`.
        leads: lead_id, brand_id.
    """
    latest = reassignments.filter(pl.col("request_id") == pl.col("request_id").last().over("lead_id"))
    kept = assignments.join(latest, on="lead_id", how="anti", maintain_order="left")
    return pl.concat([kept, _assign(latest.join(leads.select("lead_id", "brand_id"), on="lead_id"))])


def list_owner_changes(reassignments: pl.DataFrame, leads: pl.DataFrame) -> pl.DataFrame:
    """The first assignee is the owner from then on (SPEC A-P2): contact_id, user_id, changed_at.

    Args:
        reassignments: from `list_reassignments`.
        leads: lead_id, contact_id.
    """
    first = reassignments.filter(pl.col("position") == 1).join(
        leads.select("lead_id", "contact_id"), on="lead_id", maintain_order="left"
    )
    changes = first.select("contact_id", user_id="assignee", changed_at="requested_at")
    return changes.unique(["contact_id", "changed_at"], keep="last", maintain_order=True)


def _assign(latest: pl.DataFrame) -> pl.DataFrame:
    return latest.select(
        "lead_id",
        "position",
        pl.lit(Target.USER.value).alias("target"),
        pl.col("assignee").alias("user_id"),
        pl.lit(None, pl.String).alias("group_id"),
        "brand_id",
        pl.lit(LeadStatus.ASSIGNED.value).alias("status"),
        pl.lit(DecidedBy.REASSIGNED.value).alias("decided_by"),
    ).select(pl.col(name).cast(dtype) for name, dtype in polars_schema(ROUTING_ASSIGNMENTS).items())


def _refuse(named: pl.DataFrame, matched: pl.DataFrame, found: Assignees) -> pl.DataFrame:
    ambiguous = dict(found.ambiguous.select("lead_id", "reason").unique("lead_id", keep="first").iter_rows())
    lost = named.join(matched, on="request_id", how="anti", maintain_order="left")
    return problems_frame(
        Problem(
            row["file_id"],
            Folder.REQUESTS,
            ProblemCode.AMBIGUOUS_ASSIGNEE if row["request_id"] in ambiguous else ProblemCode.UNKNOWN_ID,
            ambiguous.get(row["request_id"], _NOBODY),
            _TODO,
            row_number=row["record_number"],
            column_name="body",
            value=row["body"],
        )
        for row in lost.iter_rows(named=True)
    )
