"""The side file that the options of an import make, and mappings that are written for people to edit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flows.sources.inbox import name_contact_file, read_side_text
from schemas.errors import SettingsError

__all__ = ["compose_side_text"]


def compose_side_text(
    path: Path, mapping: Path | None, owner: str | None, brand: str | None, tags: Sequence[str]
) -> str | None:
    """Text of the side file of a contact file: what lies beside it, overruled by a mapping file, then by options.

    Args:
        path: the contact file.
        mapping: a file in the form of a side file, as `leadpipe map` writes it.
        owner: owner of the contacts.
        brand: their brand.
        tags: tags that all of them get.

    Returns:
        None when no option is given: then what lies beside the file counts as it stands.

    Raises:
        SettingsError: a file is not of that form.
    """
    options: dict[str, Any] = {"owner": owner, "brand": brand, "tag": list(tags) or None}
    given = {name: value for name, value in options.items() if value is not None}
    if mapping is None and not given:
        return None
    beside = read_side_text(name_contact_file(path))
    composed = _parse(beside, f"{path.name}.import.json") if beside is not None else {}
    if mapping is not None:
        composed |= _parse(mapping.read_text(encoding="utf-8-sig", errors="replace"), mapping.name)
    return json.dumps(composed | given, ensure_ascii=False)


def _parse(text: str, name: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise SettingsError(
            "it is no JSON object", where=name, expected='such as {"mappings": {"E-mail": {"attribute_type": "email"}}}'
        )
    return document
