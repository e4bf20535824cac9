"""Requests on tags that are not there are refused; what is there hangs on the time."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from schemas.ddl import polars_schema
from schemas.tables import STAGING_REQUESTS
from transforms.requests.unknown_tags import refuse_unknown_tags

EPOCH = datetime(2026, 5, 15, tzinfo=UTC)
USED = {"brand_id": pl.String, "text": pl.String, "created_at": pl.Datetime("us", "UTC")}


def ask(at: int, operation: str, tag: str | None = None, new: str | None = None, brand: str = "b") -> dict[str, Any]:
    return {
        "request_id": str(at), "requested_at": EPOCH + timedelta(hours=at), "operation": f"tags.{operation}",
        "target_id": tag, "brand_id": brand, "body": json.dumps({"tag": new}), "file_id": "log", "record_number": at,
    }  # fmt: skip


def refused(*asks: dict[str, Any], used: dict[str, int] | None = None, given: tuple[str, ...] = ()) -> list[int]:
    """Lines of the requests that are refused."""
    requests = pl.DataFrame(asks, schema=polars_schema(STAGING_REQUESTS))
    seen = [("b", tag, EPOCH + timedelta(hours=at)) for tag, at in (used or {}).items()]
    found = refuse_unknown_tags(
        requests, pl.DataFrame({"brand_id": ["b"]}), pl.DataFrame(seen, schema=USED, orient="row"),
        pl.DataFrame([("b", tag) for tag in given], schema={"brand_id": pl.String, "text": pl.String}, orient="row"),
    )  # fmt: skip
    lines = found.problems["row_number"].to_list()
    assert set(found.problems["code"]) <= {"unknown_id"}
    assert set(found.requests["record_number"]) == {item["record_number"] for item in asks} - set(lines)
    return lines


@pytest.mark.parametrize("operation", ["rename", "delete", "touch"])
def test_a_tag_must_be_there_by_then(operation: str) -> None:
    assert refused(ask(5, operation, "foo", "bar"), used={"foo": 9}) == [5]
    assert refused(ask(5, operation, "FOO ", "bar"), used={"foo": 5}) == []
    assert refused(ask(5, operation, "foo", "bar"), given=("foo",)) == []
    assert refused(ask(5, operation, "Hot", "bar")) == []  # its brand was born with it (TO2)
    assert refused(ask(5, operation, "Hot", "bar", brand="other")) == [5]
    assert refused(ask(4, "create", new="foo"), ask(5, operation, "foo", "bar")) == []


def test_a_tag_is_gone_until_it_comes_again() -> None:
    used = {"foo": 1}
    assert refused(ask(2, "delete", "foo"), ask(3, "touch", "foo"), used=used) == [3]
    assert refused(ask(2, "rename", "foo", "bar"), ask(3, "touch", "bar"), ask(4, "touch", "foo"), used=used) == [4]
    assert refused(ask(2, "rename", "foo", "Foo"), ask(3, "touch", "foo"), used=used) == []
    assert refused(ask(2, "delete", "foo"), ask(3, "create", new="foo"), ask(4, "delete", "foo"), used=used) == []
    assert refused(
        ask(2, "delete", "foo"), ask(3, "delete", "bar"), ask(4, "delete", "foo"), used={"foo": 1, "bar": 3}
    ) == [4]


def test_what_is_refused_makes_no_tag() -> None:
    assert refused(ask(2, "rename", "nothing", "bar"), ask(3, "touch", "bar")) == [2, 3]
