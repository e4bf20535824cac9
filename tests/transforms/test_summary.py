from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest

from schemas.ddl import polars_schema
from schemas.dtypes import ADDRESS_PARTS
from schemas.tables import CORE_ATTRIBUTES, CORE_CONTACTS, MARTS_CONTACTS
from transforms.summary import NAME_COLUMNS, SUMMARY_COLUMNS, name_contacts, summarize_contacts
from transforms.survivorship import merge_attributes, merge_contacts

NOON = dt.datetime(2026, 5, 15, 12, tzinfo=dt.UTC)
Row = dict[str, Any]


def summarize(contacts: dict[str, list[Row]], canonical: dict[str, str] | None = None) -> dict[str, Row]:
    """The contact objects of contacts given as lists of attributes, in the order received."""
    attributes, people = [], []
    for row_number, (contact_id, values) in enumerate(contacts.items(), start=1):
        lineage = {"contact_id": contact_id, "file_id": "f", "sheet": "", "row_number": row_number, "created_at": NOON,
                   "updated_at": NOON, "source": "file"}  # fmt: skip
        people.append({**lineage, "created_for": "import_json", "run_sequence": 1, "brand_id": "b"})
        for position, value in enumerate(values):
            row = {"is_primary": False, "is_partner": False, **lineage, "columns": ["c"], "position": position, **value}
            row |= {"attribute_id": f"{contact_id}-{position}", "attribute_def": row["attribute_type"]}
            if row.get("address"):
                row["address"] = dict.fromkeys(ADDRESS_PARTS) | row["address"]
            attributes.append(row | {"match_key": row.get("text")})
    to = {contact_id: contact_id for contact_id in contacts} | (canonical or {})
    aliases = pl.DataFrame(
        {"contact_id": list(to), "canonical_id": list(to.values()), "cluster_id": [None] * len(to)},
        schema_overrides={"cluster_id": pl.String},
    )
    merged = merge_contacts(pl.DataFrame(people, schema=polars_schema(CORE_CONTACTS)), aliases)
    survivors = merge_attributes(
        pl.DataFrame(attributes, schema=polars_schema(CORE_ATTRIBUTES)),
        aliases,
        ["first_name", "last_name", "birthday"],
    )
    objects = summarize_contacts(merged, survivors.select(SUMMARY_COLUMNS))
    assert set(objects.columns) == set(polars_schema(MARTS_CONTACTS))
    return {row["id"]: row for row in objects.to_dicts()}


def text(kind: str, value: str, **more: Any) -> Row:
    return {"attribute_type": kind, "text": value, **more}


def address(**parts: str) -> Row:
    more = {name: parts.pop(name) for name in ("is_primary", "index") if name in parts}
    return {"attribute_type": "address", "address": parts, **more}


def person(first: str | None, last: str | None, *phones: str, **address_parts: str) -> list[Row]:
    values = [text("first_name", first)] if first else []
    values += [text("last_name", last)] if last else []
    values += [address(**address_parts)] if address_parts else []
    return values + [text("phone_number", phone) for phone in phones]


PICTURE = "https://inomics.example/picture.png"
JOHNNY = [
    text("email", "johnny@example.com", label="Work"),
    text("email", "jane@example.com", label="Work", is_partner=True),
    text("phone_number", "+989124834198", label="Mobile", is_primary=True),
    text("first_name", "John"),
    text("first_name", "Jane", is_partner=True),
    text("middle_name", "M."),
    text("last_name", "Doe"),
    text("last_name", "Doe", is_partner=True),
    text("nickname", "Johnny"),
    text("tag", "New"),
    text("tag", "foo"),
    text("tag", "poo"),
    {"attribute_type": "birthday", "date": dt.date(1970, 1, 12)},
    text("profile_image_url", PICTURE),
    text("company", "Rechat"),
    address(name="Street", city="Dallas", state="Texas", country="US", postcode="72890", extra="Office"),
    text("source_type", "ExplicitlyCreated"),
    text("note", "This is a sample note"),
    text("job_title", "Contact Test Subject"),
    text("website", "http://www.gholi.com", label="Personal"),
]


def test_golden_1_johnny_is_the_documented_object() -> None:
    johnny = summarize({"c": JOHNNY})["c"]
    expected = {
        "display_name": "Johnny", "sort_field": "Johnny", "partner_name": "Jane Doe", "brand": "b", "brand_id": "b",
        "first_name": "John", "middle_name": "M.", "last_name": "Doe", "nickname": "Johnny", "title": None,
        "partner_first_name": "Jane", "partner_last_name": "Doe", "marketing_name": None,
        "email": "johnny@example.com", "primary_email": "johnny@example.com", "emails": ["johnny@example.com"],
        "partner_email": "jane@example.com", "phone_number": "+989124834198", "phone_numbers": ["+989124834198"],
        "company": "Rechat", "birthday": dt.date(1970, 1, 12), "profile_image_url": PICTURE, "cover_image_url": None,
        "job_title": "Contact Test Subject", "source_type": "ExplicitlyCreated", "source": None, "parked": False,
        "website": ["http://www.gholi.com"], "tags": ["poo", "foo", "New"], "type": "contact",
    }  # fmt: skip
    assert {name: johnny[name] for name in expected} == expected
    assert {name: value for name, value in johnny["address"][0].items() if value and name != "full_clean"} == {
        "city": "Dallas", "full": "Street, Dallas Texas 72890", "name": "Street", "type": "stdaddr", "extra": "Office",
        "line1": "Street", "line2": "Dallas Texas 72890", "state": "Texas", "country": "US", "postcode": "72890",
    }  # fmt: skip
    summary = johnny["summary"]
    assert (summary["display_name"], summary["abbreviated_display_name"]) == ("John Doe", "Johnny")
    assert (summary["birthday"], summary["tags"]) == (950400, ["New", "foo", "poo"])
    assert (summary["email"], summary["type"]) == ("johnny@example.com", "contact_summary")


DAVIS = {"house_num": "165", "name": "Davis", "suftype": "Street", "city": "Hillsborough", "state": "CA"}
KATE = person("Kate", "Bell", "(555) 564-8583", "(415) 555-3695", postcode="94010", **DAVIS)
DANIEL = person("Daniel", "Higgins", "555-478-7672", "(408) 555-5270", "(408) 555-3514", name="Laguna", city="Corte")
APPLESEED = person("John", "Appleseed", "888-555-5512", "888-555-1212", name="Kuhl", suftype="Avenue", city="Atlanta")


@pytest.mark.parametrize(
    ("values", "display_name", "sort_field", "phones", "full"),
    [
        (KATE, "Kate Bell", "Bell Kate", ["(415) 555-3695", "(555) 564-8583"],
         "165 Davis Street, Hillsborough CA 94010"),
        (DANIEL, "Daniel Higgins", "Higgins Daniel", ["(408) 555-3514", "(408) 555-5270", "555-478-7672"], None),
        (APPLESEED, "John Appleseed", "Appleseed John", ["888-555-1212", "888-555-5512"], None),
        (person(None, "Zakroff"), "Zakroff", "Zakroff", None, None),
        (person("David", None, "555-610-6679"), "David", "David", ["555-610-6679"], None),
        (person("Goat", "Boy 2", name="50 Park", city="Union", state="33333"), "Goat Boy 2", "Boy 2 Goat", None,
         "50 Park, Union 33333"),
    ],
)  # fmt: skip
def test_golden_2_the_import_of_ten(
    values: list[Row], display_name: str, sort_field: str, phones: list[str] | None, full: str | None
) -> None:
    contact = summarize({"c": values})["c"]
    assert (contact["display_name"], contact["sort_field"], contact["phone_numbers"]) == (
        display_name,
        sort_field,
        phones,
    )
    assert full is None or contact["address"][0]["full"] == full
    assert (contact["tags"], contact["website"], contact["emails"]) == (None, None, None)


def test_golden_5_dv9_addresses_of_a_merge_stand_primary_first_then_as_created() -> None:
    people = {
        "faa5": person(None, None, **DAVIS), "1fbf": person(None, None, name="Laguna", city="Corte Madera"),
        "7cd8": person("John", "Appleseed", "1", name="Kuhl", city="Atlanta"),
    }  # fmt: skip
    for contact in people.values():
        contact[-1 if contact[-1]["attribute_type"] == "address" else -2]["index"] = 0
    people["faa5"][0]["is_primary"] = True
    merged = summarize(people, {"faa5": "7cd8", "1fbf": "7cd8"})
    assert list(merged) == ["7cd8"]
    assert [part["city"] for part in merged["7cd8"]["address"]] == ["Hillsborough", "Corte Madera", "Atlanta"]
    assert (merged["7cd8"]["merged_count"], merged["7cd8"]["updated_for"]) == (3, "merge")


def test_golden_7_a_e_a5_full_without_a_street() -> None:
    published = summarize({"c": [address(city="Atlanta", state="GA")]})["c"]["address"][0]
    assert (published["full"], published["full_clean"]) == (", Atlanta GA", "Atlanta GA")


@pytest.mark.parametrize(
    ("values", "display_name", "sort_field"),
    [
        ([text("company", "ACME Corporation")], "ACME Corporation", "ACME Corporation"),
        ([text("email", "x@example.com"), text("phone_number", "1")], "x@example.com", "x@example.com"),
        ([text("phone_number", "+14155552671")], "+14155552671", "+14155552671"),
        ([text("marketing_name", "The Does")], "Unnamed", "Unnamed"),
        ([text("first_name", "Jane", is_partner=True)], "Unnamed", "Unnamed"),
        ([], "Unnamed", "Unnamed"),
    ],
)
def test_a_ea4_names_beyond_the_examples(values: list[Row], display_name: str, sort_field: str) -> None:
    contact = summarize({"c": values})["c"]
    assert (contact["display_name"], contact["sort_field"]) == (display_name, sort_field)


def test_dv5_dv6_primary_then_newest_first() -> None:
    older = NOON - dt.timedelta(days=1)
    values = [
        text("phone_number", "old", updated_at=older), text("phone_number", "new"),
        text("phone_number", "main", updated_at=older, is_primary=True),
    ]  # fmt: skip
    assert summarize({"c": values})["c"]["phone_numbers"] == ["main", "new", "old"]


def test_e_mails_stand_as_received_so_that_a_re_inquiry_does_not_change_the_first() -> None:
    values = [
        text("email", "first@example.com"), text("email", "second@example.com"),
        text("email", "later@example.com", updated_at=NOON + dt.timedelta(1)),
    ]  # fmt: skip
    contact = summarize({"c": values})["c"]
    assert contact["emails"] == ["first@example.com", "second@example.com", "later@example.com"]


def test_im3_an_index_gives_the_order_of_values_received_at_once() -> None:
    values = [text("email", f"{place}@example.com", index=place) for place in (1, 0, 2)]
    contact = summarize({"c": values})["c"]
    assert contact["emails"] == ["0@example.com", "1@example.com", "2@example.com"]
    assert contact["email"] == "0@example.com"


def test_a_ea3_the_parents_phones_stand_before_the_subs() -> None:
    people = {"p": [text("phone_number", "p")], "a": [text("phone_number", "a", updated_at=NOON + dt.timedelta(1))]}
    assert summarize(people, {"a": "p"})["p"]["phone_numbers"] == ["p", "a"]


def test_equal_texts_are_listed_once() -> None:
    values = [text("phone_number", "1", label="Home"), text("phone_number", "1", label="Work"), text("tag", "x")]
    assert summarize({"c": values})["c"]["phone_numbers"] == ["1"]


def test_name_contacts_names_each_member_by_its_own_attributes() -> None:
    rows = [
        {"contact_id": "a", "origin_contact_id": "a", "attribute_type": "last_name", "text": "Zakroff"},
        {"contact_id": "b", "origin_contact_id": "b", "attribute_type": "email", "text": "b@example.com"},
        {"contact_id": "c", "origin_contact_id": "c", "attribute_type": "note", "text": "n"},
    ]
    schema = {name: dtype for name, dtype in polars_schema(CORE_ATTRIBUTES).items() if name in NAME_COLUMNS}
    frame = pl.DataFrame(rows, schema={**schema, "origin_contact_id": pl.String})
    frame = frame.with_columns(pl.col("is_primary", "is_partner").fill_null(False))
    assert name_contacts(frame).rows() == [("a", "Zakroff"), ("b", "b@example.com"), ("c", "Unnamed")]
