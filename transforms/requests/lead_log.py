"""Requests on leads: captures and webhook deliveries as records of leads, timeline activities (SPEC LC1-LC8)."""

from __future__ import annotations

import msgspec
import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import CORE_ACTIVITIES
from schemas.vocabulary import Folder, ProblemCode
from transforms.ids import hash_id
from transforms.quarantine import Problem, problems_frame
from transforms.requests.bodies import ActivityBody

__all__ = ["CAPTURES", "find_targets", "list_activities", "list_lead_records", "refuse_unknown_leads"]

#: Operations that bring leads.
CAPTURES = ("leads.capture", "leads.webhook")


def list_lead_records(requests: pl.DataFrame, files: pl.DataFrame) -> pl.DataFrame:
    """The leads that requests bring, as records of a lead file (DESIGN 6).

    A lead without id gets a hash of its request's id: the same wherever the log is kept.

    Args:
        requests: columns of staging.requests, in order; those of other operations are left out.
        files: file_id, run_sequence, received_at of the logs.

    Returns:
        file_id, record_number, payload, run_sequence, received_at.
    """
    asked = requests.filter(pl.col("operation").is_in(CAPTURES)).join(
        files.select("file_id", "run_sequence"), on="file_id", how="left", maintain_order="left"
    )
    columns = ("request_id", "operation", "target_id", "body")
    payloads = [_write_record(*row) for row in asked.select(*columns, "requested_at").iter_rows()]
    return asked.select("file_id", "record_number", "run_sequence", received_at="requested_at").with_columns(
        payload=pl.Series("payload", payloads, dtype=pl.String)
    )


def list_activities(requests: pl.DataFrame, targets: pl.DataFrame) -> pl.DataFrame:
    """What requests add to timelines: rows of core.activities (SPEC LC7).

    Args:
        requests: columns of staging.requests, in order; those of other operations are left out.
        targets: from `find_targets`.
    """
    asked = requests.filter(pl.col("operation") == "leads.add_activity").join(
        targets, on="request_id", maintain_order="left"
    )
    bodies = [msgspec.json.decode(body, type=ActivityBody) for body in asked["body"]]
    return asked.with_columns(
        pl.Series("activity_id", [hash_id("activity", request_id) for request_id in asked["request_id"]], pl.String),
        pl.Series("action", [body.action for body in bodies], pl.String),
        pl.Series("notes", [body.notes for body in bodies], pl.String),
        occurred_at="requested_at",
        author_id=pl.lit(None, pl.String),
        visibility=pl.lit(None, pl.String),
    ).select(polars_schema(CORE_ACTIVITIES).keys())


def find_targets(requests: pl.DataFrame, leads: pl.DataFrame, contact_ids: pl.Series) -> pl.DataFrame:
    """Whom a lead id of a request names: a lead captured by then, else a contact's latest one, else a contact alone.

    The documents say "the UUID of the lead/contact" (SPEC LC8, A-P3).

    Args:
        requests: request_id, target_id, requested_at.
        leads: lead_id, contact_id, captured_at of every lead.
        contact_ids: every contact there is.

    Returns:
        request_id, lead_id (null for a contact that had no lead), contact_id; requests that name nobody are not there.
    """
    asked = requests.select("request_id", "target_id", "requested_at")
    known = leads.select("lead_id", "contact_id", "captured_at")
    by_lead = asked.join(known, left_on="target_id", right_on="lead_id", coalesce=False)
    by_contact = asked.join(known, left_on="target_id", right_on="contact_id", coalesce=False)
    contacts = contact_ids.unique().to_frame("contact_id")
    alone = asked.join(contacts, left_on="target_id", right_on="contact_id", coalesce=False).with_columns(
        lead_id=pl.lit(None, pl.String), captured_at=pl.lit(None, pl.Datetime("us", "UTC"))
    )
    columns = ["request_id", "lead_id", "contact_id", "captured_at", "requested_at"]
    found = pl.concat(
        frame.select(*columns, rank=pl.lit(rank)) for rank, frame in enumerate((by_lead, by_contact, alone))
    )
    in_time = found.filter(pl.col("captured_at").is_null() | (pl.col("captured_at") <= pl.col("requested_at")))
    ordered = in_time.sort("request_id", "rank", "captured_at", "lead_id", descending=[False, False, True, True])
    return ordered.unique("request_id", keep="first", maintain_order=True).select("request_id", "lead_id", "contact_id")


def refuse_unknown_leads(requests: pl.DataFrame, targets: pl.DataFrame, wanted: str = "contact") -> pl.DataFrame:
    """Problems of requests that name neither a lead nor a contact (SPEC A-P3).

    Args:
        requests: columns of staging.requests.
        targets: from `find_targets`.
        wanted: what kind of contact they may name.
    """
    lost = requests.join(targets, on="request_id", how="anti", maintain_order="left")
    reason, todo = f"no lead or {wanted} has this id at that time", "check the id and the time of the request"
    return problems_frame(
        Problem(
            row["file_id"], Folder.REQUESTS, ProblemCode.UNKNOWN_ID, reason, todo,
            row_number=row["record_number"], column_name="path", value=row["target_id"],
        )
        for row in lost.iter_rows(named=True)
    )  # fmt: skip


class _Capture(msgspec.Struct):
    metadata: msgspec.Raw
    lead: msgspec.Raw
    id: str | None = None


def _write_record(request_id: str, operation: str, channel_id: str, body: str, received_at: object) -> str:
    common = {"received_at": str(received_at), "id": hash_id("lead", request_id)}
    if operation == "leads.webhook":
        return msgspec.json.encode({"lead_channel": channel_id, "body": msgspec.Raw(body.encode()), **common}).decode()
    given = msgspec.json.decode(body, type=_Capture)
    common["id"] = given.id or common["id"]
    return msgspec.json.encode({"metadata": given.metadata, "lead": given.lead, **common}).decode()
