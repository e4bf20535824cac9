"""The operations of the API documents, and what leadpipe does with each."""

# ruff: noqa: E501 - a table, one operation a line

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

__all__ = ["OPERATIONS", "Operation", "Support", "find_operation"]


class Support(StrEnum):
    """What becomes of a request."""

    APPLIED = "applied"
    READ = "read"  # changes nothing: its answer is what leadpipe publishes


@dataclass(frozen=True)
class Operation:
    """One documented method and path; a segment that begins with a colon stands for any value."""

    name: str
    method: str
    path: str
    support: Support
    document: str  # where it is documented, as SPEC writes it: 004:58 is line 58 of contacts-api
    published: str  # the published tables that show what it did, or that answer it

    @property
    def segments(self) -> tuple[str, ...]:
        """The path, cut at its slashes."""
        return tuple(self.path.strip("/").split("/"))


APPLIED, READ = Support

_CHANNEL = "/brands/:brand/leads/channels"
_GROUP = "/brands/:brand/leads/groups"

OPERATIONS: tuple[Operation, ...] = (
    Operation("contacts.list", "GET", "/contacts", READ, "004:58", "contacts"),
    Operation("contacts.create", "POST", "/contacts", APPLIED, "004:830", "contacts, contact_attributes"),
    Operation("contacts.update_many", "PATCH", "/contacts", APPLIED, "004:2059", "contacts, contact_attributes"),
    Operation("contacts.delete_many", "DELETE", "/contacts", APPLIED, "004:2174", "contacts"),
    Operation("contacts.filter", "POST", "/contacts/filter", READ, "004:2193, 000:810", "contacts, by leadpipe filter"),
    Operation("contacts.get", "GET", "/contacts/:id", READ, "004:3627", "contacts, contact_attributes"),
    Operation("contacts.update", "PATCH", "/contacts/:id", APPLIED, "004:4725", "contacts, contact_attributes"),
    Operation("contacts.change_owner", "PUT", "/contacts/:id/owner", APPLIED, "004:5378", "contacts"),
    Operation("contacts.delete", "DELETE", "/contacts/:id", APPLIED, "004:5479", "contacts"),
    Operation("contacts.upload", "POST", "/contacts/upload", APPLIED, "004:5493", "imports"),
    Operation("contacts.import_json", "POST", "/contacts/import.json", APPLIED, "004:5522", "contacts, contact_attributes"),
    Operation("contacts.import_csv", "POST", "/contacts/import.csv", APPLIED, "004:5908", "imports, contacts"),
    Operation("contacts.import_xls", "POST", "/contacts/import.xls", APPLIED, "004:6107", "imports, contacts"),
    Operation("contacts.import_xlsx", "POST", "/contacts/import.xlsx", APPLIED, "004:6306", "imports, contacts"),
    Operation("attributes.create", "POST", "/contacts/:id/attributes", APPLIED, "004:6528", "contact_attributes"),
    Operation("attributes.update", "PUT", "/contacts/:id/attributes/:attribute_id", APPLIED, "004:6609", "contact_attributes"),
    Operation("attributes.delete", "DELETE", "/contacts/:id/attributes/:attribute_id", APPLIED, "004:6667", "contact_attributes"),
    Operation("attributes.create_many", "POST", "/contacts/attributes", APPLIED, "004:7227", "contact_attributes"),
    Operation("attributes.delete_many", "DELETE", "/contacts/attributes", APPLIED, "004:7376", "contact_attributes"),
    Operation("contacts.list_duplicates", "GET", "/contacts/:id/duplicates", READ, "004:7398, 004:7543", "duplicate_clusters"),
    Operation("contacts.merge", "POST", "/contacts/:id/merge", APPLIED, "004:7820", "contacts, contact_aliases"),
    Operation("contacts.merge_clusters", "POST", "/contacts/merge", APPLIED, "004:8327", "contacts, contact_aliases"),
    Operation("tags.list", "GET", "/contacts/tags", READ, "004:8372", "tags"),
    Operation("tags.create", "POST", "/contacts/tags", APPLIED, "004:8549", "tags"),
    Operation("tags.rename", "PATCH", "/contacts/tags/:tag", APPLIED, "004:8566", "tags, contact_attributes"),
    Operation("tags.touch", "PATCH", "/contacts/tags/:tag/touch", APPLIED, "004:8586", "tags, contacts"),
    Operation("contacts.touch", "PATCH", "/contacts/:id/touch", APPLIED, "004:8606", "contacts"),
    Operation("tags.delete", "DELETE", "/contacts/tags/:tag", APPLIED, "004:8708", "tags, contact_attributes"),
    Operation("attribute_defs.list", "GET", "/contacts/attribute_defs", READ, "004:8795", "attribute_defs"),
    Operation("attribute_defs.create", "POST", "/contacts/attribute_defs", APPLIED, "004:9570", "attribute_defs"),
    Operation("attribute_defs.delete", "DELETE", "/contacts/attribute_defs/:id", APPLIED, "004:9634", "attribute_defs, contact_attributes"),
    Operation("channels.list", "GET", _CHANNEL, READ, "000:20", "channels"),
    Operation("channels.create", "POST", _CHANNEL, APPLIED, "000:67", "channels, rules"),
    Operation("channels.delete", "DELETE", f"{_CHANNEL}/:channel", APPLIED, "000:97", "channels"),
    Operation("channels.update", "PUT", f"{_CHANNEL}/:channel", APPLIED, "000:110", "channels"),
    Operation("rules.create", "POST", f"{_CHANNEL}/:channel/rules", APPLIED, "000:171", "rules"),
    Operation("rules.list", "GET", f"{_CHANNEL}/:channel/rules", READ, "000:296", "rules"),
    Operation("rules.sort", "PUT", f"{_CHANNEL}/:channel/rules/sort", APPLIED, "000:493", "rules"),
    Operation("rules.update", "PUT", f"{_CHANNEL}/:channel/rules/:rule", APPLIED, "000:513", "rules"),
    Operation("rules.delete", "DELETE", f"{_CHANNEL}/:channel/rules/:rule", APPLIED, "000:612", "rules"),
    Operation("groups.list", "GET", _GROUP, READ, "000:622", "groups"),
    Operation("groups.create", "POST", _GROUP, APPLIED, "000:650", "groups"),
    Operation("groups.update", "PATCH", f"{_GROUP}/:group", APPLIED, "000:686", "groups"),
    Operation("groups.delete", "DELETE", f"{_GROUP}/:group", APPLIED, "000:721", "groups"),
    Operation("leads.capture", "POST", "/leads", APPLIED, "000:732, 000:771", "leads, contacts"),
    Operation("leads.webhook", "POST", "/leads/channels/:channel/webhook", APPLIED, "001:70", "leads, contacts"),
    Operation("leads.add_activity", "POST", "/leads/:lead/timeline", APPLIED, "001:107", "activities"),
    Operation("leads.reassign", "PUT", "/leads/:lead/assignees", APPLIED, "001:165", "assignments"),
    Operation("leads.get_summary", "GET", "/leads/summary/:lead", READ, "002:3", "lead_summary"),
    Operation("flat_contacts.list", "GET", "/v1/contacts", READ, "003:35", "flat_contacts"),
    Operation("flat_contacts.upsert", "POST", "/v1/contacts", APPLIED, "003:77", "flat_contacts, contacts"),
    Operation("flat_contacts.get", "GET", "/v1/contacts/:id", READ, "003:129", "flat_contacts"),
    Operation("flat_contacts.update", "PUT", "/v1/contacts/:id", APPLIED, "003:193", "flat_contacts, contacts"),
    Operation("flat_contacts.delete", "DELETE", "/v1/contacts/:id", APPLIED, "003:163", "flat_contacts, contacts"),
    Operation("flat_contacts.add_tags", "POST", "/v1/contacts/:id/tags/add", APPLIED, "003:246", "flat_contacts, contact_attributes"),
    Operation("flat_contacts.remove_tags", "POST", "/v1/contacts/:id/tags/remove", APPLIED, "003:272", "flat_contacts, contact_attributes"),
)  # fmt: skip


class _Pattern(NamedTuple):
    operation: Operation
    literals: tuple[tuple[int, str], ...]
    parameters: tuple[int, ...]


def _index() -> dict[tuple[str, int], list[_Pattern]]:
    """Operations by method and number of segments; where two fit a path, the more literal one comes first."""
    found: dict[tuple[str, int], list[_Pattern]] = {}
    for operation in sorted(OPERATIONS, key=lambda item: [part.startswith(":") for part in item.segments]):
        parts = list(enumerate(operation.segments))
        literals = tuple((place, part) for place, part in parts if not part.startswith(":"))
        parameters = tuple(place for place, part in parts if part.startswith(":"))
        found.setdefault((operation.method, len(parts)), []).append(_Pattern(operation, literals, parameters))
    return found


_INDEX = _index()


def find_operation(method: str, path: str) -> tuple[Operation, list[str]] | None:
    """The documented operation that a method and path name.

    Args:
        method: HTTP method, in any case.
        path: path as requested, with or without host, query and closing slash; values percent-encoded or not.

    Returns:
        The operation with the values of its path's parameters, in order; or None: not documented.
    """
    is_plain = "?" not in path and "#" not in path and not path.startswith("//") and "://" not in path
    given = [part for part in (path if is_plain else urlsplit(path).path).split("/") if part]
    for operation, literals, parameters in _INDEX.get((method.upper(), len(given)), []):
        if all(given[place] == part for place, part in literals):
            return operation, [unquote(given[place]) for place in parameters]
    return None
