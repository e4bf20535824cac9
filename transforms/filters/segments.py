"""Saved filters: which contacts are in which segment, as of now (SPEC FI1-FI4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec
import polars as pl

from schemas.ddl import polars_schema
from schemas.errors import PipelineError, SettingsError
from schemas.tables import MARTS_SEGMENT_MEMBERS
from schemas.vocabulary import Folder, ProblemCode
from transforms.filters.contacts import FilterTables, filter_contacts, read_ids
from transforms.quarantine import Problem, problems_frame

__all__ = ["Segments", "fill_segments"]

_CIRCULAR = "the segment is on one of its own lists"
_SHAPE = 'write {"name": …, "filter": [{"attribute_type": …, "value": …}], …}, as for POST /contacts/filter'


class Segments(NamedTuple):
    """Rows of marts.segment_members, and problems of segments that cannot be filled."""

    members: pl.DataFrame
    problems: pl.DataFrame


class _Segment(NamedTuple):
    """A segment and where it stands."""

    file_id: str
    file_name: str
    number: int
    spec: Mapping[str, Any]

    def is_edit_of(self, earlier: _Segment) -> bool:
        """Whether it is what became of the same file."""
        return self.file_name == earlier.file_name and self.file_id != earlier.file_id


def fill_segments(records: pl.DataFrame, tables: FilterTables, region: str) -> Segments:
    """Fill each segment with the contacts that satisfy its filter, in the filter's order.

    A segment is called by its `name`, else by its file. A file that was edited takes its own place; of several files
    with one name the last one taken counts, and the others are quarantined. A filter that names segments as its `lists`
    is answered after them.

    Args:
        records: file_id, file_name, record_number, payload of the segment files, in the order they were taken.
        tables: what is published.
        region: country in which phone numbers without prefix are read.
    """
    problems: list[Problem] = []
    latest: dict[str, _Segment] = {}
    for file_id, file_name, number, payload in records.select(_COLUMNS).iter_rows():
        given = _read(payload)
        name = given.pop("name", None) if given is not None else None
        if given is None or not isinstance(name, str | None):
            reason = "a segment is a filter with an optional name"
            problems.append(_problem(file_id, number, ProblemCode.UNKNOWN_SHAPE, reason, _SHAPE))
            continue
        called = (name or "").strip() or file_name.removesuffix(".json")
        segment = _Segment(file_id, file_name, number, given)
        if (earlier := latest.get(called)) is not None and not segment.is_edit_of(earlier):
            problems.append(_tell_replaced(called, earlier, segment))
        latest[called] = segment
    empty: list[str] = []
    members = pl.DataFrame(schema=polars_schema(MARTS_SEGMENT_MEMBERS))
    for name, is_circular in _order_by_lists({name: segment.spec for name, segment in latest.items()}):
        file_id, _, number, spec = latest[name]
        if is_circular:
            problems.append(_problem(file_id, number, ProblemCode.BAD_FILTER, _CIRCULAR, "leave one of the lists out"))
            continue
        try:
            asked = tables._replace(segment_members=members, empty_segments=frozenset(empty))
            found = filter_contacts(spec, asked, region)
            members = pl.concat([members, _number(name, found)])
            empty += [name] if found.is_empty() else []
        except PipelineError as error:
            problems.append(_problem(file_id, number, ProblemCode.BAD_FILTER, str(error), error.todo or _SHAPE))
    return Segments(members.sort("segment", "position"), problems_frame(problems))


def _tell_replaced(name: str, earlier: _Segment, later: _Segment) -> Problem:
    reason = f"{later.file_name} has a segment named {name!r}, too, and was taken later; this one is not filled"
    todo = "give one of the two another name; if the later one is meant to take its place, nothing is to be done"
    return _problem(earlier.file_id, earlier.number, ProblemCode.SEGMENT_REPLACED, reason, todo)


def _order_by_lists(specs: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, bool]]:
    """Names of segments, each after those that it names as lists; and whether it names itself that way."""
    waiting = {name: set(_list_names(spec)) & set(specs) for name, spec in specs.items()}
    while ready := sorted(name for name, needed in waiting.items() if needed.isdisjoint(waiting)):
        for name in ready:
            del waiting[name]
            yield name, False
    yield from ((name, True) for name in sorted(waiting))


def _list_names(spec: Mapping[str, Any]) -> list[str]:
    try:
        return read_ids("lists", spec) if spec.get("lists") is not None else []
    except SettingsError:  # told when it is filtered
        return []


_COLUMNS = ("file_id", "file_name", "record_number", "payload")


def _read(payload: str) -> dict[str, Any] | None:
    given = msgspec.json.decode(payload)
    return given if isinstance(given, dict) else None


def _number(name: str, ids: pl.Series) -> pl.DataFrame:
    numbered = ids.alias("contact_id").to_frame().with_row_index("position", offset=1)
    return numbered.select(pl.lit(name).alias("segment"), pl.col("position").cast(pl.Int64), "contact_id")


def _problem(file_id: str, number: int, code: ProblemCode, reason: str, todo: str) -> Problem:
    return Problem(file_id, Folder.SEGMENTS, code, reason, todo, row_number=number)
