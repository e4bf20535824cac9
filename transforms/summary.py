"""The documented contact object, made of a contact's attributes (SPEC DV1-DV11, A-EA2 to A-EA5)."""

from __future__ import annotations

import polars as pl

from schemas.dtypes import ADDRESS_PARTS
from transforms.normalize.addresses import compose_lines

__all__ = ["NAME_COLUMNS", "SUMMARY_COLUMNS", "SUMMARY_TYPES", "name_contacts", "summarize_contacts"]

#: The columns of an attribute frame that the contact object depends on.
SUMMARY_COLUMNS = (
    "contact_id", "origin_contact_id", "attribute_type", "label", "index", "is_primary", "is_partner", "text", "date",
    "address", "position", "created_at", "updated_at", "file_id", "sheet", "row_number",
)  # fmt: skip
#: Those that the contact's name, by its own attributes, depends on.
NAME_COLUMNS = tuple(name for name in SUMMARY_COLUMNS if name not in ("address", "origin_contact_id"))

_OWN = (
    "title", "first_name", "middle_name", "last_name", "marketing_name", "nickname", "company", "profile_image_url",
    "cover_image_url", "job_title", "source_type", "source",
)  # fmt: skip
_PARTNER = ("first_name", "last_name")
#: The attribute types that it shows.
SUMMARY_TYPES = (*_OWN, "birthday", "email", "phone_number", "tag", "website", "address")
_LINES = ("line1", "line2", "full", "full_clean")
_LISTS = ("emails", "phone_numbers", "tags", "website", "partner_emails")


def summarize_contacts(contacts: pl.DataFrame, attributes: pl.DataFrame) -> pl.DataFrame:
    """One row per contact in the documented shape; what has no value is null, never an empty list (SPEC DV10).

    Args:
        contacts: the result of `merge_contacts`.
        attributes: SUMMARY_COLUMNS of the contacts' surviving attributes.

    Returns:
        The columns of marts.Contact, in the order of the contacts given.
    """
    wide = contacts
    for values in (_spread_singles(attributes), _list_texts(attributes), _list_addresses(attributes)):
        wide = wide.join(values, on="contact_id", how="left", maintain_order="left")
    named = _with_firsts(wide).with_columns(
        pl.col("email").alias("primary_email"),
        pl.col("phone_number").alias("primary_phone_number"),
        pl.col("partner_emails").list.first().alias("partner_email"),
        _joined("partner_first_name", "partner_last_name").alias("partner_name"),
        *_names(),
    )
    return named.with_columns(
        pl.col("contact_id").alias("id"),
        pl.col("brand_id").alias("brand"),
        parked=pl.lit(False),
        deleted_at=pl.lit(None, dtype=pl.Datetime("us", "UTC")),
        deleted_for=pl.lit(None, dtype=pl.String),
        summary=_summary(),
        type=pl.lit("contact"),
    ).drop("contact_id", "partner_emails")


def name_contacts(attributes: pl.DataFrame) -> pl.DataFrame:
    """display_name of each contact that has attributes, by its own attributes alone (SPEC DV1, A-EA4).

    Args:
        attributes: NAME_COLUMNS of the contacts' attributes of SUMMARY_TYPES.

    Returns:
        contact_id, display_name; one row per contact.
    """
    attributes = attributes.with_columns(origin_contact_id="contact_id")
    contacts = attributes.select("contact_id").unique().sort("contact_id")
    wide = contacts.join(_spread_singles(attributes), on="contact_id", how="left")
    wide = wide.join(_list_texts(attributes), on="contact_id", how="left")
    return _with_firsts(wide).select("contact_id", *_names()).drop("sort_field")


def _with_firsts(wide: pl.DataFrame) -> pl.DataFrame:
    """The first e-mail and phone stand for all, primary or not (SPEC DV5, A-EA2)."""
    return wide.with_columns(
        pl.col("emails").list.first().alias("email"), pl.col("phone_numbers").list.first().alias("phone_number")
    )


def _names() -> tuple[pl.Expr, pl.Expr]:
    """display_name and sort_field; the partner and the marketing name are in neither (SPEC DV1, DV2, A-EA4)."""
    otherwise = ("company", "email", "phone_number", pl.lit("Unnamed"))
    return (
        pl.coalesce("nickname", _joined("first_name", "last_name"), *otherwise).alias("display_name"),
        pl.coalesce("nickname", _joined("last_name", "first_name"), *otherwise).alias("sort_field"),
    )


def _joined(*names: str) -> pl.Expr:
    text = pl.concat_str(*names, separator=" ", ignore_nulls=True)
    return pl.when(text != "").then(text)


def _spread_singles(attributes: pl.DataFrame) -> pl.DataFrame:
    """One column per singular attribute of the contact object; the partner's have `partner_` before their name."""
    name = pl.when("is_partner").then(pl.lit("partner_") + pl.col("attribute_type")).otherwise("attribute_type")
    wanted = [*_OWN, *(f"partner_{part}" for part in _PARTNER)]
    texts = (
        attributes.select("contact_id", "text", name.alias("name"))
        .filter(pl.col("name").is_in(wanted))
        .with_columns(pl.col("name").cast(pl.Enum(wanted)))  # measured: twice as fast to pivot on
        .pivot("name", on_columns=wanted, index="contact_id", values="text", aggregate_function="first")
    )
    birthdays = (
        attributes.filter((pl.col("attribute_type") == "birthday") & ~pl.col("is_partner"))
        .select("contact_id", pl.col("date").alias("birthday"))
        .unique("contact_id", keep="first")
    )
    return texts.join(birthdays, on="contact_id", how="full", coalesce=True)


def _list_texts(attributes: pl.DataFrame) -> pl.DataFrame:
    """Lists of e-mails, phones, tags and websites, each in its documented order, equal texts once.

    E-mails and phones: primary first (DV6); then the parent's before the subs' (A-EA3); then phones newest first
    (DV6), e-mails as received: the documents mask theirs, and a re-inquiry must not change whom a contact is written
    to (A-P5). Values of one row were received at once: those with an index stand in its order (IM3), the other phones
    in reverse (DV6). Tags: newest first (DV7).
    """
    own, kind = ~pl.col("is_partner"), pl.col("attribute_type")
    names = {"email": "emails", "phone_number": "phone_numbers", "tag": "tags", "website": "website"}
    is_ranked = kind != "tag"
    turn = pl.when(kind.is_in(["phone_number", "tag"])).then(-1).otherwise(1)
    listed = attributes.filter(kind.is_in(list(names)) & (own | (kind == "email"))).with_columns(
        list_name=pl.when(own).then(kind.replace_strict(names, default=None)).otherwise(pl.lit("partner_emails")),
        is_sub=pl.col("origin_contact_id") != pl.col("contact_id"),
    )
    order: list[str | pl.Expr] = [
        ~pl.col("is_primary"), pl.when(is_ranked).then("is_sub"), pl.col("updated_at").to_physical() * turn,
        pl.when("is_sub").then("origin_contact_id"), "file_id", "sheet", pl.col("row_number") * turn,
        pl.when(is_ranked).then("index"), pl.col("position") * turn,
    ]  # fmt: skip
    return (
        _coded(listed)
        .sort(*order, nulls_last=True)
        .unique(["contact_id", "list_name", "text"], keep="first", maintain_order=True)
        .group_by("contact_id", "list_name", maintain_order=True)
        .agg("text")
        .pivot("list_name", on_columns=list(_LISTS), index="contact_id", values="text", aggregate_function="first")
    )


def _coded(attributes: pl.DataFrame) -> pl.DataFrame:
    """Files and sheets, which are few, as codes in their order: measured, half the cost of sorting by their texts."""
    return attributes.with_columns(
        pl.col(name).cast(pl.Enum(attributes[name].drop_nulls().unique().sort())) for name in ("file_id", "sheet")
    )


def _list_addresses(attributes: pl.DataFrame) -> pl.DataFrame:
    """The contact's addresses with their composed lines: primary first, then as created (SPEC DV8, DV9)."""
    own = attributes.filter((pl.col("attribute_type") == "address") & ~pl.col("is_partner"))
    addresses = _coded(own).sort(~pl.col("is_primary"), "created_at", "file_id", "sheet", "row_number", "position")
    lines = compose_lines(addresses["address"]).select(_LINES)
    parts = [pl.col("address").struct.field(part) for part in ADDRESS_PARTS]
    published = pl.struct(*parts, "label", *_LINES, pl.lit("stdaddr").alias("type")).alias("address")
    return (
        pl.concat([addresses.select("contact_id", "label", "address"), lines], how="horizontal")
        .select("contact_id", published)
        .group_by("contact_id", maintain_order=True)
        .agg("address")
    )


def _summary() -> pl.Expr:
    """The documented contact summary: no nickname in its name, its tags oldest first (DV4, DV7, DV10)."""
    return pl.struct(
        pl.col("contact_id").alias("id"),
        pl.lit(False).alias("is_partner"),
        "title", "first_name", "middle_name", "last_name", "marketing_name", "nickname", "email", "phone_number",
        "company",
        pl.col("birthday").dt.epoch("s").alias("birthday"),
        "profile_image_url", "cover_image_url", "job_title", "source_type", "source",
        pl.col("tags").list.reverse(),
        pl.coalesce(_joined("first_name", "last_name"), "display_name").alias("display_name"),
        pl.coalesce("nickname", "first_name", "display_name").alias("abbreviated_display_name"),
        pl.lit("contact_summary").alias("type"),
    )  # fmt: skip
