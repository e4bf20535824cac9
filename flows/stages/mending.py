"""Rows that `leadpipe rejects` wrote and a person mended: each stands for the row that it was (RELIABILITY law 6)."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import polars as pl

from flows.stages.contact_tables import Sheet
from flows.stages.staged_attributes import delete_attributes_of_contacts
from flows.store import Store
from schemas.tables import (
    OPS_QUARANTINE,
    RAW_FILE_ROWS,
    RAW_FILES,
    RAW_SHEETS,
    STAGING_CONTACT_ROWS,
    STAGING_FILE_COLUMNS,
    STAGING_MENDED_ROWS,
)
from schemas.vocabulary import ColumnStatus, Folder
from transforms.ids import hash_ids
from transforms.importing.mapping import ColumnMapping, leave_unmapped
from transforms.importing.rejects import OWN_COLUMNS, ROW_COLUMN, read_references

__all__ = ["find_linked", "find_origins", "leave_own_columns", "map_as_origin", "mend_rows"]

# ruff: noqa: S608 - names from the registry, values bound

_PLACE = ["file_id", "sheet", "row_number"]
_MENDED_PLACE = [f"mended_{name}" for name in _PLACE]
_FIRST_PREFIX = f"""
    SELECT file_id, arg_min(prefix, (sheet, row_number)) AS prefix FROM (
        SELECT file_id, sheet, row_number,
               regexp_extract(r.cells[list_position(s.header, ?)], '^([0-9a-f]{{8,64}}):', 1) AS prefix
        FROM {RAW_SHEETS.full_name} s JOIN {RAW_FILE_ROWS.full_name} r USING (file_id, sheet)
        WHERE list_contains(s.header, ?)
    ) WHERE prefix <> '' GROUP BY file_id
"""


def find_origins(store: Store) -> dict[str, str]:
    """Mended files -> the file whose rejects they were; of several, that of their first row."""
    if not store.count(RAW_SHEETS, "list_contains(header, ?)", [ROW_COLUMN]):
        return {}
    prefixes = dict(store.query(_FIRST_PREFIX, [ROW_COLUMN, ROW_COLUMN]).rows())
    files = _resolve(store, prefixes.values())
    return {name: files[prefix] for name, prefix in prefixes.items() if files.get(prefix, name) != name}


def find_linked(store: Store, changed: Collection[str]) -> set[str]:
    """Files that have a row mended by one of these, or mend one of theirs, and so on: one changes with the other."""
    links = store.read(STAGING_MENDED_ROWS, ["file_id", "mended_file_id"]).unique().rows()
    linked = set(changed)
    while more := {name for link in links if linked.intersection(link) for name in link} - linked:
        linked |= more
    return linked - set(changed)


def map_as_origin(store: Store, sheet: Sheet, origin: str) -> list[ColumnMapping] | None:
    """The columns of a mended sheet as they were mapped in its origin; None when that is not imported."""
    columns = store.read(STAGING_FILE_COLUMNS, where="file_id = ?", parameters=[origin]).sort("sheet", "column_index")
    if columns.is_empty():
        return None
    known: dict[str, ColumnMapping] = {}
    names = ("column_index", "column_name", "attribute_type", "label", "index", "is_partner", "confidence", "reason")
    for row in columns.filter(pl.col("status") == ColumnStatus.MAPPED).select(names).rows():
        known.setdefault(row[1], ColumnMapping(*row))
    reason = "it was not mapped in the file that the rejects are of"
    mappings = []
    for position, name in enumerate(sheet.header):
        found = known.get(name)
        if found is None:
            mappings.append(leave_unmapped(position, name, reason))
            continue
        given = (found.attribute_type, found.label, found.index, found.is_partner, found.confidence, found.reason)
        mappings.append(ColumnMapping(position, name, *given))
    return mappings


def leave_own_columns(mappings: Iterable[ColumnMapping]) -> list[ColumnMapping]:
    """Mappings in which the columns that `leadpipe rejects` added are no contact's."""
    reason = "written by `leadpipe rejects`"
    return [
        leave_unmapped(column.column_index, column.column_name, reason, 1.0)
        if column.column_name in OWN_COLUMNS
        else column
        for column in mappings
    ]


def mend_rows(store: Store, sheet: Sheet, rows: pl.DataFrame, contact_rows: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Put mended rows in the place of those that they were: the contact keeps its id, and since when it is known.

    What was staged of the replaced rows goes, their problems, too; raw keeps them. A mended row that gives no contact
    replaces nothing.

    Args:
        store: the warehouse, inside the stage's transaction.
        sheet: the mended sheet.
        rows: some of its rows, as `read_chunks` gives them.
        contact_rows: what these rows gave, not staged yet.

    Returns:
        contact_rows to stage, and how many contacts there were already.
    """
    links = _link_rows(store, sheet, rows.join(contact_rows, on="row_number", how="semi", maintain_order="left"))
    if links.is_empty():
        return contact_rows, 0
    own_ids = contact_rows.select("row_number", own_id="contact_id")
    ids = links.join(own_ids, on="row_number").select("contact_id", "own_id")
    replaced = [links["contact_id"].to_list()]
    is_replaced = "list_contains(?, contact_id)"
    before = store.read(STAGING_CONTACT_ROWS, ["contact_id", "created_at", "run_sequence"], is_replaced, replaced)
    delete_attributes_of_contacts(store, replaced[0])
    store.delete(STAGING_CONTACT_ROWS, is_replaced, replaced)
    places = links.select(pl.concat_str(_MENDED_PLACE, separator=":")).to_series().to_list()
    at_place = "folder = ? AND list_contains(?, concat_ws(':', file_id, coalesce(sheet, ''), row_number))"
    store.delete(OPS_QUARANTINE, at_place, [Folder.CONTACTS.value, places])
    store.append(STAGING_MENDED_ROWS, links)
    contacts = _rename(contact_rows, ids).join(before, on="contact_id", how="left", suffix="_before").with_columns(
        pl.coalesce(f"{name}_before", name).alias(name) for name in ("created_at", "run_sequence")
    )  # fmt: skip
    return contacts.select(contact_rows.columns), before.height


def _link_rows(store: Store, sheet: Sheet, rows: pl.DataFrame) -> pl.DataFrame:
    """staging.mended_rows of those rows that name a row of an earlier file, each of them once."""
    position = sheet.header.index(ROW_COLUMN)
    named = read_references(rows[str(position)])
    files = _resolve(store, named["prefix"].drop_nulls().unique().to_list())
    origin = pl.col("prefix").replace_strict(files, default=None, return_dtype=pl.String)
    links = named.select(
        rows["row_number"], file_id=pl.lit(sheet.file_id), sheet=pl.lit(sheet.sheet), mended_file_id=origin,
        mended_sheet="sheet", mended_row_number="row_number",
    ).drop_nulls().filter(pl.col("mended_file_id") != sheet.file_id)  # fmt: skip
    links = links.unique(_MENDED_PLACE, keep="first", maintain_order=True)
    earlier = store.read(STAGING_MENDED_ROWS)
    links = links.join(earlier.filter(pl.col("file_id") == sheet.file_id), on=_MENDED_PLACE, how="anti")
    chained = links.join(earlier.select(*_PLACE, "contact_id"), left_on=_MENDED_PLACE, right_on=_PLACE, how="left")
    own_ids = hash_ids(chained, *_MENDED_PLACE).alias("own_id")
    return chained.with_columns(contact_id=pl.coalesce(pl.col("contact_id"), own_ids)).select(
        STAGING_MENDED_ROWS.columns
    )


def _rename(frame: pl.DataFrame, ids: pl.DataFrame) -> pl.DataFrame:
    joined = frame.join(ids, left_on="contact_id", right_on="own_id", how="left", maintain_order="left", suffix="_new")
    return joined.with_columns(contact_id=pl.coalesce("contact_id_new", "contact_id")).select(frame.columns)


def _resolve(store: Store, prefixes: Iterable[str]) -> dict[str, str]:
    """The beginning of a file's id -> the id, where one contact file has it."""
    known = store.read(RAW_FILES, ["file_id"], "folder = ?", [Folder.CONTACTS.value])["file_id"].to_list()
    found = {prefix: [name for name in known if name.startswith(prefix)] for prefix in set(prefixes)}
    return {prefix: names[0] for prefix, names in found.items() if len(names) == 1}
