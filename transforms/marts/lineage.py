"""Marts of the inputs: what became of every row, and what is in quarantine."""

from __future__ import annotations

import polars as pl

from schemas.vocabulary import Folder

__all__ = ["trace_rows"]

_PLACE = ("folder", "file_id", "sheet", "row_number")
_SKIPPED = {
    Folder.CONTACTS: "nothing in it to make a contact of",
    Folder.LEADS: "the same lead was received before",
    Folder.REQUESTS: "the same request was received before",
}
_HIDDEN = "on a hidden sheet"


def trace_rows(
    rows: pl.DataFrame,
    contacts: pl.DataFrame,
    leads: pl.DataFrame,
    requests: pl.DataFrame,
    problems: pl.DataFrame,
    files: pl.DataFrame,
) -> pl.DataFrame:
    """marts.SourceRow: every row or record of every input file, and what became of it.

    Args:
        rows: folder, file_id, sheet, row_number, is_hidden (its sheet is), is_claim.
        contacts: file_id, sheet, row_number, contact_id (canonical) of the rows that made a contact.
        leads: file_id, row_number, lead_id, contact_id (canonical) of the records that made a lead.
        requests: file_id, row_number of the records taken as requests.
        problems: ops.Quarantined rows.
        files: raw.File rows.
    """
    of_rows, of_files = _first_reasons(problems)
    known = (
        _with_refused(rows, of_rows)
        .join(contacts, on=["file_id", "sheet", "row_number"], how="left")
        .join(leads.rename({"contact_id": "lead_contact_id"}), on=["file_id", "row_number"], how="left")
        .join(requests.with_columns(is_request=pl.lit(True)), on=["file_id", "row_number"], how="left")
        .join(of_rows, on=_PLACE, how="left")
        .join(of_files, on=["folder", "file_id"], how="left")
        .join(
            files.select("folder", "file_id", pl.col("file_name").alias("file")), on=["folder", "file_id"], how="left"
        )
    )
    is_of = {folder: pl.col("folder") == folder.value for folder in Folder}
    lead_id = pl.when(is_of[Folder.LEADS]).then("lead_id")
    contact_id = pl.when(is_of[Folder.LEADS]).then("lead_contact_id").otherwise("contact_id")
    reason = pl.coalesce("row_reason", "file_reason")
    settled = known.with_columns(lead_id=lead_id, contact_id=contact_id, reason=reason).with_columns(
        outcome=pl.when(pl.col("lead_id").is_not_null())
        .then(pl.lit("lead"))
        .when(pl.col("contact_id").is_not_null() & is_of[Folder.CONTACTS])
        .then(pl.lit("contact"))
        .when(pl.col("row_reason").is_not_null())
        .then(pl.lit("quarantined"))
        .when(is_of[Folder.REQUESTS] & pl.col("is_request"))
        .then(pl.lit("request"))
        .when(is_of[Folder.LEADS] & pl.col("is_claim"))
        .then(pl.lit("claim"))
        .when(pl.col("file_reason").is_not_null())
        .then(pl.lit("quarantined"))
        .when(is_of[Folder.DIRECTORY])
        .then(pl.lit("directory"))
        .when(is_of[Folder.ROUTING])
        .then(pl.lit("rulebook"))
        .otherwise(pl.lit("skipped"))
    )
    skipped = (
        pl.when("is_hidden").then(pl.lit(_HIDDEN)).otherwise(pl.col("folder").replace_strict(_SKIPPED, default=None))
    )
    return settled.select(
        pl.col("file").fill_null(""), *_PLACE, "contact_id", "lead_id", "outcome",
        pl.when(pl.col("outcome") == "quarantined").then("reason").when(pl.col("outcome") == "skipped").then(skipped)
        .alias("reason"),
    ).sort("folder", "file", "file_id", "sheet", "row_number")  # fmt: skip


def _first_reasons(problems: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The first reason against each row as a whole, and against each file; a single cell's is neither."""
    whole = problems.filter(pl.col("column_name").is_null()).with_columns(pl.col("sheet").fill_null(""))
    of_rows = whole.filter(pl.col("row_number").is_not_null()).sort(*_PLACE, "code", "reason")
    of_files = whole.filter(pl.col("row_number").is_null()).sort("folder", "file_id", "code", "reason")
    return (
        of_rows.unique(_PLACE, keep="first").select(*_PLACE, pl.col("reason").alias("row_reason")),
        of_files.unique(["folder", "file_id"], keep="first").select(
            "folder", "file_id", pl.col("reason").alias("file_reason")
        ),
    )


def _with_refused(rows: pl.DataFrame, of_rows: pl.DataFrame) -> pl.DataFrame:
    """Rows that were refused before they became rows (too long, broken JSON) are rows of the file all the same."""
    refused = of_rows.join(rows, on=_PLACE, how="anti").select(*_PLACE, is_hidden=pl.lit(False), is_claim=pl.lit(False))
    return pl.concat([rows.select(refused.columns), refused])
