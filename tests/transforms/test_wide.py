"""Attributes to a wide table and back."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.ddl import polars_schema
from schemas.dtypes import ADDRESS_PARTS, ADDRESS_TYPE
from schemas.tables import CORE_ATTRIBUTE_DEFS
from transforms.wide import from_wide, to_wide

_SCHEMA = {
    "contact_id": pl.String, "attribute_def": pl.String, "attribute_type": pl.String, "is_partner": pl.Boolean,
    "text": pl.String, "number": pl.Float64, "date": pl.Date, "address": ADDRESS_TYPE, "position": pl.Int64,
}  # fmt: skip
_DEFS = {
    "first_name": ("text", True), "email": ("text", False), "birthday": ("date", True), "score": ("number", False),
    "address": ("address", False),
}  # fmt: skip
_VALUES = {
    "text": st.sampled_from(["a", "b"]),
    "date": st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    "number": st.floats(-1e6, 1e6),
    "address": st.sampled_from(["Austin", "Dallas"]).map(lambda city: dict.fromkeys(ADDRESS_PARTS) | {"city": city}),
}


@pytest.fixture(scope="module")
def defs() -> pl.DataFrame:
    rows = [
        {"attribute_def": f"id of {name}", "name": name, "data_type": data_type, "is_singular": is_singular}
        for name, (data_type, is_singular) in _DEFS.items()
    ]
    return pl.DataFrame(rows, schema=polars_schema(CORE_ATTRIBUTE_DEFS))


@st.composite
def values(draw: st.DrawFn) -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    for contact_id in draw(st.sets(st.sampled_from("abc"))):
        for name, (data_type, is_singular) in _DEFS.items():
            for is_partner in (False, True):
                found = draw(st.lists(_VALUES[data_type], max_size=1 if is_singular else 3))
                rows += [
                    {
                        "contact_id": contact_id, "attribute_def": f"id of {name}", "attribute_type": name,
                        "is_partner": is_partner, data_type: value, "position": position,
                    }
                    for position, value in enumerate(found)
                ]  # fmt: skip
    return pl.DataFrame(rows, schema=_SCHEMA)


@settings(max_examples=60, deadline=None)
@given(frame=values())
def test_wide_and_back_is_the_same(defs: pl.DataFrame, frame: pl.DataFrame) -> None:
    place = ["contact_id", "attribute_def", "is_partner", "position"]
    back = from_wide(to_wide(frame, defs), defs).select(_SCHEMA.keys())
    assert back.sort(place).equals(frame.sort(place))


def test_superseded_and_deleted_values_are_left_out(defs: pl.DataFrame) -> None:
    row = {"contact_id": "a", "attribute_def": "id of email", "attribute_type": "email", "is_partner": False}
    rows = [{**row, "text": text, "position": place} for place, text in enumerate("xyz")]
    frame = pl.DataFrame(rows, schema=_SCHEMA).with_columns(is_superseded=pl.Series([True, False, False]))
    wide = to_wide(frame, defs)
    assert wide["email"].to_list() == [["y", "z"]]
    assert wide["partner_email"].to_list() == [None]
    assert wide["first_name"].to_list() == [None]
