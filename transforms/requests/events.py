"""Accepted requests -> the merges, touch frequencies and contacts they ask for."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import CORE_MERGE_EVENTS, CORE_TOUCH_EVENTS
from schemas.vocabulary import Folder, ProblemCode
from transforms.ids import hash_id
from transforms.quarantine import Problem, problems_frame
from transforms.requests.bodies import Cluster, ContactHead, ContactObjects, MergeBody, MergeClustersBody, TouchBody

__all__ = [
    "CREATED_CONTACT_SCHEMA", "CreatedContacts", "find_unknown_contacts", "list_created_contacts",
    "list_frequencies", "list_merges",
]  # fmt: skip

#: One row per contact object of a create request, with what its request adds to it.
CREATED_CONTACT_SCHEMA: dict[str, pl.DataType] = {
    "contact_id": pl.String(),
    "brand_id": pl.String(),
    "user_id": pl.String(),
    "created_at": pl.Datetime("us", "UTC"),
    "payload": pl.String(),
    "path": pl.String(),
    "file_id": pl.String(),
    "row_number": pl.Int64(),
}


class CreatedContacts(NamedTuple):
    """Columns of CREATED_CONTACT_SCHEMA, and problems."""

    contacts: pl.DataFrame
    problems: pl.DataFrame


def list_created_contacts(requests: pl.DataFrame, taken_ids: pl.Series) -> CreatedContacts:
    """The contact objects of POST /contacts (004:848), in order.

    A contact keeps the `id` its object gives, else gets a hash of request id and place. An id that is taken is
    refused: the contact it names was there first.

    Args:
        requests: columns of staging.requests, in order.
        taken_ids: ids of the contacts that files brought.
    """
    taken = set(taken_ids.to_list())
    rows: list[dict[str, object]] = []
    problems: list[Problem] = []
    for request in requests.filter(pl.col("operation") == "contacts.create").iter_rows(named=True):
        for place, payload in enumerate(msgspec.json.decode(request["body"], type=ContactObjects).contacts):
            row = _read_created(request, place, bytes(payload).decode())
            contact_id = str(row["contact_id"])
            if contact_id in taken:
                problems.append(_refuse_taken(row, contact_id))
                continue
            taken.add(contact_id)
            rows.append(row)
    return CreatedContacts(pl.DataFrame(rows, schema=CREATED_CONTACT_SCHEMA), problems_frame(problems))


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
    head = msgspec.json.decode(payload, type=ContactHead)
    return {
        "contact_id": head.id or hash_id(request["request_id"], place),
        "brand_id": request["brand_id"],
        "user_id": head.user or request["user_id"],
        "created_at": request["requested_at"],
        "payload": payload,
        "path": f"contacts[{place}]",
        "file_id": request["file_id"],
        "row_number": request["record_number"],
    }


def _refuse_taken(row: dict[str, Any], contact_id: str) -> Problem:
    return Problem(
        row["file_id"],
        Folder.REQUESTS,
        ProblemCode.DUPLICATE_ID,
        "an earlier contact has this id",
        "leave the id out, or give another one",
        row_number=row["row_number"],
        column_name=f"{row['path']}.id",
        value=contact_id,
    )


def _read_clusters(request: dict[str, Any]) -> list[Cluster]:
    if request["operation"] == "contacts.merge_clusters":
        return msgspec.json.decode(request["body"], type=MergeClustersBody).clusters
    sub_contacts = msgspec.json.decode(request["body"], type=MergeBody).sub_contacts
    return [Cluster(sub_contacts=sub_contacts, parent=request["target_id"])]
