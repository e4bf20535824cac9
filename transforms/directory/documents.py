"""Directory documents, cut into their objects; each object knows its place and notes what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import msgspec
import polars as pl

from schemas.vocabulary import Folder, ProblemCode
from transforms.instants import read_instant
from transforms.quarantine import Problem

__all__ = ["SECTIONS", "DirectoryObject", "cut_documents", "id_of"]

SECTIONS = ("brands", "users", "campaigns", "listings")

_SHAPE = '{"brands": [...], "users": [...], "campaigns": [...], "listings": [...]}'


@dataclass(frozen=True)
class DirectoryObject:
    """One object of a document.

    Attributes:
        value: what it says.
        payload: its JSON text as received.
        file_id: lineage.
        record_number: lineage.
        path: its place in the document, such as users[3].
        problems: where its readers note what they could not use.
    """

    value: dict[str, Any]
    payload: str
    file_id: str
    record_number: int
    path: str
    problems: list[Problem] = field(repr=False)

    def text(self, *names: str) -> str | None:
        """The first of these keys that holds a text, trimmed; a number counts as its text."""
        for name in names:
            found = self.value.get(name)
            if isinstance(found, (int, float)) and not isinstance(found, bool):
                found = str(found)
            if isinstance(found, str) and found.strip():
                return found.strip()
            if found not in (None, "") and not isinstance(found, str):
                self.note(ProblemCode.BAD_VALUE, "a text was expected", name)
        return None

    def reference(self, *names: str) -> str | None:
        """The first of these keys that names another object, by id or by the object itself."""
        for name in names:
            found = self.value.get(name)
            if (reference := id_of(found)) is not None:
                return reference
            if found is not None:
                self.note(ProblemCode.BAD_VALUE, "an id, or an object with one, was expected", name)
        return None

    def instant(self, name: str) -> datetime | None:
        """A time (SPEC CH9)."""
        found = self.value.get(name)
        moment = read_instant(found)
        if found is not None and moment is None:
            self.note(ProblemCode.BAD_DATE, "neither seconds since 1970 nor an ISO 8601 time", name)
        return moment

    def parts(self, name: str) -> Iterator[DirectoryObject]:
        """The objects of a list inside this one."""
        found = self.value.get(name) or []
        if not isinstance(found, list):
            self.note(ProblemCode.BAD_VALUE, "a list was expected", name)
            found = []
        for place, value in enumerate(found):
            if isinstance(value, dict):
                yield replace(self, value=value, path=f"{self.path}.{name}[{place}]")
            else:
                self.note(ProblemCode.BAD_VALUE, "an object was expected", f"{name}[{place}]", value)

    def note(self, code: ProblemCode, reason: str, name: str, value: object = None) -> None:
        """Note a problem with one of the object's keys."""
        value = self.value.get(name) if value is None else value
        self.problems.append(
            Problem(
                self.file_id,
                Folder.DIRECTORY,
                code,
                reason,
                "mend the object and send it again",
                row_number=self.record_number,
                column_name=f"{self.path}.{name}",
                value=None if value is None else value if isinstance(value, str) else _encode(value),
            )
        )


def id_of(value: object) -> str | None:
    """The id that a reference gives: itself, or that of the object it is."""
    found = value.get("id") if isinstance(value, dict) else value
    return found.strip() or None if isinstance(found, str) else None


def cut_documents(records: pl.DataFrame, problems: list[Problem]) -> dict[str, list[DirectoryObject]]:
    """The objects of each section, in the order they were taken; `problems` is added to.

    Args:
        records: columns file_id, record_number, payload, in the order they were taken.
        problems: where the objects, too, note what they could not use.
    """
    objects: dict[str, list[DirectoryObject]] = {section: [] for section in SECTIONS}
    for file_id, record_number, payload in records.select("file_id", "record_number", "payload").iter_rows():
        document = _decode(payload, dict[str, msgspec.Raw])
        if document is None or not set(document) & set(SECTIONS):
            problems.append(_refuse(file_id, record_number, None, "the document has none of the four lists"))
            continue
        for name, raw in document.items():
            items = _decode(raw, list[msgspec.Raw] | None)
            if name in SECTIONS and items is not None:
                objects[name] += _read_items(items, f"{name}", file_id, record_number, problems)
            elif bytes(raw) != b"null":
                reason = "a list was expected" if name in SECTIONS else "a directory has no such list"
                problems.append(_refuse(file_id, record_number, name, reason))
    return objects


def _read_items(
    items: list[msgspec.Raw], section: str, file_id: str, record_number: int, problems: list[Problem]
) -> Iterator[DirectoryObject]:
    for place, raw in enumerate(items):
        path = f"{section}[{place}]"
        value = _decode(raw, dict[str, Any])
        if value is None:
            problems.append(_refuse(file_id, record_number, path, "an object was expected"))
        else:
            yield DirectoryObject(value, bytes(raw).decode(), file_id, record_number, path, problems)


def _refuse(file_id: str, record_number: int, column: str | None, reason: str) -> Problem:
    code, todo = ProblemCode.UNKNOWN_SHAPE, f"write {_SHAPE}"
    return Problem(file_id, Folder.DIRECTORY, code, reason, todo, row_number=record_number, column_name=column)


def _decode(payload: str | bytes | msgspec.Raw, kind: Any) -> Any:
    """The JSON as that type; None when it is something else."""
    try:
        return msgspec.json.decode(payload, type=kind)
    except msgspec.DecodeError:
        return None


def _encode(value: object) -> str:
    return msgspec.json.encode(value).decode()
