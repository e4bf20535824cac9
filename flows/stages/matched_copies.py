"""Copies in matching.contacts that are not compared: which there are, and what becomes of them as contacts change."""

# ruff: noqa: S608 - table names come from the registry
from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from flows.stages.changed_values import BETWEEN_GIVEN
from flows.stages.matched_values import read_values_of
from flows.store import Store
from schemas.tables import (
    MATCHING_CONTACTS,
    MATCHING_JUDGEMENTS,
    MATCHING_SCORED_PAIRS,
    MATCHING_TOUCHED_CONTACTS,
)
from transforms.matching.copies import choose_compared, digest_copies, follow_copies, leave_out_copies
from transforms.matching.values import ContactValues

__all__ = ["Changes", "find_compared", "follow_changed_copies", "number_changes", "read_copies"]

_KEYS = f"SELECT copy_key FROM {MATCHING_CONTACTS.full_name} WHERE copy_of IS NOT NULL"
_HAS_COPY = "contact_id_l IN (SELECT contact_id FROM copies) OR contact_id_r IN (SELECT contact_id FROM copies)"


@dataclass(frozen=True)
class Changes:
    """Contacts that are new, changed or gone; and copies of which others are compared than were, on their account.

    Attributes:
        ids: contact_id of all of them.
        old: numbers of those that were matched before.
        new: columns of matching.MatchedContact of those that are matched now.
        values: of those of the new ones that are compared.
        changed_count: those that are new, changed or gone.
    """

    ids: pl.Series
    old: pl.Series
    new: pl.DataFrame
    values: ContactValues
    changed_count: int


def read_copies(store: Store, where: str = "true") -> pl.DataFrame:
    """contact_id, copy_key, copy_of of all copies of which some are not compared, under a condition on copy_key."""
    return store.read(MATCHING_CONTACTS, ["contact_id", "copy_key", "copy_of"], f"copy_key IN ({_KEYS}) AND {where}")


def find_compared(store: Store, contact_id_l: str, contact_id_r: str) -> tuple[str, str]:
    """The two contacts whose comparison stands for that of two contacts: these, but where one of them is a copy."""
    pair = [contact_id_l, contact_id_r]
    copies = store.read(MATCHING_CONTACTS, ["contact_id", "copy_of"], "list_contains(?, contact_id)", [pair])
    stands_for = {contact: copy_of for contact, copy_of in copies.iter_rows() if copy_of}
    left, right = (stands_for.get(contact, contact) for contact in pair)
    if left != right:
        return left, right
    same = f"copy_of IS NULL AND copy_key IN ({_KEYS} AND copy_of = ?)"
    first, second, *_ = store.read(MATCHING_CONTACTS, ["contact_id"], same, [left])["contact_id"].sort()
    return first, second


def number_changes(store: Store, scope: str, found: pl.DataFrame) -> Changes:
    """Changed contacts, as `find_changes` found them, keep their numbers; new ones get the next."""
    live = found.filter(pl.col("digest").is_not_null())
    values = read_values_of(store, scope, live["contact_id"])
    keys = digest_copies(values, store.read(MATCHING_JUDGEMENTS))
    changed = values.contacts.select("contact_id", "kind").with_columns(keys).join(live, on="contact_id")
    kin = _read_kin(store, found, keys)
    chosen = choose_compared(pl.concat([frame.select("contact_id", "copy_key") for frame in (changed, kin)]))
    moved = kin.rename({"copy_of": "was_copy_of"}).join(chosen, on="contact_id", how="left")
    moved = moved.filter(pl.col("copy_of").ne_missing(pl.col("was_copy_of"))).select(MATCHING_CONTACTS.columns)
    changed = _number(store, changed).join(chosen, on="contact_id", how="left")
    new = pl.concat([changed.select(moved.columns), moved])
    is_compared = new.filter(pl.col("copy_of").is_null())["contact_id"]
    if moved["copy_of"].is_null().any():
        values = read_values_of(store, scope, is_compared)
    else:
        values = leave_out_copies(values, values.ids.is_in(is_compared.implode()))
    ids = pl.concat([found["contact_id"], moved["contact_id"]])
    old = pl.concat([found["contact"].drop_nulls().cast(pl.UInt32), moved["contact"]])
    return Changes(ids, old, new, values, found.height)


def _read_kin(store: Store, found: pl.DataFrame, keys: pl.Series) -> pl.DataFrame:
    """Rows of unchanged contacts that are, or were, copies of changed ones."""
    is_given = "contact_id IN (SELECT contact_id FROM given)"
    had = f"SELECT copy_key FROM {MATCHING_CONTACTS.full_name} WHERE {is_given}"
    with store.lend(given=found.select("contact_id"), keys=keys.drop_nulls().unique().to_frame()):
        where = f"NOT {is_given} AND copy_key IN (FROM keys UNION {had})"
        return store.read(MATCHING_CONTACTS, where=where)


def _number(store: Store, contacts: pl.DataFrame) -> pl.DataFrame:
    known, fresh = contacts.filter(pl.col("contact").is_not_null()), contacts.filter(pl.col("contact").is_null())
    last = store.query(f"SELECT coalesce(max(contact) + 1, 0) AS n FROM {MATCHING_CONTACTS.full_name}")["n"][0]
    numbers = pl.int_range(pl.len(), dtype=pl.UInt32) + pl.lit(last, pl.UInt32)
    return pl.concat([known, fresh.with_columns(contact=numbers)])


def follow_changed_copies(store: Store) -> None:
    """Pairs of the copies that are not compared, where another copy is touched: so are these then."""
    touched = f"SELECT contact_id FROM {MATCHING_TOUCHED_CONTACTS.full_name}"
    keys = f"SELECT copy_key FROM {MATCHING_CONTACTS.full_name} WHERE contact_id IN ({touched})"
    contacts = read_copies(store, f"copy_key IN ({keys})")
    if contacts.is_empty():
        return
    copies = contacts.filter(pl.col("copy_of").is_not_null()).select("contact_id")
    with store.lend(copies=copies, given=contacts.select("contact_id")):
        store.delete(MATCHING_SCORED_PAIRS, _HAS_COPY)
        store.append(
            MATCHING_SCORED_PAIRS, follow_copies(store.read(MATCHING_SCORED_PAIRS, where=BETWEEN_GIVEN), contacts)
        )
        store.delete(MATCHING_TOUCHED_CONTACTS, "contact_id IN (SELECT contact_id FROM copies)")
    store.append(MATCHING_TOUCHED_CONTACTS, copies.with_columns(is_rescored=pl.lit(False)))
