"""What an undo took back: the published tables before and after it, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from flows.homes import database_of
from flows.store import Store, open_published
from schemas.tables import (
    MARTS_CONTACT_ALIASES,
    MARTS_CONTACT_ATTRIBUTES,
    MARTS_LEADS,
    MARTS_QUARANTINE,
    MARTS_SOURCE_ROWS,
)
from schemas.vocabulary import Folder

__all__ = ["Published", "compare_published", "read_published"]

# ruff: noqa: S608 - names from the registry, values bound

#: Contacts as published that a file has a part in, and the contact ids behind each.
_CONTACTS = (
    f"SELECT DISTINCT contact_id FROM {MARTS_SOURCE_ROWS.full_name} WHERE file_id = ? AND contact_id IS NOT NULL"
)
_BEHIND = f"""
    SELECT canonical_id, list(contact_id) AS ids FROM {MARTS_CONTACT_ALIASES.full_name}
    WHERE list_contains(?, canonical_id) GROUP BY canonical_id
"""


@dataclass(frozen=True)
class Published:
    """Published contacts that a file has a part in, as they stood.

    Attributes:
        contacts: canonical id -> the contact ids behind it.
        values: ids of all published attribute values.
        leads: lead -> canonical contact, of leads of these contacts.
        refused: file and row of requests in quarantine.
    """

    contacts: dict[str, list[str]]
    values: set[str]
    leads: dict[str, str]
    refused: set[tuple[str, int]]


def read_published(home: Path, file_id: str) -> Published:
    """What is published now of the contacts that a file has a part in."""
    with _open(home) as store:
        contacts = store.query(_CONTACTS, [file_id])["contact_id"].to_list()
        behind = dict(store.query(_BEHIND, [contacts]).rows())
        leads = store.read(MARTS_LEADS, ["id", "contact_id"], "list_contains(?, contact_id)", [contacts])
        return Published(behind, _values(store), dict(leads.rows()), _refused(store))


def compare_published(home: Path, before: Published) -> Iterator[str]:
    """Lines on what became of the contacts that the file had a part in."""
    with _open(home) as store:
        ids = [name for names in before.contacts.values() for name in names]
        is_left = "list_contains(?, contact_id)"
        left = set(store.read(MARTS_CONTACT_ALIASES, ["contact_id"], is_left, [ids])["contact_id"])
        moved = store.read(MARTS_LEADS, ["id"], "list_contains(?, id)", [list(before.leads)])
        values, refused = _values(store), _refused(store)
    stay = {name for name, behind in before.contacts.items() if left.intersection(behind)}
    led = {contact for lead, contact in before.leads.items() if lead in set(moved["id"])} - stay
    gone = before.contacts.keys() - stay - led
    yield f"  {len(gone):,} contacts taken back"
    if stay:
        yield f"  {len(stay):,} contacts stay without its values: other files, leads or requests made them, too"
    if led:
        yield f"  {len(led):,} contacts stay, made anew of their leads alone, under another id"
    yield f"  {len(before.values - values):,} values taken back"
    yield f"  {len(values - before.values):,} values restored that its values had stood for"
    if unmet := len(refused - before.refused):
        yield f"  {unmet:,} requests find no contact any more, and are in quarantine until it is imported again"


def _open(home: Path) -> AbstractContextManager[Store]:
    return open_published(database_of(home))


def _values(store: Store) -> set[str]:
    return set(store.read(MARTS_CONTACT_ATTRIBUTES, ["attribute_id"])["attribute_id"])


def _refused(store: Store) -> set[tuple[str, int]]:
    of_requests = "folder = ? AND row IS NOT NULL"
    return set(store.read(MARTS_QUARANTINE, ["file", "row"], of_requests, [Folder.REQUESTS.value]).rows())
