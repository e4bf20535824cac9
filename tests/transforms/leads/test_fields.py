"""The fields that rules may ask of a lead (SPEC A-C10 to A-C12, A-O8)."""

import json
from datetime import UTC, datetime
from typing import Any

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import CORE_LEAD_FIELDS, CORE_LISTINGS
from transforms.leads.attachment import list_brought_tags, list_known_tags
from transforms.leads.fields import build_lead_fields
from transforms.leads.listings import look_up_listings
from transforms.leads.values import list_values

INSTANT = pl.Datetime("us", "UTC")
FOURTH = datetime(2026, 7, 5, 3, tzinfo=UTC)  # still Saturday the 4th in Chicago
LEAD_TYPES: dict[str, Any] = dict.fromkeys(
    ["lead_id", "channel_id", "brand_id", "source_type", "email", "phone", "contact_owner"], pl.String
)
LEAD_TYPES |= {"captured_at": INSTANT, "contact_exists": pl.Boolean}
LEAD_TYPES |= {"contact_tag": pl.List(pl.String), "channel_mls": pl.List(pl.String)}
LISTINGS = pl.DataFrame(
    [
        {"listing_id": "1", "mls": "ntreis", "mls_number": "a7", "payload": '{"price": 750000, "mls": "NTREIS"}'},
        {"listing_id": "2", "mls": "har", "mls_number": "dup", "payload": '{"price": 1}'},
        {"listing_id": "3", "mls": "abor", "mls_number": "dup", "payload": '{"price": 2}'},
        {"listing_id": "4", "mls": "har", "mls_number": "b9", "brand_id": "b2", "payload": '{"price": 3}'},
    ],
    schema=polars_schema(CORE_LISTINGS),
)


def fields(payload: dict[str, Any], **lead: Any) -> dict[str, Any]:
    row = {"lead_id": "l", "channel_id": "C", "brand_id": "b1", "captured_at": FOURTH, "contact_exists": False, **lead}
    leads = pl.DataFrame([row], schema=LEAD_TYPES)
    values = list_values(pl.Series([json.dumps(payload)]))
    found = look_up_listings(leads, values, LISTINGS)
    built = build_lead_fields(leads, values, found.values, {"b1": "America/Chicago"}, "UTC")
    assert dict(built.schema) == polars_schema(CORE_LEAD_FIELDS)
    return {name: value for name, value in built.row(0, named=True).items() if value is not None}


def test_a_c1_what_is_missing_is_null() -> None:
    assert fields({}) == {
        "lead_id": "l", "captured_hour": [22.0], "captured_at": [FOURTH.timestamp()], "captured_weekday": ["saturday"],
        "channel": ["c"], "has_email": ["false"], "has_phone": ["false"], "contact_exists": ["false"],
    }  # fmt: skip


def test_a_c10_fields_of_a_payload() -> None:
    address = {"city": "Dallas ", "state_code": "Texas", "postal_code": "75201-1234", "county": "Dallas"}
    about = {"address": address, "bedroom_count": 3, "bathroom_count": "2.5", "property_type": "Condo"}
    url = "https://user@www.Example.com:8080/p?utm_source=Goo%20gle&utm_medium=c+p+c#x"
    payload = {
        "listing": {"price": "$500k", "mls": "NTREIS", "mls_number": "5X", "property": about}, "agent_mlsid": "9",
        "tag": ["Hot", " hot", "New"], "lead_source": "Web  Site", "referer_url": url, "utm_medium": "print",
        "city": "Austin",
    }  # fmt: skip
    got = fields(payload, source_type="Showing", email="a@x.co", phone="+12145551212", contact_owner="U1")
    expected = {
        "price": [500_000.0], "beds": [3.0], "baths": [2.5], "property_type": ["condo"], "postal_code": ["75201"],
        "city": ["dallas"], "state": ["TX"], "county": ["dallas"], "mls": ["ntreis"], "mls_number": ["5x"],
        "listing_agent_mls_id": ["9"], "source_type": ["showing"], "source": ["web site"], "tag": ["hot", "new"],
        "email": ["a@x.co"], "email_domain": ["x.co"], "phone": ["+12145551212"], "phone_area": ["214"],
        "has_email": ["true"], "has_phone": ["true"], "contact_owner": ["u1"], "referer_domain": ["example.com"],
        "utm_source": ["goo gle"], "utm_medium": ["print"],
    }  # fmt: skip
    assert {name: got.get(name) for name in expected} == expected


def test_a_c12_price_of_what() -> None:
    assert fields({"listing": {"price": 1}, "price": 2, "mls_number": "A7"})["price"] == [1.0]
    assert fields({"price": 2, "mls_number": "A7"})["price"] == [750_000.0]
    assert fields({"price": "2 million"})["price"] == [2_000_000.0]
    assert fields({"listing": [{"price": 1}, {"price": "2k"}]})["price"] == [1.0, 2000.0]
    assert "price" not in fields({"price": "400-600k"})


def test_a_o8_a_listing_is_searched_in_the_channels_mlss() -> None:
    assert "price" not in fields({"listing": {"mls_number": "dup"}})
    assert fields({"listing": {"mls_number": "dup"}}, channel_mls=["ABOR"])["price"] == [2.0]
    assert fields({"listing": {"mls_number": "dup", "mls": "HAR"}})["price"] == [1.0]
    assert "price" not in fields({"listing": {"mls_number": "b9"}})
    assert fields({"listing": {"mls_number": "b9"}}, brand_id="b2")["price"] == [3.0]


def test_the_persons_address_answers_last() -> None:
    assert fields({"address": "12 Main St, Atlanta, GA 30301"})["postal_code"] == ["30301"]
    assert fields({"address": {"city": "Atlanta"}, "city": "Austin"})["city"] == ["austin"]


def test_a_c11_tags_of_the_contact_just_before_the_lead() -> None:
    hours = [datetime(2026, 7, 1, hour, tzinfo=UTC) for hour in range(4)]
    leads = pl.DataFrame(
        {"contact_id": ["c", "c", "n", "n"], "contact_exists": [True, True, False, True], "captured_at": hours},
        schema_overrides={"captured_at": INSTANT},
    ).with_row_index("place")
    given = pl.DataFrame(
        {
            "contact_id": ["c", "c"], "text": ["Import", "Late"], "created_at": [hours[3], hours[1]],
            "is_birth": [True, False],
        },
        schema_overrides={"created_at": INSTANT},
    )  # fmt: skip
    tags = pl.Series([["Hot"], None, ["New"], ["Hot"]])
    first = list_brought_tags(leads[:2], tags[:2])
    brought = list_brought_tags(leads[2:], tags[2:], first)
    known = list_known_tags(leads, brought, given).to_list()
    assert known == [["Import"], ["Hot", "Import", "Late"], None, ["New"]]
