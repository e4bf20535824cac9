"""Marts of the inputs: what became of every row, and what is in quarantine."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from schemas.vocabulary import Folder

__all__ = ["place_attributes", "trace_rows"]

_PLACE = ("folder", "file_id", "sheet", "row_number")
_SKIPPED = {
    Folder.CONTACTS: "nothing in it to make a contact of",
    Folder.REQUESTS: "the same request was received before",
}
#: Where a row makes one thing: when it made nothing, a problem of one of its cells is the reason.
_MADE_BY_ROW = pl.col("folder").is_in([Folder.CONTACTS.value, Folder.LEADS.value, Folder.REQUESTS.value])


def trace_rows(
    rows: pl.DataFrame,
    contacts: pl.DataFrame,
    leads: pl.DataFrame,
    requests: pl.DataFrame,
    problems: pl.DataFrame,
    files: pl.DataFrame,
    undone: Collection[str] = (),
    mended: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """marts.SourceRow: every row or record of every input file, and what became of it.

    Args:
        rows: folder, file_id, sheet, row_number.
        contacts: file_id, sheet, row_number, contact_id (canonical) of the rows that made a contact.
        leads: file_id, row_number, kind, lead_id, contact_id (canonical) of the accepted records of lead files; a
            record that sends a lead again is of that lead (SPEC A-P6).
        requests: file_id, row_number of the records taken as requests.
        problems: ops.Quarantined rows.
        files: raw.File rows.
        undone: ids of contact files that were taken back.
        mended: staging.MendedRow rows; none by default.
    """
    of_one_row, is_whole = pl.col("row_number").is_not_null(), pl.col("column_name").is_null()
    of_rows = _first_reasons(problems.filter(of_one_row & (is_whole | _MADE_BY_ROW)), _PLACE, "row_reason")
    of_sheets = _first_reasons(problems.filter(~of_one_row & is_whole), _PLACE[:3], "sheet_reason")
    of_files = _first_reasons(
        problems.filter(~of_one_row & is_whole & pl.col("sheet").is_null()), _PLACE[:2], "file_reason"
    )
    made = contacts.sort("contact_id").unique(["file_id", "sheet", "row_number"], keep="first")  # a request makes many
    replaced = _replaced_places(mended)
    names = files.select("folder", "file_id", pl.col("file_name").alias("file"))
    lead_records = leads.rename({"contact_id": "lead_contact_id"}).with_columns(folder=pl.lit(Folder.LEADS.value))
    request_records = requests.with_columns(folder=pl.lit(Folder.REQUESTS.value), kind=pl.lit("request"))
    known = (
        _with_refused(rows, of_rows, replaced)
        .join(made, on=["file_id", "sheet", "row_number"], how="left")
        .join(lead_records, on=["folder", "file_id", "row_number"], how="left")
        .join(request_records, on=["folder", "file_id", "row_number"], how="left", suffix="_of_request")
        .join(of_rows, on=_PLACE, how="left")
        .join(of_sheets, on=_PLACE[:3], how="left")
        .join(of_files, on=["folder", "file_id"], how="left")
        .join(names, on=["folder", "file_id"], how="left")
        .join(replaced, on=_PLACE, how="left")
    )
    settled = known.with_columns(
        contact_id=pl.coalesce("lead_contact_id", "contact_id"),
        kind=pl.coalesce("kind", "kind_of_request"),
        reason=pl.coalesce("row_reason", "sheet_reason", "file_reason"),
    ).with_columns(_outcome(list(undone)))
    skipped = pl.when(pl.col("outcome") == "skipped").then(pl.col("folder").replace_strict(_SKIPPED, default=None))
    outcome = pl.col("outcome")
    refused = pl.when(outcome == "quarantined").then("reason").when(outcome == "request").then("row_reason")
    withdrawn = (
        pl.when(pl.col("outcome") == "undone")
        .then(pl.lit("its import was undone"))
        .when(pl.col("outcome") == "replaced")
        .then(pl.lit("a mended row, imported later, stands for it"))
    )
    return settled.select(
        pl.col("file").fill_null(""), *_PLACE, "contact_id", "lead_id", "outcome",
        pl.coalesce(refused, skipped, withdrawn).alias("reason"),
    ).sort("folder", "file", "file_id", "sheet", "row_number")  # fmt: skip


def place_attributes(survivors: pl.DataFrame, lineage: pl.DataFrame) -> pl.DataFrame:
    """marts.ContactAttribute: surviving attributes with the name of the file that each came from, and who brought it.

    Args:
        survivors: the result of `merge_attributes`.
        lineage: attribute_id, file, created_by, updated_by of each.
    """
    placed = survivors.join(lineage, on="attribute_id", how="left", maintain_order="left")
    return placed.drop("file_id", "source", "deleted_at")


def _outcome(undone: list[str]) -> pl.Expr:
    kind, folder = pl.col("kind"), pl.col("folder")
    return (
        pl.when((folder == Folder.CONTACTS.value) & pl.col("file_id").is_in(undone))
        .then(pl.lit("undone"))
        .when(pl.col("is_replaced").fill_null(False))
        .then(pl.lit("replaced"))
        .when(kind == "duplicate")
        .then(pl.lit("lead"))
        .when(kind.is_in(["lead", "claim", "request"]))
        .then(kind)
        .when((folder == Folder.CONTACTS.value) & pl.col("contact_id").is_not_null())
        .then(pl.lit("contact"))
        .when(pl.col("reason").is_not_null())
        .then(pl.lit("quarantined"))
        .otherwise(folder.replace_strict({"directory": "directory", "routing": "rulebook"}, default="skipped"))
        .alias("outcome")
    )


def _replaced_places(mended: pl.DataFrame | None) -> pl.DataFrame:
    """Places of rows that a mended row stands for, marked `is_replaced`."""
    columns = ["mended_file_id", "mended_sheet", "mended_row_number"]
    places = pl.DataFrame(schema={columns[0]: pl.String, columns[1]: pl.String, columns[2]: pl.Int64})
    places = places if mended is None else mended.select(columns).unique()
    return places.select(
        folder=pl.lit(Folder.CONTACTS.value), file_id=columns[0], sheet=columns[1], row_number=columns[2],
        is_replaced=pl.lit(True),
    )  # fmt: skip


def _first_reasons(problems: pl.DataFrame, place: tuple[str, ...], name: str) -> pl.DataFrame:
    """The first reason against each place, one against the whole of it before one against a column."""
    ordered = problems.with_columns(pl.col("sheet").fill_null("")).sort(*place, "column_name", "code", "reason")
    return ordered.unique(place, keep="first", maintain_order=True).select(*place, pl.col("reason").alias(name))


def _with_refused(rows: pl.DataFrame, of_rows: pl.DataFrame, replaced: pl.DataFrame) -> pl.DataFrame:
    """Rows that were refused before they became rows (too long, broken JSON) are rows of the file all the same."""
    refused = pl.concat([of_rows.select(_PLACE), replaced.select(_PLACE)]).unique().join(rows, on=_PLACE, how="anti")
    return pl.concat([rows.select(_PLACE), refused])
