"""`attr.<def>`: what a lead's contact had just before it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import CORE_ATTRIBUTE_DEFS, CORE_ATTRIBUTES, CORE_LEADS
from transforms.leads.attribute_fields import definitions_asked, list_attribute_fields, list_attribute_values

NOON = datetime(2026, 7, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DEFS = pl.DataFrame(
    [
        {"attribute_def": "d1", "name": "favorite_drinks", "data_type": "text"},
        {"attribute_def": "d2", "name": "birthday", "data_type": "date"},
        {"attribute_def": "d3", "name": "budget", "data_type": "number", "brand_id": "b1"},
        {"attribute_def": "d4", "name": "phone_number", "data_type": "text"},
        {"attribute_def": "d5", "name": "address", "data_type": "address"},
        {"attribute_def": "d6", "name": "rank", "data_type": "number", "brand_id": "b1"},
        {"attribute_def": "d7", "name": "rank", "data_type": "text", "brand_id": "b2"},
    ],
    schema=polars_schema(CORE_ATTRIBUTE_DEFS),
)
LEADS = pl.DataFrame(
    [
        {"lead_id": "l1", "contact_id": "new", "captured_at": NOON, "contact_exists": False, "record_number": 1},
        {"lead_id": "l2", "contact_id": "c", "captured_at": NOON + HOUR, "contact_exists": True, "record_number": 2},
        {"lead_id": "l3", "contact_id": "c", "captured_at": NOON + HOUR, "contact_exists": True, "record_number": 3},
        {
            "lead_id": "l4",
            "contact_id": "c",
            "captured_at": NOON + 3 * HOUR,
            "contact_exists": True,
            "record_number": 4,
        },
    ],
    schema=polars_schema(CORE_LEADS),
).with_columns(file_id=pl.lit("leads"))


def values_of(field: str, *attributes: dict[str, Any]) -> dict[str, list[Any]]:
    rows = [{"contact_id": "c", "source": "file", "file_id": "f", "row_number": 1, "created_at": NOON, **attribute}
            for attribute in attributes]  # fmt: skip
    births = [row.pop("is_birth", False) for row in rows]
    frame = pl.DataFrame(rows, schema=polars_schema(CORE_ATTRIBUTES)).with_columns(is_birth=pl.Series(births))
    asked = definitions_asked([field, "price"], DEFS)
    found = list_attribute_values(LEADS, frame, asked, list_attribute_fields(DEFS))
    return dict(found.select("lead_id", field).drop_nulls().iter_rows())


def test_a_c10_definitions_are_fields_by_id_and_by_name_unless_brands_mean_different_things() -> None:
    fields = list_attribute_fields(DEFS)
    assert fields["attr.birthday"] == fields["attr.d2"] == "instant"
    assert (fields["attr.budget"], fields["attr.phone_number"], fields["attr.address"]) == ("number", "phone", "text")
    assert "attr.rank" not in fields
    assert (fields["attr.d6"], fields["attr.d7"]) == ("number", "text")


def test_a_c11_a_lead_sees_what_its_contact_had_just_before_it() -> None:
    drinks = [
        {"attribute_def": "d1", "text": " Flat  WHITE "},
        {"attribute_def": "d1", "text": "Tea", "created_at": NOON + 2 * HOUR},
        {"attribute_def": "d1", "text": "Late", "created_at": NOON + 9 * HOUR, "is_birth": True},
        {"attribute_def": "d1", "text": "Milk", "deleted_at": NOON + 2 * HOUR},
        {"attribute_def": "d1", "text": "Rum", "source": "lead", "file_id": "leads", "row_number": 2,
         "created_at": NOON + HOUR},
    ]  # fmt: skip
    assert values_of("attr.favorite_drinks", *drinks) == {
        "l2": ["flat white", "late", "milk"],
        "l3": ["flat white", "late", "milk", "rum"],  # l2 came at the same time and brought rum
        "l4": ["flat white", "late", "rum", "tea"],
    }


def test_a_c9_values_have_the_type_of_their_definition() -> None:
    assert values_of("attr.birthday", {"attribute_def": "d2", "date": date(1970, 1, 2)})["l2"] == [86400.0]
    assert values_of("attr.d3", {"attribute_def": "d3", "number": 5e5})["l2"] == [5e5]
    phone = {"attribute_def": "d4", "text": "+1 408 555 1234", "match_key": "+14085551234"}
    assert values_of("attr.phone_number", phone)["l2"] == ["+14085551234"]
    home = {"attribute_def": "d5", "address": {"house_num": "50", "name": "Park", "city": "Union"}}
    assert values_of("attr.address", home)["l2"] == ["50 park union"]


def test_fields_that_nobody_has_are_missing() -> None:
    assert values_of("attr.favorite_drinks") == {}
