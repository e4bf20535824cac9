from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import MARTS_SOURCE_ROWS, OPS_QUARANTINE, RAW_FILES
from transforms.marts.lineage import trace_rows

FILES = [("contacts", "c"), ("contacts", "x"), ("leads", "l"), ("requests", "q"), ("directory", "d"), ("routing", "r")]
ROWS = [
    ("contacts", "c", "", 1), ("contacts", "c", "", 2), ("contacts", "c", "", 3),
    ("contacts", "x", "People", 1), ("contacts", "x", "Old", 1),
    ("leads", "l", "", 1), ("leads", "l", "", 2), ("leads", "l", "", 3),
    ("requests", "q", "", 1), ("requests", "q", "", 2), ("directory", "d", "", 1), ("routing", "r", "", 1),
]  # fmt: skip


def problem(folder: str, file_id: str, **more: Any) -> dict[str, Any]:
    return {"stage": "s", "folder": folder, "file_id": file_id, "file": "", "code": "x", "todo": ""} | more


def trace(problems: list[dict[str, Any]]) -> dict[tuple[str, str, int], tuple[str, str | None, str | None, str | None]]:
    noon = dt.datetime(2026, 5, 15, tzinfo=dt.UTC)
    files = [
        {"folder": folder, "file_id": file_id, "file_name": f"{file_id}.csv", "size_bytes": 1, "format": "csv",
         "status": "read", "run_sequence": 1, "received_at": noon}
        for folder, file_id in FILES
    ]  # fmt: skip
    place = {"file_id": pl.String, "row_number": pl.Int64}
    traced = trace_rows(
        pl.DataFrame(ROWS, schema=["folder", "file_id", "sheet", "row_number"], orient="row"),
        pl.DataFrame(
            [("c", "", 1, "C1"), ("q", "", 1, "C2"), ("q", "", 1, "C4"), ("x", "People", 1, "C3")],
            schema=["file_id", "sheet", "row_number", "contact_id"], orient="row",
        ),
        pl.DataFrame(
            [("l", 1, "lead", "L1", "C1"), ("l", 2, "duplicate", "L1", "C1"), ("l", 3, "claim", "L1", "C1")],
            schema=["file_id", "row_number", "kind", "lead_id", "contact_id"], orient="row",
        ),
        pl.DataFrame([("q", 1)], schema=place, orient="row"),
        pl.DataFrame(problems, schema=polars_schema(OPS_QUARANTINE)),
        pl.DataFrame(files, schema=polars_schema(RAW_FILES)),
    )  # fmt: skip
    assert set(traced.columns) == set(polars_schema(MARTS_SOURCE_ROWS))
    return {
        (row["file"].removesuffix(".csv"), row["sheet"], row["row_number"]): (
            row["outcome"], row["contact_id"], row["lead_id"], row["reason"],
        )
        for row in traced.to_dicts()
    }  # fmt: skip


def test_every_row_says_what_became_of_it() -> None:
    traced = trace(
        [problem("contacts", "c", row_number=2, reason="no id"), problem("requests", "q", row_number=2, reason="bad")]
    )
    assert traced == {
        ("c", "", 1): ("contact", "C1", None, None),
        ("c", "", 2): ("quarantined", None, None, "no id"),
        ("c", "", 3): ("skipped", None, None, "nothing in it to make a contact of"),
        ("x", "People", 1): ("contact", "C3", None, None),
        ("x", "Old", 1): ("skipped", None, None, "nothing in it to make a contact of"),
        ("l", "", 1): ("lead", "C1", "L1", None),
        ("l", "", 2): ("lead", "C1", "L1", None),
        ("l", "", 3): ("claim", "C1", "L1", None),
        ("q", "", 1): ("request", "C2", None, None),
        ("q", "", 2): ("quarantined", None, None, "bad"),
        ("d", "", 1): ("directory", None, None, None),
        ("r", "", 1): ("rulebook", None, None, None),
    }


def test_a_request_of_which_something_was_refused_says_why() -> None:
    refused = problem("requests", "q", row_number=1, column_name="body.user", reason="no such user")
    assert trace([refused])["q", "", 1] == ("request", "C2", None, "no such user")


def test_a_sheet_or_file_that_was_refused_speaks_for_its_rows() -> None:
    traced = trace([
        problem("contacts", "x", sheet="Old", reason="hidden"),
        problem("contacts", "c", reason="the side file is broken"),
        problem("directory", "d", reason="broken"),
        problem("routing", "r", row_number=1, column_name="rules[3]", reason="the rule is off"),
    ])  # fmt: skip
    assert traced["x", "Old", 1] == ("quarantined", None, None, "hidden")
    assert traced["x", "People", 1] == ("contact", "C3", None, None)
    assert traced["c", "", 2] == ("quarantined", None, None, "the side file is broken")
    assert traced["d", "", 1] == ("quarantined", None, None, "broken")
    assert traced["r", "", 1] == ("rulebook", None, None, None)


def test_a_bad_cell_leaves_its_row_a_contact_and_a_refused_line_is_a_row() -> None:
    traced = trace([
        problem("contacts", "c", row_number=1, column_name="Email", reason="bad e-mail"),
        problem("contacts", "c", row_number=2, column_name="Email", reason="bad e-mail"),
        problem("contacts", "c", row_number=9, reason="too long"),
    ])  # fmt: skip
    assert traced["c", "", 1] == ("contact", "C1", None, None)
    assert traced["c", "", 2] == ("quarantined", None, None, "bad e-mail")
    assert traced["c", "", 9] == ("quarantined", None, None, "too long")
