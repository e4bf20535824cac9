"""Directory documents in the documented shapes, and wrong ones."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from schemas.tables import CORE_BRANDS, CORE_CAMPAIGN_EMAILS, CORE_LISTINGS, CORE_USERS
from transforms.directory import Directory, read_directory

ZONES = frozenset({"America/Chicago"})


def read(*documents: Any, regions: dict[str, str] | None = None) -> Directory:
    payloads = [text if isinstance(text, str) else json.dumps(text) for text in documents]
    numbers = range(1, len(payloads) + 1)
    records = pl.DataFrame({"file_id": "f", "record_number": numbers, "payload": payloads})
    return read_directory(records, "US", regions or {}, ZONES)


def problems(directory: Directory) -> list[tuple[str, str]]:
    return directory.problems.select("code", "column_name").rows()


#: The user and brand embedded in 000:173, with an invented e-mail.
USER = {
    "type": "user", "username": None, "first_name": "John", "last_name": "Doe", "email": "John@Example.com",
    "phone_number": "+16753157684", "id": "f30950fe-a115-4165-b97a-89b86fbe954b", "user_status": "Active",
    "timezone": "America/Chicago", "deleted_at": None, "brand": None, "agents": None, "is_shadow": None,
    "active_brand": "ee5c48f4-13b3-4646-9d38-888188e55882", "display_name": "John Doe",
}  # fmt: skip
BRAND = {
    "id": "497c9108-1031-4885-9043-5baaf215aed7", "created_at": 1783014869.21526, "parent": None,
    "name": "LeadChannel", "deleted_at": None, "brand_type": "Team", "member_count": 1,
}  # fmt: skip


def test_the_documented_user_and_brand() -> None:
    directory = read({"brands": [BRAND], "users": [USER]})
    assert directory.problems.is_empty()
    user = directory.users.row(0, named=True)
    assert user == {
        "user_id": USER["id"], "brand_id": None, "first_name": "John", "last_name": "Doe", "display_name": "John Doe",
        "email": "john@example.com", "phone": "+16753157684", "mls_keys": None, "time_zone": "America/Chicago",
        "is_active": True,
    }  # fmt: skip
    brand = directory.brands.row(0, named=True)
    assert (brand["brand_id"], brand["name"], brand["parent_id"]) == (BRAND["id"], "LeadChannel", None)


def test_frames_have_the_columns_of_their_tables_even_when_empty() -> None:
    for directory in (read(), read({"brands": [BRAND], "users": [USER]})):
        frames = (directory.brands, directory.users, directory.campaign_emails, directory.listings)
        for frame, table in zip(frames, (CORE_BRANDS, CORE_USERS, CORE_CAMPAIGN_EMAILS, CORE_LISTINGS), strict=True):
            table.model.validate(frame)


def test_the_latest_object_of_an_id_counts_whole() -> None:
    first, second = {**BRAND, "region": "de"}, {"id": BRAND["id"], "name": "New", "deleted_at": 1783014869.5}
    brand = read({"brands": [first]}, {"brands": [second]}).brands.row(0, named=True)
    assert (brand["name"], brand["region"]) == ("New", None)
    assert brand["deleted_at"] == datetime(2026, 7, 2, 17, 54, 29, 500000, tzinfo=UTC)


def test_a_c8_phones_are_read_in_the_brands_country_and_the_settings_win() -> None:
    brands = [{"id": "de", "region": "DE"}, {"id": "gb", "region": "DE"}]
    users = [
        {"id": str(n), "brand": brand, "phone": "030 123456"} for n, brand in enumerate(["de", {"id": "de"}, None])
    ]
    users.append({"id": "3", "brands": ["gb"], "phone_number": "020 7946 0018"})
    directory = read({"users": users, "brands": brands}, regions={"gb": "GB"})
    assert directory.users["phone"].to_list()[:2] == ["+4930123456", "+4930123456"]
    assert directory.users["phone"][3] == "+442079460018"
    assert directory.users["brand_id"].to_list() == ["de", "de", None, "gb"]


@pytest.mark.parametrize(
    ("changes", "is_active"),
    [({}, True), ({"user_status": None}, True), ({"user_status": "De-Activated"}, False), ({"deleted_at": 1.0}, False)],
)
def test_a_g2_who_may_be_given_leads(changes: dict[str, Any], is_active: bool) -> None:
    assert read({"users": [{**USER, **changes}]}).users["is_active"].item() is is_active


def test_a_p1_mls_memberships_in_either_form() -> None:
    agents = [{"mls": "NTREIS", "mls_id": "12345678"}, {"mls": "HAR", "mls_id": 7}, {"mls": "X"}]
    users = [{"id": "a", "agents": agents}, {"id": "b", "mls": "NTREIS", "mls_id": "0012"}]
    assert read({"users": users}).users["mls_keys"].to_list() == [["har|7", "ntreis|12345678"], ["ntreis|0012"]]


def test_a_o7_campaign_emails_in_either_form() -> None:
    campaign = {
        "id": "c1", "brand": "b", "created_by": {"id": "u"},
        "emails": [
            {"id": "e1", "email": "A@x.com"},
            {"id": "e2", "contact": {"id": "k", "email": "k@x.com"}, "user": "v"},
        ],
    }  # fmt: skip
    flat = {"email_campaign_email": "e3", "campaign": "c2", "brand": "b", "from": "w", "recipient": "z@x.com"}
    emails = read({"campaigns": [campaign, flat]}).campaign_emails
    assert emails.rows() == [
        ("e1", "c1", "b", "u", "a@x.com"),
        ("e2", "c1", "b", "v", "k@x.com"),
        ("e3", "c2", "b", "w", "z@x.com"),
    ]


def test_ch6_a_listing_keeps_its_text_as_received() -> None:
    text = '{"id": "l",  "mls": "NTREIS", "mls_number": 14000001, "price": 5e5}'
    listing = read(f'{{"listings": [{text}]}}').listings.row(0, named=True)
    assert (listing["mls"], listing["mls_number"], listing["payload"]) == ("ntreis", "14000001", text)


def test_one_wrong_object_leaves_the_rest_alone() -> None:
    users = [{"first_name": "No id"}, 7, {"id": "u", "email": "nobody", "phone_number": "call me", "timezone": "Mars"}]
    document = {"users": users, "brands": [{"id": "b", "region": "USA"}], "campaigns": [{"id": "c", "emails": [{}]}]}
    directory = read(document, {"teams": []}, "[1]", {"users": {}, "offices": [1]})
    assert sorted(problems(directory), key=str) == sorted(
        [
            ("missing_field", "users[0].id"),
            ("unknown_shape", "users[1]"),
            ("bad_email", "users[2].email"),
            ("bad_phone", "users[2].phone_number"),
            ("bad_value", "users[2].time_zone"),
            ("bad_value", "brands[0].region"),
            ("missing_field", "campaigns[0].emails[0].id"),
            ("unknown_shape", None),
            ("unknown_shape", None),
            ("unknown_shape", "users"),
            ("unknown_shape", "offices"),
        ],
        key=str,
    )
    assert directory.users.select("user_id", "email", "phone", "time_zone").rows() == [("u", None, None, None)]
    assert directory.brands["brand_id"].to_list() == ["b"]
