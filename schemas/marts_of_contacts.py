"""marts of the contacts: who they are, what they are made of, which of them are one."""

from typing import Annotated

import pandera.polars as pa
import polars as pl

from schemas.dtypes import Address, Instant, PublishedAddress, Texts

__all__ = [
    "Contact", "ContactAlias", "ContactAttribute", "DuplicateCluster", "DuplicatePair", "FlatContact", "Judgement",
    "SegmentMember",
]  # fmt: skip

#: The documented contact summary (SPEC DV4, DV10): email and phone are the primary ones, birthday is in seconds.
Summary = Annotated[
    pl.Struct,
    {
        "id": pl.String,
        "is_partner": pl.Boolean,
        "title": pl.String,
        "first_name": pl.String,
        "middle_name": pl.String,
        "last_name": pl.String,
        "marketing_name": pl.String,
        "nickname": pl.String,
        "email": pl.String,
        "phone_number": pl.String,
        "company": pl.String,
        "birthday": pl.Int64,
        "profile_image_url": pl.String,
        "cover_image_url": pl.String,
        "job_title": pl.String,
        "source_type": pl.String,
        "source": pl.String,
        "tags": pl.List(pl.String),
        "display_name": pl.String,
        "abbreviated_display_name": pl.String,
        "type": pl.String,
    },
]


class Contact(pa.DataFrameModel):
    """Grain: one row per live canonical contact, in the documented shape (004:84)."""

    id: str = pa.Field(description="canonical contact id")
    display_name: str = pa.Field(description="nickname, else first and last name, else company … (SPEC DV1, A-EA4)")
    partner_name: str = pa.Field(nullable=True, description="partner's first and last name")
    brand: str = pa.Field(nullable=True, description="brand")
    brand_id: str = pa.Field(nullable=True, description="equal to brand, as documented (SPEC DV11)")
    user_id: str = pa.Field(nullable=True, description="owner")
    sort_field: str = pa.Field(description="nickname, else last and first name, else company … (SPEC DV2)")
    last_touch: Instant = pa.Field(nullable=True, description="latest touch")
    last_touch_action: str = pa.Field(nullable=True, description="its kind; null for a capture")
    next_touch: Instant = pa.Field(nullable=True, description="when the next touch is due (SPEC TO1)")
    touch_freq: int = pa.Field(nullable=True, description="days between touches")
    touch_freq_source: str = pa.Field(nullable=True, description="what set it: contact, or tag:NAME (SPEC A-T1)")
    ios_address_book_id: str = pa.Field(nullable=True, description="id in the owner's iOS address book")
    android_address_book_id: str = pa.Field(nullable=True, description="id in the owner's Android address book")
    created_at: Instant = pa.Field(description="created; the parent's own when merged")
    first_created_at: Instant = pa.Field(description="earliest creation of the contacts merged into it (SPEC A-M5)")
    updated_at: Instant = pa.Field(description="last updated")
    deleted_at: Instant = pa.Field(nullable=True, description="always null here; as documented")
    created_for: str = pa.Field(description="cause of creation (SPEC EA13)")
    updated_for: str = pa.Field(nullable=True, description="cause of the last update")
    deleted_for: str = pa.Field(nullable=True, description="always null here; as documented")
    created_by: str = pa.Field(nullable=True, description="user whose request or import made it; null: a lead did")
    updated_by: str = pa.Field(nullable=True, description="user whose request was its last update; null: none was")
    title: str = pa.Field(nullable=True, description="title, such as Dr.")
    first_name: str = pa.Field(nullable=True, description="first name")
    partner_first_name: str = pa.Field(nullable=True, description="partner's first name")
    middle_name: str = pa.Field(nullable=True, description="middle name")
    last_name: str = pa.Field(nullable=True, description="last name")
    partner_last_name: str = pa.Field(nullable=True, description="partner's last name")
    marketing_name: str = pa.Field(nullable=True, description="name used in marketing")
    nickname: str = pa.Field(nullable=True, description="nickname")
    email: str = pa.Field(nullable=True, description="first of emails (SPEC DV5)")
    primary_email: str = pa.Field(nullable=True, description="equal to email, as documented")
    emails: Texts = pa.Field(nullable=True, description="own e-mails, primary first; never the partner's")
    parked: bool = pa.Field(description="as documented; always false")
    partner_email: str = pa.Field(nullable=True, description="partner's e-mail")
    phone_number: str = pa.Field(nullable=True, description="first of phone_numbers")
    primary_phone_number: str = pa.Field(nullable=True, description="equal to phone_number, as documented")
    phone_numbers: Texts = pa.Field(nullable=True, description="own phones in E.164, primary first (SPEC DV6)")
    company: str = pa.Field(nullable=True, description="company")
    birthday: pl.Date = pa.Field(nullable=True, description="birthday")
    profile_image_url: str = pa.Field(nullable=True, description="profile image")
    cover_image_url: str = pa.Field(nullable=True, description="cover image")
    job_title: str = pa.Field(nullable=True, description="job title")
    source_type: str = pa.Field(nullable=True, description="kind of source, such as CSV or Website")
    source: str = pa.Field(nullable=True, description="source")
    website: Texts = pa.Field(nullable=True, description="websites")
    tags: Texts = pa.Field(nullable=True, description="tags, newest first (SPEC DV7)")
    address: PublishedAddress = pa.Field(nullable=True, description="addresses, primary first (SPEC DV8, DV9)")
    summary: Summary = pa.Field(description="documented contact summary (SPEC DV4)")
    cluster_id: str = pa.Field(nullable=True, description="merged duplicate cluster behind it; null when none")
    merged_count: int = pa.Field(ge=1, description="contacts merged into it, itself included")
    type: str = pa.Field(description="contact, as documented")


class FlatContact(pa.DataFrameModel):
    """Grain: one row per live canonical contact, in the flat shape of the other product (003:66)."""

    id: str = pa.Field(description="canonical contact id")
    name: str = pa.Field(description="title, first, middle and last name; else the display name")
    phone_number: str = pa.Field(nullable=True, description="first of its phone numbers")
    tags: Texts = pa.Field(nullable=True, description="tags, oldest first")
    notes: str = pa.Field(nullable=True, description="primary note, else the newest")
    stage: str = pa.Field(nullable=True, description="stage, such as Subscriber")
    location_id: str = pa.Field(nullable=True, description="location.id")
    location_title: str = pa.Field(nullable=True, description="location.title")
    custom_fields: str = pa.Field(description="JSON object: values of its brand's own attribute definitions, by name")


class ContactAttribute(pa.DataFrameModel):
    """Grain: one row per surviving attribute of a live canonical contact, with lineage to its cell."""

    attribute_id: str = pa.Field(description="id")
    contact_id: str = pa.Field(description="canonical contact")
    origin_contact_id: str = pa.Field(description="contact it was given to")
    attribute_def: str = pa.Field(description="id of the attribute definition")
    attribute_type: str = pa.Field(description="name of the definition")
    label: str = pa.Field(nullable=True, description="free text such as Home")
    index: int = pa.Field(nullable=True, description="groups or orders values; renumbered by merges (SPEC A-M2)")
    original_index: int = pa.Field(nullable=True, description="index before any merge")
    is_primary: bool = pa.Field(description="at most one per contact, definition and partner flag")
    is_partner: bool = pa.Field(description="belongs to the partner")
    text: str = pa.Field(nullable=True, description="normalized text value; --05-06 of a date without a year")
    number: float = pa.Field(nullable=True, description="number value")
    date: pl.Date = pa.Field(nullable=True, description="date value")
    address: Address = pa.Field(nullable=True, description="address value as stdaddr parts")
    original: str = pa.Field(nullable=True, description="as received")
    match_key: str = pa.Field(nullable=True, description="normal form used for matching")
    file: str = pa.Field(nullable=True, description="lineage: file name")
    sheet: str = pa.Field(description="lineage: sheet; empty for CSV and JSON")
    row_number: int = pa.Field(ge=1, description="lineage: row or record, 1 is the first")
    columns: Texts = pa.Field(description="lineage: columns, or paths in the payload")
    position: int = pa.Field(ge=0, description="place among the values that came together")
    created_at: Instant = pa.Field(description="created")
    updated_at: Instant = pa.Field(description="last updated")
    created_by: str = pa.Field(nullable=True, description="user whose request or import brought it; null: a lead did")
    updated_by: str = pa.Field(nullable=True, description="user whose request last changed it; null: none did")


class ContactAlias(pa.DataFrameModel):
    """Grain: one row per contact ever created."""

    contact_id: str = pa.Field(description="any contact id ever given")
    canonical_id: str = pa.Field(description="contact that stands for it now; itself when never merged")
    cluster_id: str = pa.Field(nullable=True, description="merged cluster it is in")


class DuplicateCluster(pa.DataFrameModel):
    """Grain: one row per cluster and member."""

    cluster_id: str = pa.Field(description="stable id (SPEC A-D4)")
    contact_id: str = pa.Field(description="member")
    suggested_parent: str = pa.Field(description="contact that stays, or should stay")
    status: str = pa.Field(description="merged, or review: waiting for a person")
    display_name: str = pa.Field(nullable=True, description="the member's own display name, before any merge")


class DuplicatePair(pa.DataFrameModel):
    """Grain: one row per scored pair kept; contact_id_l < contact_id_r."""

    contact_id_l: str = pa.Field(description="lower contact id")
    contact_id_r: str = pa.Field(description="higher contact id")
    probability: float = pa.Field(ge=0, le=1, description="how likely both are one person")
    decision: str = pa.Field(description="merge, review, or no_match when a conflict cut it")
    decided_by: str = pa.Field(description="rule that decided")
    evidence: str = pa.Field(description="JSON list of {field, level, score, value_l, value_r}")


class Judgement(pa.DataFrameModel):
    """Grain: one row per judgement a person ever gave on a pair of contacts, merges asked for by request included."""

    judgement_id: str = pa.Field(description="id")
    contact_id_l: str = pa.Field(description="lower contact id")
    contact_id_r: str = pa.Field(description="higher contact id")
    judgement: str = pa.Field(description="same, different or unsure")
    status: str = pa.Field(description="in_force, replaced, withdrawn, refused (contradicts earlier ones), waiting")
    parent_id: str = pa.Field(nullable=True, description="contact that stays, where a request named one")
    judged_by: str = pa.Field(nullable=True, description="who")
    judged_at: Instant = pa.Field(description="when")
    source: str = pa.Field(description="request, review or unmerge")
    reference: str = pa.Field(nullable=True, description="request id, or name of the review file")
    deleted_at: Instant = pa.Field(nullable=True, description="when it was replaced or withdrawn")


class SegmentMember(pa.DataFrameModel):
    """Grain: one row per saved segment and contact in it, in the order of its filter."""

    segment: str = pa.Field(description="name of the segment, else of its file")
    position: int = pa.Field(ge=1, description="place in the segment")
    contact_id: str = pa.Field(description="canonical contact")
