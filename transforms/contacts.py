"""The contacts of all sources together: core.contacts, and what leads do to them (SPEC LC4, LC5)."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import CORE_ACTIVITIES, CORE_CONTACTS, CORE_TOUCH_EVENTS
from schemas.vocabulary import Cause
from transforms.ids import hash_ids

__all__ = ["add_touches", "assemble_contacts", "edit_rows", "list_captures", "touch_by_request", "touch_on_capture"]

_NO_TEXT = pl.lit(None, pl.String)
_CREATOR_SCHEMA = {"file_id": pl.String, "row_number": pl.Int64, "created_by": pl.String}
_NO_TIME = pl.lit(None, pl.Datetime("us", "UTC"))


def assemble_contacts(
    contact_rows: pl.DataFrame,
    leads: pl.DataFrame,
    logs: Collection[str] = (),
    creators: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """All contacts ever created: those of files and requests, then those that leads made.

    The owner of a contact that a lead made is whom routing gives that lead; here it has none.

    Args:
        contact_rows: contacts of files and requests, as `fold_rows` gives them.
        leads: contact_id, contact_exists, brand_id, captured_at, run_sequence, file_id, record_number; in order of
            (captured_at, lead_id).
        logs: ids of the files that are request logs.
        creators: file_id, row_number, created_by of requests that create contacts; none by default. Who imports a
            file is not known: the owner of its contacts stands for them.

    Returns:
        The columns of core.contacts without those of touches, by id.
    """
    given = contact_rows.with_columns(
        source=pl.when(pl.col("file_id").is_in(list(logs))).then(pl.lit("request")).otherwise(pl.lit("file"))
    )
    place = ["file_id", "row_number"]
    asked_by = creators if creators is not None else pl.DataFrame(schema=_CREATOR_SCHEMA)
    given = given.join(asked_by, on=place, how="left", maintain_order="left").with_columns(
        created_by=pl.when(pl.col("source") == "request").then("created_by").otherwise("user_id")
    )
    contacts = pl.concat([given, _make_contacts(leads)], how="diagonal")
    latest = leads.group_by("contact_id").agg(pl.col("captured_at").max().alias("lead_at"))
    is_updated = pl.col("lead_at") > pl.col("updated_at")
    return (
        contacts.join(latest, on="contact_id", how="left")
        .with_columns(
            updated_at=pl.max_horizontal("updated_at", "lead_at"),
            updated_for=pl.when(is_updated).then(pl.lit(Cause.LTS_LEAD.value)).otherwise("updated_for"),
            deleted_at=_NO_TIME,
            deleted_for=_NO_TEXT,
            updated_by=_NO_TEXT,
        )
        .drop("lead_at")
        .sort("contact_id")
    )


def add_touches(contacts: pl.DataFrame, touches: pl.DataFrame) -> pl.DataFrame:
    """Rows of core.contacts: contacts with where their touches stand (`derive_touches`)."""
    touched = contacts.join(touches, on="contact_id", how="left", maintain_order="left")
    return touched.select(pl.col(name).cast(dtype) for name, dtype in polars_schema(CORE_CONTACTS).items())


def touch_on_capture(leads: pl.DataFrame) -> pl.DataFrame:
    """A capture touches its contact, without an action (SPEC LC4): rows of core.touch_events."""
    events = leads.select(
        "contact_id",
        occurred_at="captured_at",
        kind=pl.lit("touch"),
        action=_NO_TEXT,
        touch_freq=pl.lit(None, pl.Int64),
        source=pl.lit("capture"),
    )
    return events.select(CORE_TOUCH_EVENTS.columns)


def touch_by_request(touches: pl.DataFrame) -> pl.DataFrame:
    """Touch frequencies that requests set on contacts (SPEC TO3): rows of core.touch_events, the last of one moment.

    Args:
        touches: contact_id, occurred_at, touch_freq; in the order in which they were set.
    """
    events = touches.with_columns(kind=pl.lit("frequency"), action=_NO_TEXT, source=pl.lit("contact"))
    return events.select(CORE_TOUCH_EVENTS.columns).unique(
        ["contact_id", "occurred_at"], keep="last", maintain_order=True
    )


def edit_rows(contacts: pl.DataFrame, edits: pl.DataFrame, owners: pl.DataFrame, editors: pl.DataFrame) -> pl.DataFrame:
    """Contacts as requests left them: owner, deletion, and the time, cause and user of the last update.

    Args:
        contacts: from `assemble_contacts`.
        edits: rows of core.contact_edits.
        owners: contact_id, user_id, changed_at of the owners that contacts were given.
        editors: contact_id, editor: user of the last request on each.
    """
    latest = owners.sort("changed_at", maintain_order=True).unique("contact_id", keep="last")
    edited = edits.select("contact_id", edited_at="updated_at", gone_at="deleted_at")
    found = edited.join(latest.select("contact_id", owner="user_id"), on="contact_id", how="full", coalesce=True)
    is_edited = pl.col("edited_at") >= pl.col("updated_at")
    cause = pl.lit(Cause.DIRECT_REQUEST.value)
    return (
        contacts.join(found, on="contact_id", how="left", maintain_order="left")
        .join(editors, on="contact_id", how="left", maintain_order="left")
        .with_columns(
            user_id=pl.coalesce("owner", "user_id"),
            updated_at=pl.max_horizontal("updated_at", "edited_at"),
            updated_for=pl.when(is_edited).then(cause).otherwise("updated_for"),
            updated_by=pl.when(is_edited).then("editor"),
            deleted_at="gone_at",
            deleted_for=pl.when(pl.col("gone_at").is_not_null()).then(cause),
        )
        .drop("owner", "edited_at", "gone_at", "editor")
    )


def list_captures(leads: pl.DataFrame) -> pl.DataFrame:
    """One LeadCaptured on the timeline per lead: rows of core.activities."""
    marked = leads.with_columns(action=pl.lit("LeadCaptured"))
    return marked.with_columns(
        hash_ids(marked, "action", "lead_id").alias("activity_id"),
        notes=_NO_TEXT,
        occurred_at="captured_at",
        author_id=_NO_TEXT,
        visibility=_NO_TEXT,
    ).select(CORE_ACTIVITIES.columns)


def _make_contacts(leads: pl.DataFrame) -> pl.DataFrame:
    """Contacts made by leads, each with the lineage of its lead."""
    makers = leads.filter(~pl.col("contact_exists")).unique("contact_id", keep="first", maintain_order=True)
    return makers.select(
        "contact_id",
        "brand_id",
        "run_sequence",
        "file_id",
        user_id=_NO_TEXT,
        ios_address_book_id=_NO_TEXT,
        android_address_book_id=_NO_TEXT,
        created_for=pl.lit(Cause.LTS_LEAD.value),
        created_at="captured_at",
        updated_for=pl.lit(Cause.LTS_LEAD.value),
        updated_at="captured_at",
        sheet=pl.lit(""),
        row_number="record_number",
        source=pl.lit("lead"),
    )
