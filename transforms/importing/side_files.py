"""The side file of a contact file (`NAME.import.json`): owner, brand, mappings, tag, locale, sheet (SPEC IM2-IM4)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final

__all__ = ["GivenColumn", "SideFile", "read_side_file"]

#: What must be of this kind if it is given.
_DECISIVE: Final[dict[str, type]] = {"owner": str, "brand": str, "sheet": str, "mappings": dict}


@dataclass(frozen=True)
class GivenColumn:
    """What a mapping says of one header (004:5920)."""

    attribute_type: str
    label: str | None = None
    index: int | None = None
    is_partner: bool = False


@dataclass(frozen=True)
class SideFile:
    """A side file as read. `mappings` is None when it has none, or empty ones: then headers are mapped automatically.

    `complaints` are sentences about what could not be used; the rest holds, unless `is_unusable`: whose the contacts
    are, or what the columns mean, would be a guess against what somebody has said, so nothing is imported.
    """

    owner: str | None = None
    brand: str | None = None
    mappings: dict[str, GivenColumn] | None = None
    tags: tuple[str, ...] = ()
    locale: str | None = None
    sheet: str | None = None
    complaints: tuple[str, ...] = field(default=())
    is_unusable: bool = False


def read_side_file(text: str | None) -> SideFile:
    """Read a side file's text; no text is an empty side file. Never raises: complaints say what was wrong."""
    if text is None:
        return SideFile()
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        return SideFile(complaints=("it is not valid JSON",), is_unusable=True)
    if not isinstance(given, dict):
        return SideFile(complaints=("it is not a JSON object",), is_unusable=True)
    complaints: list[str] = []
    texts = {key: _text(given, key, complaints) for key in ("owner", "brand", "locale", "sheet")}
    return SideFile(
        **texts,
        mappings=_mappings(given.get("mappings"), complaints),
        tags=_tags(given.get("tag"), complaints),
        complaints=tuple(complaints),
        is_unusable=any(_is_unusable(given, key, kind) for key, kind in _DECISIVE.items()),
    )


def _is_unusable(given: dict[str, Any], key: str, kind: type) -> bool:
    return given.get(key) is not None and not isinstance(given[key], kind)


def _text(given: dict[str, Any], key: str, complaints: list[str]) -> str | None:
    value = given.get(key)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, str):
        return value.strip()
    complaints.append(f"{key!r} is not a text")
    return None


def _tags(value: Any, complaints: list[str]) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    tags = [item.strip() for item in values if isinstance(item, str) and item.strip()]
    if any(item is not None and not isinstance(item, str) for item in values):
        complaints.append("'tag' is not a text")
    return tuple(dict.fromkeys(tags))


def _mappings(value: Any, complaints: list[str]) -> dict[str, GivenColumn] | None:
    if value is None or value == {}:
        return None
    if not isinstance(value, dict):
        complaints.append("'mappings' is not an object of header: {attribute_type, ...}")
        return None
    columns = {header: _column(header, item, complaints) for header, item in value.items()}
    return {header: column for header, column in columns.items() if column is not None}


def _column(header: str, item: Any, complaints: list[str]) -> GivenColumn | None:
    if isinstance(item, str):
        item = {"attribute_type": item}
    if not isinstance(item, dict) or not isinstance(item.get("attribute_type"), str):
        complaints.append(f"the mapping of {header!r} has no 'attribute_type'")
        return None
    label, index = item.get("label"), item.get("index")
    if not (label is None or isinstance(label, str)) or not (
        index is None or (isinstance(index, int) and not isinstance(index, bool))
    ):
        complaints.append(f"the mapping of {header!r} has a label that is no text or an index that is no integer")
        return None
    return GivenColumn(item["attribute_type"].strip(), label or None, index, item.get("is_partner") is True)
