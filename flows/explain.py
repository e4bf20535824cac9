"""Why: what a contact is made of, why two contacts are one or not."""

# ruff: noqa: S608 - table names come from the registry; values are bound
from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from flows.explain_pairs import compare_pair, tell_clusters, tell_pair
from flows.homes import database_of, warehouse_of
from flows.store import Store, open_published
from schemas.errors import NotFoundError
from schemas.tables import (
    CORE_ATTRIBUTES,
    MARTS_ASSIGNMENTS,
    MARTS_CONTACT_ALIASES,
    MARTS_CONTACT_ATTRIBUTES,
    MARTS_CONTACTS,
    MARTS_DUPLICATE_CLUSTERS,
    MARTS_DUPLICATE_PAIRS,
    MARTS_LEADS,
    MATCHING_ALIASES,
    RAW_FILES,
    Table,
)

__all__ = ["explain_contact", "explain_pair", "name_of", "resolve_id", "show_moment", "show_text"]

Row = Mapping[str, Any]

_SHORTEST_PREFIX = 8


def explain_contact(home: Path, contact_id: str) -> list[str]:
    """What a contact was merged from and why, and the cell that each of its values came from.

    Raises:
        NotFoundError: no contact has this id, or several begin with it.
    """
    with open_published(database_of(home)) as store:
        given = resolve_id(store, MARTS_CONTACT_ALIASES, "contact_id", contact_id)
        alias = store.read(MARTS_CONTACT_ALIASES, where="contact_id = ?", parameters=[given]).row(0, named=True)
        canonical = alias["canonical_id"]
        lines = [f"{given} was merged into {canonical}."] if given != canonical else []
        found = store.read(MARTS_CONTACTS, where="id = ?", parameters=[canonical])
        if found.is_empty():
            return [*lines, f"contact {canonical} was deleted"]
        lines += _contact_lines(found.row(0, named=True))
        lines += tell_clusters(store, canonical)
        lines += _value_lines(store, canonical)
        leads = list(_lead_lines(store, canonical))
    return [*lines, *_lost_lines(home, canonical), *leads]


def explain_pair(home: Path, contact_a: str, contact_b: str) -> list[str]:
    """How alike two contacts are, field by field, and what was decided.

    Raises:
        NotFoundError: an id is unknown, or several contacts begin with it.
    """
    with open_published(database_of(home)) as store:
        ids = sorted(
            {resolve_id(store, MARTS_CONTACT_ALIASES, "contact_id", given) for given in (contact_a, contact_b)}
        )
        if len(ids) == 1:
            return [f"both are contact {ids[0]}"]
        aliases = store.read(MARTS_CONTACT_ALIASES, where="contact_id IN (?, ?)", parameters=ids)
        canonical = aliases["canonical_id"].unique().to_list()
        state = f"They are one contact now: {canonical[0]}." if len(canonical) == 1 else "They are two contacts."
        lines = [f"{ids[0]}  {name_of(store, ids[0])}", f"{ids[1]}  {name_of(store, ids[1])}", state]
        pairs = store.read(MARTS_DUPLICATE_PAIRS, where="contact_id_l = ? AND contact_id_r = ?", parameters=ids)
    if not pairs.is_empty():
        return lines + list(tell_pair(pairs.row(0, named=True)))
    why = "They were merged through other contacts." if len(canonical) == 1 else "Nothing brings them together."
    return [*lines, f"{why} Compared now, as such pairs are not kept:", *compare_pair(home, ids[0], ids[1])]


def resolve_id(store: Store, table: Table, column: str, given: str) -> str:
    """The whole id, of an id however short, or a prefix of it that only one row has."""
    what = "lead" if table == MARTS_LEADS else "contact"
    found = store.query(
        f"""SELECT {column} AS id FROM {table.full_name} WHERE starts_with(lower({column}), lower($1))
            ORDER BY {column} = $1 DESC, length({column}) LIMIT 2""",
        [given],
    )["id"].to_list()
    if found and found[0].lower() == given.lower():
        return str(found[0])
    if len(given) < _SHORTEST_PREFIX:
        todo = f"give the whole id, or at least {_SHORTEST_PREFIX} characters of it"
        raise NotFoundError(f"no {what} has the id {given!r}, which is too short for the beginning of one", todo=todo)
    if len(found) == 1:
        return str(found[0])
    if found:
        raise NotFoundError(f"several {what}s begin with {given!r}", todo="give more characters of the id")
    where = "leads, column id" if what == "lead" else "contact_aliases, column contact_id"
    raise NotFoundError(f"no {what} {given!r}", todo=f"look it up in the published table {where}")


def _contact_lines(contact: Row) -> Iterator[str]:
    yield f"contact {contact['id']}"
    shown = {
        "name": contact["display_name"],
        "owner": contact["user_id"],
        "e-mails": contact["emails"],
        "phones": contact["phone_numbers"],
        "tags": contact["tags"],
        "addresses": [address["full_clean"] for address in contact["address"] or []],
        "created": f"{show_moment(contact['created_at'])} by {contact['created_for']}",
        "last touch": show_moment(contact["last_touch"]),
        "next touch": show_moment(contact["next_touch"]),
    }
    for name, value in shown.items():
        if value:
            yield f"  {name:<12}{show_text(value)}"


def _value_lines(store: Store, canonical: str) -> Iterator[str]:
    """Each surviving value with the file, sheet, row and columns it came from."""
    values = store.read(MARTS_CONTACT_ATTRIBUTES, where="contact_id = ?", parameters=[canonical])
    yield ""
    yield "Values:"
    yield from _list_values(values, canonical)


def _lost_lines(home: Path, canonical: str) -> Iterator[str]:
    """The values of merged contacts that gave way to the parent's, or are there already (SPEC A-M1, A-M3)."""
    with open_published(warehouse_of(home)) as store:
        lost = store.query(
            f"""SELECT a.*, a.contact_id AS origin_contact_id,
                       (SELECT min(file_name) FROM {RAW_FILES.full_name} f WHERE f.file_id = a.file_id) AS file
                FROM {CORE_ATTRIBUTES.full_name} a JOIN {MATCHING_ALIASES.full_name} m USING (contact_id)
                WHERE m.canonical_id = ? AND a.deleted_at IS NULL AND a.attribute_id NOT IN (
                  SELECT attribute_id FROM {MARTS_CONTACT_ATTRIBUTES.full_name} WHERE contact_id = ?)""",
            [canonical, canonical],
        )
    if not lost.is_empty():
        yield ""
        yield "Values that gave way in the merge; unmerged, each contact has its own again:"
        yield from _list_values(lost, canonical)


def _list_values(values: pl.DataFrame, canonical: str) -> Iterator[str]:
    order = ["attribute_type", "is_partner", "index", "file", "row_number"]
    for row in values.sort(order).iter_rows(named=True):
        marks = [row["label"], "partner" if row["is_partner"] else None, "primary" if row["is_primary"] else None]
        marked = ", ".join(mark for mark in marks if mark)
        name = f"{row['attribute_type']}{f' ({marked})' if marked else ''}"
        origin = "" if row["origin_contact_id"] == canonical else f", of {row['origin_contact_id'][:8]}"
        yield f"  {name:<26}{_value(row)}"
        columns = show_text(row["columns"]) or "set by the import"
        yield f"    from {row['file']}{_sheet(row)} row {row['row_number']}, {columns}{origin}"


def _lead_lines(store: Store, canonical: str) -> Iterator[str]:
    leads = store.query(
        f"""SELECT id, captured_at, user_name, status, decided_by
            FROM {MARTS_LEADS.full_name} LEFT JOIN {MARTS_ASSIGNMENTS.full_name} ON lead_id = id AND position = 1
            WHERE contact_id = ? ORDER BY captured_at, id""",
        [canonical],
    )
    if not leads.is_empty():
        yield ""
        yield "Leads:"
    for row in leads.iter_rows(named=True):
        holder = row["user_name"] or row["status"] or "not routed"
        yield f"  {row['id']}  {show_moment(row['captured_at'])}  {holder}, by {row['decided_by']}"


def name_of(store: Store, contact_id: str) -> str:
    """The contact's own name in its cluster, else the published one."""
    names = store.query(
        f"""SELECT display_name FROM {MARTS_DUPLICATE_CLUSTERS.full_name} WHERE contact_id = ?
            UNION ALL SELECT display_name FROM {MARTS_CONTACTS.full_name} WHERE id = ?""",
        [contact_id, contact_id],
    )["display_name"].drop_nulls()
    return str(names[0]) if len(names) else ""


def _value(row: Row) -> str:
    if row["address"]:
        return ", ".join(f"{part} {text}" for part, text in row["address"].items() if text)
    values = (row["text"], row["number"], row["date"])
    return next((str(value) for value in values if value is not None), "")


def _sheet(row: Row) -> str:
    return f" sheet {row['sheet']}" if row["sheet"] else ""


def show_text(value: object) -> str:
    """A value as text; a list's items parted by commas."""
    return ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)


def show_moment(moment: datetime | None) -> str:
    """A moment to the minute; nothing for none."""
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else ""
