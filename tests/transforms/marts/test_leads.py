from __future__ import annotations

import datetime as dt

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import MARTS_LEAD_SUMMARY
from transforms.marts.leads import explain_assignments, keep_first_enrolments, summarize_leads

NOON = dt.datetime(2026, 5, 15, 14, 7, 36, tzinfo=dt.UTC)


def test_ls2_the_lead_summary_has_texts_for_numbers_and_flags() -> None:
    leads = pl.DataFrame(
        {"lead_id": ["l1", "l2"], "contact_id": ["a", "a"], "source_type": ["Website", None],
         "captured_at": [NOON, NOON], "parsed_payload": ['{"note": "call me"}', "{}"]}
    )  # fmt: skip
    assignments = pl.DataFrame({"lead_id": ["l1"], "position": [1], "user_id": ["u"], "status": ["assigned"]})
    contacts = pl.DataFrame(
        {"id": ["a"], "display_name": ["Kate Bell"], "title": [None], "company": ["ACME"], "phone_number": ["1"],
         "email": ["k@example.com"]}, schema_overrides={"title": pl.String},
    )  # fmt: skip
    none = pl.DataFrame(schema={"lead_id": pl.String, "raw_payload": pl.String})
    summary = summarize_leads(leads, assignments, contacts, none)
    assert set(summary.columns) == set(polars_schema(MARTS_LEAD_SUMMARY))
    first, second = summary.sort("id").to_dicts()
    assert (first["name"], first["phonenumber"], first["date"]) == ("Kate Bell", "1", "2026-05-15 14:07:36")
    assert (first["assigned"], first["assigned_to"], first["status"], first["status_count"]) == (
        "1",
        "u",
        "assigned",
        1,
    )
    assert (second["assigned"], second["assigned_to"], second["status"]) == ("0", None, "unassigned")
    assert (first["message"], first["notes_count"], second["notes_count"]) == ("call me", 1, 0)
    assert (first["is_public"], first["analytics"], first["chat"], first["color"]) == ("0", "{}", None, None)


def test_assignments_say_who_and_why() -> None:
    assignments = pl.DataFrame(
        {"lead_id": ["l1", "l2"], "user_id": ["u", None]}, schema_overrides={"user_id": pl.String}
    )
    decisions = pl.DataFrame({"lead_id": ["l1", "l2"], "reason": ["rule 1 matches", "nobody is left"]})
    users = pl.DataFrame({"user_id": ["u"], "display_name": [None], "first_name": ["Ann"], "last_name": ["Lee"]},
                         schema_overrides={"display_name": pl.String})  # fmt: skip
    assert explain_assignments(assignments, decisions, users).rows() == [
        ("l1", "u", "Ann Lee", "rule 1 matches"),
        ("l2", None, None, "nobody is left"),
    ]


def test_a_f3_a_merge_enrols_nobody_twice() -> None:
    enrolments = pl.DataFrame(
        {"contact_id": ["a", "a", "a"], "flow_id": ["f", "f", "g"], "lead_id": ["late", "early", "other"],
         "enrolled_at": [NOON, NOON - dt.timedelta(1), NOON]}
    )  # fmt: skip
    assert keep_first_enrolments(enrolments)["lead_id"].to_list() == ["early", "other"]
