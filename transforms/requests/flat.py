"""Requests of the other product's flat contacts, said as requests on contacts (SPEC FC1, FC2, A-EA10, A-EA11).

The answer of POST and PUT shows what they were given (003:77, 003:193): so a field that is given takes the place of all
that the contact shows in it, an empty one clears it, and one that is absent or null stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any, Final

import msgspec
import polars as pl

from transforms.ids import hash_id
from transforms.normalize.names import NAME_PARTS, split_names
from transforms.requests.flat_bodies import FlatBody

__all__ = ["BOOLEANS", "FLAT_WRITES", "list_flat_definitions", "translate_creations", "translate_flat"]

#: Operations that write a whole flat contact.
FLAT_WRITES: Final = ("flat_contacts.upsert", "flat_contacts.update")
#: What a definition offers whose values are all true or false.
BOOLEANS: Final = ["true", "false"]
_TAGS: Final = {"flat_contacts.add_tags": "attributes.create", "flat_contacts.remove_tags": "attributes.remove_tags"}
_PLAIN: Final = ("flat_contacts.delete", *_TAGS)
_NAMES: Final = ("title", "first_name", "middle_name", "last_name")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")

#: Parts of a name, as `split_names` gives them.
_Parts = dict[str, str | None]


def list_flat_definitions(requests: pl.DataFrame) -> pl.DataFrame:
    """The custom attributes that flat contacts have: one per brand and key (SPEC A-EA10).

    A key holds numbers, dates (2026-05-15) or truth values if all its values are such, else texts; one value per
    contact unless a list is seen.

    Args:
        requests: columns of staging.requests, in order; those of other operations are left out.

    Returns:
        brand_id, name, is_singular, created_at, data_type, enum_values; by brand and name.
    """
    writes = requests.filter(pl.col("operation").is_in(FLAT_WRITES))
    rows = [
        (at, brand_id, key, _kind_of(item), not isinstance(value, list))
        for at, brand_id, body in writes.select("requested_at", "brand_id", "body").iter_rows()
        for key, value in _list_custom(msgspec.json.decode(body, type=FlatBody))
        for item in _list_items(value)
    ]
    schema: dict[str, Any] = {"created_at": pl.Datetime("us", "UTC"), "brand_id": pl.String, "name": pl.String}
    seen = pl.DataFrame(rows, schema={**schema, "kind": pl.String, "is_singular": pl.Boolean}, orient="row")
    is_one_kind = pl.col("kind").n_unique() == 1
    kind = pl.when(is_one_kind).then(pl.col("kind").first()).otherwise(pl.lit("text"))
    return (
        seen.group_by("brand_id", "name")
        .agg(pl.col("created_at").min(), kind.alias("kind"), pl.col("is_singular").all())
        .sort("brand_id", "name")
        .select(
            "brand_id", "name", "is_singular", "created_at",
            data_type=pl.col("kind").replace("boolean", "text"),
            enum_values=pl.when(pl.col("kind") == "boolean").then(pl.lit(BOOLEANS)),
        )
    )  # fmt: skip


def translate_flat(requests: pl.DataFrame) -> pl.DataFrame:
    """Requests on flat contacts as requests on contacts; all others as they are."""
    flat = requests.filter(pl.col("operation").is_in([*FLAT_WRITES, *_PLAIN]))
    if flat.is_empty():
        return requests
    rows = [_translate(row, parts) for row, parts in zip(flat.iter_rows(named=True), _split(flat), strict=True)]
    others = requests.join(flat.select("request_id"), on="request_id", how="anti", maintain_order="left")
    return pl.concat([others, pl.DataFrame(rows, schema=requests.schema)])


def translate_creations(requests: pl.DataFrame, taken: pl.Series) -> pl.DataFrame:
    """The first writing of each flat contact that is nowhere else, as a creation (FC1: upsert).

    Args:
        requests: columns of staging.requests, in order; those of other operations are left out.
        taken: ids of contacts of files, and of those that other requests create.
    """
    upserts = requests.filter(pl.col("operation") == "flat_contacts.upsert")
    given = [msgspec.json.decode(body, type=FlatBody) for body in upserts["body"]]
    ids = [body.id or hash_id(request_id, 0) for body, request_id in zip(given, upserts["request_id"], strict=True)]
    named = upserts.with_columns(pl.Series("target_id", ids, pl.String))
    new = named.filter(~pl.col("target_id").is_in(taken.implode())).unique(
        "target_id", keep="first", maintain_order=True
    )
    bodies = [
        _encode({"contacts": [{"id": contact_id, "attributes": [item for _, items in fields for item in items]}]})
        for contact_id, body, parts in zip(new["target_id"], new["body"], _split(new), strict=True)
        for fields in [list(_list_replaced(msgspec.json.decode(body, type=FlatBody), parts))]
    ]
    return new.with_columns(operation=pl.lit("contacts.create"), body=pl.Series("body", bodies, pl.String))


def _split(flat: pl.DataFrame) -> Iterator[_Parts]:
    names = [
        msgspec.json.decode(body, type=FlatBody).name if operation in FLAT_WRITES else None
        for operation, body in flat.select("operation", "body").iter_rows()
    ]
    return split_names(pl.Series("name", names, dtype=pl.String)).select(NAME_PARTS).iter_rows(named=True)


def _translate(row: dict[str, Any], parts: _Parts) -> dict[str, Any]:
    operation = row["operation"]
    if operation == "flat_contacts.delete":
        return row | {"operation": "contacts.delete"}
    if operation in _TAGS:
        tags = msgspec.json.decode(row["body"])["tags"]
        return row | {"operation": _TAGS[operation], "body": _encode({"attributes": _attributes("tag", tags)})}
    given = msgspec.json.decode(row["body"], type=FlatBody)
    contact_id = row["target_id"] or given.id or hash_id(row["request_id"], 0)
    fields = [{"of": of, "attributes": items} for of, items in _list_replaced(given, parts)]
    return row | {"operation": "attributes.replace", "target_id": contact_id, "body": _encode({"replaced": fields})}


def _list_replaced(given: FlatBody, parts: _Parts) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Each field that is given: which attributes it takes the place of, and the ones that do so.

    `primary:` before a type: of several values a flat contact shows the primary one, and the others stay.
    """
    for name in _NAMES:
        yield name, _attributes(name, parts[name])
    for name in ("first_name", "last_name"):
        if partner := parts[f"partner_{name}"]:
            yield f"partner:{name}", [{**item, "is_partner": True} for item in _attributes(name, partner)]
    for name, value in (("phone_number", given.phoneNumber), ("note", given.notes)):
        if value is not None:
            yield f"primary:{name}", [{**item, "is_primary": True} for item in _attributes(name, value)]
    if given.tags is not None:
        yield "tag", _attributes("tag", given.tags)
    for name, value in _list_own(given):
        yield name, _attributes(name, value)
    if given.customFields is not None:
        fields = given.customFields.items()
        yield "custom", [item for key, value in fields for item in _attributes(key, value)]


def _list_own(given: FlatBody) -> Iterator[tuple[str, str | None]]:
    """Stage and location, which are custom attributes of contacts."""
    if given.stage is not None:
        yield "stage", given.stage
    if given.location is not None:
        yield "location_id", given.location.id
        yield "location_title", given.location.title


def _list_custom(given: FlatBody) -> Iterator[tuple[str, Any]]:
    """Whatever of a flat contact is a custom attribute."""
    yield from _list_own(given)
    yield from (given.customFields or {}).items()


def _kind_of(item: Any) -> str:
    if isinstance(item, bool):
        return "boolean"
    if isinstance(item, int | float):
        return "number"
    return "date" if isinstance(item, str) and _is_day(item) else "text"


def _is_day(text: str) -> bool:
    if not _DAY.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _attributes(name: str, value: Any) -> list[dict[str, Any]]:
    """What a field holds, as texts; anything else than a text as JSON."""
    texts = [item if isinstance(item, str) else msgspec.json.encode(item).decode() for item in _list_items(value)]
    return [{"attribute_type": name, "text": text} for text in texts]


def _list_items(value: Any) -> list[Any]:
    return [item for item in (value if isinstance(value, list) else [value]) if item is not None and item != ""]


def _encode(body: dict[str, Any]) -> str:
    return msgspec.json.encode(body).decode()
