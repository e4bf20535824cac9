"""The documented bodies of the requests that leadpipe applies; a body that does not fit says so itself."""

from __future__ import annotations

from typing import Annotated

import msgspec

__all__ = [
    "BODIES",
    "Cluster",
    "ContactHead",
    "ContactObjects",
    "CreateBody",
    "MergeBody",
    "MergeClustersBody",
    "TagBody",
    "TouchBody",
    "check_body",
]

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


#: Operation name -> its body. An operation that is applied has one.
BODIES: dict[str, type[msgspec.Struct]] = {
    "contacts.create": CreateBody,
    "contacts.merge": MergeBody,
    "contacts.merge_clusters": MergeClustersBody,
    "contacts.touch": TouchBody,
    "tags.create": TagBody,
    "tags.touch": TouchBody,
}

_DECODERS = {name: msgspec.json.Decoder(body) for name, body in BODIES.items()}


def check_body(operation: str, body: bytes) -> None:
    """Check the body of an applied operation.

    Raises:
        msgspec.ValidationError: it does not have the documented shape; the message names the path, never a value.
        msgspec.DecodeError: it is not JSON.
    """
    _DECODERS[operation].decode(body)
