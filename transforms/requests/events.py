"""Accepted requests -> the merges, touch frequencies and contacts they ask for."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import CORE_MERGE_EVENTS, CORE_TOUCH_EVENTS
from schemas.vocabulary import Cause, Folder, ProblemCode
from transforms.ids import hash_id
from transforms.quarantine import Problem, problems_frame
from transforms.requests.bodies import Cluster, ContactHead, ContactObjects, MergeBody, MergeClustersBody, TouchBody

__all__ = [
    "CREATED_CONTACT_SCHEMA", "find_unknown_contacts", "list_created_contacts",
    "list_frequencies", "list_merges",
]  # fmt: skip

#: One row per contact object of a create request, with what its request adds to it.
CREATED_CONTACT_SCHEMA: dict[str, pl.DataType] = {
    "file_id": pl.String(),
    "record_number": pl.Int64(),
    "path": pl.String(),
    "payload": pl.String(),
    "brand_id": pl.String(),
    "user_id": pl.String(),
    "created_for": pl.String(),
    "created_at": pl.Datetime("us", "UTC"),
    "run_sequence": pl.Int64(),
}


def list_created_contacts(
    requests: pl.DataFrame, files: pl.DataFrame, default_owner: str | None = None
) -> pl.DataFrame:
    """The contact objects of POST /contacts (004:848), in order, as `importing.records` reads them.

    An object without id gets a hash of its request's id and its place: the same wherever the log is kept.

    Args:
        requests: columns of staging.requests, in order.
        files: file_id, run_sequence of the logs.
        default_owner: owner of contacts that name none, in requests that name no user.

    Returns:
        Columns of CREATED_CONTACT_SCHEMA.
    """
    creations = requests.filter(pl.col("operation") == "contacts.create").join(
        files.select("file_id", "run_sequence"), on="file_id", how="left", maintain_order="left"
    )
    rows = [
        _read_created(request, place, bytes(payload).decode())
        for request in creations.iter_rows(named=True)
        for place, payload in enumerate(msgspec.json.decode(request["body"], type=ContactObjects).contacts)
    ]
    created = pl.DataFrame(rows, schema=CREATED_CONTACT_SCHEMA)
    return created.with_columns(pl.col("user_id").fill_null(pl.lit(default_owner, pl.String)))


def list_merges(requests: pl.DataFrame) -> pl.DataFrame:
    """The merges that POST /contacts/:id/merge and /contacts/merge ask for (SPEC ME1, ME7): core.merge_events.

    A sub-contact counts once per request, the first time it is named; whether ids exist is judged later (A-M6).
    """
    rows: list[dict[str, object]] = []
    merges = requests.filter(pl.col("operation").is_in(["contacts.merge", "contacts.merge_clusters"]))
    for request in merges.iter_rows(named=True):
        for cluster in _read_clusters(request):
            rows += [
                {
                    "request_id": request["request_id"],
                    "parent_id": cluster.parent,
                    "contact_id": contact_id,
                    "requested_at": request["requested_at"],
                }
                for contact_id in cluster.sub_contacts
            ]
    events = pl.DataFrame(rows, schema=polars_schema(CORE_MERGE_EVENTS))
    return events.unique(["request_id", "contact_id"], keep="first", maintain_order=True)


def list_frequencies(requests: pl.DataFrame) -> pl.DataFrame:
    """The frequencies that PATCH /contacts/:id/touch sets (SPEC TO3): core.touch_events of source contact.

    Of several settings of one contact at one time the last request's counts.
    """
    touches = requests.filter(pl.col("operation") == "contacts.touch")
    frequencies = [msgspec.json.decode(body, type=TouchBody).touch_freq for body in touches["body"]]
    events = touches.select(
        pl.col("target_id").alias("contact_id"),
        pl.col("requested_at").alias("occurred_at"),
        pl.lit("frequency").alias("kind"),
        pl.lit(None, pl.String).alias("action"),
        pl.Series("touch_freq", frequencies, dtype=pl.Int64),
        pl.lit("contact").alias("source"),
    )
    return events.select(list(polars_schema(CORE_TOUCH_EVENTS))).unique(
        ["contact_id", "occurred_at"], keep="last", maintain_order=True
    )


def find_unknown_contacts(requests: pl.DataFrame, merges: pl.DataFrame, contact_ids: pl.Series) -> pl.DataFrame:
    """Problems for touches and merges that name a contact nobody created.

    Args:
        requests: columns of staging.requests.
        merges: columns of core.merge_events.
        contact_ids: every contact id ever created.
    """
    by_touch = requests.filter(pl.col("operation") == "contacts.touch").select(
        "request_id", pl.col("target_id").alias("contact_id"), pl.lit("path").alias("column_name")
    )
    by_merge = pl.concat(
        [
            merges.select("request_id", pl.col("parent_id").alias("contact_id"), pl.lit("parent").alias("column_name")),
            merges.select("request_id", "contact_id", pl.lit("body.sub_contacts").alias("column_name")),
        ]
    )
    named = pl.concat([by_touch, by_merge]).unique(maintain_order=True)
    unknown = named.join(contact_ids.unique().to_frame("contact_id"), on="contact_id", how="anti").join(
        requests.select("request_id", "file_id", "record_number"), on="request_id", maintain_order="left"
    )
    return problems_frame(
        Problem(
            row["file_id"],
            Folder.REQUESTS,
            ProblemCode.UNKNOWN_ID,
            "no contact has this id",
            "check the id, or send the contact first",
            row_number=row["record_number"],
            column_name=row["column_name"],
            value=row["contact_id"],
        )
        for row in unknown.iter_rows(named=True)
    )


def _read_created(request: dict[str, Any], place: int, payload: str) -> dict[str, object]:
    if msgspec.json.decode(payload, type=ContactHead).id is None:
        payload = json.dumps({**json.loads(payload), "id": hash_id(request["request_id"], place)}, ensure_ascii=False)
    return {
        "file_id": request["file_id"],
        "record_number": request["record_number"],
        "path": f"contacts[{place}].",
        "payload": payload,
        "brand_id": request["brand_id"],
        "user_id": request["user_id"],
        "created_for": Cause.DIRECT_REQUEST,
        "created_at": request["requested_at"],
        "run_sequence": request["run_sequence"],
    }


def _read_clusters(request: dict[str, Any]) -> list[Cluster]:
    if request["operation"] == "contacts.merge_clusters":
        return msgspec.json.decode(request["body"], type=MergeClustersBody).clusters
    sub_contacts = msgspec.json.decode(request["body"], type=MergeBody).sub_contacts
    return [Cluster(sub_contacts=sub_contacts, parent=request["target_id"])]
