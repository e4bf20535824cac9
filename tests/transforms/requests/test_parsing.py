"""Request logs: what is accepted, what is refused and why, in which order."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.tables import STAGING_REQUESTS
from transforms.requests.operations import OPERATIONS, find_operation
from transforms.requests.parsing import ParsedRequests, parse_requests


def request(request_id: str | None, **more: Any) -> dict[str, Any]:
    what = {"method": "PATCH", "path": "/contacts/c/touch", "body": {"touch_freq": 43}}
    return {"id": request_id, "at": 1778872034.692717, "user": "u", "brand": "b", **what, **more}


def parse(*lines: Any) -> ParsedRequests:
    payloads = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    numbers = range(1, len(payloads) + 1)
    return parse_requests(pl.DataFrame({"file_id": "f", "record_number": numbers, "payload": payloads}), "default")


def test_a_documented_request_is_accepted_verbatim() -> None:
    parsed = parse(request("r", brand=None))
    STAGING_REQUESTS.model.validate(parsed.requests)
    row = parsed.requests.row(0, named=True)
    assert row["requested_at"] == datetime(2026, 5, 15, 19, 7, 14, 692717, tzinfo=UTC)
    assert (row["operation"], row["target_id"], row["brand_id"]) == ("contacts.touch", "c", "default")
    assert (json.loads(row["body"]), row["record_number"]) == ({"touch_freq": 43}, 1)


def test_requests_go_by_their_time_then_by_id() -> None:
    lines = [request("late", at=3), request("b", at=2), request("a", at=2), request("iso", at="1970-01-01T00:00:01Z")]
    assert parse(*lines).requests["request_id"].to_list() == ["iso", "a", "b", "late"]
    numbers = [request("10", at=2), request("9", at=2), request("x", at=2)]
    assert parse(*numbers).requests["request_id"].to_list() == ["9", "10", "x"]


def test_the_same_request_twice_counts_once() -> None:
    parsed = parse(request("r"), request("r"), request(None), request(None))
    assert (parsed.requests.height, parsed.repeated_count) == (2, 2)
    assert parsed.problems.is_empty()


def test_another_request_under_a_known_id_is_refused() -> None:
    parsed = parse(request("r"), request("r", at=1))
    assert parsed.requests["record_number"].to_list() == [1]
    assert parsed.problems.select("code", "row_number", "value").rows() == [("duplicate_id", 2, "r")]


@pytest.mark.parametrize(
    ("line", "code", "reason"),
    [
        ("[1]", "unknown_shape", "not a request"),
        ("{", "unknown_shape", "not a request"),
        (request("r", at=None), "missing_field", "no time"),
        (request("r", at="soon"), "bad_date", "neither"),
        (request("r", at=1e17), "bad_date", "neither"),
        (request("r", path=""), "missing_field", "no method or no path"),
        (request("r", path="/contacts/c/owner", method="PUT"), "invalid_request", "missing required field `user`"),
        (request("r", path="/contacts", method="GET"), "unsupported_request", "changes nothing"),
        (request("r", path="/contacts/c/likes"), "unsupported_request", "no such operation is documented"),
        (request("r", body={}), "invalid_request", "missing required field `touch_freq`"),
        (request("r", body={"touch_freq": 0}), "invalid_request", "touch_freq"),
        (request("r", body={"touch_freq": "43"}), "invalid_request", "touch_freq"),
        (request("r", path="/contacts/tags", method="POST", body={"tag": " "}), "invalid_request", "tag"),
        (request("r", path="/contacts", method="POST", body={"contacts": []}), "invalid_request", "contacts"),
        (request("r", path="/contacts", method="POST", body={"contacts": [7]}), "invalid_request", "contacts"),
        (request("r", path="/contacts/c/merge", method="POST", body=None), "invalid_request", "object"),
    ],
)
def test_what_is_refused_says_why_and_leaves_the_rest_alone(line: Any, code: str, reason: str) -> None:
    parsed = parse(line, request("good"))
    assert parsed.requests["request_id"].to_list() == ["good"]
    problem = parsed.problems.row(0, named=True)
    assert (problem["code"], problem["row_number"], problem["folder"]) == (code, 1, "requests")
    assert reason in problem["reason"]
    assert problem["todo"]


def test_every_documented_operation_is_found_by_its_own_path() -> None:
    assert len({(item.method, item.path) for item in OPERATIONS}) == len(OPERATIONS)
    for operation in OPERATIONS:
        path = "/".join("Past%20Client" if part.startswith(":") else part for part in operation.segments)
        found = find_operation(operation.method.lower(), f"https://api.example.com/{path}/?associations=x")
        assert found is not None
        assert found[0] is operation
        assert found[1] == ["Past Client"] * operation.path.count(":")


def test_a_refused_line_takes_no_id_and_may_come_mended() -> None:
    parsed = parse(request("r", body={}), request("r"))
    assert (parsed.requests["record_number"].to_list(), parsed.problems["row_number"].to_list()) == ([2], [1])


def test_lines_taken_before_count() -> None:
    first = parse(request("r"))
    taken = dict(first.requests.select("request_id", "line_hash").rows())
    records = pl.DataFrame({"file_id": "g", "record_number": [1, 2], "payload": [
        json.dumps(request("r")), json.dumps(request("r", at=1))
    ]})  # fmt: skip
    again = parse_requests(records, None, taken)
    assert (again.requests.height, again.repeated_count, again.problems["code"].to_list()) == (0, 1, ["duplicate_id"])


@settings(max_examples=100, deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5), lambda inner: st.dictionaries(
    st.sampled_from(["id", "at", "method", "path", "body", "touch_freq", "contacts"]), inner, max_size=5
) | st.lists(inner, max_size=3)))  # fmt: skip
def test_any_line_is_accepted_or_refused_never_lost(line: Any) -> None:
    parsed = parse(line)
    assert parsed.requests.height + parsed.problems.height == 1
