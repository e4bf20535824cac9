"""Records of lead files end as leads, the same lead again, claims, or problems with a reason."""

import json
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.ddl import polars_schema
from schemas.tables import CORE_CAMPAIGN_EMAILS, ROUTING_CHANNELS
from transforms.leads import envelopes
from transforms.leads.refusal import Refused
from transforms.leads.staging import StagedLeads, stage_lead_records

RECEIVED = datetime(2026, 7, 3, tzinfo=UTC)
DELETED = datetime(2026, 1, 1, tzinfo=UTC)
CAPTURED = 1783014855.659
RECORD_TYPES = {
    "file_id": pl.String, "record_number": pl.Int64, "payload": pl.String, "run_sequence": pl.Int64,
    "received_at": pl.Datetime("us", "UTC"),
}  # fmt: skip
CHANNEL = {"brand_id": "b1", "is_default": False, "rulebook_version": "v1"}
CHANNELS = pl.DataFrame(
    [
        {**CHANNEL, "channel_id": "live", "is_default": True},
        {**CHANNEL, "channel_id": "gone"},
        {**CHANNEL, "channel_id": "gone", "deleted_at": DELETED, "valid_from": DELETED, "rulebook_version": "v2"},
        {**CHANNEL, "channel_id": "british", "brand_id": "b2"},
    ],
    schema=polars_schema(ROUTING_CHANNELS),
)
CAMPAIGNS = pl.DataFrame(
    [{"campaign_email_id": "mail", "brand_id": "b1"}, {"campaign_email_id": "other", "brand_id": "b2"}],
    schema=polars_schema(CORE_CAMPAIGN_EMAILS),
)
DEEP = f'{{"metadata": {{"lead_channel": "live"}}, "lead": {{"a": {"[" * 100_000}{"]" * 100_000}}}}}'
NESTED_XML = "<a><Client><FirstName>Ann</FirstName></Client><b/></a>"
PERSON = {"first_name": "Ann", "email": "Ann@X.co"}


def stage(*payloads: Any) -> StagedLeads:
    texts = [payload if isinstance(payload, str) else json.dumps(payload) for payload in payloads]
    rows = [("f", place + 1, text, 1, RECEIVED) for place, text in enumerate(texts)]
    records = pl.DataFrame(rows, schema=RECORD_TYPES, orient="row")
    return stage_lead_records(
        records, CHANNELS, CAMPAIGNS, default_brand=None, regions={"b2": "GB"}, default_region="US"
    )


def capture(lead: Any = PERSON, channel: str = "live", **more: Any) -> dict[str, Any]:
    return {"metadata": {"lead_channel": channel}, "lead": lead, **more}


def problem(payload: Any) -> tuple[str, str | None]:
    staged = stage(payload)
    assert staged.leads.is_empty()
    assert staged.lead_records.is_empty()
    row = staged.problems.row(0, named=True)
    assert (row["file_id"], row["folder"], row["row_number"]) == ("f", "leads", 1)
    return row["code"], row["column_name"]


def test_lc1_lc2_a_capture_keeps_what_came_and_what_was_parsed() -> None:
    lead = '{"first_name": " Ann ",  "zip": 1, "tag": "Hot"}'
    text = f'{{"metadata": {{"lead_channel": "live"}}, "lead": {lead}, "id": "L1"}}'
    row = stage(text).leads.row(0, named=True)
    assert row["lead_id"] == "L1"
    assert row["raw_payload"] == lead
    assert row["parsed_payload"] == '{"first_name":"Ann","tag":["Hot"]}'
    assert (row["channel_id"], row["brand_id"], row["captured_at"]) == ("live", "b1", RECEIVED)


@pytest.mark.parametrize(
    "given", [CAPTURED, str(CAPTURED), 1783014855659, "2026-07-02T17:54:15.659Z", "2026-07-02T12:54:15.659-05:00"]
)
def test_ch9_times_of_capture(given: Any) -> None:
    moment = datetime(2026, 7, 2, 17, 54, 15, 659000, tzinfo=UTC)
    assert stage(capture(received_at=given)).leads["captured_at"].to_list() == [moment]


@pytest.mark.parametrize(
    "body",
    [
        {"first_name": "Ann", "tag": ["a", "b"], "listing": {"price": "500000"}},
        '{"first_name": "Ann", "tag": ["a", "b"], "listing": {"price": "500000"}}',
        "first_name=Ann&tag[]=a&tag[]=b&listing[price]=500000",
        "first_name=Ann&tag=a&tag=b&listing%5Bprice%5D=500000",
        "<Lead><FirstName>Ann</FirstName><Tag>a</Tag><Tag>b</Tag><Listing><Price>500000</Price></Listing></Lead>",
    ],
    ids=["object", "json", "form", "form encoded", "xml"],
)
def test_lc6_bodies_of_deliveries(body: Any) -> None:
    row = stage({"lead_channel": "live", "received_at": CAPTURED, "body": body}).leads.row(0, named=True)
    assert json.loads(row["parsed_payload"]) == {
        "first_name": "Ann", "tag": ["a", "b"], "listing": {"price": "500000"},
    }  # fmt: skip
    assert json.loads(row["raw_payload"]) == body


@pytest.mark.parametrize(
    ("payload", "code", "column"),
    [
        ({"lead": PERSON}, "missing_field", "metadata"),
        ({"metadata": {"lead_channel": " "}, "lead": PERSON}, "missing_field", "metadata"),
        ({"metadata": {"lead_channel": "live"}}, "missing_field", "lead"),
        (capture({}), "missing_field", None),
        (capture({"firstName": "Ann"}), "missing_field", None),
        (capture([]), "unknown_shape", "lead"),
        (capture(received_at="soon"), "bad_date", "received_at"),
        (capture(channel="nobody knows it"), "unknown_channel", "lead_channel"),
        (capture(channel="gone"), "deleted_channel", "lead_channel"),
        ({"metadata": {"email_campaign_email": "lost"}, "lead": PERSON}, "unknown_campaign", "email_campaign_email"),
        ({"lead_channel": "live"}, "missing_field", "body"),
        ({"lead_channel": "live", "body": "just words"}, "unknown_shape", "body"),
        ({"lead_channel": "live", "body": "{broken"}, "broken_json", "body"),
        ({"lead_channel": "live", "body": "<a><b></a>"}, "unknown_shape", "body"),
        ({"lead_channel": "live", "body": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}, "unknown_shape", "body"),
        ({"lead_channel": "live", "body": NESTED_XML}, "unknown_shape", "body"),
        ({"claim": {"lead": "L1"}}, "missing_field", "claim"),
        ({"something": 1}, "unknown_shape", None),
        ("[1, 2]", "unknown_shape", None),
        ("{", "broken_json", None),
        (DEEP, "broken_json", None),
        ('{"metadata": {"lead_channel": "live"}, "lead": {"note": "\\ud800"}}', "broken_json", None),
        ('{"metadata": {"lead_channel": "live"}, "lead": {"price": 1e400}}', "broken_json", "lead"),
    ],
)  # fmt: skip
def test_what_is_no_lead_is_refused_with_a_reason(payload: Any, code: str, column: str | None) -> None:
    assert problem(payload) == (code, column)


def test_a_o5_a_key_is_never_shown_whole() -> None:
    row = stage(capture(channel="secret-key-of-somebody")).problems.row(0, named=True)
    assert row["value"] == "secret-k…"
    assert "secret" not in row["reason"] + row["todo"]


def test_a_o5_a_deleted_channel_takes_what_was_captured_before() -> None:
    staged = stage(capture(channel="gone", received_at="2025-12-31"), capture(channel="gone", received_at="2026-01-01"))
    assert staged.leads["record_number"].to_list() == [1]
    assert staged.problems["code"].to_list() == ["deleted_channel"]


def test_a_o7_a_campaign_goes_to_its_brands_default_channel() -> None:
    campaigns = [{"metadata": {"email_campaign_email": name}, "lead": PERSON} for name in ("mail", "other")]
    both = {"metadata": {"email_campaign_email": "mail", "lead_channel": "british"}, "lead": PERSON}
    leads = stage(*campaigns, both).leads
    assert leads["channel_id"].to_list() == ["live", None, "british"]
    assert leads["brand_id"].to_list() == ["b1", "b2", "b2"]
    assert leads["source_type"].to_list() == ["Email Campaign"] * 3


def test_a_p6_the_same_triple_is_one_lead() -> None:
    turned = capture({"email": "Ann@X.co", "first_name": "Ann"}, received_at=CAPTURED)
    staged = stage(capture(received_at=CAPTURED), turned, capture(received_at=CAPTURED + 1))
    assert staged.lead_records["kind"].to_list() == ["lead", "duplicate", "lead"]
    assert staged.lead_records["lead_id"].n_unique() == 2
    assert staged.leads["payload_key"].n_unique() == 1
    assert staged.problems.is_empty()


def test_an_id_given_twice_keeps_its_first_lead() -> None:
    staged = stage(capture(id="L1"), capture(id="L1"), capture({"first_name": "Bob"}, id="L1"))
    assert staged.leads["first_name"].to_list() == ["Ann"]
    assert staged.lead_records["kind"].to_list() == ["lead", "duplicate"]
    assert staged.problems.select("row_number", "code").rows() == [(3, "duplicate_id")]


def test_a_bad_cell_is_refused_and_its_lead_goes_on() -> None:
    lead = {"first_name": "Ann", "email": "ann at x", "phone_number": "none", "price": [1], "tag": {"a": 1}}
    staged = stage(capture(lead))
    assert staged.leads.select("first_name", "email", "phone").rows() == [("Ann", None, None)]
    found = dict(staged.problems.select("column_name", "code").rows())
    assert found == {"email": "bad_email", "phone_number": "bad_phone", "price": "bad_number", "tag": "bad_value"}


def test_a_c8_phones_are_read_in_the_brands_country() -> None:
    lead = {"phone_number": "020 7946 0018", "email": "Ann@X.Co"}
    row = stage(capture(lead, "british")).leads.row(0, named=True)
    assert (row["phone"], row["email"], row["email_text"]) == ("+442079460018", "ann@x.co", "Ann@x.co")


@pytest.mark.parametrize(
    ("lead", "names"),
    [
        ({"name": "Ann Doe"}, ("Ann", "Doe")),
        ({"name": "Ann Doe", "first_name": "Anna"}, ("Anna", None)),
        ({"name": "Ann"}, ("Ann", None)),
    ],
)
def test_a_ea11_a_whole_name_is_split_where_no_part_is_given(lead: Any, names: tuple[str, str]) -> None:
    assert stage(capture(lead)).leads.select("first_name", "last_name").row(0) == names


def test_a_f1_claims_are_recorded_once() -> None:
    claim = {"claim": {"lead": "L1", "user": "u1", "claimed_at": CAPTURED}}
    staged = stage(claim, claim)
    assert staged.claims.select("lead_id", "user_id", "record_number").rows() == [("L1", "u1", 1)]
    assert staged.lead_records["kind"].to_list() == ["claim", "claim"]
    other = {"claim": {"id": "k1", "lead": "L1", "user": "u2", "claimed_at": CAPTURED}}
    clashing = stage(other, {"claim": {**other["claim"], "user": "u3"}})
    assert clashing.claims.select("claim_id", "user_id").rows() == [("k1", "u2")]
    assert clashing.problems.select("code", "column_name", "row_number").rows() == [("duplicate_id", "claim.id", 2)]


def test_no_records_give_no_rows() -> None:
    assert [frame.height for frame in stage()] == [0, 0, 0, 0]


ids = st.sampled_from(["live", "", " live ", None, 7, True])
PARTS = st.fixed_dictionaries(
    {},
    optional={
        "metadata": st.fixed_dictionaries({}, optional={"lead_channel": ids, "email_campaign_email": ids}) | st.none(),
        "lead": st.sampled_from([PERSON, [], None, "x"]),
        "received_at": st.sampled_from([CAPTURED, 1783014855659, "2026-07-02", "", None, 1e300, True, [1]]),
        "id": ids,
        "claim": st.none(),
    },
)


@given(PARTS.map(json.dumps))
def test_the_quick_road_reads_as_the_careful_one(payload: str) -> None:
    quick = envelopes._read_plain(payload)
    if quick is None:
        return
    try:
        careful: Any = envelopes._read_any(payload)
    except Refused as refused:
        careful = refused
    assert quick == careful
