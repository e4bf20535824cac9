"""The bodies of requests on flat contacts (003)."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

__all__ = ["FLAT_TYPES", "FlatBody", "FlatLocation", "FlatTagsBody"]

_Text = Annotated[str, msgspec.Meta(pattern=r"\S")]

#: Attribute types that fields of a flat contact are kept in: its custom fields cannot be called so.
FLAT_TYPES = (
    "title", "first_name", "middle_name", "last_name", "phone_number", "note", "tag", "stage", "location_id",
    "location_title",
)  # fmt: skip


class FlatLocation(msgspec.Struct, forbid_unknown_fields=True):
    """`location` of a flat contact (003:93)."""

    id: str | None = None
    title: str | None = None


class FlatBody(msgspec.Struct):
    """POST and PUT /v1/contacts (003:77); names and phone number are required, stages are an open set (FC1)."""

    name: _Text
    phoneNumber: _Text
    id: _Text | None = None
    location: FlatLocation | None = None
    stage: str | None = None
    notes: str | None = None
    customFields: dict[_Text, Any] | None = None
    tags: list[str] | None = None

    def __post_init__(self) -> None:
        taken = sorted({*(self.customFields or {})} & {*FLAT_TYPES})
        if taken:
            raise ValueError(f"a custom field cannot be called {taken[0]!r}: a flat contact has a field of its own")


class FlatTagsBody(msgspec.Struct):
    """POST /v1/contacts/:id/tags/add and remove: the documents show no body, their answer the tags (003:258)."""

    tags: Annotated[list[_Text], msgspec.Meta(min_length=1)]
