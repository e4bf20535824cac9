"""Rows of newer contact files as updates of the contacts that earlier files made (SPEC A-IM2).

A row never changes what rows of earlier files are, so files are matched once: those that came since the last run,
unless an earlier one is read otherwise now, or gone.
"""

# ruff: noqa: S608 - table names come from the registry; nothing else is put into a query

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import polars as pl

from flows.stages.update_queries import (
    FILES,
    FRESH_ROWS,
    LATEST_ROWS,
    PEOPLE_ROWS,
    ROWS_OF,
    SAME_ROWS,
    SETTLED_ROWS,
    SHARED_SCOPES,
    SHARING_ROWS,
    VALUES,
)
from flows.store import Store
from schemas.tables import (
    CORE_ATTRIBUTE_DEFS,
    CORE_ATTRIBUTE_UPDATES,
    CORE_CONTACT_UPDATES,
    CORE_MATCHED_FILES,
    CORE_MERGE_EVENTS,
    CORE_TOUCH_EVENTS,
    Table,
)
from transforms.contact_updates import BOOK_IDS, KEY_TYPES, SAME_ROW, find_updates, number_updates
from transforms.ids import hash_id
from transforms.settled_values import find_repeating_rows, settle_values
from transforms.updated_contacts import find_changed_books, resolve_rows

__all__ = ["Updated", "update_contacts"]

_AT_ONCE: Final = 20_000  # rows of small files that are matched together
_SETTLED_AT_ONCE: Final = 100_000  # rows whose values are settled together: bounds memory
_PRINT: Final = ("print", "brand_id", "user_id", *BOOK_IDS)


class Updated(NamedTuple):
    """What update_contacts found.

    Attributes:
        updates: core.contact_updates.
        changed: contacts that rows of new files changed; None where earlier rows may be otherwise, too.
    """

    updates: pl.DataFrame
    changed: pl.Series | None


def update_contacts(store: Store) -> Updated:
    """Write core.contact_updates, and what they do to values: core.attribute_updates.

    What requests ask of a row's own id, which an earlier run may have published, they ask of its contact.
    """
    defs = store.read(CORE_ATTRIBUTE_DEFS, ["attribute_def", "is_singular"]).sort("attribute_def")
    files = store.query(FILES, [hash_id(defs.write_csv())])
    known = store.read(CORE_MATCHED_FILES).sort("file_order")
    identity = ["file_id", "digest"]
    is_later = known.height > 0 and files.head(known.height).select(identity).equals(known.select(identity))
    if not is_later:
        for table in (CORE_CONTACT_UPDATES, CORE_ATTRIBUTE_UPDATES, CORE_MATCHED_FILES):
            store.delete(table)
    done = known.height if is_later else 0
    changed = []
    for start, stop in _batch(files["rows_count"][done:].to_list()):
        past, fresh = files[: done + start], files[done + start : done + stop]
        changed.append(_take(store, past, fresh))
    store.append(CORE_MATCHED_FILES, files[done:].select(CORE_MATCHED_FILES.columns))
    updates = store.read(CORE_CONTACT_UPDATES)
    _resolve(store, CORE_MERGE_EVENTS, ["parent_id", "contact_id"], updates)
    _resolve(store, CORE_TOUCH_EVENTS, ["contact_id"], updates)
    found = pl.concat([pl.Series("contact_id", [], dtype=pl.String), *changed]).unique()
    return Updated(updates, found if is_later else None)


def _batch(counts: list[int]) -> Iterator[tuple[int, int]]:
    """From where to where: a large file by itself, small ones together."""
    start = 0
    while start < len(counts):
        stop, rows_count = start + 1, counts[start]
        while stop < len(counts) and rows_count + counts[stop] <= _AT_ONCE:
            rows_count += counts[stop]
            stop += 1
        yield start, stop
        start = stop


def _take(store: Store, past: pl.DataFrame, fresh: pl.DataFrame) -> pl.Series:
    """Match the rows of some files with those of the files before; returns the contacts that they changed."""
    nobody = pl.Series("contact_id", [], dtype=pl.String)
    with store.lend(past_files=past.select("file_id"), fresh_files=fresh.select("file_id", "file_order")):
        if fresh.height == 1 and not store.query(SHARED_SCOPES)["found"][0]:
            return nobody
        rows = store.query(FRESH_ROWS)
        found = _match(store, pl.concat([past, fresh]), rows)
    if found.is_empty():
        return nobody
    with store.lend(wanted=found.select("contact_id").unique()):
        latest = store.query(LATEST_ROWS).with_row_index("contact")
    lineage = rows.select("file_id", "created_for", "created_at", "content", *BOOK_IDS, row_contact_id="contact_id")
    updates = number_updates(found, latest).join(lineage, on="row_contact_id", maintain_order="left")
    brought = pl.concat([_settle(store, updates, latest), find_changed_books(updates, latest)])
    is_changed = pl.col("row_contact_id").is_in(brought.implode())
    written = updates.select(
        is_changed.alias("is_changed"), *(name for name in CORE_CONTACT_UPDATES.columns if name != "is_changed")
    )
    store.append(CORE_CONTACT_UPDATES, written)
    return written.filter("is_changed")["contact_id"]


def _match(store: Store, files: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """row_contact_id, contact_id, matched_by of rows that update contacts of earlier rows, in their order.

    Most rows of an export say what a row of an earlier one said. Such a row is that person, unless it names another: of
    the first file this is known without looking at anything else.
    """
    may_be_same = pl.col("given_id").is_null() & (pl.col("file_order") == rows["file_order"].min())
    asking = rows.filter(may_be_same).drop_nulls("print").select("contact_id", *_PRINT)
    with store.lend(wanted=asking.select("print").unique()):
        people = store.query(SAME_ROWS).unique(_PRINT, keep="first", maintain_order=True)
    same = asking.join(people.select(*_PRINT, person="contact_id"), on=_PRINT, nulls_equal=True)
    known = rows.join(same.select("contact_id", "person"), on="contact_id", how="left", maintain_order="left")
    rest = known.filter(pl.col("person").is_null())
    found = known.drop_nulls("person").select(
        row_contact_id="contact_id", contact_id="person", matched_by=pl.lit(SAME_ROW)
    )
    if rest.is_empty():
        return found
    with store.lend(wanted=rest.select("contact_id", "given_id", *BOOK_IDS, "print")):
        sharing = store.query(SHARING_ROWS)
    with store.lend(wanted=sharing, files=files.select("file_id", "file_order")):
        before = store.query(PEOPLE_ROWS)
    beside = known.join(sharing, left_on="person", right_on="contact_id", how="semi")
    every = pl.concat([before, *(frame.select(before.columns) for frame in (beside, rest))])
    with store.lend(wanted=every.select("contact_id")):
        values = store.query(VALUES, [list(KEY_TYPES)])
    matched = pl.concat([found, find_updates(every, values).select(found.columns)])
    return rows.select(row_contact_id="contact_id").join(matched, on="row_contact_id", maintain_order="left")


def _settle(store: Store, updates: pl.DataFrame, latest: pl.DataFrame) -> pl.Series:
    """Write what rows do to the values of their contacts; returns row_contact_id of those that brought something."""
    newest = latest.select("contact", "content", "created_at", "newest_at", update_number="updates_count")
    given = updates.with_columns(newest_at=pl.lit(None, newest.schema["newest_at"])).select(newest.columns)
    repeating = find_repeating_rows(pl.concat([newest, given]))
    fresh = updates.join(repeating, on="contact", how="anti", maintain_order="left")
    if fresh.is_empty():
        return fresh["row_contact_id"]
    with store.lend(wanted=fresh.select("contact_id", "contact").unique()):
        earlier = store.query(ROWS_OF)
    rows = (
        pl.concat([earlier, fresh.select(earlier.columns)])
        .sort("contact", "update_number")
        .with_row_index("row")
        .cast({"row": pl.Int64})
        .with_columns(part=pl.col("row").first().over("contact") // _SETTLED_AT_ONCE)
    )
    with store.lend(wanted=earlier.select("row_contact_id")):
        store.delete(CORE_ATTRIBUTE_UPDATES, "row_contact_id IN (FROM wanted)")
    brought = []
    for part in rows.partition_by("part"):
        with store.lend(wanted=part.select("row", "row_contact_id", "contact", "update_number")):
            values = store.query(SETTLED_ROWS)
        others, told = settle_values(values)
        ids = part.select("row", "row_contact_id")
        store.append(CORE_ATTRIBUTE_UPDATES, others.join(ids, on="row").select(CORE_ATTRIBUTE_UPDATES.columns))
        brought.append(told.join(ids, on="row")["row_contact_id"])
    return pl.concat(brought)


def _resolve(store: Store, table: Table, columns: list[str], updates: pl.DataFrame) -> None:
    """Put contacts in the place of rows that update them, where a table names such."""
    named = " OR ".join(f"{name} IN (SELECT row_contact_id FROM {CORE_CONTACT_UPDATES.full_name})" for name in columns)
    if updates.height and store.count(table, named):
        store.replace(table, resolve_rows(store.read(table), updates, columns))
