"""Saved filters: which contacts are in which segment, as of now (SPEC FI1-FI4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
import polars as pl

from schemas.ddl import polars_schema
from schemas.errors import PipelineError
from schemas.tables import MARTS_SEGMENT_MEMBERS
from schemas.vocabulary import Folder, ProblemCode
from transforms.filters.contacts import FilterTables, filter_contacts
from transforms.quarantine import Problem, problems_frame

__all__ = ["Segments", "fill_segments"]

_SHAPE = 'write {"name": …, "filter": [{"attribute_type": …, "value": …}], …}, as for POST /contacts/filter'


class Segments(NamedTuple):
    """Rows of marts.segment_members, and problems of segments that cannot be filled."""

    members: pl.DataFrame
    problems: pl.DataFrame


def fill_segments(records: pl.DataFrame, tables: FilterTables, region: str) -> Segments:
    """Fill each segment with the contacts that satisfy its filter, in the filter's order.

    A segment is called by its `name`, else by its file; of several files with one name the last one taken counts.

    Args:
        records: file_id, file_name, record_number, payload of the segment files, in the order they were taken.
        tables: what is published.
        region: country in which phone numbers without prefix are read.
    """
    problems: list[Problem] = []
    latest: dict[str, tuple[str, int, Mapping[str, Any]]] = {}
    for file_id, file_name, number, payload in records.select(_COLUMNS).iter_rows():
        given = _read(payload)
        name = given.pop("name", None) if given is not None else None
        if given is None or not isinstance(name, str | None):
            reason = "a segment is a filter with an optional name"
            problems.append(_problem(file_id, number, ProblemCode.UNKNOWN_SHAPE, reason, _SHAPE))
            continue
        latest[(name or "").strip() or file_name.removesuffix(".json")] = (file_id, number, given)
    members = []
    for name, (file_id, number, spec) in sorted(latest.items()):
        try:
            members.append(_number(name, filter_contacts(spec, tables, region)))
        except PipelineError as error:
            problems.append(_problem(file_id, number, ProblemCode.BAD_FILTER, str(error), error.todo or _SHAPE))
    empty = pl.DataFrame(schema=polars_schema(MARTS_SEGMENT_MEMBERS))
    return Segments(pl.concat([empty, *members]), problems_frame(problems))


_COLUMNS = ("file_id", "file_name", "record_number", "payload")


def _read(payload: str) -> dict[str, Any] | None:
    given = msgspec.json.decode(payload)
    return given if isinstance(given, dict) else None


def _number(name: str, ids: pl.Series) -> pl.DataFrame:
    numbered = ids.alias("contact_id").to_frame().with_row_index("position", offset=1)
    return numbered.select(pl.lit(name).alias("segment"), pl.col("position").cast(pl.Int64), "contact_id")


def _problem(file_id: str, number: int, code: ProblemCode, reason: str, todo: str) -> Problem:
    return Problem(file_id, Folder.SEGMENTS, code, reason, todo, row_number=number)
