"""Blocked, compared and clustered in a real warehouse; again, and the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flows.runs import Run, start_run
from flows.stages.judge import judge
from flows.stages.match import block, cluster, compare
from flows.stages.matched_copies import find_compared
from flows.stages.matched_values import read_reference, read_values
from schemas.ddl import polars_schema
from schemas.tables import (
    CORE_ATTRIBUTES,
    CORE_CONTACT_UPDATES,
    CORE_CONTACTS,
    CORE_MERGE_EVENTS,
    MATCHING_ALIASES,
    MATCHING_BLOCKING_REPORT,
    MATCHING_CANDIDATE_PAIRS,
    MATCHING_CLUSTERS,
    MATCHING_CONTACTS,
    MATCHING_SCORED_PAIRS,
    MATCHING_STAGE_INPUTS,
    OPS_QUARANTINE,
    RAW_JUDGEMENTS,
    STAGING_REQUESTS,
    Table,
)
from transforms.matching.explaining import explain_pair

NOON = datetime(2026, 7, 2, 12, tzinfo=UTC)
WRITTEN = (
    MATCHING_CONTACTS, MATCHING_CANDIDATE_PAIRS, MATCHING_BLOCKING_REPORT, MATCHING_SCORED_PAIRS, MATCHING_CLUSTERS,
    MATCHING_ALIASES, OPS_QUARANTINE,
)  # fmt: skip
LINEAGE = {"run_sequence": 1, "source": "file", "file_id": "f", "sheet": "", "row_number": 1}
NO_MERGES = pl.DataFrame(schema={"parent_id": pl.String, "contact_id": pl.String})
TIMES = {"created_at": NOON, "updated_at": NOON}


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    with start_run("run", tmp_path) as run:
        yield run


def rows_of(table: Table, rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = {name: dtype for name, dtype in polars_schema(table).items() if name != table.hashed_id}
    return pl.DataFrame(rows, schema=schema)


def put_contacts(run: Run, people: dict[str, dict[str, object]], **columns: dict[str, object]) -> None:
    contacts = [
        {"contact_id": name, "brand_id": "b", "user_id": "u", "created_for": "import_csv", **LINEAGE, **TIMES}
        | columns.get(name, {})
        for name in people
    ]
    attributes = [
        {
            "contact_id": name, "attribute_def": kind, "attribute_type": kind, "is_primary": False, "is_partner": False,
            "position": position, "columns": [kind], **LINEAGE, **TIMES,
            **({"date": value} if isinstance(value, date) else {"text": value, "match_key": str(value).lower()}),
        }
        for name, person in people.items()
        for position, (kind, value) in enumerate(person.items())
    ]  # fmt: skip
    with run.store() as store:
        store.replace(CORE_CONTACTS, rows_of(CORE_CONTACTS, contacts))
        store.replace(CORE_ATTRIBUTES, rows_of(CORE_ATTRIBUTES, attributes))


def put_merges(run: Run, *merges: tuple[str, str]) -> None:
    events = [
        {"request_id": f"r{place}", "parent_id": parent, "contact_id": contact, "requested_at": NOON}
        for place, (parent, contact) in enumerate(merges)
    ]
    requests = [
        {
            "request_id": event["request_id"],
            "requested_at": NOON,
            "operation": "contacts.merge",
            "file_id": "f",
            "record_number": 3,
        }
        for event in events
    ]
    with run.store() as store:
        store.replace(CORE_MERGE_EVENTS, rows_of(CORE_MERGE_EVENTS, events))
        store.replace(STAGING_REQUESTS, rows_of(STAGING_REQUESTS, requests))


def match(run: Run) -> dict[str, dict[str, int]]:
    return {stage.__name__: stage(run) for stage in (judge, block, compare, cluster)}


def match_anew(run: Run) -> None:
    with run.store() as store:
        store.delete(MATCHING_STAGE_INPUTS)
    assert match(run)["compare"]["pairs_compared"] > 0


def digests(run: Run) -> list[str]:
    with run.store() as store:
        return [store.digest(table) for table in WRITTEN]


PEOPLE = {
    "a": {"first_name": "Hank", "last_name": "Zakroff", "email": "H@x.example"},
    "b": {"last_name": "Zakroff", "email": "h@x.example"},
    "c": {"first_name": "David", "phone_number": "+15556106679"},
    "d": {"first_name": "David", "last_name": "Taylor", "phone_number": "+15556106679"},
    "e": {"first_name": "Kate", "last_name": "Bell", "birthday": date(1978, 1, 20)},
    "gone": {"last_name": "Zakroff", "email": "h@x.example"},
}


def test_stages_fill_their_tables_and_again_the_same(run) -> None:
    put_contacts(run, PEOPLE, gone={"deleted_at": NOON})
    put_merges(run, ("e", "d"), ("a", "nobody"))
    counts = match(run)
    assert counts["block"]["contacts"] == 5, "a deleted contact is matched with none (SPEC A-D5)"
    assert counts["compare"]["pairs_merge"] == 2
    assert counts["judge"] == {"judgements": 1, "in_force": 1, "quarantined": 1}
    assert counts["cluster"] == {"clusters_merged": 2, "clusters_review": 1, "contacts_merged": 2}
    before = digests(run)
    match_anew(run)
    assert digests(run) == before
    with run.store() as store:
        aliases = store.read(MATCHING_ALIASES, ["contact_id", "canonical_id"], "true ORDER BY contact_id").rows()
        problem = store.read(OPS_QUARANTINE).row(0, named=True)
        by_request = store.read(MATCHING_SCORED_PAIRS, where="decided_by = 'request'").row(0, named=True)
    assert aliases == [("a", "a"), ("b", "a"), ("c", "c"), ("d", "e"), ("e", "e"), ("gone", "gone")]
    assert (problem["stage"], problem["code"], problem["value"]) == ("judge", "unknown_id", "nobody")
    assert (by_request["contact_id_l"], by_request["contact_id_r"], by_request["decision"]) == ("d", "e", "merge")


def test_what_is_not_matched_again_would_come_out_the_same(run) -> None:
    put_contacts(run, PEOPLE)
    match(run)
    gone = {"gone": {"deleted_at": NOON}}
    for people, columns, is_known in (
        (PEOPLE, {}, True),
        (PEOPLE | {"a": PEOPLE["a"] | {"note": "called"}}, {}, True),
        (PEOPLE | {"a": PEOPLE["a"] | {"email": "other@x.example"}}, {}, False),
        (PEOPLE, {"d": {"user_id": "v"}}, False),
        (PEOPLE, gone, False),
        (PEOPLE | {"later": {"note": "nobody"}}, gone | {"later": {"deleted_at": NOON}}, True),
    ):
        put_contacts(run, people, **columns)
        assert (match(run)["compare"]["pairs_compared"] == 0) == is_known, (people, columns)
        after = digests(run)
        match_anew(run)
        assert digests(run) == after, (people, columns)


def test_without_contacts(run) -> None:
    counts = match(run)
    assert counts["block"]["pairs"] == 0
    assert counts["cluster"]["clusters_merged"] == 0


def test_settings_reach_matching(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("[matching]\nauto_merge = false\n")
    with start_run("run", tmp_path) as run:
        put_contacts(run, PEOPLE)
        match(run)
        with run.store() as store:
            statuses = set(store.read(MATCHING_CLUSTERS)["status"])
    assert statuses == {"review"}


def test_a_pair_judged_different_is_never_in_one_cluster(run) -> None:
    kate = {"first_name": "Kate", "last_name": "Bell", "email": "kate@x.example", "birthday": date(1978, 1, 20)}
    put_contacts(run, {name: dict(kate) for name in "abc"})
    match(run)
    assert len({canonical for _, canonical in read_aliases(run)}) == 1
    say_different(run, "a", "c")
    match(run)
    canonical = dict(read_aliases(run))
    assert canonical["a"] != canonical["c"]
    assert canonical["b"] in (canonical["a"], canonical["c"])
    with run.store() as store:
        pairs = store.read(MATCHING_SCORED_PAIRS, ["contact_id_l", "contact_id_r", "decision", "decided_by"]).rows()
    assert ("a", "c", "no_match", "judgement") in pairs


def test_copies_beyond_a_few_go_with_those_that_are_compared(run) -> None:
    kate = {"first_name": "Kate", "last_name": "Bell", "email": "kate@x.example", "birthday": date(1978, 1, 20)}
    moved = kate | {"email": "kate.bell@y.example"}
    copies = {f"k{number:03}": dict(kate) for number in range(120)} | {f"m{number:02}": moved for number in range(60)}
    put_contacts(run, PEOPLE | copies)
    assert match(run)["block"]["pairs"] < 50
    canonical = dict(read_aliases(run))
    assert {canonical[name] for name in copies} == {canonical["e"]}, "Kate Bell, of that birthday"
    say_different(run, "k000", "k050")
    match(run)
    canonical = dict(read_aliases(run))
    assert canonical["k000"] != canonical["k050"]
    assert {canonical[name] for name in copies} == {canonical["k000"], canonical["k050"]}
    with run.store() as store:
        pairs = store.read(MATCHING_SCORED_PAIRS, ["contact_id_l", "contact_id_r", "evidence"]).rows()
        stands_for = [find_compared(store, *pair) for pair in (("k001", "k119"), ("k118", "k119"), ("a", "k119"))]
    assert ("k001", "k119", next(pair[2] for pair in pairs if pair[:2] == ("k001", "k002"))) in pairs
    assert stands_for == [("k001", "k002"), ("k001", "k002"), ("a", "k001")]
    assert len(pairs) < 400, "a pair for each copy, not for each two"
    after = digests(run)
    match_anew(run)
    assert digests(run) == after


def say_different(run: Run, left: str, right: str) -> None:
    judged = {"judgement_id": left, "contact_id_l": left, "contact_id_r": right, "judgement": "different",
              "judged_at": NOON, "source": "review", "run_sequence": 1}  # fmt: skip
    with run.store() as store:
        store.append(RAW_JUDGEMENTS, rows_of(RAW_JUDGEMENTS, [judged]))


def read_aliases(run: Run) -> list[tuple[str, str]]:
    with run.store() as store:
        return store.read(MATCHING_ALIASES, ["contact_id", "canonical_id"]).rows()


def test_a_im2_ids_of_rows_stand_for_the_contact_that_theirs_was_merged_into(run) -> None:
    put_contacts(run, PEOPLE)
    update = {
        "row_contact_id": "b1", "contact_id": "b", "matched_by": "email", "update_number": 1, "file_id": "g",
        "created_for": "import_csv", "created_at": NOON, "is_changed": False,
    }  # fmt: skip
    with run.store() as store:
        store.append(CORE_CONTACT_UPDATES, rows_of(CORE_CONTACT_UPDATES, [update]))
    match(run)
    aliases = dict(read_aliases(run))
    assert (aliases["b"], aliases["b1"]) == ("a", "a")


def test_a_pair_explained_is_what_matching_found(run) -> None:
    put_contacts(run, PEOPLE)
    match(run)
    with run.store() as store:
        values = read_values(store, "owner")
        candidates = store.read(MATCHING_CANDIDATE_PAIRS, ["contact_l", "contact_r"])
        kept = store.read(MATCHING_SCORED_PAIRS).rows(named=True)
    assert kept
    for pair in kept:
        ids = (pair["contact_id_l"], pair["contact_id_r"])
        found = explain_pair(values, candidates, NO_MERGES, read_reference(), ids, 5)
        assert (found.probability, found.evidence) == (pytest.approx(pair["probability"]), pair["evidence"])
    apart = explain_pair(values, candidates, NO_MERGES, read_reference(), ("a", "e"), 5)
    assert apart.probability < 0.1
    assert explain_pair(values, candidates, NO_MERGES, read_reference(), ("a", "nobody"), 5) is None
