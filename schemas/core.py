"""core: contacts in the attribute model, leads, and the directory they belong to."""

import pandera.polars as pa
import polars as pl

from schemas.dtypes import Address, Instant, Numbers, Texts

__all__ = [
    "Activity", "Attribute", "AttributeDef", "AttributeUpdate", "Brand", "CampaignEmail", "Contact", "ContactUpdate",
    "FlowEnrolment", "Lead", "LeadFields", "Listing", "MatchedFile", "MergeEvent", "Tag", "TouchEvent", "User",
]  # fmt: skip


class Brand(pa.DataFrameModel):
    """Grain: one row per brand, as last described by a directory file."""

    brand_id: str = pa.Field(description="id")
    name: str = pa.Field(nullable=True, description="name")
    parent_id: str = pa.Field(nullable=True, description="brand above it")
    region: str = pa.Field(nullable=True, description="two-letter country its phone numbers are read in")
    time_zone: str = pa.Field(nullable=True, description="IANA time zone")
    deleted_at: Instant = pa.Field(nullable=True, description="when it was deleted")


class User(pa.DataFrameModel):
    """Grain: one row per user (agent), as last described by a directory file."""

    user_id: str = pa.Field(description="id")
    brand_id: str = pa.Field(nullable=True, description="brand the user works in; null when unknown")
    first_name: str = pa.Field(nullable=True, description="first name")
    last_name: str = pa.Field(nullable=True, description="last name")
    display_name: str = pa.Field(nullable=True, description="name shown")
    email: str = pa.Field(nullable=True, description="match key of the e-mail")
    phone: str = pa.Field(nullable=True, description="match key of the phone number")
    mls_keys: Texts = pa.Field(nullable=True, description="'mls|agent id' of each MLS membership, casefolded")
    time_zone: str = pa.Field(nullable=True, description="IANA time zone")
    is_active: bool = pa.Field(description="may be given leads: not deleted and user_status Active or absent")


class CampaignEmail(pa.DataFrameModel):
    """Grain: one row per e-mail campaign e-mail, which a capture may name instead of a channel (SPEC A-O7)."""

    campaign_email_id: str = pa.Field(description="id")
    campaign_id: str = pa.Field(nullable=True, description="campaign")
    brand_id: str = pa.Field(nullable=True, description="brand")
    user_id: str = pa.Field(nullable=True, description="sender")
    recipient_email: str = pa.Field(nullable=True, description="match key of the recipient's e-mail")


class Listing(pa.DataFrameModel):
    """Grain: one row per listing that leads may mention (SPEC CH6)."""

    listing_id: str = pa.Field(description="id")
    brand_id: str = pa.Field(nullable=True, description="brand whose MLS access shows it; null for all")
    mls: str = pa.Field(nullable=True, description="MLS code name, casefolded")
    mls_number: str = pa.Field(nullable=True, description="number in that MLS, casefolded")
    payload: str = pa.Field(description="JSON text as received; fields are read as from a lead's own listing")


class AttributeDef(pa.DataFrameModel):
    """Grain: one row per attribute definition (SPEC EA2, EA3)."""

    attribute_def: str = pa.Field(description="id")
    name: str = pa.Field(description="attribute type, such as email")
    data_type: str = pa.Field(isin=["text", "number", "date", "address"], description="which value column it fills")
    label: str = pa.Field(nullable=True, description="form label")
    section: str = pa.Field(nullable=True, description="form section")
    is_global: bool = pa.Field(description="a system definition, not a brand's own")
    is_singular: bool = pa.Field(description="one value per contact and partner flag (SPEC EA4)")
    is_editable: bool = pa.Field(description="may be changed by users")
    is_searchable: bool = pa.Field(description="part of full-text search")
    has_label: bool = pa.Field(description="its values carry a label")
    is_required: bool = pa.Field(description="clients must ask for it")
    is_shown: bool = pa.Field(description="clients must show it")
    is_filterable: bool = pa.Field(description="contacts may be filtered by it")
    labels: Texts = pa.Field(nullable=True, description="labels offered; not enforced")
    enum_values: Texts = pa.Field(nullable=True, description="values offered; not enforced (SPEC EA14)")
    brand_id: str = pa.Field(nullable=True, description="brand of a custom definition")
    created_at: Instant = pa.Field(nullable=True, description="created; one of the system is there since ever")
    created_by: str = pa.Field(nullable=True, description="user whose request created it")
    deleted_at: Instant = pa.Field(nullable=True, description="when a request deleted it")


class Contact(pa.DataFrameModel):
    """Grain: one row per contact ever created, before any merge."""

    contact_id: str = pa.Field(description="id, never rewritten")
    brand_id: str = pa.Field(nullable=True, description="brand")
    user_id: str = pa.Field(nullable=True, description="owner")
    ios_address_book_id: str = pa.Field(nullable=True, description="id in the owner's iOS address book")
    android_address_book_id: str = pa.Field(nullable=True, description="id in the owner's Android address book")
    created_for: str = pa.Field(description="cause of creation (SPEC EA13)")
    updated_for: str = pa.Field(nullable=True, description="cause of the last update")
    deleted_for: str = pa.Field(nullable=True, description="cause of deletion")
    created_by: str = pa.Field(nullable=True, description="user whose request or import made it; null: a lead did")
    updated_by: str = pa.Field(nullable=True, description="user whose request was its last update; null: none was")
    created_at: Instant = pa.Field(description="created")
    updated_at: Instant = pa.Field(description="last updated")
    deleted_at: Instant = pa.Field(nullable=True, description="deleted")
    last_touch: Instant = pa.Field(nullable=True, description="latest touch (SPEC A-T3)")
    last_touch_action: str = pa.Field(nullable=True, description="its kind; null for a capture")
    touch_freq: int = pa.Field(nullable=True, description="days between touches (SPEC A-T1)")
    touch_freq_source: str = pa.Field(nullable=True, description="event that set it: contact, or tag:NAME")
    next_touch: Instant = pa.Field(nullable=True, description="when the next touch is due (SPEC A-T2)")
    run_sequence: int = pa.Field(description="run from which it was known")
    source: str = pa.Field(isin=["file", "lead", "request"], description="what brought it")
    file_id: str = pa.Field(description="lineage: file")
    sheet: str = pa.Field(description="lineage: sheet; empty for CSV and JSON")
    row_number: int = pa.Field(ge=1, description="lineage: row or record, from 1")


class ContactUpdate(pa.DataFrameModel):
    """Grain: one row per row of a contact file that updates a contact an earlier file made (SPEC A-IM2)."""

    row_contact_id: str = pa.Field(description="id of staging.contact_rows, which stays an alias of the contact")
    contact_id: str = pa.Field(description="contact it updates")
    matched_by: str = pa.Field(description="what the person was known by, such as e-mail and name")
    update_number: int = pa.Field(ge=1, description="place among the contact's updates")
    file_id: str = pa.Field(description="file of the row")
    created_for: str = pa.Field(description="cause (SPEC EA13)")
    created_at: Instant = pa.Field(description="when the file was received")
    is_changed: bool = pa.Field(description="it brought something that the contact did not have")


class AttributeUpdate(pa.DataFrameModel):
    """Grain: one row per value of an updated contact that is otherwise than is usual for its row (SPEC A-IM2).

    Usual is that the row that made the contact gave it its values, and that a row that updates it repeats them: what it
    says was there already, or it is too old to be said.
    """

    row_contact_id: str = pa.Field(description="contact_id of staging.attributes")
    row_position: int = pa.Field(ge=0, description="position of staging.attributes")
    is_primary: bool = pa.Field(description="whether it is primary")
    deleted_at: Instant = pa.Field(nullable=True, description="when a newer value replaced it; null: it stands")


class MatchedFile(pa.DataFrameModel):
    """Grain: one row per contact file whose rows were matched with those of the files before it (SPEC A-IM2)."""

    file_id: str = pa.Field(description="the file")
    file_order: int = pa.Field(ge=1, description="place among these files")
    digest: str = pa.Field(description="hash of its rows as they were matched, and of how they were read")


class Attribute(pa.DataFrameModel):
    """Grain: one row per value of one contact (DESIGN 2): the heart of the model."""

    attribute_id: str = pa.Field(description="hash of contact and lineage")
    contact_id: str = pa.Field(description="contact it was given to (SPEC A-IM2), before any merge")
    attribute_def: str = pa.Field(description="id of the attribute definition")
    attribute_type: str = pa.Field(description="name of the definition")
    label: str = pa.Field(nullable=True, description="free text such as Home")
    index: int = pa.Field(nullable=True, description="groups or orders values (SPEC EA7)")
    is_primary: bool = pa.Field(description="at most one per contact, definition and partner flag")
    is_partner: bool = pa.Field(description="belongs to the partner")
    text: str = pa.Field(nullable=True, description="normalized text value; --05-06 of a date without a year")
    number: float = pa.Field(nullable=True, description="number value")
    date: pl.Date = pa.Field(nullable=True, description="date value, floored to the UTC day")
    address: Address = pa.Field(nullable=True, description="address value as stdaddr parts")
    original: str = pa.Field(nullable=True, description="as received")
    match_key: str = pa.Field(nullable=True, description="normal form that joins and blocking use")
    position: int = pa.Field(ge=0, description="order among the contact's values as received; later rows' follow")
    source: str = pa.Field(isin=["file", "lead", "request"], description="what brought it")
    created_at: Instant = pa.Field(description="created")
    updated_at: Instant = pa.Field(description="last updated")
    deleted_at: Instant = pa.Field(nullable=True, description="deleted, or replaced in a singular attribute")
    file_id: str = pa.Field(description="lineage: file")
    sheet: str = pa.Field(description="lineage: sheet; empty for CSV and JSON")
    row_number: int = pa.Field(ge=1, description="lineage: row or record, from 1")
    columns: Texts = pa.Field(description="lineage: columns, or paths in the payload")


class Lead(pa.DataFrameModel):
    """Grain: one row per lead on a known channel, attached to its contact."""

    lead_id: str = pa.Field(description="id; never the contact's (SPEC LC2)")
    contact_id: str = pa.Field(description="contact it belongs to (SPEC A-P4), before any merge")
    channel_id: str = pa.Field(nullable=True, description="lead channel; null when its brand has no default channel")
    brand_id: str = pa.Field(nullable=True, description="brand of the channel or campaign")
    source_type: str = pa.Field(nullable=True, description="such as Website")
    captured_at: Instant = pa.Field(description="when it was captured")
    raw_payload: str = pa.Field(description="JSON as received")
    parsed_payload: str = pa.Field(description="JSON as parsed")
    assignees: str = pa.Field(nullable=True, description="JSON list of payload assignees")
    campaign_email_id: str = pa.Field(nullable=True, description="campaign e-mail it answers")
    is_repeat: bool = pa.Field(description="same person and payload within 24 hours: takes no turn (SPEC A-P6)")
    contact_exists: bool = pa.Field(description="the contact was known before this lead")
    contact_owner: str = pa.Field(nullable=True, description="that contact's owner just before this lead")
    run_sequence: int = pa.Field(description="run that took it")
    file_id: str = pa.Field(description="lineage: file")
    record_number: int = pa.Field(ge=1, description="lineage: record, from 1")


class LeadFields(pa.DataFrameModel):
    """Grain: one row per lead: the fields that rules may ask, in normal form (SPEC A-C8 to A-C12).

    Lists hold every value of a field; null is a missing field (SPEC A-C1).
    """

    lead_id: str = pa.Field(description="the lead")
    price: Numbers = pa.Field(nullable=True, description="prices of the listings")
    beds: Numbers = pa.Field(nullable=True, description="bedrooms")
    baths: Numbers = pa.Field(nullable=True, description="bathrooms")
    captured_hour: Numbers = pa.Field(nullable=True, description="hour of capture, brand's zone, 0-23")
    captured_at: Numbers = pa.Field(nullable=True, description="capture, seconds since 1970 UTC")
    property_type: Texts = pa.Field(nullable=True, description="property type")
    postal_code: Texts = pa.Field(nullable=True, description="postal code, five digits for ZIP+4")
    city: Texts = pa.Field(nullable=True, description="city")
    state: Texts = pa.Field(nullable=True, description="state, two-letter code")
    county: Texts = pa.Field(nullable=True, description="county")
    mls: Texts = pa.Field(nullable=True, description="MLS code name")
    mls_number: Texts = pa.Field(nullable=True, description="listing number")
    listing_agent_mls_id: Texts = pa.Field(nullable=True, description="listing agent's MLS id")
    source_type: Texts = pa.Field(nullable=True, description="source type")
    source: Texts = pa.Field(nullable=True, description="lead_source")
    tag: Texts = pa.Field(nullable=True, description="tags")
    has_email: Texts = pa.Field(nullable=True, description="true or false")
    has_phone: Texts = pa.Field(nullable=True, description="true or false")
    email: Texts = pa.Field(nullable=True, description="e-mail")
    email_domain: Texts = pa.Field(nullable=True, description="part after @")
    phone: Texts = pa.Field(nullable=True, description="E.164")
    phone_area: Texts = pa.Field(nullable=True, description="NANP area code")
    referer_url: Texts = pa.Field(nullable=True, description="referring URL")
    referer_domain: Texts = pa.Field(nullable=True, description="its host without www.")
    note: Texts = pa.Field(nullable=True, description="note")
    utm_source: Texts = pa.Field(nullable=True, description="from referer_url or payload")
    utm_medium: Texts = pa.Field(nullable=True, description="from referer_url or payload")
    utm_campaign: Texts = pa.Field(nullable=True, description="from referer_url or payload")
    utm_term: Texts = pa.Field(nullable=True, description="from referer_url or payload")
    utm_content: Texts = pa.Field(nullable=True, description="from referer_url or payload")
    channel: Texts = pa.Field(nullable=True, description="lead channel id")
    captured_weekday: Texts = pa.Field(nullable=True, description="monday to sunday, brand's zone")
    contact_exists: Texts = pa.Field(nullable=True, description="true or false")
    contact_owner: Texts = pa.Field(nullable=True, description="user id of the known contact's owner")
    contact_tag: Texts = pa.Field(nullable=True, description="tags of the known contact")


class Tag(pa.DataFrameModel):
    """Grain: one row per brand and tag (SPEC TG1); tags that differ in case only are one (A-TG1)."""

    tag_id: str = pa.Field(description="hash of brand and tag in match form")
    brand_id: str = pa.Field(nullable=True, description="brand")
    tag: str = pa.Field(description="first spelling seen")
    text: str = pa.Field(description="equal to tag, as documented (SPEC TG3)")
    touch_freq: int = pa.Field(nullable=True, description="days between touches")
    auto_enroll_in_super_campaigns: bool = pa.Field(description="as documented")
    created_at: Instant = pa.Field(nullable=True, description="first used or added; null: its brand was born with it")
    updated_at: Instant = pa.Field(nullable=True, description="its frequency was last set; else as created_at")


class TouchEvent(pa.DataFrameModel):
    """Grain: one row per event that touches a contact or sets a touch frequency (SPEC A-T1, A-T3)."""

    contact_id: str = pa.Field(description="contact")
    occurred_at: Instant = pa.Field(description="when")
    kind: str = pa.Field(isin=["touch", "frequency"], description="a touch, or a frequency set")
    action: str = pa.Field(nullable=True, description="kind of touch; null for a capture")
    touch_freq: int = pa.Field(nullable=True, description="days set; null clears")
    source: str = pa.Field(description="contact, tag:NAME or capture")


class MergeEvent(pa.DataFrameModel):
    """Grain: one row per parent and sub-contact that a request asks to merge into it (SPEC ME1, ME7)."""

    request_id: str = pa.Field(description="request that asked for it")
    parent_id: str = pa.Field(description="contact that stays")
    contact_id: str = pa.Field(description="contact that goes into it")
    requested_at: Instant = pa.Field(description="when")


class Activity(pa.DataFrameModel):
    """Grain: one row per thing that happened on a contact's timeline."""

    activity_id: str = pa.Field(description="hash of its lineage")
    contact_id: str = pa.Field(description="contact, before any merge")
    lead_id: str = pa.Field(nullable=True, description="lead it belongs to")
    action: str = pa.Field(description="LeadCaptured, a documented timeline action (SPEC LC7), or an entry of a chat")
    notes: str = pa.Field(nullable=True, description="notes, or what was said")
    occurred_at: Instant = pa.Field(description="when")
    author_id: str = pa.Field(nullable=True, description="who said it, in a chat; null for the system")
    visibility: str = pa.Field(nullable=True, description="who sees it, in a chat: all or agents (SPEC LS3)")


class FlowEnrolment(pa.DataFrameModel):
    """Grain: one row per contact and flow, enrolled by the first rule that did so (SPEC RU6, A-F3)."""

    contact_id: str = pa.Field(description="contact, before any merge")
    flow_id: str = pa.Field(description="flow")
    lead_id: str = pa.Field(description="lead that enrolled it")
    rule_id: str = pa.Field(description="rule that won")
    rulebook_version: str = pa.Field(description="its rulebook version")
    enrolled_at: Instant = pa.Field(description="capture time of that lead")
