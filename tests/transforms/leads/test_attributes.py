"""What leads add to their contacts (SPEC LC5, A-P5)."""

import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.ddl import polars_schema
from schemas.tables import CORE_ATTRIBUTES
from transforms.attribute_defs import read_attribute_defs
from transforms.leads.attributes import build_lead_attributes, key_attributes
from transforms.leads.values import list_values

REFERENCE = Path(__file__).parents[3] / "data" / "reference" / "attribute_defs.json"
DEFS = read_attribute_defs(json.loads(REFERENCE.read_text(encoding="utf-8")))
DEF_IDS = dict(DEFS.select("name", "attribute_def").rows())
SINGULAR = dict(DEFS.select("name", "is_singular").rows())
NOON = datetime(2026, 7, 2, 12, tzinfo=UTC)
NO_KNOWN = pl.DataFrame(
    schema={"contact_id": pl.String, "attribute_def": pl.String, "is_partner": pl.Boolean, "same": pl.String}
)
LEAD_TYPES: dict[str, Any] = dict.fromkeys(
    ["contact_id", "email", "email_text", "phone", "phone_text", "source_type", "file_id"], pl.String
)
LEAD_TYPES |= {"captured_at": pl.Datetime("us", "UTC"), "record_number": pl.Int64}


def build(*leads: tuple[str, dict[str, Any]], known: pl.DataFrame = NO_KNOWN) -> pl.DataFrame:
    rows = []
    for place, (contact_id, payload) in enumerate(leads):
        email, phone = payload.get("email"), payload.get("phone_number")
        rows.append(
            {
                "contact_id": contact_id, "email": email and email.lower(), "email_text": email, "phone": phone,
                "phone_text": phone, "source_type": payload.get("source_type"), "file_id": "f",
                "captured_at": NOON + timedelta(hours=place), "record_number": place + 1,
            }
        )  # fmt: skip
    payloads = pl.Series([json.dumps(payload) for _, payload in leads], dtype=pl.String)
    return build_lead_attributes(pl.DataFrame(rows, schema=LEAD_TYPES), list_values(payloads), known, DEFS)


def texts(attributes: pl.DataFrame) -> list[tuple[str, str | None]]:
    return attributes.select("attribute_type", "text").rows()


def test_lc5_the_documented_showing() -> None:
    payload = {
        "first_name": "Hossein", "last_name": "Derakhshan", "email": "h@example.com", "phone_number": "+14816131485",
        "tag": ["Showing", "Lead"], "lead_source": "Website", "source_type": "Showing", "city": "Atlanta",
        "state": "GA",
    }  # fmt: skip
    built = build(("c", payload))
    assert texts(built) == [
        ("first_name", "Hossein"), ("last_name", "Derakhshan"), ("email", "h@example.com"),
        ("phone_number", "+14816131485"), ("source_type", "Showing"), ("source", "Website"), ("tag", "Showing"),
        ("tag", "Lead"), ("address", None),
    ]  # fmt: skip
    address = built.row(-1, named=True)
    assert {part: text for part, text in address["address"].items() if text} == {"city": "Atlanta", "state": "GA"}
    assert (address["label"], address["columns"]) == ("Home", ["city", "state"])
    assert built["position"].to_list() == list(range(9))
    expected = {name: dtype for name, dtype in polars_schema(CORE_ATTRIBUTES).items() if name != "attribute_id"}
    expected["is_known"] = pl.Boolean()
    assert dict(built.schema) == expected


def test_a_p5_a_second_lead_adds_and_fills_and_overwrites_nothing() -> None:
    first = {"first_name": "Ann", "email": "a@x.co", "tag": ["Hot"], "source_type": "Website", "note": "One"}
    again = {
        "first_name": "Anna",
        "last_name": "Doe",
        "email": "A@x.co",
        "tag": ["HOT", "New"],
        "source_type": "Zillow",
    }
    built = build(("c", first), ("c", {**again, "note": "Two"}))
    assert texts(built.filter(pl.col("row_number") == 2)) == [("last_name", "Doe"), ("tag", "New"), ("note", "Two")]


def test_a_p5_what_files_brought_counts_as_known() -> None:
    rows = [("first_name", "Ann", "ann"), ("email", "a@x.co", "a@x.co"), ("last_name", "Partner", "partner")]
    known = pl.DataFrame(
        {
            "contact_id": ["c"] * 3,
            "attribute_def": [DEF_IDS[name] for name, _, _ in rows],
            "is_partner": [False, False, True],
            "text": [text for _, text, _ in rows],
            "match_key": [key for _, _, key in rows],
        }
    )
    lead = {"first_name": "Anna", "last_name": "Doe", "email": "A@x.co"}
    assert texts(build(("c", lead), known=key_attributes(known))) == [("last_name", "Doe")]


def test_addresses_are_equal_by_their_parts() -> None:
    whole, parts = {"address": "12 Main St, Atlanta, GA 30301"}, {"street_number": "12", "street_name": "Main"}
    parts |= {"street_suffix": "ST", "city": "ATLANTA", "state_code": "GA", "postal_code": "30301"}
    built = build(("c", whole), ("c", {"address": parts}), ("c", {"city": "Atlanta"}))
    assert built["row_number"].to_list() == [1, 3]
    assert built["original"].to_list() == [whole["address"], '{"city":"Atlanta"}']


def test_a_ea11_parts_of_a_whole_name() -> None:
    built = build(("c", {"name": "Bob and Jane Doe"}))
    assert built.select("attribute_type", "is_partner", "text", "original").rows() == [
        ("first_name", False, "Bob", "Bob and Jane Doe"), ("last_name", False, "Doe", "Bob and Jane Doe"),
        ("first_name", True, "Jane", "Bob and Jane Doe"), ("last_name", True, "Doe", "Bob and Jane Doe"),
    ]  # fmt: skip
    assert texts(build(("c", {"name": "Ann Doe", "last_name": "Roe"}))) == [("last_name", "Roe")]


def test_no_leads_give_no_attributes() -> None:
    assert build().is_empty()


payloads = st.fixed_dictionaries(
    {},
    optional={
        "first_name": st.sampled_from(["Ann", "Bob"]),
        "email": st.sampled_from(["a@x.co", "A@x.co", "b@x.co"]),
        "tag": st.lists(st.sampled_from(["Hot", "hot", "New"]), max_size=3),
        "note": st.sampled_from(["One", "Two"]),
    },
)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["c", "d"]), payloads), max_size=8))
def test_a_p5_equals_a_scan_of_one_lead_after_another(leads: list[tuple[str, dict[str, Any]]]) -> None:
    expected: list[tuple[str, str, str]] = []
    seen: defaultdict[str, set[str]] = defaultdict(set)
    for contact_id, payload in leads:
        for name in ("first_name", "email", "tag", "note"):
            given_values = payload.get(name, [])
            for value in given_values if isinstance(given_values, list) else [given_values]:
                key = name if SINGULAR[name] else f"{name} {value.lower()}"
                if key not in seen[contact_id]:
                    seen[contact_id].add(key)
                    expected.append((contact_id, name, value))
    assert build(*leads).select("contact_id", "attribute_type", "text").rows() == expected
