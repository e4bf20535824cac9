"""Documented contact objects into contacts and values."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from transforms.attribute_defs import AttributeDefs
from transforms.importing.records import ObjectValues, count_object_cells, read_contact_objects

Read = Callable[..., ObjectValues]


@pytest.fixture(scope="module")
def read(defs: AttributeDefs) -> Read:
    def read(objects: list[Any], paths: list[str] | None = None, **options: Any) -> ObjectValues:
        frame = pl.DataFrame(
            {
                "file_id": ["file"] * len(objects),
                "record_number": [1] * len(objects) if paths else list(range(1, len(objects) + 1)),
                "payload": [item if isinstance(item, str) else json.dumps(item) for item in objects],
                "created_at": [datetime(2026, 7, 1, tzinfo=UTC)] * len(objects),
                "run_sequence": [1] * len(objects),
                "brand_id": ["brand"] * len(objects),
                "user_id": ["owner"] * len(objects),
                "created_for": ["import_json"] * len(objects),
            }
        )
        if paths:
            frame = frame.with_columns(path=pl.Series(paths))
        return read_contact_objects(frame, defs, {"uk": "GB"}, "US", "contacts", **options)

    return read


def contact(*attributes: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"attributes": list(attributes), **fields}


FIRST_NAME = {"text": "Kate", "attribute_def": "36fd9fd2-b672-41c0-966f-2c7673421a4e"}


def test_im1_the_documented_object_is_read_whole(read: Read) -> None:
    kate = contact(
        FIRST_NAME,
        {"text": "Kate@Example.com", "attribute_def": "d5b21d60-d87a-4eec-ad11-7e50252f57d0"},
        {"date": 253497600, "attribute_def": "fec55617-ade5-4a11-b416-05f282e28617"},
        {
            "is_primary": True,
            "index": 0,
            "address": {"state": "CA", "city": "Hillsborough", "house_num": "165", "name": "Davis", "postcode": ""},
            "attribute_def": "62b97305-0362-4ca7-94c1-53578165f661",
        },
        {"text": "(555) 564-8583", "attribute_def": "7c6b51bc-ee90-4f34-972f-d85f7d7c7f44", "label": "Home"},
        ios_address_book_id="177C371E",
        user="agent",
    )
    values = read([kate])
    assert values.problems.is_empty()
    assert values.attributes.select("attribute_type", "text", "date", "label", "match_key", "columns").rows() == [
        ("first_name", "Kate", None, None, "kate", ["attributes[0]"]),
        ("email", "Kate@example.com", None, None, "kate@example.com", ["attributes[1]"]),
        ("birthday", None, date(1978, 1, 13), None, "1978-01-13", ["attributes[2]"]),
        ("address", None, None, None, values.attributes["match_key"][3], ["attributes[3]"]),
        ("phone_number", "(555) 564-8583", None, "Home", "+15555648583", ["attributes[4]"]),
    ]
    address = values.attributes.row(3, named=True)
    assert address["is_primary"]
    assert address["address"]["postcode"] is None  # SPEC EA11
    row = values.contact_rows.row(0, named=True)
    assert (row["user_id"], row["brand_id"], row["ios_address_book_id"]) == ("agent", "brand", "177C371E")


def test_a_ea8_dates_are_floored_to_the_utc_day(read: Read) -> None:
    birthdays = [{"attribute_type": "child_birthday", "date": seconds} for seconds in (1_000_000, -1, 0.5)]
    dates = read([contact(*birthdays)]).attributes["date"].to_list()
    assert dates == [date(1970, 1, 12), date(1969, 12, 31), date(1970, 1, 1)]


def test_faults_are_named_by_their_path_and_the_rest_goes_on(read: Read) -> None:
    values = read(
        [
            contact(
                FIRST_NAME,
                {"attribute_type": "shoe_size", "text": "9"},
                {"attribute_type": "email", "text": "nobody"},
                {"attribute_type": "email"},
                "loose",
                {"attribute_type": "address", "address": {"city": "Austin", "planet": "Earth"}},
                {"attribute_type": "birthday", "date": 1e300},
                {"attribute_type": "address", "address": {"city": ""}},
                {"text": "Kate"},
            )
        ]
    )
    assert values.attributes["attribute_type"].to_list() == ["first_name", "address"]
    assert sorted(values.problems.select("column_name", "code").rows()) == [
        ("attributes[1]", "unknown_attribute"),
        ("attributes[2]", "bad_email"),
        ("attributes[3]", "missing_field"),
        ("attributes[4]", "unknown_shape"),
        ("attributes[5].address.planet", "unknown_attribute"),
        ("attributes[6]", "bad_date"),
        ("attributes[7]", "bad_address"),
        ("attributes[8]", "unknown_attribute"),
    ]
    nameless = values.problems.filter(pl.col("column_name") == "attributes[8]")
    assert nameless["reason"].item() == "It names no attribute: it has neither attribute_type nor attribute_def."


@pytest.mark.parametrize("payload", ["[]", "1", '{"FirstName": "Brad"}', "{", '{"attributes": {"type": "Contact"}}'])
def test_other_shapes_are_one_problem(read: Read, payload: str) -> None:
    values = read([payload])
    assert values.contact_rows.is_empty()
    assert values.problems.select("row_number", "column_name", "code").rows() == [(1, None, "unknown_shape")]


def test_a_contact_without_any_value_is_none(read: Read) -> None:
    values = read([contact(), contact({"attribute_type": "email", "text": "nobody"})])
    assert values.contact_rows.is_empty()
    assert values.problems.select("row_number", "code").rows() == [
        (1, "empty_contact"),
        (2, "bad_email"),
        (2, "empty_contact"),
    ]


def test_a_given_id_is_the_contacts_and_the_first_one_counts(read: Read) -> None:
    objects = [contact(FIRST_NAME, id=given) for given in ("a", "b", "a")]
    values = read(objects, taken_ids=["b"])
    assert values.contact_rows["contact_id"].to_list() == ["a"]
    assert values.problems.select("row_number", "code", "value").rows() == [
        (2, "duplicate_id", "b"),
        (3, "duplicate_id", "a"),
    ]


def test_a_im2_an_object_with_the_id_of_a_known_contact_of_its_owner_names_it(read: Read) -> None:
    known = pl.DataFrame({"contact_id": ["a", "b"], "brand_id": ["brand", "brand"], "user_id": ["owner", "other"]})
    values = read([contact(FIRST_NAME, id=given) for given in ("a", "b", "a", "c")], known=known)
    assert values.contact_rows.select("row_number", "given_id").rows() == [(1, "a"), (4, None)]
    assert values.contact_rows["contact_id"].is_in(["a", "b", "c"]).to_list() == [False, True]
    assert values.problems.select("row_number", "code").rows() == [(2, "duplicate_id"), (3, "duplicate_id")]


def test_several_contacts_of_one_record_have_ids_of_their_own(read: Read) -> None:
    values = read([contact(FIRST_NAME), contact(FIRST_NAME)], ["contacts[0].", "contacts[1]."])
    assert values.contact_rows["contact_id"].n_unique() == 2
    assert values.attributes["columns"].to_list() == [["contacts[0].attributes[0]"], ["contacts[1].attributes[0]"]]


def test_phones_are_read_in_the_region_of_the_objects_brand(read: Read) -> None:
    phone = {"attribute_type": "phone_number", "text": "020 7946 0958"}
    keys = read([contact(phone, brand="uk"), contact(phone, brand={"id": "uk"})]).attributes["match_key"].to_list()
    assert keys == ["+442079460958", "+442079460958"]


def test_a_ea9_old_address_rows_of_one_index_are_one_address(read: Read) -> None:
    rows = [("street_number", "12", 1), ("street_name", "Main", 1), ("city", "Austin", 1), ("city", "Dallas", 2)]
    attributes = [{"attribute_type": name, "text": text, "index": index} for name, text, index in rows]
    values = read([contact(*attributes)])
    addresses = [
        {part: text for part, text in address.items() if text} for address in values.attributes["address"].to_list()
    ]
    assert addresses == [{"house_num": "12", "name": "Main", "city": "Austin"}, {"city": "Dallas"}]
    assert [len(columns) for columns in values.attributes["columns"]] == [3, 1]


def test_keys_that_no_column_holds_are_counted(read: Read) -> None:
    values = read([contact(FIRST_NAME, parked=True, lists=[]), contact(FIRST_NAME, parked=False)])
    assert values.other_keys.rows() == [("file", "parked", 2)]
    assert count_object_cells(values) == {
        "cells_read": 4, "cells_mapped": 2, "cells_unmapped": 2, "cells_quarantined": 0,
    }  # fmt: skip
