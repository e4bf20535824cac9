"""One documented contact object (004:5530) into flat rows: shapes only, no value is judged here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl

from schemas.dtypes import ADDRESS_PARTS, ADDRESS_TYPE
from schemas.vocabulary import ProblemCode
from transforms.attribute_defs import AttributeDef, AttributeDefs
from transforms.importing.kinds import kind_of
from transforms.importing.mapping import OLD_ADDRESS_NAMES
from transforms.importing.rejects import OWN_COLUMNS

__all__ = ["GIVEN_SCHEMA", "Fault", "GivenValue", "ParsedContact", "parse_contact"]

#: Keys of a contact object that its columns hold; all others are reported by name.
_TAKEN_KEYS: Final = frozenset(
    {"id", "attributes", "user", "user_id", "brand", "brand_id", "ios_address_book_id", "android_address_book_id"}
    | set(OWN_COLUMNS)
)
#: What the service adds to an address; parts composed anew here (SPEC DV8).
_DERIVED_PARTS: Final = frozenset({"type", "full", "line1", "line2", "full_clean", "label"})


@dataclass(frozen=True)
class GivenValue:
    """One attribute of a contact object. One of text, seconds and parts is given."""

    position: int
    columns: list[str]
    definition: AttributeDef
    kind: str
    label: str | None
    index: int | None
    is_primary: bool
    is_partner: bool
    original: str
    text: str | None = None
    seconds: float | None = None
    parts: dict[str, str] | None = None


#: Values of many objects as a frame; row is the object's place.
GIVEN_SCHEMA: Final[dict[str, Any]] = {
    "row": pl.UInt32, "position": pl.Int64, "columns": pl.List(pl.String), "attribute_def": pl.String,
    "attribute_type": pl.String, "kind": pl.String, "label": pl.String, "index": pl.Int64, "is_primary": pl.Boolean,
    "is_partner": pl.Boolean, "original": pl.String, "given_text": pl.String, "seconds": pl.Float64,
    "given_address": ADDRESS_TYPE,
}  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """Something in a contact object that cannot be used; `column_name` is its path, None for the whole object."""

    code: ProblemCode
    reason: str
    todo: str
    column_name: str | None = None
    value: str | None = None


@dataclass
class ParsedContact:
    """A contact object taken apart."""

    contact_id: str | None = None
    user_id: str | None = None
    brand_id: str | None = None
    ios_address_book_id: str | None = None
    android_address_book_id: str | None = None
    values: list[GivenValue] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    other_keys: list[str] = field(default_factory=list)


def parse_contact(payload: str, path: str, defs: AttributeDefs, brand_id: str | None) -> ParsedContact:
    """Take one contact object apart.

    Args:
        payload: JSON text of the object.
        path: where it stands in its record, such as "contacts[1]."; empty when it is the record.
        defs: attribute definitions.
        brand_id: brand when the object names none.
    """
    contact = ParsedContact()
    given = _load(payload)
    attributes = given.get("attributes") if given is not None else None
    if given is None or not isinstance(attributes, list):
        contact.faults.append(
            Fault(
                ProblemCode.UNKNOWN_SHAPE,
                "It is not a contact object with a list of attributes.",
                "give contacts as documented for POST /contacts/import.json, or as a table",
            )
        )
        return contact
    contact.brand_id = brand_id
    if len(given) > 1:
        _read_head(contact, given)
    old_parts: dict[tuple[int | None, bool], list[tuple[int, str, str]]] = {}
    for position, item in enumerate(attributes):
        _read_attribute(item, position, f"{path}attributes[{position}]", contact, defs, old_parts)
    contact.values.extend(_compose_old_parts(old_parts, path, attributes, defs))
    return contact


def _read_head(contact: ParsedContact, given: Mapping[str, Any]) -> None:
    """What a contact object says beside its attributes."""
    contact.contact_id = _id_of(given.get("id"))
    contact.user_id = _id_of(given.get("user")) or _id_of(given.get("user_id"))
    contact.brand_id = _id_of(given.get("brand")) or _id_of(given.get("brand_id")) or contact.brand_id
    contact.ios_address_book_id = _id_of(given.get("ios_address_book_id"))
    contact.android_address_book_id = _id_of(given.get("android_address_book_id"))
    contact.other_keys = [key for key, value in given.items() if key not in _TAKEN_KEYS and value not in (None, "", [])]


def _read_attribute(
    item: Any,
    position: int,
    column: str,
    contact: ParsedContact,
    defs: AttributeDefs,
    old_parts: dict[tuple[int | None, bool], list[tuple[int, str, str]]],
) -> None:
    if not isinstance(item, dict):
        contact.faults.append(_fault(ProblemCode.UNKNOWN_SHAPE, "It is not an attribute object.", column, item))
        return
    named = _id_of(item.get("attribute_def")) or _name_of(item.get("attribute_type"))
    found = defs.find(named, contact.brand_id)
    part = OLD_ADDRESS_NAMES.get(named or "") if found is None else None
    if part is not None:
        if text := _text_of(item.get("text")):
            key = (_integer(item.get("index")), item.get("is_partner") is True)
            old_parts.setdefault(key, []).append((position, part, text))
        else:
            contact.faults.append(_fault(ProblemCode.MISSING_FIELD, "The attribute has no value.", column, item))
        return
    if found is None:
        unknown = f"There is no attribute definition {named!r}."
        reason = unknown if named else "It names no attribute: it has neither attribute_type nor attribute_def."
        contact.faults.append(_fault(ProblemCode.UNKNOWN_ATTRIBUTE, reason, column, item))
        return
    value = _given_value(item, position, column, found)
    if isinstance(value, Fault):
        contact.faults.append(value)
        return
    contact.values.append(value)
    contact.faults.extend(_unknown_parts(item, column, found))


def _given_value(item: Mapping[str, Any], position: int, column: str, found: AttributeDef) -> GivenValue | Fault:
    kind = kind_of(found.name, found.data_type)
    raw = next((item[key] for key in (found.data_type, "text") if item.get(key) not in (None, "", {}, [])), None)
    if raw is None or isinstance(raw, bool | list):
        return _fault(ProblemCode.MISSING_FIELD, f"It has no {found.data_type!r}.", column, item)
    value: dict[str, Any] = {}
    if isinstance(raw, dict):
        if kind != "address":
            return _fault(ProblemCode.MISSING_FIELD, f"Its {found.data_type!r} is an object.", column, item)
        value["parts"] = _parts_of(raw)
        if not value["parts"]:
            return _fault(ProblemCode.BAD_ADDRESS, "The address has no part.", column, item)
    elif kind == "date" and isinstance(raw, int | float):
        value["seconds"] = float(raw) if abs(raw) < 1e15 else float("nan")
    else:
        value["text"] = raw if isinstance(raw, str) else json.dumps(raw)
    return GivenValue(
        position,
        [column],
        found,
        kind,
        _text_of(item.get("label")),
        _integer(item.get("index")),
        item.get("is_primary") is True,
        item.get("is_partner") is True,
        raw if isinstance(raw, str) else json.dumps(raw, ensure_ascii=False),
        **value,
    )


def _compose_old_parts(
    old_parts: Mapping[tuple[int | None, bool], list[tuple[int, str, str]]],
    path: str,
    attributes: list[Any],
    defs: AttributeDefs,
) -> Iterator[GivenValue]:
    """Old street_* rows of one index are one address (SPEC EA2, A-EA9)."""
    found = defs.find("address")
    for (index, is_partner), rows in old_parts.items():
        if found is None:
            continue
        parts: dict[str, str] = {}
        for _, part, text in rows:
            parts[part] = f"{parts[part]}, {text}" if part in parts else text
        items = [attributes[position] for position, _, _ in rows]
        yield GivenValue(
            rows[0][0],
            [f"{path}attributes[{position}]" for position, _, _ in rows],
            found,
            "address",
            next((label for item in items if (label := _text_of(item.get("label")))), None),
            index,
            any(item.get("is_primary") is True for item in items),
            is_partner,
            "\n".join(text for _, _, text in rows),
            parts=parts,
        )


def _parts_of(address: Mapping[str, Any]) -> dict[str, str]:
    """Address parts with a text in them; empty ones are dropped (SPEC EA11)."""
    texts = {part: _text_of(address.get(part)) for part in ADDRESS_PARTS}
    return {part: text for part, text in texts.items() if text}


def _unknown_parts(item: Mapping[str, Any], column: str, found: AttributeDef) -> Iterator[Fault]:
    address = item.get("address")
    if found.data_type != "address" or not isinstance(address, dict):
        return
    for key, value in address.items():
        if key not in ADDRESS_PARTS and key not in _DERIVED_PARTS and value not in (None, ""):
            reason = f"There is no address part {key!r}."
            yield _fault(ProblemCode.UNKNOWN_ATTRIBUTE, reason, f"{column}.address.{key}", value)


def _fault(code: ProblemCode, reason: str, column: str, value: Any) -> Fault:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return Fault(code, reason, "correct the attribute and import the contact again", column, text)


def _load(payload: str) -> dict[str, Any] | None:
    try:
        given = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return given if isinstance(given, dict) else None


def _id_of(value: Any) -> str | None:
    """An id, given as text or as an object that has one."""
    return _text_of(value.get("id") if isinstance(value, dict) else value)


def _name_of(value: Any) -> str | None:
    return _text_of(value.get("name") if isinstance(value, dict) else value)


def _text_of(value: Any) -> str | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return json.dumps(value)
    return value.strip() or None if isinstance(value, str) else None


def _integer(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31 else None
