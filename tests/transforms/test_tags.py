"""Tags: the collection of 004:8380, spelling, defaults and frequencies."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.ddl import polars_schema
from schemas.tables import CORE_ATTRIBUTES, STAGING_REQUESTS
from transforms.tags import collect_tags, find_frequent_tags, gather_tag_settings

EPOCH = datetime(2026, 5, 15, tzinfo=UTC)
TAG_VALUE_SCHEMA = {name: polars_schema(CORE_ATTRIBUTES)[name] for name in (
    "contact_id", "text", "created_at", "deleted_at", "file_id", "sheet", "row_number", "position"
)} | {"brand_id": pl.String()}  # fmt: skip


def value(tag: str | None, row: int = 1, brand: str | None = "b", day: int = 0) -> dict[str, Any]:
    created_at = EPOCH + timedelta(days=day)
    place = {"file_id": "f", "sheet": "", "row_number": row, "position": 0}
    return {"contact_id": f"c{row}", "brand_id": brand, "text": tag, "created_at": created_at, **place}


def request(operation: str, day: int, body: dict[str, Any], target: str | None = None) -> dict[str, Any]:
    given_at = EPOCH + timedelta(days=day)
    place = {"file_id": "r", "record_number": 1, "request_id": f"{operation}{day}"}
    what = {"operation": operation, "target_id": target, "brand_id": "b", "body": json.dumps(body)}
    return {"requested_at": given_at, **what, **place}


def collect(values: list[dict[str, Any]], requests: list[dict[str, Any]], brands: tuple[str, ...] = ()) -> pl.DataFrame:
    settings_given = gather_tag_settings(
        pl.DataFrame({"brand_id": brands}, schema={"brand_id": pl.String}),
        pl.DataFrame(requests, schema=polars_schema(STAGING_REQUESTS)),
    )
    return collect_tags(pl.DataFrame(values, schema=TAG_VALUE_SCHEMA), settings_given)


def test_tg1_tg2_to2_the_documented_collection() -> None:
    used = ["New", "foo", "poo", "General", "PastClient", "BulkTag", "ManyContacts", "Hot"]
    tags = collect([value(tag, row) for row, tag in enumerate(used, 1)], [], ("b",))
    assert tags["tag"].to_list() == [
        "Agent", "BulkTag", "Buyer", "General", "Hot", "ManyContacts", "New", "Past Client", "PastClient",
        "Seller", "Warm", "foo", "poo",
    ]  # fmt: skip
    frequencies = dict(tags.drop_nulls("touch_freq").select("tag", "touch_freq").rows())
    assert frequencies == {"Hot": 7, "Past Client": 60, "Warm": 30}
    assert tags["text"].to_list() == tags["tag"].to_list()


def test_a_tg1_one_tag_in_its_first_spelling() -> None:
    tags = collect([value("hot lead", 1), value("Hot Lead", 2), value("HOT", 3), value("VIP", 4, day=-1)], [], ("b",))
    assert "hot lead" in tags["tag"].to_list()
    assert "Hot Lead" not in tags["tag"].to_list()
    assert [tag for tag in tags["tag"] if tag.casefold() == "hot"] == ["Hot"]


def test_tags_that_ever_had_a_frequency_in_any_spelling() -> None:
    asked = pl.DataFrame(
        [request("tags.touch", 4, {"touch_freq": None}, "VIP")], schema=polars_schema(STAGING_REQUESTS)
    )
    known = gather_tag_settings(pl.DataFrame({"brand_id": ["b"]}), asked)
    values = [value("hot"), value("Buyer"), value("vip"), value("Hot", brand=None), value(None)]
    assert find_frequent_tags(pl.DataFrame(values), known)["text"].to_list() == ["hot", "vip"]


def test_tg1_a_tag_added_by_hand_is_there_unused_and_to4_its_frequency_may_change() -> None:
    tags = collect(
        [value("vip", 1, day=1)],
        [
            request("tags.create", 2, {"tag": "baz", "touch_freq": 60}),
            request("tags.create", 3, {"tag": "Hot"}),
            request("tags.touch", 4, {"touch_freq": 10}, "VIP"),
            request("tags.touch", 5, {"touch_freq": None}, "warm"),
        ],
        ("b",),
    )
    frequencies = dict(tags.select("tag", "touch_freq").rows())
    assert (frequencies["baz"], frequencies["vip"], frequencies["Warm"], frequencies["Hot"]) == (60, 10, None, 7)


def test_a_brand_of_its_own_and_no_brand_at_all_keep_apart() -> None:
    tags = collect([value("Hot", 1, None), value(None, 2), value("Hot", 3, "other")], [], ("b",))
    rows = tags.filter(pl.col("tag") == "Hot").select("brand_id", "touch_freq").rows()
    assert sorted(rows, key=str) == [("b", 7), ("other", None), (None, None)]


SPELLINGS = st.sampled_from(
    ["Hot", "hot", "HOT ", "hot  lead", "Hot lead", "Straße", "STRASSE", "PastClient", "Past Client"]
)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(SPELLINGS, st.integers(0, 3)), max_size=8), st.randoms(use_true_random=False))
def test_a_tg1_against_a_dictionary_and_in_any_input_order(given_tags: list[tuple[str, int]], shuffler: Any) -> None:
    values = [value(tag, row, day=day) for row, (tag, day) in enumerate(given_tags, 1)]
    expected: dict[str, str] = {}
    for item in sorted(values, key=lambda row: (row["created_at"], row["row_number"])):
        expected.setdefault(" ".join(item["text"].casefold().split()), item["text"])
    shuffler.shuffle(values)
    assert collect(values, [])["tag"].to_list() == sorted(expected.values())
