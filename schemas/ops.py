"""ops: runs, counts per stage, quarantine."""

import pandera.polars as pa

from schemas.dtypes import Instant

__all__ = ["DecisionChange", "ImportCount", "Quarantined", "Run", "StageCount"]


class Run(pa.DataFrameModel):
    """Grain: one row per run."""

    run_id: str = pa.Field(description="id")
    run_sequence: int = pa.Field(ge=1, description="1, 2, 3 … in the order of the runs")
    command: str = pa.Field(description="run, leads, backfill or rebuild")
    clock: Instant = pa.Field(description="the run's clock (--now), the only time that derivations see")
    started_at: Instant = pa.Field(description="wall clock at the start")
    finished_at: Instant = pa.Field(nullable=True, description="wall clock at the end")
    status: str = pa.Field(isin=["running", "done", "failed"], description="where it stands")
    counts: str = pa.Field(nullable=True, description="JSON: stage -> counts")
    versions: str = pa.Field(description="JSON: leadpipe, Python and library versions")


class DecisionChange(pa.DataFrameModel):
    """Grain: one row per decision that a later run replaced, as it was (SPEC A-F2).

    It tells of runs, as the rest of ops does: what was decided when the runs knew less cannot be derived from what they
    know now, so it is kept at a rebuild; `leadpipe replay` derives it again from the inputs of the time.
    """

    lead_id: str = pa.Field(description="lead")
    run_sequence: int = pa.Field(ge=1, description="run that replaced the decision")
    superseded_at: Instant = pa.Field(description="clock of that run")
    cause: str = pa.Field(description="schemas.vocabulary.ChangeCause")
    detail: str = pa.Field(nullable=True, description="what did it: lead or rulebook version")
    channel_id: str = pa.Field(nullable=True, description="channel")
    captured_at: Instant = pa.Field(description="capture of the lead")
    outcome: str = pa.Field(description="step that had decided")
    status: str = pa.Field(description="where the lead stood")
    target: str = pa.Field(nullable=True, description="User, Group or Brand")
    user_id: str = pa.Field(nullable=True, description="user who had it")
    group_id: str = pa.Field(nullable=True, description="group that gave or offered it")
    brand_id: str = pa.Field(nullable=True, description="brand")
    rule_id: str = pa.Field(nullable=True, description="first matching rule then")
    rulebook_version: str = pa.Field(nullable=True, description="rulebook version then")
    next_rule_id: str = pa.Field(nullable=True, description="rule that would have won without the first")
    group_turn: int = pa.Field(nullable=True, description="turn number of the group")
    decided_at: Instant = pa.Field(nullable=True, description="when it had come to that")
    reason: str = pa.Field(description="the decision in a sentence")


class StageCount(pa.DataFrameModel):
    """Grain: one row per run, stage and count."""

    run_id: str = pa.Field(description="run")
    stage: str = pa.Field(description="stage, named as its function")
    name: str = pa.Field(description="what is counted, e.g. rows_read")
    value: int = pa.Field(description="how many")
    seconds: float = pa.Field(ge=0, description="wall seconds of the stage")


class Quarantined(pa.DataFrameModel):
    """Grain: one row per file, row or cell that could not be used; everything else went on."""

    stage: str = pa.Field(description="stage that refused it")
    folder: str = pa.Field(description="inbox folder")
    file_id: str = pa.Field(description="file")
    file: str = pa.Field(description="file name, below its inbox folder")
    sheet: str = pa.Field(nullable=True, description="sheet of a workbook")
    row_number: int = pa.Field(nullable=True, description="row or record, 1 is the first; null for a whole file")
    column_name: str = pa.Field(nullable=True, description="column, or path in a payload")
    value: str = pa.Field(nullable=True, description="what stood there, as received")
    code: str = pa.Field(description="kind of problem")
    reason: str = pa.Field(description="what is wrong, in a sentence")
    todo: str = pa.Field(description="what to do about it")


class ImportCount(pa.DataFrameModel):
    """Grain: one row per contact file in force, name and detail.

    rows_read = contacts_created + contacts_updated + rows_rejected + rows_skipped, and
    cells_read = cells_mapped + the cells_unmapped of every column + the cells_quarantined of every reason.
    """

    file_id: str = pa.Field(description="the contact file")
    name: str = pa.Field(
        isin=[
            "rows_read", "contacts_created", "rows_rejected", "rows_skipped", "contacts_updated",
            "cells_read", "cells_mapped", "cells_unmapped", "cells_quarantined",
        ],
        description="what is counted: rows_skipped: of sheets not imported",
    )  # fmt: skip
    detail: str = pa.Field(description="column of cells_unmapped, reason code of cells_quarantined, else empty")
    value: int = pa.Field(ge=0, description="how many")
