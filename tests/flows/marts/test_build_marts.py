from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from flows.runs import Run
from flows.stages.build_marts import build_marts
from schemas.tables import (
    MARTS_ACTIVITIES,
    MARTS_CHANNELS,
    MARTS_CONTACT_ALIASES,
    MARTS_CONTACT_ATTRIBUTES,
    MARTS_CONTACTS,
    MARTS_DUPLICATE_CLUSTERS,
    MARTS_FLOW_ENROLMENTS,
    MARTS_LEAD_SUMMARY,
    MARTS_LEADS,
    MARTS_QUARANTINE,
    MARTS_RULES,
    MARTS_RUNS,
    MARTS_SOURCE_ROWS,
    MARTS_TAGS,
    Table,
    tables_of,
)
from schemas.vocabulary import Layer

KATE, KATIE, MADE, GONE = "aaaaaaaa-kate", "bbbbbbbb-katie", "cccccccc-made", "dddddddd-gone"


@pytest.fixture
def read(built: Run) -> Callable[[Table], pl.DataFrame]:
    def read_table(table: Table) -> pl.DataFrame:
        with built.store() as store:
            return store.read(table)

    return read_table


Read = Callable[[Table], pl.DataFrame]


def test_contacts_are_live_and_canonical(read: Read) -> None:
    kate, made = read(MARTS_CONTACTS).sort("id").to_dicts()
    assert (kate["id"], kate["display_name"], kate["emails"]) == (KATE, "Kate Bell", ["kate@example.com"])
    assert (kate["merged_count"], kate["cluster_id"], kate["updated_for"], kate["touch_freq"]) == (
        2,
        "cluster",
        "merge",
        7,
    )
    assert kate["address"][0]["line1"] == "165 Davis"
    assert (made["id"], made["user_id"], made["tags"]) == (MADE, "user-2", ["new"])


def test_every_surviving_attribute_names_its_origin(read: Read) -> None:
    rows = read(MARTS_CONTACT_ATTRIBUTES).select("contact_id", "origin_contact_id", "attribute_type", "label", "file")
    assert sorted(rows.rows()) == [
        (KATE, KATE, "email", "Work", "people.csv"),
        (KATE, KATE, "first_name", None, "people.csv"),
        (KATE, KATE, "last_name", None, "people.csv"),
        (KATE, KATE, "tag", None, "people.csv"),
        (KATE, KATIE, "address", None, "people.csv"),
        (MADE, MADE, "first_name", None, "leads.jsonl"),
        (MADE, MADE, "tag", None, "leads.jsonl"),
    ]


def test_what_points_to_a_merged_contact_points_to_its_parent(read: Read) -> None:
    assert read(MARTS_ACTIVITIES)["contact_id"].to_list() == [KATE]
    assert read(MARTS_FLOW_ENROLMENTS).select("contact_id", "lead_id").rows() == [(KATE, "1")]
    assert read(MARTS_LEADS).select("contact_id", "origin_contact_id", "file", "row_number").rows() == [
        (MADE, MADE, "leads.jsonl", 1)
    ]
    assert read(MARTS_CONTACT_ALIASES).height == 4


def test_members_of_a_cluster_have_the_name_of_their_own(read: Read) -> None:
    clusters = read(MARTS_DUPLICATE_CLUSTERS).sort("contact_id")
    assert clusters["display_name"].to_list() == ["Kate Bell", "Katie"]


def test_routing_is_described(read: Read) -> None:
    assert read(MARTS_CHANNELS).select("id", "capture_number", "rules_count").rows() == [("channel", 1, "2")]
    assert read(MARTS_RULES).select("id", "position", "wins_count").rows() == [("rich", 1, 0), ("rest", 2, 1)]
    summary = read(MARTS_LEAD_SUMMARY).row(0, named=True)
    assert (summary["assigned_to"], summary["message"], summary["date"]) == ("user-2", "call me", "2026-05-15 12:00:00")
    assert read(MARTS_TAGS).select("tag", "contacts_count").rows() == [("New", 2)]


def test_every_row_of_every_file_is_there(read: Read) -> None:
    rows = (
        read(MARTS_SOURCE_ROWS)
        .sort("file", "row_number")
        .select("file", "row_number", "contact_id", "outcome", "reason")
    )
    assert rows.rows() == [
        ("leads.jsonl", 1, MADE, "lead", None),
        ("leads.jsonl", 2, None, "quarantined", "unknown channel"),
        ("people.csv", 1, KATE, "contact", None),
        ("people.csv", 2, KATE, "contact", None),
        ("people.csv", 3, GONE, "contact", None),
        ("people.csv", 4, None, "quarantined", "no <e-mail>"),
    ]
    assert read(MARTS_QUARANTINE)["row"].sort().to_list() == [2, 4]
    assert read(MARTS_RUNS)["status"].to_list() == ["done", "running"]


def test_keys_are_unique_and_building_again_changes_nothing(start: Callable[[], Any]) -> None:
    with start() as run:
        first = build_marts(run)
        with run.store() as store:
            before = {table: store.digest(table) for table in tables_of(Layer.MARTS)}
            for table in tables_of(Layer.MARTS):
                assert not table.key or not store.read(table, table.key).is_duplicated().any(), table.name
        assert build_marts(run) == first
        with run.store() as store:
            assert {table: store.digest(table) for table in tables_of(Layer.MARTS)} == before
