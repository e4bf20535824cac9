"""core: what requests made of contacts and of their attributes."""

import pandera.polars as pa

from schemas.dtypes import Instant

__all__ = [
    "AttributeEdit", "ChangedContact", "ContactEdit", "FoldInput", "FoldedContact", "OwnerChange", "Refusal",
    "TagPeriod",
]  # fmt: skip


class ContactEdit(pa.DataFrameModel):
    """Grain: one row per contact that some request changed."""

    contact_id: str = pa.Field(description="contact")
    user_id: str = pa.Field(nullable=True, description="owner that a request gave it; null when none did")
    updated_at: Instant = pa.Field(description="time of the last request that changed it")
    changed_by: str = pa.Field(nullable=True, description="that request; null where it was deleted with another")
    deleted_at: Instant = pa.Field(nullable=True, description="when a request deleted it")
    is_rewritten: bool = pa.Field(description="its attributes are otherwise than they came")


class AttributeEdit(pa.DataFrameModel):
    """Grain: one row per attribute that requests added or changed, and per value that they gave it another for."""

    contact_id: str = pa.Field(description="contact")
    attribute_id: str = pa.Field(description="attribute; a past value has an id of its own")
    base_id: str = pa.Field(nullable=True, description="attribute of a file, lead or creation that it was; null: added")
    is_past: bool = pa.Field(description="a value that the attribute had before")
    request_id: str = pa.Field(nullable=True, description="request that brought its value; null: it is the base's own")
    step: int = pa.Field(nullable=True, description="step of that request")
    value_position: int = pa.Field(nullable=True, description="position of staging.request_values")
    label: str = pa.Field(nullable=True, description="label")
    index: int = pa.Field(nullable=True, description="index")
    is_primary: bool = pa.Field(description="whether it is primary")
    is_partner: bool = pa.Field(description="belongs to the partner")
    created_at: Instant = pa.Field(nullable=True, description="created; null: as the base")
    updated_at: Instant = pa.Field(nullable=True, description="last changed by a request; null: as the base")
    since: Instant = pa.Field(nullable=True, description="when it got its value; null: as the base was created")
    is_renamed: bool = pa.Field(description="it got its value by the renaming of a tag")
    deleted_at: Instant = pa.Field(nullable=True, description="deleted")
    added_by: str = pa.Field(nullable=True, description="request that added it; null: it came with its contact")
    changed_by: str = pa.Field(nullable=True, description="request that last changed it; null: none did")


class TagPeriod(pa.DataFrameModel):
    """Grain: one row per stretch of time in which a contact whose attributes were rewritten had a tag."""

    contact_id: str = pa.Field(description="contact")
    text: str = pa.Field(description="tag")
    added_at: Instant = pa.Field(description="from when")
    removed_at: Instant = pa.Field(nullable=True, description="until when, exclusive")
    is_renamed: bool = pa.Field(description="the contact had it under another name before")


class OwnerChange(pa.DataFrameModel):
    """Grain: one row per contact and moment at which requests gave it an owner."""

    contact_id: str = pa.Field(description="contact")
    user_id: str = pa.Field(description="owner from then on; of several at one moment the last")
    changed_at: Instant = pa.Field(description="when")


class FoldedContact(pa.DataFrameModel):
    """Grain: one row per contact that the request log concerns, with what its edits were made of."""

    contact_id: str = pa.Field(description="contact")
    digest: str = pa.Field(description="hash of what it came with, and of the steps that concern it")


class FoldInput(pa.DataFrameModel):
    """Grain: one row per thing that the folding of contacts was made of, beside the contacts themselves."""

    kind: str = pa.Field(
        isin=["given", "shared", "log", "void", "holder", "key"],
        description="table of what contacts came with; what counts for all; request log; request refused as a whole; "
        "step and holder of the attribute it names alone; value that steps of many contacts ask for",
    )
    name: str = pa.Field(description="which one")
    digest: str = pa.Field(description="what it was")


class ChangedContact(pa.DataFrameModel):
    """Grain: one row per contact whose attributes the last derivation wrote anew."""

    contact_id: str = pa.Field(description="contact")


class Refusal(pa.DataFrameModel):
    """Grain: one row per step that a contact, or every contact, refused."""

    contact_id: str = pa.Field(nullable=True, description="contact; null for a step that can be applied to none")
    request_id: str = pa.Field(description="request")
    step: int = pa.Field(ge=0, description="step")
    code: str = pa.Field(description="schemas.vocabulary.ProblemCode")
    reason: str = pa.Field(description="why, in a sentence")
    value: str = pa.Field(nullable=True, description="what is at fault")
