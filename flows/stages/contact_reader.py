"""One contact file into the tables of staging: its sheets row by row, or its JSON objects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

import polars as pl

from flows.quarantine import quarantine
from flows.stages.contact_tables import (
    Sheet,
    count_refused_cells,
    read_chunks,
    read_date_values,
    read_objects,
    read_rows_after_gaps,
    read_sample,
    read_sheets,
)
from flows.stages.mending import leave_own_columns, map_as_origin, mend_rows
from flows.stages.staged_attributes import append_cell_attributes, find_first_number
from flows.stages.write_behind import write_behind
from flows.store import Store
from schemas.tables import RAW_FILES, STAGING_ATTRIBUTES, STAGING_CONTACT_ROWS, STAGING_FILE_COLUMNS
from schemas.vocabulary import Folder, ProblemCode
from transforms.attribute_defs import AttributeDefs
from transforms.eav import resolve_values
from transforms.importing.automatic import map_automatically
from transforms.importing.cells import sample_columns
from transforms.importing.decisions import Defaults, ImportDecision, find_skip_reason
from transforms.importing.file_report import (
    count_outcomes,
    count_skipped_cells,
    join_counts,
    report_columns,
    report_open_dates,
    report_other_keys,
    report_side_file,
    skip_columns,
)
from transforms.importing.headers import ANY_LANGUAGE, HeaderKnowledge
from transforms.importing.kinds import Junk
from transforms.importing.mapping import ColumnMapping, leave_hidden, map_as_given
from transforms.importing.other_tables import OTHER_TABLES, find_other_tables, rows_of_others
from transforms.importing.plain_cells import judge_dates
from transforms.importing.plan import plan_reading
from transforms.importing.records import count_object_cells, read_contact_objects
from transforms.importing.row_prints import print_rows
from transforms.importing.settled_cells import settle_cells
from transforms.importing.values import SheetContext, SheetValues, read_values

__all__ = ["ContactFile", "ContactReader", "FileOutcome"]

STAGE = "stage_contacts"


@dataclass(frozen=True)
class ContactFile:
    """A contact file of raw.files, and how it is to be imported."""

    file_id: str
    run_sequence: int
    received_at: datetime
    decision: ImportDecision
    origin: str | None = None  # file whose mended rejects it is


_COUNTS = ("rows_read", "contacts", "attributes", "cells_read", "cells_mapped", "cells_unmapped", "cells_quarantined")


@dataclass
class FileOutcome:
    """What staging a file gave.

    Attributes:
        counts: the columns of staging.contact_files that count.
        rows_skipped: rows of sheets that were not imported.
        updated: contacts of mended rows that were there already.
        lost: code -> cells in quarantine with nothing of them used.
    """

    counts: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(_COUNTS, 0)))
    rows_skipped: int = 0
    updated: int = 0
    lost: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class ContactReader:
    """Reads contact files into an open store.

    Attributes:
        store: the warehouse, inside the stage's transaction.
        def_rows: core.attribute_defs.
        defs: the same for look-up.
        knowledge: gives the reference tables of headers, which few runs need.
        junk: what stands for no value.
        defaults: what holds for files that do not say otherwise.
    """

    store: Store
    def_rows: pl.DataFrame
    defs: AttributeDefs
    knowledge: Callable[[], HeaderKnowledge]
    junk: Junk
    defaults: Defaults

    def take(self, file: ContactFile) -> FileOutcome:
        """Stage one file."""
        sheets = read_sheets(self.store, file.file_id)
        described = [(sheet.sheet, sheet.header, sheet.rows_count, sheet.is_hidden) for sheet in sheets]
        problems = report_side_file(file.file_id, file.decision, described, self.defs)
        quarantine(self.store, STAGE, problems)
        outcome = FileOutcome()
        for sheet in sheets:
            outcome.counts.update(self._take_sheet(file, sheet, outcome))
        outcome.counts.update(self._take_objects(file, outcome))
        if refused := count_refused_cells(self.store, file.file_id):
            outcome.counts.update(cells_read=refused, cells_quarantined=refused)
            outcome.lost[ProblemCode.CELL_ERROR.value] += refused
        return outcome

    def _take_sheet(self, file: ContactFile, sheet: Sheet, outcome: FileOutcome) -> Counter[str]:
        reason = find_skip_reason(sheet.sheet, sheet.is_hidden, file.decision.side)
        if reason:
            mappings = skip_columns(sheet.header, reason)
            chunks = list(read_chunks(self.store, sheet))
            counts = Counter(rows_read=sum(rows.height for rows in chunks))
            outcome.rows_skipped += counts["rows_read"]
            cells = [count_skipped_cells(rows, len(sheet.header)) for rows in chunks]
        else:
            others = self._find_other_tables(sheet)
            mappings = self._map(file, sheet, others)
            counts, cells = self._take_rows(file, sheet, mappings, others, outcome)
        every = join_counts(cells)
        columns = report_columns(file.file_id, sheet.sheet, mappings, every)
        self.store.append(STAGING_FILE_COLUMNS, columns)
        return counts + count_outcomes(columns, int(every["lost_count"].sum()))

    def _map(self, file: ContactFile, sheet: Sheet, others: pl.DataFrame) -> list[ColumnMapping]:
        mappings = self._map_given(file, sheet, others)
        return leave_own_columns(mappings) if sheet.is_mended else mappings

    def _map_given(self, file: ContactFile, sheet: Sheet, others: pl.DataFrame) -> list[ColumnMapping]:
        given, brand_id = file.decision.side.mappings, file.decision.brand_id
        if given is not None:
            return map_as_given(sheet.header, given, self.defs, brand_id)
        if sheet.is_mended and file.origin and (mappings := map_as_origin(self.store, sheet, file.origin)):
            return mappings
        rows = read_sample(self.store, sheet)
        rows = rows.join(rows_of_others(rows.select("row_number"), others), on="row_number", how="anti")
        sample = sample_columns(rows, len(sheet.header))
        mappings = map_automatically(sheet.header, sample, self.knowledge(), self.defs, brand_id)
        return leave_hidden(mappings, sheet.hidden_columns)

    def _is_in_other_language(self, sheet: Sheet) -> bool:
        """Whether its headers are not in English: no such language writes the month before the day."""
        return self.knowledge().find_language(sheet.header) != ANY_LANGUAGE

    def _take_rows(
        self, file: ContactFile, sheet: Sheet, mappings: list[ColumnMapping], others: pl.DataFrame, outcome: FileOutcome
    ) -> tuple[Counter[str], list[pl.DataFrame]]:
        """Stage the rows of one sheet; returns its counts, and the counts of cells of each chunk."""
        decision = file.decision
        context = SheetContext(
            file.file_id, sheet.sheet, decision.brand_id, decision.user_id, decision.region, decision.created_for,
            file.received_at, file.run_sequence, decision.side.tags, decision.source_type,
        )  # fmt: skip
        positions = plan_reading(mappings, self.defs, decision.brand_id).positions_of("date")
        habit = decision.habit or (bool(positions) and self._is_in_other_language(sheet))
        dates = {
            position: judge_dates(values, decision.day_first, habit)
            for position, values in read_date_values(self.store, sheet, positions).items()
        }
        quarantine(self.store, STAGE, report_open_dates(file.file_id, sheet.sheet, mappings, dates))
        counts: Counter[str] = Counter()
        cells = []
        first_number = find_first_number(self.store)

        def read(rows: pl.DataFrame) -> tuple[pl.DataFrame, SheetValues]:
            values = read_values(rows, mappings, context, self.defs, self.junk, dates, others)
            parts = [settle_cells(part, self.def_rows) for part in (values.plain, values.addresses)]
            numbered = values.contact_rows.with_columns(contact_number=pl.col("row_number") + (first_number - 1))
            contact_rows = print_rows(numbered, parts)
            return rows, replace(values, contact_rows=contact_rows, plain=parts[0], addresses=parts[1])

        def write(chunk: tuple[pl.DataFrame, SheetValues]) -> None:
            rows, values = chunk
            contact_rows = values.contact_rows
            if sheet.is_mended:
                contact_rows, updated = mend_rows(self.store, sheet, rows, contact_rows)
                outcome.updated += updated
            parts = (values.plain, values.addresses)
            counts.update(
                rows_read=rows.height,
                contacts=self.store.append(STAGING_CONTACT_ROWS, contact_rows),
                attributes=sum(append_cell_attributes(self.store, part, context, first_number) for part in parts),
            )
            quarantine(self.store, STAGE, values.problems)
            cells.append(values.cells)
            outcome.lost.update(values.lost)

        write_behind(read_chunks(self.store, sheet), read, write)
        return counts, cells

    def _find_other_tables(self, sheet: Sheet) -> pl.DataFrame:
        candidates = read_rows_after_gaps(self.store, sheet)
        if candidates.is_empty():
            return pl.DataFrame(schema=OTHER_TABLES)
        return find_other_tables(candidates, sheet.header, self.knowledge())

    def _take_objects(self, file: ContactFile, outcome: FileOutcome) -> Counter[str]:
        counts: Counter[str] = Counter()
        if file.decision.side.is_unusable:
            held = sum(records.height for records in read_objects(self.store, file.file_id))
            outcome.rows_skipped += held
            return Counter(rows_read=held)
        other_keys = []
        known = self._known_contacts()
        for records in read_objects(self.store, file.file_id):
            objects = records.with_columns(
                created_at=pl.lit(file.received_at).cast(pl.Datetime("us", "UTC")),
                run_sequence=pl.lit(file.run_sequence, pl.Int64),
                brand_id=pl.lit(file.decision.brand_id, pl.String),
                user_id=pl.lit(file.decision.user_id, pl.String),
                created_for=pl.lit(file.decision.created_for),
            )
            values = read_contact_objects(
                objects, self.defs, self.defaults.regions, self.defaults.region, Folder.CONTACTS,
                self._named_by(file.file_id), known,
            )  # fmt: skip
            attributes = resolve_values(values.attributes, self.def_rows, singular="last")
            counts.update(
                rows_read=records.height,
                contacts=self.store.append(
                    STAGING_CONTACT_ROWS, print_rows(values.contact_rows, [attributes], "contact_id")
                ),
                attributes=self.store.append(STAGING_ATTRIBUTES, attributes),
                **count_object_cells(values),
            )
            quarantine(self.store, STAGE, values.problems)
            outcome.lost.update(values.problems.drop_nulls("column_name")["code"])
            other_keys.append(values.other_keys)
        if other_keys:
            self.store.append(STAGING_FILE_COLUMNS, report_other_keys(file.file_id, pl.concat(other_keys)))
        return counts

    def _named_by(self, file_id: str) -> pl.Series:
        """Ids that a file has given so far."""
        rows = self.store.read(STAGING_CONTACT_ROWS, ["contact_id", "given_id"], "file_id = ?", [file_id])
        return pl.concat([rows["contact_id"], rows["given_id"].drop_nulls()])

    def _known_contacts(self) -> pl.DataFrame:
        """Contacts of earlier files; those of requests come after all files, whenever they were sent."""
        columns = ["contact_id", "brand_id", "user_id"]
        of_files = f"file_id NOT IN (SELECT file_id FROM {RAW_FILES.full_name} WHERE folder = ?)"  # noqa: S608 - registry
        return self.store.read(STAGING_CONTACT_ROWS, columns, of_files, [Folder.REQUESTS.value])
