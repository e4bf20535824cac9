"""A log of API requests -> accepted requests in order, and problems (DESIGN 6)."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import md5
from typing import Any, NamedTuple

import msgspec
import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import STAGING_REQUESTS
from schemas.vocabulary import Folder, ProblemCode
from transforms.instants import read_instant
from transforms.quarantine import Problem, problems_frame
from transforms.requests.bodies import check_body
from transforms.requests.operations import Operation, Support, find_operation

__all__ = ["ParsedRequests", "list_request_ids", "parse_requests", "request_number", "sort_requests"]


class ParsedRequests(NamedTuple):
    """What a log says: staging.requests, problems, and how many lines repeated an earlier one word for word."""

    requests: pl.DataFrame
    problems: pl.DataFrame
    repeated_count: int


class _Envelope(msgspec.Struct):
    id: str | int | None = None
    at: float | str | None = None
    user: str | None = None
    brand: str | None = None
    method: str = ""
    path: str = ""
    query: dict[str, Any] | None = None
    body: msgspec.Raw = msgspec.Raw(b"null")


class _Refused(Exception):
    """A request that cannot be applied; never leaves this module."""

    def __init__(self, code: ProblemCode, reason: str, todo: str, column: str | None = None, value: Any = None):
        self.parts = {"code": code, "reason": reason, "todo": todo, "column_name": column, "value": value}
        super().__init__(reason)


class _Identified(msgspec.Struct):
    id: str | int | None = None


_ENVELOPE = msgspec.json.Decoder(_Envelope)
_IDENTIFIED = msgspec.json.Decoder(_Identified)


def list_request_ids(payloads: pl.Series) -> list[str]:
    """The ids under which lines of a log may be taken; those of lines that are no requests are left out."""
    return [request_id for payload in payloads if (request_id := _find_id(payload)) is not None]


def parse_requests(
    records: pl.DataFrame, default_brand: str | None, taken: Mapping[str, str] | None = None
) -> ParsedRequests:
    """Accept or refuse each request of a log; a request id counts once, in the order the lines were taken.

    A refused line takes no id: mended, it may come again under its own.

    Args:
        records: columns file_id, record_number, payload, in the order they were taken.
        default_brand: brand of requests that name none.
        taken: request id -> line hash of the requests taken before; those of other ids may be left out.

    Returns:
        Requests in the order in which they are applied (`sort_requests`).
    """
    accepted: list[tuple[Any, ...]] = []
    problems: list[Problem] = []
    seen = dict(taken or {})
    repeated_count = 0
    for file_id, record_number, payload in records.select("file_id", "record_number", "payload").iter_rows():
        try:
            envelope = _decode_envelope(payload)
            line_hash = _hash_line(payload)
            request_id = str(envelope.id) if envelope.id not in (None, "") else line_hash
            if seen.get(request_id) == line_hash:
                repeated_count += 1
                continue
            _refuse_second(request_id, seen)
            row = _accept(envelope)
        except _Refused as refused:
            problems.append(Problem(file_id, Folder.REQUESTS, row_number=record_number, **refused.parts))
            continue
        seen[request_id] = line_hash
        accepted.append((request_id, *row, line_hash, file_id, record_number))
    requests = pl.DataFrame(accepted, schema=polars_schema(STAGING_REQUESTS), orient="row")
    requests = requests.with_columns(pl.col("brand_id").fill_null(pl.lit(default_brand, pl.String)))
    return ParsedRequests(sort_requests(requests), problems_frame(problems), repeated_count)


def sort_requests(requests: pl.DataFrame) -> pl.DataFrame:
    """Requests in the order in which they are applied: by time, then by id, numbers as numbers.

    Neither file nor run decides, so that a log gives the same result however it is cut up.
    """
    return requests.sort("requested_at", request_number(), "request_id", nulls_last=True)


def request_number() -> pl.Expr:
    """The number that a request id is; null for any other."""
    is_number = pl.col("request_id").str.contains(r"^\d{1,18}$")
    return pl.when(is_number).then("request_id").cast(pl.Int64)


def _find_id(payload: str) -> str | None:
    try:
        found = _IDENTIFIED.decode(payload).id
    except msgspec.DecodeError:
        return None
    return _hash_line(payload) if found in (None, "") else str(found)


def _hash_line(payload: str) -> str:
    return md5(payload.encode(), usedforsecurity=False).hexdigest()


def _decode_envelope(payload: str) -> _Envelope:
    try:
        return _ENVELOPE.decode(payload)
    except msgspec.DecodeError as error:
        reason = f"the line is not a request as documented: {error}"
        todo = 'write {"id", "at", "user", "brand", "method", "path", "query", "body"} on one line'
        raise _Refused(ProblemCode.UNKNOWN_SHAPE, reason, todo, value=payload) from None


def _refuse_second(request_id: str, seen: dict[str, str]) -> None:
    if request_id in seen:
        reason = "another request with this id came before it and says something else"
        raise _Refused(ProblemCode.DUPLICATE_ID, reason, "give each request an id of its own", "id", request_id)


def _accept(envelope: _Envelope) -> tuple[Any, ...]:
    """The columns of staging.requests from `requested_at` to `query`."""
    operation, path_values = _find(envelope)
    requested_at = read_instant(envelope.at)
    if envelope.at is None:
        raise _Refused(ProblemCode.MISSING_FIELD, "the request has no time", "give `at` in seconds since 1970", "at")
    if requested_at is None:
        reason = "the request's time is neither seconds since 1970 nor ISO 8601"
        raise _Refused(ProblemCode.BAD_DATE, reason, "mend `at`", "at", str(envelope.at))
    body = bytes(envelope.body)
    try:
        check_body(operation.name, body)
    except msgspec.DecodeError as error:
        reason = f"{operation.method} {operation.path} does not take this body: {error}"
        todo = "give the body as documented"
        raise _Refused(ProblemCode.INVALID_REQUEST, reason, todo, "body", body.decode(errors="replace")) from None
    return (
        requested_at,
        envelope.user or None,
        envelope.brand or None,
        operation.name,
        path_values[-1] if path_values else None,
        path_values[-2] if len(path_values) > 1 else None,
        msgspec.json.encode(envelope.query).decode() if envelope.query else None,
        body.decode(),
    )


def _find(envelope: _Envelope) -> tuple[Operation, list[str]]:
    """The operation to apply, or the reason why there is none."""
    asked = f"{envelope.method} {envelope.path}".strip()
    if not envelope.method or not envelope.path:
        todo = "give both, as documented"
        raise _Refused(ProblemCode.MISSING_FIELD, "the request has no method or no path", todo, "path", asked)
    found = find_operation(envelope.method, envelope.path)
    if found is None:
        reason = "no such operation is documented"
        todo = "check the method and the path against the API documents"
    elif found[0].support is Support.READ:
        reason = f"{found[0].method} {found[0].path} changes nothing; its answer is among the published tables"
        todo = "read the published file, or leave the line out"
    else:
        return found
    raise _Refused(ProblemCode.UNSUPPORTED_REQUEST, reason, todo, "path", asked)
