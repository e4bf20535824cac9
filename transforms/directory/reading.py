"""Directory objects -> rows of core.brands, core.users, core.campaign_emails, core.listings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import CORE_BRANDS, CORE_CAMPAIGN_EMAILS, CORE_LISTINGS, CORE_USERS, Table
from schemas.vocabulary import ProblemCode
from transforms.directory.documents import DirectoryObject, cut_documents, id_of
from transforms.normalize.emails import normalize_emails
from transforms.normalize.phones import normalize_phones
from transforms.quarantine import Problem, problems_frame

__all__ = ["Directory", "read_directory"]


class Directory(NamedTuple):
    """Rows of the four core tables, and what could not be used."""

    brands: pl.DataFrame
    users: pl.DataFrame
    campaign_emails: pl.DataFrame
    listings: pl.DataFrame
    problems: pl.DataFrame


class _Rows(NamedTuple):
    """Rows of a table by id, each beside the object it was read from."""

    items: list[DirectoryObject]
    frame: pl.DataFrame


_SENDERS = ("created_by", "user", "from")


def read_directory(
    records: pl.DataFrame, region: str, regions: Mapping[str, str], time_zones: frozenset[str]
) -> Directory:
    """Read directory documents; the package's docstring says what they may hold.

    Args:
        records: columns file_id, record_number, payload, in the order they were taken: the latest object counts.
        region: two-letter country of phone numbers whose brand has none.
        regions: brand id -> country, from the settings; it wins over the brand's own.
        time_zones: the IANA names that are known.
    """
    problems: list[Problem] = []
    objects = cut_documents(records, problems)
    brands = _read(objects["brands"], CORE_BRANDS, lambda item: _read_brand(item, time_zones))
    users = _read(objects["users"], CORE_USERS, lambda item: _read_user(item, time_zones))
    emails = _read(_cut_campaigns(objects["campaigns"]), CORE_CAMPAIGN_EMAILS, _read_campaign_email)
    listings = _read(objects["listings"], CORE_LISTINGS, _read_listing)
    own_regions = dict(brands.frame.drop_nulls("region").select("brand_id", "region").rows())
    countries = [{**own_regions, **regions}.get(brand_id, region) for brand_id in users.frame["brand_id"]]
    phones = _normalize_phones(users.frame["phone"], pl.Series("country", countries, dtype=pl.String))
    users = _settle(users, "email", "email", normalize_emails(users.frame["email"]), ProblemCode.BAD_EMAIL)
    users = _settle(users, "phone", "phone_number", phones, ProblemCode.BAD_PHONE)
    recipients = normalize_emails(emails.frame["recipient_email"])
    emails = _settle(emails, "recipient_email", "email", recipients, ProblemCode.BAD_EMAIL)
    return Directory(brands.frame, users.frame, emails.frame, listings.frame, problems_frame(problems))


def _read(objects: Iterable[DirectoryObject], table: Table, read: Callable[[DirectoryObject], dict[str, Any]]) -> _Rows:
    """The latest object of each id, read; an object without id is noted and leaves the others alone."""
    latest: dict[str, DirectoryObject] = {}
    for item in objects:
        if (found := id_of(item.value.get("id"))) is None:
            item.note(ProblemCode.MISSING_FIELD, "the object has no id", "id")
        else:
            latest[found] = item
    items = dict(sorted(latest.items()))
    id_column = table.key[0]
    rows = [{id_column: found, **read(item)} for found, item in items.items()]
    return _Rows(list(items.values()), pl.DataFrame(rows, schema=polars_schema(table)))


def _read_brand(brand: DirectoryObject, time_zones: frozenset[str]) -> dict[str, Any]:
    region = brand.text("region")
    if region is not None and not (len(region) == 2 and region.isascii() and region.isalpha()):
        brand.note(ProblemCode.BAD_VALUE, "a two-letter country code such as US was expected", "region")
        region = None
    return {
        "name": brand.text("name"),
        "parent_id": brand.reference("parent"),
        "region": region.upper() if region else None,
        "time_zone": _read_time_zone(brand, time_zones),
        "deleted_at": brand.instant("deleted_at"),
    }


def _read_user(user: DirectoryObject, time_zones: frozenset[str]) -> dict[str, Any]:
    first_name, last_name = user.text("first_name"), user.text("last_name")
    full_name = " ".join(filter(None, (first_name, last_name))) or None
    return {
        "brand_id": user.reference("brand") or _read_only_brand(user),
        "first_name": first_name,
        "last_name": last_name,
        "display_name": user.text("display_name") or full_name,
        "email": user.text("email"),
        "phone": user.text("phone_number", "phone"),
        "mls_keys": _read_mls_keys(user),
        "time_zone": _read_time_zone(user, time_zones),
        "is_active": user.value.get("deleted_at") is None and user.text("user_status") in (None, "Active"),
    }


def _read_only_brand(user: DirectoryObject) -> str | None:
    brands = user.value.get("brands")
    return id_of(brands[0]) if isinstance(brands, list) and len(brands) == 1 else None


def _read_mls_keys(user: DirectoryObject) -> list[str] | None:
    keys = [
        f"{mls}|{mls_id}".casefold()
        for agent in (*user.parts("agents"), user)
        if (mls := agent.text("mls")) and (mls_id := agent.text("mls_id"))
    ]
    return sorted(set(keys)) or None


def _read_time_zone(item: DirectoryObject, time_zones: frozenset[str]) -> str | None:
    found = item.text("time_zone", "timezone")
    if found is None or found in time_zones:
        return found
    item.note(ProblemCode.BAD_VALUE, "an IANA time zone such as America/Chicago was expected", "time_zone", found)
    return None


def _cut_campaigns(campaigns: Iterable[DirectoryObject]) -> Iterator[DirectoryObject]:
    """The e-mails of campaigns, each with the campaign, brand and sender that hold for it."""
    for campaign in campaigns:
        sender, brand = campaign.reference(*_SENDERS), campaign.reference("brand")
        if "email_campaign_email" in campaign.value:
            own = {"id": campaign.value["email_campaign_email"], "brand": brand, "sender": sender}
            yield replace(campaign, value={**campaign.value, **own})
            continue
        campaign_id = id_of(campaign.value.get("id"))
        if campaign_id is None:
            campaign.note(ProblemCode.MISSING_FIELD, "the campaign has no id", "id")
        for email in campaign.parts("emails"):
            own = {"brand": email.reference("brand") or brand, "sender": email.reference(*_SENDERS) or sender}
            yield replace(email, value={**email.value, "campaign": campaign_id, **own})


def _read_campaign_email(email: DirectoryObject) -> dict[str, Any]:
    contact = email.value.get("contact")
    recipient = replace(email, value=contact, path=f"{email.path}.contact") if isinstance(contact, dict) else email
    return {
        "campaign_id": email.reference("campaign"),
        "brand_id": email.reference("brand"),
        "user_id": email.reference("sender"),
        "recipient_email": email.text("email", "recipient") or recipient.text("email", "contact"),
    }


def _read_listing(listing: DirectoryObject) -> dict[str, Any]:
    mls, number = listing.text("mls"), listing.text("mls_number")
    return {
        "brand_id": listing.reference("brand"),
        "mls": mls.casefold() if mls else None,
        "mls_number": number.casefold() if number else None,
        "payload": listing.payload,
    }


def _normalize_phones(phones: pl.Series, countries: pl.Series) -> pl.DataFrame:
    """Each number read in its own country."""
    numbered = pl.DataFrame({"phone": phones, "country": countries}).with_row_index("place")
    parts = [
        pl.concat([part.select("place"), normalize_phones(part["phone"], str(country))], how="horizontal")
        for (country,), part in numbered.partition_by("country", as_dict=True).items()
    ]
    return pl.concat(parts).sort("place") if parts else normalize_phones(phones, "US")


def _settle(rows: _Rows, column: str, key: str, normalized: pl.DataFrame, code: ProblemCode) -> _Rows:
    """Match keys in place of a column's values; one that is not usable is noted and becomes null."""
    given = rows.frame[column]
    for item, value, problem in zip(rows.items, given, normalized["problem"], strict=True):
        if problem is not None:
            item.note(code, problem, key, value)
    return rows._replace(frame=rows.frame.with_columns(normalized["match_key"].alias(column)))
