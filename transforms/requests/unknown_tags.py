"""Requests on tags that their brand does not have at that time: what the API would refuse."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
import polars as pl

from schemas.vocabulary import Folder, ProblemCode
from transforms.quarantine import Problem, problems_frame
from transforms.tags import DEFAULT_TAGS, tag_keys

__all__ = ["KnownTags", "refuse_unknown_tags"]

#: Operations that need a tag to be there.
_ON_TAGS = ("tags.rename", "tags.delete", "tags.touch")
_NAMING = ("tags.create", "tags.rename")
_EVER = datetime.min.replace(tzinfo=UTC)
_Key = tuple[str | None, str | None]


class KnownTags(NamedTuple):
    """Requests on tags that can be applied, and problems of the others."""

    requests: pl.DataFrame
    problems: pl.DataFrame


def refuse_unknown_tags(
    requests: pl.DataFrame, brands: pl.DataFrame, used: pl.DataFrame, given: pl.DataFrame
) -> KnownTags:
    """Part requests on tags by whether the tag is there.

    A tag is there from when its brand was born with it, a request added it or gave another tag its name, or a contact
    got it; what files give their contacts is there since ever, as these are. It is gone when it was renamed or deleted,
    until it comes again.

    Args:
        requests: columns of staging.requests, operations on tags in order.
        brands: column brand_id.
        used: brand_id, text, created_at of all tags that contacts ever had.
        given: brand_id, text of those that files gave.
    """
    keyed = requests.with_columns(tag_keys(requests["target_id"]).alias("key"), _new_keys(requests))
    asked = keyed.select("brand_id", "key").unique()
    defaults = brands.select("brand_id").join(pl.DataFrame({"text": [tag for tag, _ in DEFAULT_TAGS]}), how="cross")
    since_ever = pl.concat([defaults, given.select("brand_id", "text")]).with_columns(created_at=pl.lit(_EVER))
    seen = _list_times(pl.concat([since_ever, used.select(since_ever.columns)]), asked)
    retired: dict[_Key, datetime] = {}
    added: dict[_Key, datetime] = {}
    lost = []
    columns = keyed.select("request_id", "operation", "requested_at", "brand_id", "key", "new_key").iter_rows()
    for request_id, operation, at, brand_id, own_key, new_key in columns:
        key, new = (brand_id, own_key), (brand_id, new_key)
        if operation in _ON_TAGS and not _is_there(key, at, seen, added, retired):
            lost.append(request_id)
            continue
        if operation in ("tags.rename", "tags.delete") and new != key:
            retired[key] = at
            added.pop(key, None)
        if new_key is not None:
            added[new] = at
    is_lost = requests["request_id"].is_in(pl.Series(lost, dtype=pl.String).implode())
    problems = map(_problem, requests.filter(is_lost).iter_rows(named=True))
    return KnownTags(requests.filter(~is_lost), problems_frame(problems))


def _new_keys(requests: pl.DataFrame) -> pl.Series:
    """The tag that a request adds or gives as a new name, in match form."""
    bodies = requests.select("operation", "body").iter_rows()
    names = [msgspec.json.decode(body)["tag"] if operation in _NAMING else None for operation, body in bodies]
    return tag_keys(pl.Series("tag", names, dtype=pl.String)).alias("new_key")


def _list_times(tags: pl.DataFrame, asked: pl.DataFrame) -> Mapping[_Key, Sequence[datetime]]:
    """When the tags that are asked of came to some contact, ascending."""
    keyed = tags.with_columns(tag_keys(tags["text"]).alias("key"))
    times = keyed.join(asked, on=["brand_id", "key"], how="semi", nulls_equal=True)
    grouped = times.group_by("brand_id", "key").agg(pl.col("created_at").unique().sort())
    return {(brand_id, key): moments for brand_id, key, moments in grouped.iter_rows()}


def _is_there(
    key: _Key,
    at: datetime,
    seen: Mapping[_Key, Sequence[datetime]],
    added: Mapping[_Key, datetime],
    retired: Mapping[_Key, datetime],
) -> bool:
    if key in added:
        return True
    moments = seen.get(key, [])
    place = bisect_right(moments, at)
    return place > 0 and (key not in retired or moments[place - 1] > retired[key])


def _problem(row: Mapping[str, str]) -> Problem:
    return Problem(
        row["file_id"], Folder.REQUESTS, ProblemCode.UNKNOWN_ID, "the brand has no such tag at that time",
        "see the published table tags, and check the time of the request",
        row_number=int(row["record_number"]), column_name="path", value=row["target_id"],
    )  # fmt: skip
