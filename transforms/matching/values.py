"""Attributes -> the values that matching looks at: contacts as dense numbers, each kind of value as a long frame.

A contact's number is its place in id order, so that l < r by number is l < r by id, whatever the input order.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from transforms.normalize.text import fold_ascii, fold_text

__all__ = ["MATCHED_TYPES", "ContactValues", "MatchingReference", "collect_values"]

#: Attribute types that matching reads.
MATCHED_TYPES = (
    "first_name", "middle_name", "last_name", "nickname", "company", "email", "phone_number", "address", "birthday",
)  # fmt: skip

_NAMES = ("first_name", "middle_name", "last_name", "nickname", "company")
_TEXT_LIMIT = 256  # characters: one absurd value must not cost a minute of comparing
_ZIP_PLUS_FOUR = r"^(\d{5})[- ]?\d{4}$"


@dataclass(frozen=True)
class MatchingReference:
    """Reference data.

    Attributes:
        nicknames: columns name, nickname; folded.
        company_words: words that say nothing about which company it is, such as inc.
    """

    nicknames: pl.DataFrame
    company_words: frozenset[str]


@dataclass(frozen=True)
class ContactValues:
    """What matching knows of every contact. `contact` is a dense number in contact-id order.

    Attributes:
        contacts: contact, contact_id, scope, scope_size, kind (person, company, unknown), is_lead; in order.
        names: contact, first_name, middle_name, last_name, nickname, company; one row per contact, folded, nullable.
        emails: contact, value, local, domain; own e-mails.
        phones: contact, value; own phone numbers.
        partner_emails: contact, value, local, domain.
        birthdays: contact, value (Date).
        addresses: contact, number, street, city, postcode; folded, each nullable.
        address_books: contact, value.
    """

    contacts: pl.DataFrame
    names: pl.DataFrame
    emails: pl.DataFrame
    phones: pl.DataFrame
    partner_emails: pl.DataFrame
    birthdays: pl.DataFrame
    addresses: pl.DataFrame
    address_books: pl.DataFrame

    @property
    def ids(self) -> pl.Series:
        """Contact ids by number."""
        return self.contacts["contact_id"]


def collect_values(
    contacts: pl.DataFrame, attributes: pl.DataFrame, scope: str, reference: MatchingReference
) -> ContactValues:
    """Everything matching compares, from live contacts and their live attributes.

    Args:
        contacts: core.Contact columns contact_id, brand_id, user_id, source, ios_address_book_id,
            android_address_book_id.
        attributes: core.Attribute columns contact_id, attribute_type, is_partner, text, match_key, date, address,
            position.
        scope: owner, so that contacts of one brand and owner are compared, or brand (SPEC A-D5).
        reference: company words.
    """
    index = _index_contacts(contacts, scope)
    known = attributes.join(index.select("contact", "contact_id"), on="contact_id").sort(
        "contact", "position", "text", "match_key"
    )
    own = known.filter(~pl.col("is_partner"))
    names = _collect_names(index, own, reference.company_words)
    return ContactValues(
        contacts=index.with_columns(_name_kind(names)),
        names=names,
        emails=_collect_emails(own),
        phones=_collect_keys(own, "phone_number"),
        partner_emails=_collect_emails(known.filter("is_partner")),
        birthdays=_of_type(own, "birthday").select("contact", pl.col("date").alias("value")).drop_nulls().unique(
            maintain_order=True
        ),
        addresses=_collect_addresses(own),
        address_books=_collect_address_books(index),
    )  # fmt: skip


def _index_contacts(contacts: pl.DataFrame, scope: str) -> pl.DataFrame:
    owners = ["brand_id", "user_id"] if scope == "owner" else ["brand_id"]
    return (
        contacts.sort("contact_id")
        .with_row_index("contact")
        .with_columns(
            pl.struct(pl.col(name).fill_null("") for name in owners).alias("owner"),
            (pl.col("source") == "lead").alias("is_lead"),
        )
        # the first contact's number names the scope: the same whatever the input order
        .with_columns(pl.col("contact").min().over("owner").alias("scope"), pl.len().over("owner").alias("scope_size"))
        .select(
            "contact", "contact_id", "scope", "scope_size", "is_lead", "ios_address_book_id", "android_address_book_id"
        )
    )


def _of_type(attributes: pl.DataFrame, name: str) -> pl.DataFrame:
    return attributes.filter(pl.col("attribute_type") == name)


def _collect_names(index: pl.DataFrame, own: pl.DataFrame, company_words: frozenset[str]) -> pl.DataFrame:
    """One row per contact. A whole name in the first-name field is parted; legal forms leave company names."""
    given = own.filter(pl.col("attribute_type").is_in(_NAMES) & pl.col("text").is_not_null())
    wide = given.group_by("contact", maintain_order=True).agg(
        pl.col("text").filter(pl.col("attribute_type") == name).first().alias(name) for name in _NAMES
    )
    folded = wide.with_columns(fold_ascii(wide[name].str.slice(0, _TEXT_LIMIT)).alias(name) for name in _NAMES)
    tokens = pl.col("first_name").str.split(" ")
    is_whole = pl.col("last_name").is_null() & (tokens.list.len() > 1)
    core = _tokens_without("company", company_words)
    parted = folded.with_columns(
        pl.when(is_whole).then(tokens.list.slice(0, tokens.list.len() - 1).list.join(" ")).otherwise("first_name")
        .alias("first_name"),
        pl.when(is_whole).then(tokens.list.last()).otherwise("last_name").alias("last_name"),
        pl.when(core != "").then(core).otherwise("company").alias("company"),
    )  # fmt: skip
    return index.select("contact").join(parted, on="contact", how="left", maintain_order="left")


def _tokens_without(column: str, words: frozenset[str]) -> pl.Expr:
    """A folded text without some of its words; null stays null."""
    kept = pl.element().filter(~pl.element().is_in(sorted(words)))
    return pl.col(column).str.split(" ").list.eval(kept).list.join(" ")


def _name_kind(names: pl.DataFrame) -> pl.Series:
    is_person = pl.any_horizontal(pl.col(name).is_not_null() for name in ("first_name", "last_name", "nickname"))
    kind = pl.when(is_person).then(pl.lit("person")).when(pl.col("company").is_not_null()).then(pl.lit("company"))
    return names.select(kind.otherwise(pl.lit("unknown")).alias("kind")).to_series()


def _collect_keys(attributes: pl.DataFrame, name: str) -> pl.DataFrame:
    keys = _of_type(attributes, name).select("contact", pl.col("match_key").str.slice(0, _TEXT_LIMIT).alias("value"))
    return keys.drop_nulls().unique(maintain_order=True)


def _collect_emails(attributes: pl.DataFrame) -> pl.DataFrame:
    parts = pl.col("value").str.splitn("@", 2).struct
    return _collect_keys(attributes, "email").with_columns(
        parts.field("field_0").alias("local"), parts.field("field_1").alias("domain")
    )


def _collect_addresses(own: pl.DataFrame) -> pl.DataFrame:
    given = _of_type(own, "address").filter(pl.col("address").is_not_null()).select("contact", "address")
    if given.is_empty():
        names = ("number", "street", "city", "postcode")
        return pl.DataFrame(schema={"contact": pl.UInt32, **dict.fromkeys(names, pl.String)})
    part = pl.col("address").struct.field
    street = pl.concat_str([part(name) for name in ("pretype", "name")], separator=" ", ignore_nulls=True)
    raw = given.select(
        "contact", part("house_num").alias("number"), street.alias("street"), part("city"), part("postcode")
    )
    columns = ("number", "street", "city", "postcode")
    folded = raw.with_columns(fold_ascii(raw[name].str.slice(0, _TEXT_LIMIT)).alias(name) for name in columns)
    return (
        folded.with_columns(pl.col("postcode").str.replace(_ZIP_PLUS_FOUR, "$1"))
        .filter(pl.any_horizontal(pl.col(name).is_not_null() for name in columns))
        .unique(maintain_order=True)
    )


def _collect_address_books(index: pl.DataFrame) -> pl.DataFrame:
    """Ids of the two systems never meet: each carries its system's name."""
    parts = [
        index.select(
            "contact", pl.concat_str(pl.lit(f"{system}|"), fold_text(index[f"{system}_address_book_id"])).alias("value")
        )
        for system in ("ios", "android")
    ]
    return pl.concat(parts).drop_nulls().sort("contact", "value")
