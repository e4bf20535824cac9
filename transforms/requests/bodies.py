"""The documented bodies of the requests that leadpipe applies; a body that does not fit says so itself."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

import msgspec

from transforms.requests.flat_bodies import FlatBody, FlatTagsBody

__all__ = [
    "BODIES", "ActivityBody", "AttributesBody", "CaptureBody", "ChannelBody", "Cluster", "ContactAttributes",
    "ContactHead", "ContactObjects", "CreateBody", "DefinitionBody", "FilteredBody", "GroupBody", "IdsBody",
    "ImportBody", "MergeBody", "MergeClustersBody", "OwnerBody", "RenameBody", "RuleBody", "RuleOrder", "SetBody",
    "TagBody", "TouchBody", "UpdateBody", "UploadBody", "check_body",
]  # fmt: skip

_Text = Annotated[str, msgspec.Meta(pattern=r"\S")]
_Days = Annotated[int, msgspec.Meta(gt=0, le=36_525)]  # 0 and less are invalid (SPEC A-T4); a century is a typing slip


class ContactHead(msgspec.Struct):
    """What a contact object says of itself, beside its attributes."""

    id: _Text | None = None
    user: _Text | None = None


class CreateBody(msgspec.Struct):
    """POST /contacts (004:848)."""

    contacts: Annotated[list[ContactHead], msgspec.Meta(min_length=1)]


class ContactObjects(msgspec.Struct):
    """The same body, each contact as the text it came as."""

    contacts: list[msgspec.Raw]


class MergeBody(msgspec.Struct):
    """POST /contacts/:id/merge (004:7834)."""

    sub_contacts: Annotated[list[_Text], msgspec.Meta(min_length=1)]


class Cluster(MergeBody):
    """One cluster of POST /contacts/merge."""

    parent: _Text


class MergeClustersBody(msgspec.Struct):
    """POST /contacts/merge (004:8335)."""

    clusters: Annotated[list[Cluster], msgspec.Meta(min_length=1)]


class TouchBody(msgspec.Struct):
    """PATCH /contacts/:id/touch and /contacts/tags/:tag/touch (004:8598, 8624); null clears (SPEC A-T4)."""

    touch_freq: _Days | None


class TagBody(msgspec.Struct):
    """POST /contacts/tags (004:8553)."""

    tag: _Text
    touch_freq: _Days | None = None


class _Attribute(msgspec.Struct):
    """One attribute; what its value must be is its definition's matter."""

    id: str | int | None = None


class AttributesBody(msgspec.Struct):
    """PATCH /contacts/:id (004:4741) and POST /contacts/:id/attributes (004:6542)."""

    attributes: Annotated[list[_Attribute], msgspec.Meta(min_length=1)]


class ContactAttributes(AttributesBody):
    """One contact of PATCH /contacts."""

    id: _Text


class UpdateBody(msgspec.Struct):
    """PATCH /contacts (004:2080)."""

    contacts: Annotated[list[ContactAttributes], msgspec.Meta(min_length=1)]


class SetBody(msgspec.Struct):
    """PUT /contacts/:id/attributes/:attribute_id (004:6623); which value it needs depends on its definition."""

    label: str | None = None
    index: int | None = None
    is_primary: bool | None = None
    is_partner: bool | None = None


class FilteredBody(AttributesBody, kw_only=True):
    """POST /contacts/attributes (004:7242): attributes for all contacts that satisfy the filters."""

    filters: list[dict[str, Any]] = []
    filter: list[dict[str, Any]] = []
    users: list[str] | str | None = None
    ids: list[str] | str | None = None
    excludes: list[str] | str | None = None


class UploadBody(msgspec.Struct):
    """POST /contacts/upload: the documents show no body; what its answer shows tells the file (004:5504)."""

    id: _Text
    name: _Text


class ImportBody(msgspec.Struct):
    """POST /contacts/import.csv, .xls and .xlsx (004:5920)."""

    file_id: _Text
    mappings: dict[str, dict[str, Any]] | None = None
    owner: _Text | None = None


class IdsBody(msgspec.Struct):
    """DELETE /contacts (004:2183) and /contacts/attributes (004:7384, whose list is empty)."""

    ids: list[_Text]


class OwnerBody(msgspec.Struct):
    """PUT /contacts/:id/owner (004:5390)."""

    user: _Text


class RenameBody(msgspec.Struct):
    """PATCH /contacts/tags/:tag (004:8578)."""

    tag: _Text


class DefinitionBody(msgspec.Struct):
    """POST /contacts/attribute_defs (004:9578)."""

    name: _Text
    data_type: Literal["text", "number", "date"]
    id: _Text | None = None
    label: str | None = None
    section: str | None = None
    singular: bool = False
    editable: bool = True
    searchable: bool = False
    required: bool = False
    show: bool = True
    filterable: bool = True
    has_label: bool = False
    labels: list[str] | None = None
    enum_values: list[str] | None = None


class ChannelBody(msgspec.Struct):
    """PUT /brands/:brand/leads/channels/:channel (000:118)."""

    name: str | None = None
    title: str | None = None
    mls: list[str] | None = None


class RuleBody(msgspec.Struct):
    """POST and PUT of a rule (000:179, 522); what its words must be is the rulebook's matter."""

    id: _Text | None = None
    order: int | None = None
    conditions: list[dict[str, Any]] | None = None


class RuleOrder(msgspec.Struct):
    """One entry of PUT /brands/:brand/leads/channels/:channel/rules/sort (000:500)."""

    id: _Text
    order: int


class GroupBody(msgspec.Struct):
    """POST and PATCH of a group (000:656, 693)."""

    id: _Text | None = None
    name: str | None = None
    description: str | None = None
    members: list[dict[str, Any]] | None = None


class CaptureBody(msgspec.Struct):
    """POST /leads (000:734); what it must name, and what a lead may hold, is the leads' matter."""

    metadata: dict[str, Any]
    lead: dict[str, Any]
    id: _Text | None = None


_OF_LISTINGS = Literal[
    "ContactViewedListing", "ContactSharedListing", "ContactFavoritedListing", "ContactRemovedFavoriteListing",
    "ContactValuedListing",
]  # fmt: skip
_OF_SEARCHES = Literal["ContactCreatedSearch", "ContactRemovedSearch", "ContactSearchedListings"]
#: Action -> the part that it needs beside its notes (SPEC LC7).
_PARTS = {**dict.fromkeys(get_args(_OF_LISTINGS), "listing"), **dict.fromkeys(get_args(_OF_SEARCHES), "search")}


class ActivityBody(msgspec.Struct):
    """POST /leads/:lead/timeline (001:86)."""

    action: _OF_LISTINGS | _OF_SEARCHES | Literal["ContactSignedUp", "ContactLoggedIn"]
    notes: str | None = None
    listing: Any = None
    search: Any = None

    def __post_init__(self) -> None:
        part = _PARTS.get(self.action)
        if part and not getattr(self, part):
            raise ValueError(f"{self.action} needs `{part}`")


#: Operation name -> its body. An operation that is applied has one, or takes none.
BODIES: dict[str, Any] = {
    "contacts.create": CreateBody,
    "contacts.import_json": CreateBody,
    "contacts.upload": UploadBody,
    "contacts.import_csv": ImportBody,
    "contacts.import_xls": ImportBody,
    "contacts.import_xlsx": ImportBody,
    "contacts.update": AttributesBody,
    "contacts.update_many": UpdateBody,
    "contacts.delete_many": IdsBody,
    "contacts.change_owner": OwnerBody,
    "attributes.create": AttributesBody,
    "attributes.create_many": FilteredBody,
    "attributes.update": SetBody,
    "attributes.delete_many": IdsBody,
    "attribute_defs.create": DefinitionBody,
    "tags.rename": RenameBody,
    "channels.update": ChannelBody,
    "flat_contacts.upsert": FlatBody,
    "flat_contacts.update": FlatBody,
    "flat_contacts.add_tags": FlatTagsBody,
    "flat_contacts.remove_tags": FlatTagsBody,
    "leads.capture": CaptureBody,
    "leads.webhook": dict[str, Any] | str,
    "leads.add_activity": ActivityBody,
    "leads.reassign": list[dict[str, Any]],
    "rules.create": RuleBody,
    "rules.update": RuleBody,
    "rules.sort": Annotated[list[RuleOrder], msgspec.Meta(min_length=1)],
    "groups.create": GroupBody,
    "groups.update": GroupBody,
    "contacts.merge": MergeBody,
    "contacts.merge_clusters": MergeClustersBody,
    "contacts.touch": TouchBody,
    "tags.create": TagBody,
    "tags.touch": TouchBody,
}

_DECODERS = {name: msgspec.json.Decoder(body) for name, body in BODIES.items()}


def check_body(operation: str, body: bytes) -> None:
    """Check the body of an applied operation; one that takes none may come with any.

    Raises:
        msgspec.ValidationError: it does not have the documented shape; the message names the path, never a value.
        msgspec.DecodeError: it is not JSON.
    """
    if operation in _DECODERS:
        _DECODERS[operation].decode(body)
