"""Contacts that were merged, and whom a later deletion concerns (SPEC A-M6, A-M7)."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import polars as pl

from flows import stages
from schemas.ddl import polars_schema
from schemas.tables import CORE_CONTACTS, MATCHING_JUDGEMENTS, RAW_MERGE_WITHDRAWALS


def ask(number: int, method: str, path: str, body: Any = None) -> dict[str, Any]:
    who = {"id": f"r{number}", "at": 1778872000 + number, "user": "u", "brand": "b"}
    return {**who, "method": method, "path": path, "body": body}


def merge(number: int, **subs: str) -> dict[str, Any]:
    clusters = [{"parent": parent, "sub_contacts": [*names]} for parent, names in subs.items()]
    return ask(number, "POST", "/contacts/merge", {"clusters": clusters})


BORN = ask(0, "POST", "/contacts", {"contacts": [
    {"id": name, "attributes": [{"attribute_type": "first_name", "text": name}]} for name in "abcdefghijkl"
]})  # fmt: skip


def test_deletions_reach_what_was_merged_and_undo_no_merge(log: Any) -> None:
    log = replace(log, stages=(*log.stages, stages.judge))
    withdrawal = {"request_id": "r4", "contact_id": "h", "withdrawn_by": None, "run_sequence": 1,
                  "withdrawn_at": datetime(2026, 7, 1, tzinfo=UTC)}  # fmt: skip
    with log.run.store() as store:
        store.append(RAW_MERGE_WITHDRAWALS, pl.DataFrame([withdrawal], schema=polars_schema(RAW_MERGE_WITHDRAWALS)))
    log.take(
        BORN,
        merge(1, a="bc"),  # of these, one is deleted afterwards: the other stays merged
        merge(2, d="e"), merge(3, e="f"),  # the one that stands for them all is deleted, named as it was before or not
        merge(4, g="h"),  # taken back: each is deleted by itself
        merge(5, i=["j", "nobody"]),  # refused: whoever deletes the one keeps the other
        merge(6, k="l", a="l"),  # refused: they name different parents
        *(ask(number, "DELETE", f"/contacts/{name}") for number, name in enumerate("cdgik", 7)),
    )  # fmt: skip
    assert {row["contact_id"] for row in log.rows(CORE_CONTACTS, "deleted_at IS NULL")} == set("abhjl")
    merged = log.rows(MATCHING_JUDGEMENTS, "status = 'in_force'")
    assert [(row["contact_id_l"], row["contact_id_r"]) for row in merged] == [("a", "b")]
    assert set(log.problems()) == {("invalid_request", 7), ("unknown_id", 6)}
    assert log.problems().count(("unknown_id", 6)) == 1, "an id that nobody has is told once"
