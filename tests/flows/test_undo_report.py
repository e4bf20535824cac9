"""What an undo took back, told from the published tables before and after it."""

from pathlib import Path

import polars as pl

from flows.homes import database_of
from flows.store import open_store
from flows.undo_report import compare_published, read_published
from schemas.ddl import polars_schema
from schemas.tables import MARTS_QUARANTINE


def test_edits_that_lost_their_contact_are_reported(tmp_path: Path) -> None:
    database_of(tmp_path).parent.mkdir()
    known = {"file": "r.jsonl", "folder": "requests", "code": "unknown_id", "reason": "none", "what_to_do": "look"}

    def refuse(row: int) -> None:
        with open_store(database_of(tmp_path)) as store:
            store.append(
                MARTS_QUARANTINE, pl.DataFrame([{**known, "row": row}], schema=polars_schema(MARTS_QUARANTINE))
            )

    refuse(1)
    before = read_published(tmp_path, "f")
    assert not any("requests" in line for line in compare_published(tmp_path, before))
    refuse(2)
    assert "  1 requests find no contact any more" in "\n".join(compare_published(tmp_path, before))
