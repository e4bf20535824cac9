"""Published rows as the documented objects: all keys in their order, null where the documents have null."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

import msgspec
import polars as pl

from schemas.dtypes import ADDRESS_PARTS
from transforms.documented_settings import SETTING_SHAPES
from transforms.instants import write_seconds
from transforms.normalize.addresses import compose_lines

__all__ = ["CONTACT_KEYS", "SHAPES", "add_address_lines", "describe_duplicates"]

Row = Mapping[str, Any]

#: A contact, key by key (004:84).
CONTACT_KEYS: Final = (
    "id", "display_name", "partner_name", "brand", "brand_id", "user_id", "sort_field", "last_touch",
    "last_touch_action", "next_touch", "touch_freq", "ios_address_book_id", "android_address_book_id", "created_at",
    "updated_at", "deleted_at", "created_for", "updated_for", "deleted_for", "title", "first_name",
    "partner_first_name", "middle_name", "last_name", "partner_last_name", "marketing_name", "nickname", "email",
    "primary_email", "emails", "parked", "partner_email", "phone_number", "primary_phone_number", "phone_numbers",
    "company", "birthday", "profile_image_url", "cover_image_url", "job_title", "source_type", "source", "website",
    "tags", "address", "type",
)  # fmt: skip
#: Parts of a published address that the documents do not show.
_OWN_PARTS: Final = ("label", "full_clean")


def describe_contact(row: Row) -> dict[str, Any]:
    """A contact (004:84) of a row of marts.contacts."""
    found = {key: _value(row[key]) for key in CONTACT_KEYS}
    found["birthday"] = None if row["birthday"] is None else f"{row['birthday'].isoformat()}T00:00:00.000Z"
    found["address"] = [_address(item, _OWN_PARTS) for item in row["address"]] if row["address"] else None
    return found


def describe_summary(row: Row) -> dict[str, Any]:
    """A contact summary (004:951) of a row of marts.contacts."""
    return dict(row["summary"])


def describe_attribute(row: Row) -> dict[str, Any]:
    """An attribute (004:6556) of a row of marts.contact_attributes.

    Its definition is given by its id, and the kind of a custom one by null, as the table of fields says (004:6508).
    """
    value = {"text": row["text"], "date": _seconds(row["date"]), "address": row["address"]}
    if row["number"] is not None:
        value = {"text": None, "number": row["number"], **value}
    return {
        "id": row["attribute_id"],
        "contact": row["contact_id"],
        "attribute_def": row["attribute_def"],
        **{key: _value(row[key]) for key in ("created_at", "updated_at")},
        "deleted_at": None,
        **{key: row[key] for key in ("label", "is_primary", "is_partner", "index")},
        "created_by": row["created_by"],
        "updated_by": row["updated_by"],
        "attribute_type": row["attribute_type"],
        **value,
        "address": _address(row["address"], _OWN_PARTS) if row["address"] else None,
        "type": "contact_attribute",
    }


def add_address_lines(attributes: pl.DataFrame) -> pl.DataFrame:
    """Rows of marts.contact_attributes with the lines of addresses among their parts, as the documents show them."""
    given = pl.col("address")
    lines = compose_lines(attributes["address"]).select("line1", "line2", "full")
    parts = [given.struct.field(part) for part in ADDRESS_PARTS]
    whole = pl.struct(*parts, "line1", "line2", "full", pl.lit("stdaddr").alias("type"))
    together = pl.concat([attributes, lines], how="horizontal")
    return together.with_columns(pl.when(given.is_not_null()).then(whole).alias("address")).drop(lines.columns)


def describe_lead(row: Row) -> dict[str, Any]:
    """A lead (000:749) of a row of marts.leads; the raw payload is verbatim."""
    return {
        "id": row["id"],
        "contact": row["contact_id"],
        "lead_channel": row["lead_channel"],
        "raw_payload": _raw(row["raw_payload"]),
        "parsed_payload": _raw(row["parsed_payload"]),
        "source_type": row["source_type"],
        "created_at": _value(row["captured_at"]),
    }


#: A lead summary, key by key (002:72).
_SUMMARY_KEYS: Final = (
    "id", "name", "title", "company", "phonenumber", "email", "status", "date", "chat_id", "assigned", "is_public",
    "chat", "chat_date", "lead_type", "assigned_to", "color", "analytics", "notes_count", "attachment_count",
)  # fmt: skip


def describe_lead_summary(row: Row) -> dict[str, Any]:
    """A lead summary (002:72) of a row of marts.lead_summary: numbers and flags are texts."""
    found = {key: row[key] for key in _SUMMARY_KEYS}
    return found | {key: None if row[key] is None else _raw(row[key]) for key in ("chat", "analytics")}


def describe_flat(row: Row) -> dict[str, Any]:
    """A flat contact (003:66) of a row of marts.flat_contacts: lists and fields are never null there."""
    location = {"id": row["location_id"], "title": row["location_title"]}
    return {
        "id": row["id"],
        "name": row["name"],
        "phoneNumber": row["phone_number"],
        "location": location if any(location.values()) else None,
        "stage": row["stage"],
        "notes": row["notes"],
        "customFields": _raw(row["custom_fields"]),
        "tags": row["tags"] or [],
    }


def describe_duplicates(clusters: pl.DataFrame, contacts: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """Clusters of duplicates that wait for a person (004:7551), numbered by their lowest contact id.

    Args:
        clusters: rows of marts.duplicate_clusters.
        contacts: rows of marts.contacts.
    """
    members = clusters.filter(pl.col("status") == "review").select("cluster_id", "contact_id").unique()
    joined = members.join(contacts, left_on="contact_id", right_on="id", coalesce=False).sort("contact_id")
    groups = joined.partition_by("cluster_id", maintain_order=True)
    for number, group in enumerate((group for group in groups if group.height > 1), 1):
        yield {"id": number, "contacts": [describe_contact(row) for row in group.iter_rows(named=True)]}


#: Shape -> how a row of its mart is described.
SHAPES: Final[dict[str, Callable[[Row], dict[str, Any]]]] = {
    "contact": describe_contact,
    "attribute": describe_attribute,
    "summary": describe_summary,
    "lead": describe_lead,
    "lead-summary": describe_lead_summary,
    "flat": describe_flat,
    **SETTING_SHAPES,
}


def _value(value: Any) -> Any:
    return write_seconds(value) if isinstance(value, datetime) else value


def _seconds(value: date | None) -> int | None:
    return None if value is None else (value - date(1970, 1, 1)).days * 86_400


def _address(parts: Mapping[str, Any], without: tuple[str, ...] = ()) -> dict[str, Any]:
    """The parts that are there; short names first, then by letter, as the documents' database stores them."""
    names = sorted((name for name, value in parts.items() if value is not None), key=lambda name: (len(name), name))
    return {name: parts[name] for name in names if name not in without}


def _raw(text: str) -> msgspec.Raw:
    return msgspec.Raw(text.encode())
