"""The lead inside an envelope: documented keys only, trimmed (SPEC LC2, LC6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, cast

import msgspec

from schemas.vocabulary import ProblemCode

__all__ = ["Unusable", "canonical_text", "clean_payload"]

#: Keys that hold one text.
_TEXT_KEYS = (
    "first_name", "last_name", "name", "email", "phone_number", "lead_source", "source_type", "note", "referer_url",
    "mls", "mls_number", "mlsid", "agent_mlsid", "property_type", "city", "state", "state_code", "postal_code",
    "county", "country", "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "company", "job_title",
)  # fmt: skip
#: Keys that hold a number, or a text that says one.
_NUMBER_KEYS = ("price", "beds", "baths")
#: Other products' words for the same keys, taken only where the documented key is not there too.
_ALIASES = {"phone": "phone_number", "tags": "tag"}


class Unusable(NamedTuple):
    """A key whose value cannot be used."""

    key: str
    code: ProblemCode
    reason: str
    value: str


def clean_payload(lead: dict[str, Any]) -> tuple[dict[str, Any], list[Unusable]]:
    """Keep the documented keys, trimmed; blank ones go.

    Args:
        lead: the lead as received.

    Returns:
        The lead in the order of its keys, and the keys that could not be used.
    """
    parsed: dict[str, Any] = {}
    problems: list[Unusable] = []
    for given, value in lead.items():
        key = given
        if given in _ALIASES:
            key = _ALIASES[given]
            if key in lead:
                continue
        clean = _CLEANERS.get(key)
        if clean is None or value is None:
            continue
        try:
            kept = clean(value)
        except _Unexpected as unexpected:
            code = ProblemCode.BAD_NUMBER if key in _NUMBER_KEYS else ProblemCode.BAD_VALUE
            problems.append(Unusable(given, code, f"{unexpected} was expected", _as_json(value)))
            continue
        if kept is not None:
            parsed[key] = kept
    return parsed, problems


def canonical_text(lead: dict[str, Any]) -> str:
    """The lead as JSON that does not depend on white space or the order of keys (SPEC A-P6)."""
    return msgspec.json.encode(lead, order="sorted").decode()


class _Unexpected(Exception):
    """A value of another kind; its text is what was expected."""


def _as_json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _clean_text(value: Any) -> str | None:
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    raise _Unexpected("a text")


def _clean_number(value: Any) -> float | str | None:
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise _Unexpected("a number")


def _clean_texts(value: Any) -> list[str] | None:
    """Several texts; one text alone counts as a list of one."""
    listed = value if isinstance(value, list) else [value]
    try:
        texts = [text for item in listed if item is not None and (text := _clean_text(item))]
    except _Unexpected:
        raise _Unexpected("a list of texts") from None
    return list(dict.fromkeys(texts)) or None


def _clean_listing(value: Any) -> dict[str, Any] | list[Any] | None:
    """The listing asked about; a list when there are several."""
    listed = value if isinstance(value, list) else [value]
    if not all(isinstance(item, dict) for item in listed):
        raise _Unexpected("an object")
    kept = [item for item in map(_prune, listed) if item]
    return (kept if len(kept) > 1 else kept[0]) if kept else None


def _clean_address(value: Any) -> dict[str, Any] | str | None:
    """One text, in the older form, or parts."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, dict):
        return cast("dict[str, Any] | None", _prune(value))
    raise _Unexpected("an object")


def _clean_assignees(value: Any) -> list[Any] | None:
    listed = value if isinstance(value, list) else [value]
    if not all(isinstance(item, dict) for item in listed):
        raise _Unexpected("a list of objects")
    return [item for item in map(_prune, listed) if item] or None


def _prune(value: Any) -> Any:
    """Texts trimmed, and blanks, nulls and what is empty then left out, however deep."""
    if isinstance(value, dict):
        return {key: kept for key, item in value.items() if (kept := _prune(item)) is not None} or None
    if isinstance(value, list):
        return [kept for item in value if (kept := _prune(item)) is not None] or None
    if isinstance(value, str):
        return value.strip() or None
    return value


_CLEANERS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(_TEXT_KEYS, _clean_text),
    **dict.fromkeys(_NUMBER_KEYS, _clean_number),
    "tag": _clean_texts,
    "listing": _clean_listing,
    "address": _clean_address,
    "assignees": _clean_assignees,
}
