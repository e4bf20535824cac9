"""Segment files -> marts.segment_members, by what is about to be published."""

from __future__ import annotations

from flows.quarantine import quarantine
from flows.runs import Counts, Run
from flows.segments import read_filter_tables
from flows.stages.records import read_records
from schemas.tables import MARTS_QUARANTINE, MARTS_SEGMENT_MEMBERS, OPS_QUARANTINE
from schemas.vocabulary import Folder
from transforms.filters.segments import fill_segments as fill

__all__ = ["fill_segments"]

_STAGE = "fill_segments"


def fill_segments(run: Run) -> Counts:
    """Fill every saved segment anew; what cannot be filled is quarantined."""
    with run.store() as store, store.transaction():
        records = read_records(store, Folder.SEGMENTS)
        store.delete(OPS_QUARANTINE, "stage = ?", [_STAGE])
        store.delete(MARTS_QUARANTINE, "folder = ?", [Folder.SEGMENTS.value])
        if records.is_empty():
            store.delete(MARTS_SEGMENT_MEMBERS)
            return {"segments": 0}
        filled = fill(records, read_filter_tables(store), run.settings.region)
        quarantined = quarantine(store, _STAGE, filled.problems)
        renamed = {"row": "row_number", "column": "column_name", "what_to_do": "todo"}
        store.copy(OPS_QUARANTINE, MARTS_QUARANTINE, renamed, "folder = ?", [Folder.SEGMENTS.value])
        return {
            "segments": filled.members["segment"].n_unique(),
            "members": store.replace(MARTS_SEGMENT_MEMBERS, filled.members),
            "quarantined": quarantined,
        }
