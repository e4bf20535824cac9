"""Requests of the other product's flat contacts, said as requests on contacts (SPEC FC1, FC2, A-EA10, A-EA11)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec
import polars as pl

from transforms.ids import hash_id
from transforms.normalize.names import split_names
from transforms.requests.bodies import FlatBody

__all__ = ["FLAT_WRITES", "list_flat_definitions", "translate_creations", "translate_flat"]

#: Operations that write a whole flat contact.
FLAT_WRITES: Final = ("flat_contacts.upsert", "flat_contacts.update")
_TAGS: Final = {"flat_contacts.add_tags": "attributes.create", "flat_contacts.remove_tags": "attributes.remove_tags"}
_PLAIN: Final = ("flat_contacts.delete", *_TAGS)


def list_flat_definitions(requests: pl.DataFrame) -> pl.DataFrame:
    """The custom attributes that flat contacts have: one per brand and key (SPEC A-EA10).

    A key holds numbers if all its values are numbers, else texts; one value per contact unless a list is seen.

    Args:
        requests: columns of staging.requests, in order; those of other operations are left out.

    Returns:
        brand_id, name, data_type, is_singular, created_at; by brand and name.
    """
    writes = requests.filter(pl.col("operation").is_in(FLAT_WRITES))
    rows = [
        (at, brand_id, key, _is_number(item), not isinstance(value, list))
        for at, brand_id, body in writes.select("requested_at", "brand_id", "body").iter_rows()
        for key, value in _list_fields(msgspec.json.decode(body, type=FlatBody))
        for item in (value if isinstance(value, list) else [value])
    ]
    schema: dict[str, Any] = {"created_at": pl.Datetime("us", "UTC"), "brand_id": pl.String, "name": pl.String}
    seen = pl.DataFrame(rows, schema={**schema, "is_number": pl.Boolean, "is_singular": pl.Boolean}, orient="row")
    return (
        seen.group_by("brand_id", "name")
        .agg(pl.col("created_at").min(), pl.col("is_number").all(), pl.col("is_singular").all())
        .sort("brand_id", "name")
        .select(
            "brand_id", "name", "is_singular", "created_at",
            data_type=pl.when("is_number").then(pl.lit("number")).otherwise(pl.lit("text")),
        )
    )  # fmt: skip


def translate_flat(requests: pl.DataFrame) -> pl.DataFrame:
    """Requests on flat contacts as requests on contacts; all others as they are.

    A contact that is written whole gets what is given, and keeps what is not; its phone number becomes the primary.
    """
    flat = requests.filter(pl.col("operation").is_in([*FLAT_WRITES, *_PLAIN]))
    if flat.is_empty():
        return requests
    names = _split(flat)
    rows = [_translate(row, *parts) for row, parts in zip(flat.iter_rows(named=True), names, strict=True)]
    others = requests.join(flat.select("request_id"), on="request_id", how="anti", maintain_order="left")
    return pl.concat([others, pl.DataFrame(rows, schema=requests.schema)])


def translate_creations(requests: pl.DataFrame, taken: pl.Series) -> pl.DataFrame:
    """The first writing of each flat contact that is nowhere else, as a creation (FC1: upsert).

    Args:
        requests: columns of staging.requests, in order; those of other operations are left out.
        taken: ids of contacts of files, and of those that other requests create.
    """
    upserts = translate_flat(requests.filter(pl.col("operation") == "flat_contacts.upsert"))
    new = upserts.filter(~pl.col("target_id").is_in(taken.implode())).unique(
        "target_id", keep="first", maintain_order=True
    )
    bodies = [
        f'{{"contacts":[{{"id":{msgspec.json.encode(contact_id).decode()},{body[1:-1]}}}]}}'
        for contact_id, body in new.select("target_id", "body").iter_rows()
    ]
    return new.with_columns(operation=pl.lit("contacts.create"), body=pl.Series("body", bodies, pl.String))


def _split(flat: pl.DataFrame) -> Iterator[tuple[str | None, str | None]]:
    names = [
        msgspec.json.decode(body, type=FlatBody).name if operation in FLAT_WRITES else None
        for operation, body in flat.select("operation", "body").iter_rows()
    ]
    return split_names(pl.Series("name", names, dtype=pl.String)).select("first_name", "last_name").iter_rows()


def _translate(row: dict[str, Any], first_name: str | None, last_name: str | None) -> dict[str, Any]:
    operation = row["operation"]
    if operation == "flat_contacts.delete":
        return row | {"operation": "contacts.delete"}
    if operation in _TAGS:
        tags = msgspec.json.decode(row["body"])["tags"]
        return row | {"operation": _TAGS[operation], "body": _encode(_attributes("tag", tags))}
    given = msgspec.json.decode(row["body"], type=FlatBody)
    contact_id = row["target_id"] or given.id or hash_id(row["request_id"], 0)
    attributes = [
        *_attributes("first_name", first_name),
        *_attributes("last_name", last_name),
        *({**item, "is_primary": True} for item in _attributes("phone_number", given.phoneNumber)),
        *_attributes("note", given.notes),
        *_attributes("tag", given.tags),
    ]
    for key, value in _list_fields(given):
        attributes += _attributes(key, value)
    return row | {"operation": "contacts.update", "target_id": contact_id, "body": _encode(attributes)}


def _list_fields(given: FlatBody) -> Iterator[tuple[str, Any]]:
    """Custom attributes of a flat contact: its own fields, stage and location."""
    yield from (("stage", given.stage),) if given.stage else ()
    for part, value in (given.location or {}).items():
        yield f"location_{part}", value
    yield from (given.customFields or {}).items()


def _is_number(item: Any) -> bool:
    return isinstance(item, int | float) and not isinstance(item, bool)


def _attributes(name: str, value: Any) -> list[dict[str, Any]]:
    return [{"attribute_type": name, "text": item} for item in _items(value)]


def _items(value: Any) -> list[str]:
    """What a field holds, as texts; anything else than a text as JSON."""
    items = [item for item in (value if isinstance(value, list) else [value]) if item is not None and item != ""]
    return [item if isinstance(item, str) else msgspec.json.encode(item).decode() for item in items]


def _encode(attributes: list[dict[str, Any]]) -> str:
    return msgspec.json.encode({"attributes": attributes}).decode()
