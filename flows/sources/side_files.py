"""Side files: NAME.import.json beside a contact file says how it is to be imported (SPEC IM2, IM4)."""

from __future__ import annotations

import json
from typing import Any

from flows.sources.inbox import InboxFile
from flows.sources.json_texts import find_json_error
from schemas.errors import SourceError
from schemas.vocabulary import Folder, ProblemCode

__all__ = ["read_side_file"]

_TEXTS = ("owner", "brand", "tag", "locale", "sheet", "file_id")  # file_id as in the document, not used
_KEYS = (*_TEXTS, "mappings")
_MOST_BYTES = 1 << 20


def read_side_file(file: InboxFile) -> str | None:
    """Text of a contact file's side file, verbatim; None when it has none.

    Raises:
        SourceError: `bad_side_file`: it is not JSON, or not of the documented shape. What its mappings name is
            for a later stage to judge.
    """
    path = file.side_path
    if file.folder != Folder.CONTACTS or not (path.exists() or path.is_symlink()):
        return None
    if path.is_symlink() or not path.is_file() or path.stat().st_size > _MOST_BYTES:
        raise _bad(file, "it is no plain file, or larger than a megabyte")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (UnicodeDecodeError, OSError):
        raise _bad(file, "it cannot be read as UTF-8 text") from None
    if error := find_json_error(text):
        raise _bad(file, error)
    if reason := _find_fault(json.loads(text)):
        raise _bad(file, reason)
    return text


def _find_fault(content: Any) -> str | None:
    if not isinstance(content, dict):
        return "it is not a JSON object"
    if unknown := sorted(set(content) - set(_KEYS)):
        return f"it has unknown keys: {', '.join(unknown)}"
    if wrong := [key for key in _TEXTS if not isinstance(content.get(key), str | None)]:
        return f"{wrong[0]} is not a text"
    mappings = content.get("mappings")
    if mappings is not None and not isinstance(mappings, dict):
        return "mappings is not an object"
    for column, mapping in (mappings or {}).items():
        if not isinstance(mapping, dict) or not isinstance(mapping.get("attribute_type"), str):
            return f"the mapping of {column!r} has no attribute_type"
    return None


def _bad(file: InboxFile, reason: str) -> SourceError:
    return SourceError(
        ProblemCode.BAD_SIDE_FILE,
        f"the side file {file.side_path.name} is wrong: {reason}",
        where=file.name,
        expected=f"an object with the keys {', '.join(_KEYS)}",
        todo="mend the side file; the contact file is taken with the next run after that",
    )
