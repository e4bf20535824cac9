"""Attribute definitions that requests create and delete (SPEC EA15, 004:9570, 004:9634)."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import CORE_ATTRIBUTE_DEFS
from schemas.vocabulary import Folder, ProblemCode
from transforms.ids import hash_id
from transforms.quarantine import Problem, problems_frame
from transforms.requests.bodies import DefinitionBody
from transforms.requests.flat import list_flat_definitions

__all__ = ["RequestedDefinitions", "list_definitions"]


class RequestedDefinitions(NamedTuple):
    """Rows of core.attribute_defs, those that requests created and those that they deleted too, and problems."""

    definitions: pl.DataFrame
    problems: pl.DataFrame


def list_definitions(requests: pl.DataFrame, known: pl.DataFrame) -> RequestedDefinitions:
    """Apply the requests on attribute definitions, in order.

    A definition without id gets a hash of its request's id. Its name is its own within the global ones and those of
    its brand that are there at that time; a deleted one stays, with the time until which it was there.

    Args:
        requests: columns of staging.requests, in order.
        known: core.attribute_defs as they are before any request.
    """
    system = known.filter("is_global")
    found = {row["attribute_def"]: row for row in known.filter(~pl.col("is_global")).iter_rows(named=True)}
    names, ids, problems = set(system["name"]), set(system["attribute_def"]), []
    for request in requests.filter(pl.col("operation").str.starts_with("attribute_defs.")).iter_rows(named=True):
        if request["operation"] == "attribute_defs.create":
            row = _read_definition(request)
            is_known = row["attribute_def"] in found or row["attribute_def"] in ids
            if is_known or row["name"] in names or _find_named(found, row):
                problems.append(_refuse(request, ProblemCode.DUPLICATE_ID, "body.name", row["name"], _TAKEN))
            else:
                found[row["attribute_def"]] = row
            continue
        target = request["target_id"]
        if target in ids:
            problems.append(_refuse(request, ProblemCode.NOT_EDITABLE, "path", target, _SYSTEM))
        elif target not in found or not _is_there(found[target], request["brand_id"]):
            problems.append(_refuse(request, ProblemCode.UNKNOWN_ID, "path", target, _UNKNOWN))
        else:
            found[target]["deleted_at"] = request["requested_at"]
    for row in list_flat_definitions(requests).iter_rows(named=True):
        if row["name"] not in names and not _find_named(found, row):
            found[hash_id("flat", row["brand_id"], row["name"])] = _define_flat(row)
    custom = pl.DataFrame(list(found.values()), schema=polars_schema(CORE_ATTRIBUTE_DEFS))
    return RequestedDefinitions(pl.concat([system, custom]), problems_frame(problems))


_TAKEN = "the brand has an attribute definition of this name or id already"
_SYSTEM = "a definition of the system cannot be deleted"
_UNKNOWN = "no attribute definition has this id at that time"


def _read_definition(request: dict[str, Any]) -> dict[str, Any]:
    body = msgspec.json.decode(request["body"], type=DefinitionBody)
    return {
        "attribute_def": body.id or hash_id(request["request_id"]),
        "name": body.name.strip(),
        "data_type": body.data_type,
        "label": body.label,
        "section": body.section,
        "is_global": False,
        "is_singular": body.singular,
        "is_editable": body.editable,
        "is_searchable": body.searchable,
        "has_label": body.has_label,
        "is_required": body.required,
        "is_shown": body.show,
        "is_filterable": body.filterable,
        "labels": body.labels or None,
        "enum_values": body.enum_values or None,
        "brand_id": request["brand_id"],
        "created_at": request["requested_at"],
        "created_by": request["user_id"],
        "deleted_at": None,
    }


def _define_flat(row: dict[str, Any]) -> dict[str, Any]:
    """A custom attribute that only flat contacts tell of (SPEC A-EA10)."""
    told = {"label": row["name"], "section": None, "labels": None, "deleted_at": None}
    flags = {"is_global": False, "is_editable": True, "is_searchable": False, "has_label": False, "created_by": None}
    flags |= {"is_required": False, "is_shown": True, "is_filterable": True}
    return {"attribute_def": hash_id("flat", row["brand_id"], row["name"]), **row, **told, **flags}


def _find_named(found: dict[str, dict[str, Any]], row: dict[str, Any]) -> bool:
    """Whether the brand has a live definition of the same name."""
    return any(
        other["name"] == row["name"] and other["brand_id"] == row["brand_id"] and other["deleted_at"] is None
        for other in found.values()
    )


def _is_there(row: dict[str, Any], brand_id: str | None) -> bool:
    """Whether a request of a brand may name it (SPEC EA15)."""
    return row["deleted_at"] is None and (None in (row["brand_id"], brand_id) or row["brand_id"] == brand_id)


def _refuse(request: dict[str, Any], code: ProblemCode, column: str, value: str, reason: str) -> Problem:
    return Problem(
        request["file_id"],
        Folder.REQUESTS,
        code,
        reason,
        "see the published table attribute_defs for names and ids",
        row_number=request["record_number"],
        column_name=column,
        value=value,
    )
