"""staging: typed, normalized rows with the original beside; rebuilt from raw, file by file."""

import pandera.polars as pa
import polars as pl

from schemas.dtypes import Address, Instant, Texts

__all__ = [
    "AttributeValue", "CellAddress", "CellValue", "Claim", "ContactFile", "ContactRow", "CreatedAttribute",
    "FileColumn", "Lead", "LeadRecord", "MendedRow", "Request", "RequestFile", "RequestStep", "RequestValue",
    "ValueSource",
]  # fmt: skip


class ContactFile(pa.DataFrameModel):
    """Grain: one row per contact file that was staged: what decided how it was read, and counts that add up.

    cells_read = cells_mapped + cells_unmapped + cells_quarantined.
    """

    file_id: str = pa.Field(description="the file")
    fingerprint: str = pa.Field(description="hash of side file, owner, brand, region and header tables then")
    rows_read: int = pa.Field(ge=0, description="rows or records, those of skipped sheets too")
    contacts: int = pa.Field(ge=0, description="contacts it brought")
    attributes: int = pa.Field(ge=0, description="attribute values it brought, superseded ones too")
    cells_read: int = pa.Field(ge=0, description="cells, or attributes of JSON contacts, that are not empty")
    cells_mapped: int = pa.Field(ge=0, description="of these, used")
    cells_unmapped: int = pa.Field(ge=0, description="of these, in columns left unmapped, by name in file_columns")
    cells_quarantined: int = pa.Field(ge=0, description="of these, in quarantine with nothing of them used")


class FileColumn(pa.DataFrameModel):
    """Grain: one row per column of a contact file: what it was taken for, and what became of its cells."""

    file_id: str = pa.Field(description="the file")
    sheet: str = pa.Field(description="the sheet")
    column_index: int = pa.Field(ge=0, description="position in the header, from 0")
    column_name: str = pa.Field(description="header text")
    status: str = pa.Field(isin=["mapped", "unmapped"], description="mapped, or unmapped (kept in raw, reported)")
    attribute_type: str = pa.Field(nullable=True, description="attribute it maps to; address parts as address.city")
    label: str = pa.Field(nullable=True, description="label given to its values")
    index: int = pa.Field(nullable=True, description="groups address parts, orders e-mails and phones (SPEC IM2, IM3)")
    is_partner: bool = pa.Field(description="its values belong to the partner")
    confidence: float = pa.Field(ge=0, le=1, description="1 for a mapping that was given, else how sure the guess is")
    reason: str = pa.Field(description="why it was mapped so, or not")
    cells_count: int = pa.Field(ge=0, description="non-empty cells")
    quarantined_count: int = pa.Field(ge=0, description="cells with a value that is in quarantine")


class ContactRow(pa.DataFrameModel):
    """Grain: one row per contact that a contact file or a create request brings."""

    contact_id: str = pa.Field(description="given id, else hash of file, sheet and row")
    brand_id: str = pa.Field(nullable=True, description="brand it belongs to")
    user_id: str = pa.Field(nullable=True, description="owner")
    ios_address_book_id: str = pa.Field(nullable=True, description="id in the owner's iOS address book")
    android_address_book_id: str = pa.Field(nullable=True, description="id in the owner's Android address book")
    given_id: str = pa.Field(nullable=True, description="id of the earlier contact that it names as itself, a JSON one")
    print: int = pa.Field(nullable=True, description="hash of what its cells say; null for nothing, and of requests")
    content: int = pa.Field(nullable=True, description="hash of its values, with labels and marks; null of requests")
    contact_number: int = pa.Field(nullable=True, description="names it in this warehouse, where a sheet brought it")
    created_for: str = pa.Field(description="cause (SPEC EA13)")
    created_at: Instant = pa.Field(description="when it was received")
    run_sequence: int = pa.Field(description="run from which it was known")
    file_id: str = pa.Field(description="lineage: file")
    sheet: str = pa.Field(description="lineage: sheet; empty for CSV and JSON")
    row_number: int = pa.Field(ge=1, description="lineage: row or record, from 1")


class AttributeValue(pa.DataFrameModel):
    """Grain: one row per value of one contact, as its source gave it (DESIGN 2)."""

    contact_id: str = pa.Field(description="contact it was given to")
    attribute_def: str = pa.Field(description="id of the attribute definition")
    attribute_type: str = pa.Field(description="name of the definition, e.g. email")
    label: str = pa.Field(nullable=True, description="free text such as Home (SPEC EA9)")
    index: int = pa.Field(nullable=True, description="groups or orders values (SPEC EA7)")
    is_primary: bool = pa.Field(description="at most one per contact, definition and partner flag (SPEC EA5, A-EA1)")
    is_partner: bool = pa.Field(description="belongs to the partner (SPEC EA4)")
    text: str = pa.Field(nullable=True, description="normalized text value; --05-06 of a date without a year")
    number: float = pa.Field(nullable=True, description="number value")
    date: pl.Date = pa.Field(nullable=True, description="date value, floored to the UTC day (SPEC EA8)")
    address: Address = pa.Field(nullable=True, description="address value as stdaddr parts (SPEC EA2)")
    original: str = pa.Field(nullable=True, description="as received")
    match_key: str = pa.Field(nullable=True, description="normal form that joins and blocking use")
    position: int = pa.Field(ge=0, description="order among the contact's values as received")
    is_superseded: bool = pa.Field(description="a later value of a singular attribute replaced it (SPEC A-EA6)")
    created_at: Instant = pa.Field(description="when it was received")
    file_id: str = pa.Field(description="lineage: file")
    sheet: str = pa.Field(description="lineage: sheet; empty for CSV and JSON")
    row_number: int = pa.Field(ge=1, description="lineage: row or record, from 1")
    columns: Texts = pa.Field(description="lineage: the columns, or paths in the payload, it was read from")


class ValueSource(pa.DataFrameModel):
    """Grain: one row per part of a sheet whose values share all of this: a column, but for labels of their rows."""

    source_id: int = pa.Field(ge=1, description="number, in this warehouse only")
    attribute_def: str = pa.Field(description="id of the attribute definition")
    attribute_type: str = pa.Field(description="name of the definition, e.g. email")
    label: str = pa.Field(nullable=True, description="free text such as Home (SPEC EA9)")
    index: int = pa.Field(nullable=True, description="groups or orders values (SPEC EA7)")
    is_partner: bool = pa.Field(description="belongs to the partner (SPEC EA4)")
    created_at: Instant = pa.Field(description="when it was received")
    file_id: str = pa.Field(description="lineage: file")
    sheet: str = pa.Field(description="lineage: sheet; empty for CSV")
    columns: Texts = pa.Field(description="lineage: the columns it was read from")


class _OfCells(pa.DataFrameModel):
    """What values of sheets have of their own, whatever they are."""

    source_id: int = pa.Field(description="what it shares: staging.value_sources")
    contact_number: int = pa.Field(description="contact it was given to: staging.contact_rows")
    position: int = pa.Field(ge=0, description="order among the contact's values as received")
    is_primary: bool = pa.Field(description="at most one per contact, definition and partner flag (SPEC EA5, A-EA1)")
    is_superseded: bool = pa.Field(description="a later value of a singular attribute replaced it (SPEC A-EA6)")


class CellValue(_OfCells):
    """Grain: one row per value of a sheet that is no address, without what it shares with others."""

    text: str = pa.Field(nullable=True, description="normalized text value; --05-06 of a date without a year")
    number: float = pa.Field(nullable=True, description="number value")
    date: pl.Date = pa.Field(nullable=True, description="date value, floored to the UTC day (SPEC EA8)")
    original: str = pa.Field(nullable=True, description="as received; null where it is the text, empty for none")
    match_key: str = pa.Field(nullable=True, description="normal form; null where it is the text in lower case")


class CellAddress(_OfCells):
    """Grain: one row per address of a sheet, without what it shares with others."""

    address: Address = pa.Field(description="address value as stdaddr parts (SPEC EA2)")
    other_original: str = pa.Field(
        nullable=True, description="as received; null where it is WRITTEN_PARTS, a line each, empty for none"
    )
    match_key: str = pa.Field(nullable=True, description="normal form that joins and blocking use")


class MendedRow(pa.DataFrameModel):
    """Grain: one row per row of a mended file (`leadpipe rejects`) that stands for a row of an earlier one."""

    file_id: str = pa.Field(description="the mended file")
    sheet: str = pa.Field(description="its sheet")
    row_number: int = pa.Field(ge=1, description="its row")
    contact_id: str = pa.Field(description="contact that both rows are")
    mended_file_id: str = pa.Field(description="the earlier file")
    mended_sheet: str = pa.Field(description="its sheet")
    mended_row_number: int = pa.Field(ge=0, description="its row, of which nothing counts any more")


class Lead(pa.DataFrameModel):
    """Grain: one row per lead payload that was accepted (SPEC LC1-LC6), parsed."""

    lead_id: str = pa.Field(description="given id, else hash of channel, payload and time (SPEC A-P6)")
    channel_id: str = pa.Field(nullable=True, description="channel named, else the default one of the campaign's brand")
    brand_id: str = pa.Field(nullable=True, description="brand of the channel or campaign")
    campaign_email_id: str = pa.Field(nullable=True, description="email_campaign_email named by the payload (SPEC LC3)")
    source_type: str = pa.Field(nullable=True, description="such as Website, Email Campaign, Showing")
    captured_at: Instant = pa.Field(description="received_at of the payload, else clock of the run that took the file")
    first_name: str = pa.Field(nullable=True, description="as parsed")
    last_name: str = pa.Field(nullable=True, description="as parsed")
    email: str = pa.Field(nullable=True, description="match key of the e-mail")
    phone: str = pa.Field(nullable=True, description="match key of the phone number")
    email_text: str = pa.Field(nullable=True, description="e-mail in publish form")
    phone_text: str = pa.Field(nullable=True, description="phone number in publish form")
    raw_payload: str = pa.Field(description="JSON text of the lead as received")
    parsed_payload: str = pa.Field(description="JSON text of the lead as parsed: documented keys, trimmed")
    assignees: str = pa.Field(nullable=True, description="JSON list of payload assignees (SPEC LC9), null when none")
    payload_key: str = pa.Field(description="hash of channel and payload, for repeats (SPEC A-P6)")
    run_sequence: int = pa.Field(description="run that took it")
    file_id: str = pa.Field(description="lineage: file")
    record_number: int = pa.Field(ge=1, description="lineage: record, from 1")


class Claim(pa.DataFrameModel):
    """Grain: one row per claim received: a member of a FirstToClaim group takes an offered lead (SPEC A-F1)."""

    claim_id: str = pa.Field(description="given id, else hash of lead, user and time")
    lead_id: str = pa.Field(description="lead claimed")
    user_id: str = pa.Field(description="who claimed")
    claimed_at: Instant = pa.Field(description="when")
    run_sequence: int = pa.Field(description="run that took it")
    file_id: str = pa.Field(description="lineage: file")
    record_number: int = pa.Field(ge=1, description="lineage: record, from 1")


class LeadRecord(pa.DataFrameModel):
    """Grain: one row per record of a lead file that was accepted: what it was, and its lead."""

    file_id: str = pa.Field(description="lineage: file")
    record_number: int = pa.Field(ge=1, description="lineage: record, from 1")
    kind: str = pa.Field(isin=["lead", "duplicate", "claim"], description="a lead, the same lead again, or a claim")
    lead_id: str = pa.Field(description="the lead made, sent again or claimed")


class Request(pa.DataFrameModel):
    """Grain: one row per API request that was accepted, in order of its time (DESIGN 6)."""

    request_id: str = pa.Field(description="id given by the log, else hash of the line")
    requested_at: Instant = pa.Field(description="its `at`")
    user_id: str = pa.Field(nullable=True, description="who asked")
    brand_id: str = pa.Field(nullable=True, description="for which brand")
    operation: str = pa.Field(description="name of the documented operation, e.g. contacts.merge")
    target_id: str = pa.Field(nullable=True, description="last id or tag in the path")
    within_id: str = pa.Field(nullable=True, description="id in the path before that")
    query: str = pa.Field(nullable=True, description="JSON text of the query parameters")
    body: str = pa.Field(nullable=True, description="JSON text of the body")
    line_hash: str = pa.Field(nullable=True, description="hash of the line: the same line again is no second request")
    file_id: str = pa.Field(description="lineage: file")
    record_number: int = pa.Field(ge=1, description="lineage: line, from 1")


class RequestFile(pa.DataFrameModel):
    """Grain: one row per request log that was read, with what decided how."""

    file_id: str = pa.Field(description="the log")
    brand_id: str = pa.Field(nullable=True, description="default brand then")
    fingerprint: str = pa.Field(description="hash of regions and attribute definitions then")


class RequestStep(pa.DataFrameModel):
    """Grain: one row per thing that an accepted request asks of one contact, attribute, tag or definition."""

    request_id: str = pa.Field(description="the request")
    step: int = pa.Field(ge=0, description="place among the request's steps")
    requested_at: Instant = pa.Field(description="its time")
    kind: str = pa.Field(description="what is asked: schemas.vocabulary.Step")
    brand_id: str = pa.Field(nullable=True, description="brand of the request")
    contact_id: str = pa.Field(nullable=True, description="contact asked of; null for what is asked of many")
    attribute_id: str = pa.Field(nullable=True, description="attribute asked of")
    detail: str = pa.Field(nullable=True, description="owner, tag, frequency, definition, or JSON of keys or filters")
    column_name: str = pa.Field(description="where it stands in the request, such as body.contacts[1]")
    fault_code: str = pa.Field(nullable=True, description="why it can be applied to no contact")
    fault_reason: str = pa.Field(nullable=True, description="the same in a sentence")
    fault_value: str = pa.Field(nullable=True, description="what is at fault")
    file_id: str = pa.Field(description="lineage: log")
    record_number: int = pa.Field(ge=1, description="lineage: line, from 1")


class RequestValue(pa.DataFrameModel):
    """Grain: one row per attribute value that a step brings, normalized as values of files are."""

    request_id: str = pa.Field(description="the request")
    step: int = pa.Field(ge=0, description="its step")
    position: int = pa.Field(ge=0, description="place among the attributes of the step")
    attribute_id: str = pa.Field(description="id that the request gives it, else hash of request, step and position")
    attribute_def: str = pa.Field(description="id of the attribute definition")
    attribute_type: str = pa.Field(description="name of the definition")
    label: str = pa.Field(nullable=True, description="free text such as Home")
    index: int = pa.Field(nullable=True, description="groups or orders values")
    is_primary: bool = pa.Field(description="asked to be primary")
    is_partner: bool = pa.Field(description="belongs to the partner")
    text: str = pa.Field(nullable=True, description="normalized text value")
    number: float = pa.Field(nullable=True, description="number value")
    date: pl.Date = pa.Field(nullable=True, description="date value, floored to the UTC day")
    address: Address = pa.Field(nullable=True, description="address value as stdaddr parts")
    original: str = pa.Field(nullable=True, description="as received")
    match_key: str = pa.Field(nullable=True, description="normal form that joins and blocking use")
    columns: Texts = pa.Field(description="lineage: paths in the body")


class CreatedAttribute(pa.DataFrameModel):
    """Grain: one row per attribute of a created contact to which its request gives an id."""

    contact_id: str = pa.Field(description="contact")
    position: int = pa.Field(ge=0, description="position of staging.attributes")
    attribute_id: str = pa.Field(description="the id")
