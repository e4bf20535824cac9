"""Accepted requests -> the merges and contacts that they ask for."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import CORE_MERGE_EVENTS, STAGING_CREATED_ATTRIBUTES
from schemas.vocabulary import Cause, Folder, ProblemCode
from transforms.ids import hash_id
from transforms.quarantine import Problem, problems_frame
from transforms.requests.bodies import Cluster, ContactHead, ContactObjects, MergeBody, MergeClustersBody

__all__ = [
    "CREATED_CONTACT_SCHEMA", "CREATIONS", "MERGES", "find_unknown_contacts", "list_contact_ids",
    "list_created_contacts", "list_created_ids", "list_merges",
]  # fmt: skip

#: Operations that create contacts -> the cause that they tell (SPEC EA13), and those that merge them.
CREATIONS = {"contacts.create": Cause.DIRECT_REQUEST, "contacts.import_json": Cause.IMPORT_JSON}
MERGES = ("contacts.merge", "contacts.merge_clusters")

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
    """The contact objects of POST /contacts (004:848) and import.json, in order, as `importing.records` reads them.

    An object without id gets a hash of its request's id and its place: the same wherever the log is kept.

    Args:
        requests: columns of staging.requests, in order.
        files: file_id, run_sequence of the logs.
        default_owner: owner of contacts that name none, in requests that name no user.

    Returns:
        Columns of CREATED_CONTACT_SCHEMA.
    """
    creations = requests.filter(pl.col("operation").is_in(list(CREATIONS))).join(
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

    A sub-contact counts once per parent; whether ids exist, and whether parents agree, is judged later (A-M6).
    """
    rows: list[dict[str, object]] = []
    merges = requests.filter(pl.col("operation").is_in(MERGES))
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
    return events.unique(CORE_MERGE_EVENTS.key, keep="first", maintain_order=True)


def list_contact_ids(created: pl.DataFrame) -> pl.Series:
    """Ids of created contacts (CREATED_CONTACT_SCHEMA)."""
    ids = [msgspec.json.decode(payload, type=ContactHead).id for payload in created["payload"]]
    return pl.Series("contact_id", ids, dtype=pl.String)


def list_created_ids(created: pl.DataFrame) -> pl.DataFrame:
    """Ids that created contacts bring for their attributes: rows of staging.created_attributes.

    Args:
        created: columns of CREATED_CONTACT_SCHEMA; every payload has the contact's id.
    """
    rows = [
        (contact.id, position, attribute["id"])
        for payload in created["payload"]
        if payload.count('"id"') > 1
        for contact in [msgspec.json.decode(payload, type=_IdentifiedContact)]
        for position, attribute in enumerate(contact.attributes if isinstance(contact.attributes, list) else [])
        if isinstance(attribute, dict) and isinstance(attribute.get("id"), str)
    ]
    ids = pl.DataFrame(rows, schema=polars_schema(STAGING_CREATED_ATTRIBUTES), orient="row")
    return ids.unique(["contact_id", "position"], keep="first", maintain_order=True)


def find_unknown_contacts(requests: pl.DataFrame, named: pl.DataFrame, contact_ids: pl.Series) -> pl.DataFrame:
    """Problems for what requests ask of contacts that nobody created.

    Args:
        requests: request_id, file_id, record_number.
        named: request_id, contact_id, column_name: contacts that requests name, and where.
        contact_ids: every contact id ever created.
    """
    asked = named.drop_nulls("contact_id").unique(maintain_order=True)
    unknown = asked.join(contact_ids.unique().to_frame("contact_id"), on="contact_id", how="anti").join(
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


class _IdentifiedContact(msgspec.Struct):
    id: str
    attributes: Any = None


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
        "created_for": CREATIONS[request["operation"]].value,
        "created_at": request["requested_at"],
        "run_sequence": request["run_sequence"],
    }


def _read_clusters(request: dict[str, Any]) -> list[Cluster]:
    if request["operation"] == "contacts.merge_clusters":
        return msgspec.json.decode(request["body"], type=MergeClustersBody).clusters
    sub_contacts = msgspec.json.decode(request["body"], type=MergeBody).sub_contacts
    return [Cluster(sub_contacts=sub_contacts, parent=request["target_id"])]
