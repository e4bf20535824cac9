"""marts of the inputs: what became of each contact file, and of each row of any file."""

import pandera.polars as pa

from schemas.dtypes import Instant

__all__ = ["Import", "SourceRow"]


class Import(pa.DataFrameModel):
    """Grain: one row per contact file ever taken; the counts of one that was undone are 0.

    rows_read = contacts_created + contacts_updated + contacts_unchanged + rows_rejected + rows_skipped,
    cells_read = cells_mapped + cells_unmapped + cells_quarantined.
    """

    file: str = pa.Field(description="file name")
    import_id: str = pa.Field(description="SHA-256 of its bytes; its first 8 characters name the import in commands")
    received_at: Instant = pa.Field(description="clock of the run that took it")
    rows_read: int = pa.Field(ge=0, description="rows or records with anything in them")
    contacts_created: int = pa.Field(ge=0, description="contacts made of them")
    contacts_updated: int = pa.Field(ge=0, description="contacts that were there and that its rows changed (A-IM2)")
    contacts_unchanged: int = pa.Field(ge=0, description="contacts that were there and to which it brought nothing new")
    rows_rejected: int = pa.Field(ge=0, description="rows that made no contact")
    rows_skipped: int = pa.Field(ge=0, description="rows of sheets that were not imported")
    rows_to_mend: int = pa.Field(ge=0, description="rows with anything in quarantine: what `leadpipe rejects` writes")
    cells_read: int = pa.Field(ge=0, description="cells, or attributes of JSON contacts, that are not empty")
    cells_mapped: int = pa.Field(ge=0, description="of these, used")
    cells_unmapped: int = pa.Field(ge=0, description="of these, in columns left unmapped; kept, importable later")
    cells_quarantined: int = pa.Field(ge=0, description="of these, in quarantine with nothing of them used")
    is_undone: bool = pa.Field(description="taken back by `leadpipe undo`; importing it again revives it")


class SourceRow(pa.DataFrameModel):
    """Grain: one row per row or record of every input file: what became of it."""

    file: str = pa.Field(description="file name, below its inbox folder")
    file_id: str = pa.Field(description="SHA-256 of its bytes: tells files of one name apart")
    folder: str = pa.Field(description="inbox folder")
    sheet: str = pa.Field(description="sheet; empty for CSV and JSON")
    row_number: int = pa.Field(ge=1, description="1 is the first data row or record")
    contact_id: str = pa.Field(nullable=True, description="contact it made, or its lead is of; canonical")
    lead_id: str = pa.Field(nullable=True, description="lead it made, sent again or claimed")
    outcome: str = pa.Field(
        description="contact, lead, directory, rulebook, request, claim, quarantined, skipped, undone or replaced"
    )
    reason: str = pa.Field(
        nullable=True,
        description="why it, or what of a request, was quarantined; why it was skipped, undone or replaced",
    )
