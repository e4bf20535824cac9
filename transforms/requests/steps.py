"""Requests on contacts taken apart: one step for each thing that is asked of a contact, an attribute or a tag."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import msgspec
import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import STAGING_REQUEST_STEPS
from schemas.vocabulary import Step
from transforms.normalize.text import fold_text
from transforms.requests.bodies import OwnerBody, RenameBody, TouchBody

__all__ = ["STEP_OBJECT_SCHEMA", "TakenApart", "take_apart"]

#: The attributes of a step, as a contact object that `importing.records` reads.
STEP_OBJECT_SCHEMA: Final[dict[str, Any]] = {
    "request_id": pl.String, "step": pl.Int64, "brand_id": pl.String, "payload": pl.String,
}  # fmt: skip

#: Keys of an attribute that say something of a value beside the value itself.
_KEYS: Final = ("label", "index", "is_primary", "is_partner")
_VALUES: Final = ("text", "number", "date", "address")


class TakenApart(NamedTuple):
    """Rows of staging.request_steps, and STEP_OBJECT_SCHEMA rows of the steps that bring values."""

    steps: pl.DataFrame
    objects: pl.DataFrame


class _Step(NamedTuple):
    kind: Step
    column: str
    contact_id: str | None = None
    attribute_id: str | None = None
    detail: str | None = None
    attributes: list[str] | None = None


class _RawAttributes(msgspec.Struct):
    attributes: list[msgspec.Raw]


class _RawContact(_RawAttributes):
    id: str


class _RawContacts(msgspec.Struct):
    contacts: list[_RawContact]


class _Replaced(_RawAttributes):
    of: str


class _RawReplaced(msgspec.Struct):
    replaced: list[_Replaced]


class _Ids(msgspec.Struct):
    ids: list[str]


class _Named(msgspec.Struct):
    id: str | int | None = None


_NAMED = msgspec.json.Decoder(_Named)
_RAW_ATTRIBUTES = msgspec.json.Decoder(_RawAttributes)


def take_apart(requests: pl.DataFrame) -> TakenApart:
    """The steps of requests that change contacts; other operations have none.

    Args:
        requests: columns of staging.requests.
    """
    steps: list[tuple[Any, ...]] = []
    objects: list[tuple[Any, ...]] = []
    concerned = requests.filter(pl.col("operation").is_in(list(_READERS)))
    for row in concerned.select(_READ_COLUMNS).iter_rows():
        request_id, requested_at, brand_id, operation, target_id, within_id, query, body, file_id, record_number = row
        values = [target_id] if within_id is None else [within_id, target_id]
        for number, step in enumerate(_READERS[operation](values, body, query)):
            steps.append(
                (request_id, number, requested_at, step.kind.value, brand_id, step.contact_id, step.attribute_id,
                 step.detail, step.column, None, None, None, file_id, record_number)
            )  # fmt: skip
            if step.attributes:
                payload = f'{{"attributes":[{",".join(step.attributes)}]}}'
                objects.append((request_id, number, brand_id, payload))
    taken = pl.DataFrame(steps, schema=polars_schema(STAGING_REQUEST_STEPS), orient="row")
    is_tag = pl.col("kind").is_in([Step.RENAME_TAG.value, Step.DELETE_TAG.value])
    return TakenApart(
        taken.with_columns(pl.when(is_tag).then(fold_text(taken["detail"])).otherwise("detail").alias("detail")),
        pl.DataFrame(objects, schema=STEP_OBJECT_SCHEMA, orient="row"),
    )


_READ_COLUMNS = (
    "request_id", "requested_at", "brand_id", "operation", "target_id", "within_id", "query", "body", "file_id",
    "record_number",
)  # fmt: skip


def _update(values: list[str], body: str, query: str | None) -> Iterator[_Step]:
    yield from _change_attributes(values[0], _RAW_ATTRIBUTES.decode(body).attributes, "body")


def _update_many(values: list[str], body: str, query: str | None) -> Iterator[_Step]:
    for place, contact in enumerate(msgspec.json.decode(body, type=_RawContacts).contacts):
        yield from _change_attributes(contact.id, contact.attributes, f"body.contacts[{place}]")


def _change_attributes(contact_id: str, attributes: list[msgspec.Raw], column: str) -> Iterator[_Step]:
    """Attributes with id are updated, those without are added (SPEC EA11), in the order given."""
    added: list[str] = []
    for place, raw in enumerate(attributes):
        attribute_id = _NAMED.decode(raw).id
        if attribute_id in (None, ""):
            added.append(bytes(raw).decode())
            continue
        if added:
            yield _Step(Step.ADD, f"{column}.attributes", contact_id, attributes=added)
            added = []
        yield _set(contact_id, str(attribute_id), raw, f"{column}.attributes[{place}]")
    if added:
        yield _Step(Step.ADD, f"{column}.attributes", contact_id, attributes=added)


def _set(contact_id: str, attribute_id: str, raw: bytes | msgspec.Raw, column: str) -> _Step:
    given = msgspec.json.decode(raw)
    detail = msgspec.json.encode({key: given[key] for key in _KEYS if key in given}).decode()
    has_value = any(given.get(key) is not None for key in _VALUES)
    return _Step(Step.SET, column, contact_id, attribute_id, detail, [bytes(raw).decode()] if has_value else None)


def _add_attributes(values: list[str], body: str, query: str | None) -> Iterator[_Step]:
    given = [bytes(raw).decode() for raw in _RAW_ATTRIBUTES.decode(body).attributes]
    yield _Step(Step.ADD, "body.attributes", values[0], attributes=given)


def _remove_tags(values: list[str], body: str, query: str | None) -> Iterator[_Step]:
    given = [bytes(raw).decode() for raw in _RAW_ATTRIBUTES.decode(body).attributes]
    yield _Step(Step.UNTAG, "body.tags", values[0], attributes=given)


def _replace(values: list[str], body: str, query: str | None) -> Iterator[_Step]:
    for field in msgspec.json.decode(body, type=_RawReplaced).replaced:
        given = [bytes(raw).decode() for raw in field.attributes]
        yield _Step(Step.REPLACE, "body", values[0], detail=field.of, attributes=given)


def _set_attribute(values: list[str], body: str, query: str | None) -> Iterator[_Step]:
    yield _set(values[0], values[1], body.encode(), "body")


def _remove_attribute(values: list[str], body: str | None, query: str | None) -> Iterator[_Step]:
    yield _Step(Step.REMOVE, "path", values[0], values[1])


def _add_where(values: list[str], body: str, query: str | None) -> Iterator[_Step]:
    """Filters stand in the body, those on owners and ids in the query as well (004:7236)."""
    filters = {**(msgspec.json.decode(query) if query else {}), **msgspec.json.decode(body)}
    given = [bytes(raw).decode() for raw in _RAW_ATTRIBUTES.decode(body).attributes]
    filters.pop("attributes")
    yield _Step(Step.ADD_WHERE, "body", detail=msgspec.json.encode(filters).decode(), attributes=given)


def _remove_many(values: list[str], body: str, query: str | None) -> Iterator[_Step]:
    for place, attribute_id in enumerate(dict.fromkeys(msgspec.json.decode(body, type=_Ids).ids)):
        yield _Step(Step.REMOVE, f"body.ids[{place}]", None, attribute_id)


def _delete(values: list[str], body: str | None, query: str | None) -> Iterator[_Step]:
    yield _Step(Step.DELETE, "path", values[0])


def _delete_many(values: list[str], body: str, query: str | None) -> Iterator[_Step]:
    for place, contact_id in enumerate(dict.fromkeys(msgspec.json.decode(body, type=_Ids).ids)):
        yield _Step(Step.DELETE, f"body.ids[{place}]", contact_id)


def _change_owner(values: list[str], body: str, query: str | None) -> Iterator[_Step]:
    yield _Step(Step.OWNER, "body.user", values[0], detail=msgspec.json.decode(body, type=OwnerBody).user)


def _touch(values: list[str], body: str, query: str | None) -> Iterator[_Step]:
    frequency = msgspec.json.decode(body, type=TouchBody).touch_freq
    yield _Step(Step.TOUCH, "path", values[0], detail=None if frequency is None else str(frequency))


def _rename_tag(values: list[str], body: str, query: str | None) -> Iterator[_Step]:
    new = msgspec.json.decode(body, type=RenameBody).tag
    value = msgspec.json.encode({"attribute_type": "tag", "text": new}).decode()
    yield _Step(Step.RENAME_TAG, "path", attribute_id=None, detail=values[0], attributes=[value])


def _delete_tag(values: list[str], body: str | None, query: str | None) -> Iterator[_Step]:
    yield _Step(Step.DELETE_TAG, "path", detail=values[0])


def _delete_def(values: list[str], body: str | None, query: str | None) -> Iterator[_Step]:
    yield _Step(Step.DELETE_DEF, "path", detail=values[0])


_READERS: Final[dict[str, Callable[[list[str], str, str | None], Iterator[_Step]]]] = {
    "contacts.update": _update,
    "contacts.update_many": _update_many,
    "contacts.delete": _delete,
    "contacts.delete_many": _delete_many,
    "contacts.change_owner": _change_owner,
    "contacts.touch": _touch,
    "attributes.create": _add_attributes,
    "attributes.remove_tags": _remove_tags,
    "attributes.replace": _replace,
    "attributes.update": _set_attribute,
    "attributes.delete": _remove_attribute,
    "attributes.create_many": _add_where,
    "attributes.delete_many": _remove_many,
    "tags.rename": _rename_tag,
    "tags.delete": _delete_tag,
    "attribute_defs.delete": _delete_def,
}
