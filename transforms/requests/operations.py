"""The operations of the API documents, and what leadpipe does with each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote, urlsplit

__all__ = ["OPERATIONS", "Operation", "Support", "find_operation"]


class Support(StrEnum):
    """What becomes of a request."""

    APPLIED = "applied"
    READ = "read"  # changes nothing: its answer is what leadpipe publishes
    PENDING = "pending"  # documented, not applied yet


@dataclass(frozen=True)
class Operation:
    """One documented method and path; a segment that begins with a colon stands for any value."""

    name: str
    method: str
    path: str
    support: Support
    document: str

    @property
    def segments(self) -> tuple[str, ...]:
        """The path, cut at its slashes."""
        return tuple(self.path.strip("/").split("/"))


APPLIED, READ, PENDING = Support

_CONTACTS, _CHANNELS, _CAPTURE, _FLAT = "contacts", "lead-channels", "lead-capture", "flat-contacts"
_CHANNEL = "/brands/:brand/leads/channels"
_GROUP = "/brands/:brand/leads/groups"

OPERATIONS: tuple[Operation, ...] = (
    Operation("contacts.list", "GET", "/contacts", READ, _CONTACTS),
    Operation("contacts.create", "POST", "/contacts", APPLIED, _CONTACTS),
    Operation("contacts.update_many", "PATCH", "/contacts", PENDING, _CONTACTS),
    Operation("contacts.delete_many", "DELETE", "/contacts", PENDING, _CONTACTS),
    Operation("contacts.filter", "POST", "/contacts/filter", READ, _CONTACTS),
    Operation("contacts.get", "GET", "/contacts/:id", READ, _CONTACTS),
    Operation("contacts.update", "PATCH", "/contacts/:id", PENDING, _CONTACTS),
    Operation("contacts.change_owner", "PUT", "/contacts/:id/owner", PENDING, _CONTACTS),
    Operation("contacts.delete", "DELETE", "/contacts/:id", PENDING, _CONTACTS),
    Operation("contacts.upload", "POST", "/contacts/upload", PENDING, _CONTACTS),
    Operation("contacts.import_json", "POST", "/contacts/import.json", PENDING, _CONTACTS),
    Operation("contacts.import_csv", "POST", "/contacts/import.csv", PENDING, _CONTACTS),
    Operation("contacts.import_xls", "POST", "/contacts/import.xls", PENDING, _CONTACTS),
    Operation("contacts.import_xlsx", "POST", "/contacts/import.xlsx", PENDING, _CONTACTS),
    Operation("attributes.create", "POST", "/contacts/:id/attributes", PENDING, _CONTACTS),
    Operation("attributes.update", "PUT", "/contacts/:id/attributes/:attribute_id", PENDING, _CONTACTS),
    Operation("attributes.delete", "DELETE", "/contacts/:id/attributes/:attribute_id", PENDING, _CONTACTS),
    Operation("attributes.create_many", "POST", "/contacts/attributes", PENDING, _CONTACTS),
    Operation("attributes.delete_many", "DELETE", "/contacts/attributes", PENDING, _CONTACTS),
    Operation("contacts.list_duplicates", "GET", "/contacts/:id/duplicates", READ, _CONTACTS),
    Operation("contacts.merge", "POST", "/contacts/:id/merge", APPLIED, _CONTACTS),
    Operation("contacts.merge_clusters", "POST", "/contacts/merge", APPLIED, _CONTACTS),
    Operation("contacts.touch", "PATCH", "/contacts/:id/touch", APPLIED, _CONTACTS),
    Operation("tags.list", "GET", "/contacts/tags", READ, _CONTACTS),
    Operation("tags.create", "POST", "/contacts/tags", APPLIED, _CONTACTS),
    Operation("tags.rename", "PATCH", "/contacts/tags/:tag", PENDING, _CONTACTS),
    Operation("tags.touch", "PATCH", "/contacts/tags/:tag/touch", APPLIED, _CONTACTS),
    Operation("tags.delete", "DELETE", "/contacts/tags/:tag", PENDING, _CONTACTS),
    Operation("attribute_defs.list", "GET", "/contacts/attribute_defs", READ, _CONTACTS),
    Operation("attribute_defs.create", "POST", "/contacts/attribute_defs", PENDING, _CONTACTS),
    Operation("attribute_defs.delete", "DELETE", "/contacts/attribute_defs/:id", PENDING, _CONTACTS),
    Operation("channels.list", "GET", _CHANNEL, READ, _CHANNELS),
    Operation("channels.create", "POST", _CHANNEL, PENDING, _CHANNELS),
    Operation("channels.delete", "DELETE", f"{_CHANNEL}/:channel", PENDING, _CHANNELS),
    Operation("channels.update", "PUT", f"{_CHANNEL}/:channel", PENDING, _CHANNELS),
    Operation("rules.create", "POST", f"{_CHANNEL}/:channel/rules", PENDING, _CHANNELS),
    Operation("rules.list", "GET", f"{_CHANNEL}/:channel/rules", READ, _CHANNELS),
    Operation("rules.sort", "PUT", f"{_CHANNEL}/:channel/rules/sort", PENDING, _CHANNELS),
    Operation("rules.update", "PUT", f"{_CHANNEL}/:channel/rules/:rule", PENDING, _CHANNELS),
    Operation("rules.delete", "DELETE", f"{_CHANNEL}/:channel/rules/:rule", PENDING, _CHANNELS),
    Operation("groups.list", "GET", _GROUP, READ, _CHANNELS),
    Operation("groups.create", "POST", _GROUP, PENDING, _CHANNELS),
    Operation("groups.update", "PATCH", f"{_GROUP}/:group", PENDING, _CHANNELS),
    Operation("groups.delete", "DELETE", f"{_GROUP}/:group", PENDING, _CHANNELS),
    Operation("leads.capture", "POST", "/leads", PENDING, _CHANNELS),
    Operation("leads.webhook", "POST", "/leads/channels/:channel/webhook", PENDING, _CAPTURE),
    Operation("leads.add_activity", "POST", "/leads/:lead/timeline", PENDING, _CAPTURE),
    Operation("leads.reassign", "PUT", "/leads/:lead/assignees", PENDING, _CAPTURE),
    Operation("leads.get_summary", "GET", "/leads/summary/:lead", READ, "lead-summary"),
    Operation("flat_contacts.list", "GET", "/v1/contacts", READ, _FLAT),
    Operation("flat_contacts.upsert", "POST", "/v1/contacts", PENDING, _FLAT),
    Operation("flat_contacts.get", "GET", "/v1/contacts/:id", READ, _FLAT),
    Operation("flat_contacts.update", "PUT", "/v1/contacts/:id", PENDING, _FLAT),
    Operation("flat_contacts.delete", "DELETE", "/v1/contacts/:id", PENDING, _FLAT),
    Operation("flat_contacts.add_tags", "POST", "/v1/contacts/:id/tags/add", PENDING, _FLAT),
    Operation("flat_contacts.remove_tags", "POST", "/v1/contacts/:id/tags/remove", PENDING, _FLAT),
)  # fmt: skip


def _index() -> dict[tuple[str, int], list[Operation]]:
    """Operations by method and number of segments; where two fit a path, the more literal one comes first."""
    found: dict[tuple[str, int], list[Operation]] = {}
    for operation in sorted(OPERATIONS, key=lambda item: [part.startswith(":") for part in item.segments]):
        found.setdefault((operation.method, len(operation.segments)), []).append(operation)
    return found


_INDEX = _index()


def find_operation(method: str, path: str) -> tuple[Operation, str | None] | None:
    """The documented operation that a method and path name.

    Args:
        method: HTTP method, in any case.
        path: path as requested, with or without host, query and closing slash; values percent-encoded or not.

    Returns:
        The operation with the value of its path's last parameter (null without any), or None: not documented.
    """
    given = [part for part in urlsplit(path).path.split("/") if part]
    for operation in _INDEX.get((method.upper(), len(given)), []):
        wanted = operation.segments
        if all(part.startswith(":") or part == own for part, own in zip(wanted, given, strict=True)):
            values = [unquote(own) for part, own in zip(wanted, given, strict=True) if part.startswith(":")]
            return operation, values[-1] if values else None
    return None
