"""Bodies of webhook deliveries: JSON, URL-encoded or XML text, all as one object (SPEC LC6)."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree

import msgspec

from schemas.vocabulary import ProblemCode
from transforms.leads.refusal import Refused

__all__ = ["read_body"]

_TODO = "send the body as a JSON object, URL-encoded or XML text"
_MOST_FORM_FIELDS = 200
#: Documented keys that hold more than one text.
_NESTED = ("listing", "address", "assignees", "tag", "tags")
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def read_body(text: str) -> dict[str, Any]:
    """The lead in a body that is a text.

    Raises:
        Refused: it is none of the three forms.
    """
    body = text.strip()
    if body.startswith(("{", "[")):
        return _read_json(body)
    if body.startswith("<"):
        return _read_xml(body)
    if "=" in body:
        return _read_form(body)
    raise Refused(ProblemCode.UNKNOWN_SHAPE, "the body is neither JSON, URL-encoded nor XML", _TODO, "body")


def _read_json(body: str) -> dict[str, Any]:
    try:
        lead = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        raise Refused(ProblemCode.BROKEN_JSON, "the body begins like JSON and is not", _TODO, "body") from None
    if not isinstance(lead, dict):
        raise Refused(ProblemCode.UNKNOWN_SHAPE, "the body is a list, not an object", _TODO, "body")
    return lead


def _read_form(body: str) -> dict[str, Any]:
    """Fields of a form; `tag[]` and repeated fields are lists, `listing[price]` an object's key."""
    try:
        fields = parse_qsl(body, keep_blank_values=True, max_num_fields=_MOST_FORM_FIELDS)
    except ValueError:
        raise Refused(
            ProblemCode.UNKNOWN_SHAPE, f"the body has more than {_MOST_FORM_FIELDS} fields", _TODO, "body"
        ) from None
    lead: dict[str, Any] = {}
    for name, value in fields:
        path = [part.removesuffix("]") for part in name.split("[")]
        _put(lead, [part for part in path if part], value)
    return lead


def _read_xml(body: str) -> dict[str, Any]:
    """Elements as keys in snake case. DOCTYPE is refused: entities can make a small body read other files or explode.

    The layout of LTS documents is not documented, so elements are taken for what their names say.
    """
    if "<!DOCTYPE" in body.upper() or "<!ENTITY" in body.upper():
        raise Refused(ProblemCode.UNKNOWN_SHAPE, "the XML body declares a DOCTYPE", "send it without one", "body")
    try:
        root = ElementTree.fromstring(body)
    except (ElementTree.ParseError, ValueError, RecursionError):
        raise Refused(ProblemCode.UNKNOWN_SHAPE, "the body begins like XML and is not", _TODO, "body") from None
    found = _read_element(root)
    while isinstance(found, dict) and len(found) == 1 and isinstance(inner := next(iter(found.values())), dict):
        found = inner  # <Leads><Lead>…: wrappers say nothing
    lead = found if isinstance(found, dict) else {}
    nested = [name for name, value in lead.items() if not isinstance(value, str) and name not in _NESTED]
    if nested:
        reason = f"the XML has a layout that is not known: {nested[0][:40]!r} holds more than a text"
        raise Refused(ProblemCode.UNKNOWN_SHAPE, reason, "send the documented keys as elements, or JSON", "body")
    return lead


def _read_element(element: ElementTree.Element) -> dict[str, Any] | str:
    if not len(element):
        return element.text or ""
    values: dict[str, Any] = {}
    for child in element:
        name = _WORD_START.sub("_", str(child.tag).rsplit("}", 1)[-1]).lower()
        _put(values, [name], _read_element(child))
    return values


def _put(target: dict[str, Any], path: list[str], value: Any) -> None:
    """Set a key of nested objects; a key set twice becomes a list. What contradicts itself keeps what was first."""
    for part in path[:-1]:
        target = target.setdefault(part, {})
        if not isinstance(target, dict):
            return
    if not path:
        return
    key = path[-1]
    if key not in target:
        target[key] = value
    elif isinstance(target[key], list):
        target[key].append(value)
    else:
        target[key] = [target[key], value]
