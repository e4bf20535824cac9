"""JSON text taken apart without changing a character of its records."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from schemas.errors import SourceError
from schemas.vocabulary import ProblemCode

__all__ = ["find_json_error", "split_list", "split_object"]

_KEY = re.compile(r'"([^"\\]*)"\s*:')


class _DuplicateKeyError(ValueError):
    """An object names a key twice; readers disagree on which value counts."""


def find_json_error(text: str) -> str | None:
    """What is wrong with a JSON text, with line and column; None when nothing is.

    Strict: NaN, half surrogates, numbers out of range, keys that occur twice in an object and nesting of more than
    about a thousand levels are errors, as one reader takes them and the next does not.
    """
    try:
        msgspec.json.decode(text)
    except RecursionError:
        return "it is nested too deeply"
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        return _describe(text, error)
    keys = _KEY.findall(text)
    if len(keys) == len(set(keys)):
        return None
    try:
        json.loads(text, object_pairs_hook=_refuse_duplicates)
    except _DuplicateKeyError:
        return "an object has the same key twice"
    except RecursionError:
        return "it is nested too deeply"
    return None


def split_list(text: str) -> list[str] | None:
    """The elements of a JSON list, verbatim; None when it is no list."""
    try:
        return [bytes(raw).decode() for raw in msgspec.json.decode(text, type=list[msgspec.Raw])]
    except msgspec.ValidationError:
        return None


def split_object(text: str) -> dict[str, str] | None:
    """The values of a JSON object by key, verbatim; None when it is no object."""
    try:
        values = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    except msgspec.ValidationError:
        return None
    return {key: bytes(raw).decode() for key, raw in values.items()}


def require_json(text: str, name: str) -> None:
    """Raise SourceError `broken_json` unless the text is JSON."""
    if error := find_json_error(text):
        raise SourceError(ProblemCode.BROKEN_JSON, error, where=name, todo="mend it, or export it again")


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise _DuplicateKeyError
    return content


def _describe(text: str, error: Exception) -> str:
    """Place and kind of an error; never the text itself, which is personal."""
    try:
        json.loads(text)
    except json.JSONDecodeError as better:
        line = f"line {better.lineno}, " if "\n" in text else ""
        return f"it is not JSON: {better.msg[0].lower()}{better.msg[1:]}, {line}column {better.colno}"
    except (RecursionError, ValueError):
        pass
    reason = re.sub(r"\s*\(byte \d+\)", "", str(error)) if isinstance(error, msgspec.DecodeError) else "bad character"
    return f"it is not strict JSON: {reason[0].lower()}{reason[1:]}"
