"""The fields that rules may ask of a lead: a closed, versioned catalogue (SPEC A-C10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["CATALOGUE", "CATALOGUE_VERSION", "Field", "FieldType", "Form", "type_of"]

#: Raised with every change of meaning; a field is added, never renamed or taken away.
CATALOGUE_VERSION = 1

FieldType = Literal["number", "text", "instant"]
#: How the texts of a field are brought into normal form (SPEC A-C8).
Form = Literal["number", "instant", "text", "postal_code", "state", "phone", "email"]


@dataclass(frozen=True)
class Field:
    """One field.

    Attributes:
        name: column of core.lead_fields.
        form: its normal form, which fixes its type.
        source: where its values come from: path in the parsed payload, `listing.` for the lead's own listings or the
            one looked up, or in round brackets what it is derived from.
        is_multi: may hold several values (SPEC A-C2 to A-C5).
    """

    name: str
    form: Form
    source: str
    is_multi: bool = False

    @property
    def type(self) -> FieldType:
        """What values are compared as."""
        return type_of(self.form)


def type_of(form: Form) -> FieldType:
    """What values of a form are compared as."""
    if form == "number":
        return "number"
    return "instant" if form == "instant" else "text"


CATALOGUE: tuple[Field, ...] = (
    Field("price", "number", "listing.price, else price", is_multi=True),
    Field("beds", "number", "listing.property.bedroom_count, else beds", is_multi=True),
    Field("baths", "number", "listing.property.bathroom_count, else baths", is_multi=True),
    Field("captured_hour", "number", "(captured_at in the brand's zone)"),
    Field("captured_at", "instant", "(time of capture)"),
    Field("property_type", "text", "listing.property.property_type, else property_type", is_multi=True),
    Field("postal_code", "postal_code", "listing.property.address.postal_code, else postal_code", is_multi=True),
    Field("city", "text", "listing.property.address.city, else city", is_multi=True),
    Field("state", "state", "listing.property.address.state_code, else state", is_multi=True),
    Field("county", "text", "listing.property.address.county, else county", is_multi=True),
    Field("mls", "text", "listing.mls, else mls", is_multi=True),
    Field("mls_number", "text", "listing.mls_number, else mls_number or mlsid", is_multi=True),
    Field("listing_agent_mls_id", "text", "listing.list_agent_mls_id, else agent_mlsid", is_multi=True),
    Field("source_type", "text", "source_type"),
    Field("source", "text", "lead_source"),
    Field("tag", "text", "tag", is_multi=True),
    Field("has_email", "text", "(email)"),
    Field("has_phone", "text", "(phone_number)"),
    Field("email", "email", "email"),
    Field("email_domain", "text", "(email)"),
    Field("phone", "phone", "phone_number"),
    Field("phone_area", "text", "(phone_number)"),
    Field("referer_url", "text", "referer_url"),
    Field("referer_domain", "text", "(referer_url)"),
    Field("note", "text", "note"),
    Field("utm_source", "text", "utm_source, else (referer_url)"),
    Field("utm_medium", "text", "utm_medium, else (referer_url)"),
    Field("utm_campaign", "text", "utm_campaign, else (referer_url)"),
    Field("utm_term", "text", "utm_term, else (referer_url)"),
    Field("utm_content", "text", "utm_content, else (referer_url)"),
    Field("channel", "text", "(lead channel)"),
    Field("captured_weekday", "text", "(captured_at in the brand's zone)"),
    Field("contact_exists", "text", "(contact)"),
    Field("contact_owner", "text", "(contact)"),
    Field("contact_tag", "text", "(contact)", is_multi=True),
)
