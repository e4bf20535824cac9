"""raw: what came in, verbatim, append only. Every other table is a pure function of these."""

import pandera.polars as pa

from schemas.dtypes import Instant, Texts
from schemas.vocabulary import KEPT_BY_ITSELF

__all__ = [
    "File", "FileRow", "Import", "Judgement", "KeptModel", "MergeWithdrawal", "Problem", "Record", "RowLine", "Sheet",
    "Undo",
]  # fmt: skip


class File(pa.DataFrameModel):
    """Grain: one row per distinct file content and inbox folder, the first time it was seen."""

    file_id: str = pa.Field(description="SHA-256 of the file's bytes, hexadecimal")
    folder: str = pa.Field(description="inbox folder: directory, routing, requests, contacts or leads")
    file_name: str = pa.Field(description="path below its inbox folder")
    size_bytes: int = pa.Field(ge=0, description="size in bytes")
    format: str = pa.Field(description="what the content is: csv, xls, xlsx, xml, html, json, jsonl or unreadable")
    encoding: str = pa.Field(nullable=True, description="character encoding the text was decoded with")
    status: str = pa.Field(isin=["read", "unreadable"], description="read, or unreadable as a whole (see raw.problems)")
    run_sequence: int = pa.Field(description="number of the run that took the file; decides what was known when")
    received_at: Instant = pa.Field(description="clock of the run that took the file")


class Import(pa.DataFrameModel):
    """Grain: one row per contact file and side file content; the latest of a file is in force."""

    file_id: str = pa.Field(description="the contact file")
    side_file: str = pa.Field(nullable=True, description="text of NAME.import.json, verbatim; null when there was none")
    run_sequence: int = pa.Field(description="number of the run that saw this side file")
    received_at: Instant = pa.Field(description="clock of that run")


class Undo(pa.DataFrameModel):
    """Grain: one row per time a contact file was taken back; it counts again once raw.imports has a later row of it."""

    file_id: str = pa.Field(description="the contact file")
    run_sequence: int = pa.Field(description="number of the run that took it back")
    undone_at: Instant = pa.Field(description="clock of that run")


class Sheet(pa.DataFrameModel):
    """Grain: one row per table in a contact file (a CSV or a list of JSON objects has one)."""

    file_id: str = pa.Field(description="the file")
    sheet: str = pa.Field(description="sheet name; empty for CSV and JSON")
    sheet_index: int = pa.Field(ge=0, description="position in the workbook, from 0")
    header: Texts = pa.Field(description="column names as they stand in the file; unnamed ones are 'column 7'")
    header_line: int = pa.Field(ge=0, description="physical line or last row of the header, from 1; 0 without one")
    rows_count: int = pa.Field(ge=0, description="data rows")
    is_hidden: bool = pa.Field(description="hidden in the workbook: kept, not imported; so are its hidden rows")
    hidden_columns: Texts = pa.Field(description="names of columns hidden in the workbook: kept, not imported")
    lines_above: Texts = pa.Field(
        nullable=True, description="what stands above the header, no rows; cells parted by tabs"
    )


class RowLine(pa.DataFrameModel):
    """Grain: one row per data row of a sheet, as it is written."""

    file_id: str = pa.Field(description="the file")
    sheet: str = pa.Field(description="the sheet")
    row_number: int = pa.Field(ge=1, description="1 is the first data row")
    line: str = pa.Field(description="the cells in one text: a mark that none of them holds before each")


class FileRow(RowLine):
    """Grain: one row per data row of a sheet, every cell as text."""

    cells: Texts = pa.Field(description="one text per header column, empty where the cell is: read from the line")


class Record(pa.DataFrameModel):
    """Grain: one row per JSON record: a contact, lead payload, request, directory or rulebook document."""

    file_id: str = pa.Field(description="the file")
    folder: str = pa.Field(description="inbox folder")
    record_number: int = pa.Field(ge=1, description="1 is the first record")
    payload: str = pa.Field(description="JSON text as received")


class Problem(pa.DataFrameModel):
    """Grain: one row per file or row that could not be read; kept, because the file may be gone at a rebuild."""

    file_id: str = pa.Field(description="the file")
    folder: str = pa.Field(description="inbox folder")
    sheet: str = pa.Field(nullable=True, description="the sheet")
    row_number: int = pa.Field(nullable=True, description="1 is the first data row; null for the whole file")
    column_name: str = pa.Field(nullable=True, description="the column")
    value: str = pa.Field(nullable=True, description="what stood there, as received")
    code: str = pa.Field(description="schemas.vocabulary.ProblemCode")
    reason: str = pa.Field(description="what is wrong, in a sentence")
    todo: str = pa.Field(description="what to do about it")


class Judgement(pa.DataFrameModel):
    """Grain: one row per time a person judged a pair of contacts; the latest of a pair is in force (DESIGN 4)."""

    judgement_id: str = pa.Field(description="hash of pair, judgement and run")
    contact_id_l: str = pa.Field(description="lower contact id, as judged")
    contact_id_r: str = pa.Field(description="higher contact id, as judged")
    judgement: str = pa.Field(
        isin=["same", "different", "unsure", "withdrawn"],
        description="one person, two, nobody can tell; withdrawn: as if it had never been judged",
    )
    judged_by: str = pa.Field(nullable=True, description="who")
    judged_at: Instant = pa.Field(description="when: the clock of that run, later than what it replaces")
    source: str = pa.Field(isin=["review", "unmerge"], description="how: a review file, or leadpipe unmerge")
    reference: str = pa.Field(nullable=True, description="name of the review file")
    run_sequence: int = pa.Field(description="number of that run")


class MergeWithdrawal(pa.DataFrameModel):
    """Grain: one row per contact of a merge request that was taken back: from then on it was never asked (A-M7)."""

    request_id: str = pa.Field(description="the request")
    contact_id: str = pa.Field(description="sub-contact, as the request named it")
    withdrawn_by: str = pa.Field(nullable=True, description="who took it back")
    withdrawn_at: Instant = pa.Field(description="clock of that run")
    run_sequence: int = pa.Field(description="number of that run")


class KeptModel(pa.DataFrameModel):
    """Grain: one row per time the model of matching was kept, or released; the latest is in force."""

    run_sequence: int = pa.Field(description="number of the run that did")
    model: str = pa.Field(nullable=True, description="JSON of what is kept; null: released")
    contacts_count: int = pa.Field(ge=0, description="contacts it was estimated on; released: contacts then")
    kept_by: str = pa.Field(nullable=True, description=f"who; {KEPT_BY_ITSELF}: a run, as the book is large")
    kept_at: Instant = pa.Field(description="clock of that run")
