"""Attributes -> the values that matching looks at: contacts as dense numbers, each kind of value as a long frame.

A contact's number is its place in id order, so that l < r by number is l < r by id, whatever the input order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from transforms.matching.value_rows import TEXT_LIMIT, first_of_each, fold_distinct, in_order, is_distinct, sort_values
from transforms.normalize.distinct import of_distinct
from transforms.normalize.text import fold_text

__all__ = [
    "ADDRESS_SOURCES", "LOOSE_COLUMNS", "NAMES", "OWN_FIELDS", "PARTNER_EMAIL", "UNMATCHED_TYPES", "ContactValues",
    "MatchingReference", "assemble_values", "coalesce_loose", "collect_values", "index_contacts", "part_emails",
    "value_column",
]  # fmt: skip

#: Attribute types that do not say who somebody is: what was done with a contact, or where its data came from.
UNMATCHED_TYPES = (
    "tag", "note", "source", "source_type", "source_id", "last_modified_on_source", "profile_image_url",
    "cover_image_url", "business_card_url", "marketing_name", "favorite_drinks",
)  # fmt: skip

#: Kind of the partner's e-mails; every other kind is an attribute type, of the contact itself.
PARTNER_EMAIL = "partner_email"
#: Parts of a compared address -> the parts of a stored one that it is made of.
ADDRESS_SOURCES = {
    "number": ("house_num",),
    "street": ("pretype", "name"),
    "city": ("city",),
    "postcode": ("postcode",),
}
#: Names of a contact that are compared, one of each.
NAMES = ("first_name", "middle_name", "last_name", "nickname", "company")
#: Attribute types that have a field of their own.
OWN_FIELDS = (*NAMES, "email", "phone_number", "address", "birthday")
#: Columns of the other types: whichever is there is compared, as text.
LOOSE_COLUMNS = ("text", "date", "number")
#: What somebody may or may not write behind a name.
_DEGREES = r"(?: (?:md|phd|esq|cpa|dds|dmd|dvm|jd|mba|rn))+$"
_ZIP_PLUS_FOUR = r"^(\d{5})[- ]?\d{4}$"
_ADDRESS = tuple(ADDRESS_SOURCES)


@dataclass(frozen=True)
class MatchingReference:
    """Reference data.

    Attributes:
        nicknames: columns name, nickname; folded.
        company_words: words that say nothing about which company it is, such as inc.
        role_mailboxes: mailbox names that stand for a desk, not for somebody, such as info (RFC 2142 has some).
    """

    nicknames: pl.DataFrame
    company_words: frozenset[str]
    role_mailboxes: frozenset[str]


@dataclass(frozen=True)
class ContactValues:
    """What matching knows of every contact. `contact` is a dense number in contact-id order.

    Attributes:
        contacts: contact, contact_id, scope, kind (person, company, unknown), is_lead; in order.
        names: contact, first_name, middle_name, last_name, nickname, company; one row per contact, folded, nullable.
        emails: contact, value, local, domain; own e-mails.
        phones: contact, value; own phone numbers.
        partner_emails: contact, value, local, domain.
        birthdays: contact, value (Date).
        addresses: contact, number, street, city, postcode; folded, each nullable.
        address_books: contact, value.
        others: contact, value of every other attribute type, custom ones too; folded.
    """

    contacts: pl.DataFrame
    names: pl.DataFrame
    emails: pl.DataFrame
    phones: pl.DataFrame
    partner_emails: pl.DataFrame
    birthdays: pl.DataFrame
    addresses: pl.DataFrame
    address_books: pl.DataFrame
    others: dict[str, pl.DataFrame]

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
        attributes: core.Attribute columns contact_id, attribute_type, is_partner, text, number, match_key, date,
            address, position.
        scope: owner, so that contacts of one brand and owner are compared, or brand (SPEC A-D5).
        reference: company words.
    """
    index = index_contacts(contacts, scope)
    numbers = index.select("contact", "contact_id")
    # one column is looked up, and of each type those that it needs are taken: rows are wide
    contact = of_distinct(
        attributes["contact_id"],
        lambda ids: ids.to_frame().join(numbers, on="contact_id", how="left", maintain_order="left")["contact"],
    )
    known = attributes.lazy().with_columns(contact=contact).filter(pl.col("contact").is_not_null())
    own, partners = known.filter(~pl.col("is_partner")), known.filter("is_partner")
    types = attributes["attribute_type"].unique().sort()
    kinds = {name: _take_values(own.filter(pl.col("attribute_type") == name), name) for name in types}
    kinds[PARTNER_EMAIL] = _take_values(partners.filter(pl.col("attribute_type") == "email"), "email")
    return assemble_values(index, kinds, reference)


def assemble_values(
    index: pl.DataFrame, kinds: Mapping[str, pl.DataFrame], reference: MatchingReference
) -> ContactValues:
    """Everything matching compares, from values that know their contact's number.

    Args:
        index: of `index_contacts`.
        kinds: by attribute type, and PARTNER_EMAIL: contact, position, value, in any order; of addresses, in place of
            value, the parts of ADDRESS_SOURCES.
        reference: company words.
    """
    names = _collect_names(index, kinds, reference.company_words)
    return ContactValues(
        contacts=index.with_columns(_name_kind(names)),
        names=names,
        emails=part_emails(_collect_keys(_held(kinds, "email"))),
        phones=_collect_keys(_held(kinds, "phone_number")),
        partner_emails=part_emails(_collect_keys(_held(kinds, PARTNER_EMAIL))),
        birthdays=in_order(_held(kinds, "birthday")).with_columns(pl.col("value").cast(pl.Date)),
        addresses=_collect_addresses(kinds.get("address")),
        address_books=_collect_address_books(index),
        others={
            name: _collect_others(kinds[name])
            for name in sorted(kinds)
            if name not in OWN_FIELDS and name not in UNMATCHED_TYPES and name != PARTNER_EMAIL
        },
    )


def value_column(attribute_type: str) -> str | None:
    """Column of core.Attribute that matching reads of a type; None: whichever of text, date and number is there."""
    if attribute_type in ("email", "phone_number"):
        return "match_key"
    if attribute_type == "birthday":
        return "date"
    return "text" if attribute_type in NAMES else None


def index_contacts(contacts: pl.DataFrame, scope: str) -> pl.DataFrame:
    """Contacts in the order of their ids, numbered: columns of `ContactValues.contacts` but for kind.

    Args:
        contacts: as in `collect_values`.
        scope: as in `collect_values`.
    """
    owners = ["brand_id", "user_id"] if scope == "owner" else ["brand_id"]
    ordered = contacts if contacts["contact_id"].is_sorted() else contacts.sort("contact_id")
    return (
        ordered.with_row_index("contact")
        .with_columns(
            # a hash of the owner names the scope: the same whatever other contacts there are
            pl.concat_str([pl.col(name).fill_null("") for name in owners], separator="|").hash().alias("scope"),
            (pl.col("source") == "lead").alias("is_lead"),
        )
        .select("contact", "contact_id", "scope", "is_lead", "ios_address_book_id", "android_address_book_id")
    )


def _take_values(attributes: pl.LazyFrame, attribute_type: str) -> pl.DataFrame:
    """contact, position, value; or the parts of addresses."""
    if attribute_type == "address":
        part = pl.col("address").struct.field
        parts = [
            pl.concat_str([part(name) for name in names], separator=" ", ignore_nulls=True).alias(to)
            for to, names in ADDRESS_SOURCES.items()
        ]
        return attributes.filter(pl.col("address").is_not_null()).select("contact", "position", *parts).collect()
    column = value_column(attribute_type)
    if column:
        return attributes.select("contact", "position", value=column).collect()
    return coalesce_loose(attributes.select("contact", "position", *LOOSE_COLUMNS).collect())


def coalesce_loose(attributes: pl.DataFrame) -> pl.DataFrame:
    """contact, position, value of an attribute type that has no field of its own, from LOOSE_COLUMNS."""
    value = pl.coalesce(pl.col(name).cast(pl.String) for name in LOOSE_COLUMNS)
    return attributes.select("contact", "position", value.alias("value"))


def _held(kinds: Mapping[str, pl.DataFrame], name: str) -> pl.DataFrame:
    return kinds.get(name, pl.DataFrame(schema={"contact": pl.UInt32, "position": pl.Int64, "value": pl.String}))


def _collect_names(
    index: pl.DataFrame, kinds: Mapping[str, pl.DataFrame], company_words: frozenset[str]
) -> pl.DataFrame:
    """One row per contact. A whole name in the first-name field is parted; degrees and legal forms leave names."""
    wide = index.select("contact")
    for name in NAMES:
        first = first_of_each(sort_values(_held(kinds, name).drop_nulls("value"), ["value"]))
        texts = _fold_last_names(first["value"]) if name == "last_name" else fold_distinct(first["value"])
        folded = first.select("contact", texts.alias(name))
        wide = wide.join(folded, on="contact", how="left", maintain_order="left")
    parted = _part_whole_names(wide)
    core = _tokens_without(parted["company"], company_words)
    return parted.with_columns(core)


def _fold_last_names(values: pl.Series) -> pl.Series:
    return of_distinct(values, lambda distinct: fold_distinct(distinct).str.replace(_DEGREES, ""))


def _part_whole_names(names: pl.DataFrame) -> pl.DataFrame:
    first, last = names["first_name"], names["last_name"]
    whole = (last.is_null() & first.str.contains(" ", literal=True)).fill_null(False).arg_true()
    if whole.is_empty():
        return names
    tokens = pl.col("first_name").str.split(" ").list
    parts = names[whole].select(tokens.head(tokens.len() - 1).list.join(" "), tokens.last().alias("last_name"))
    return names.with_columns(first.scatter(whole, parts["first_name"]), last.scatter(whole, parts["last_name"]))


def _tokens_without(texts: pl.Series, words: frozenset[str]) -> pl.Series:
    """Folded texts without some of their words, unless nothing would be left."""
    kept = pl.element().filter(~pl.element().is_in(sorted(words)))

    def leave_out(distinct: pl.Series) -> pl.Series:
        core = distinct.str.split(" ").list.eval(kept).list.join(" ")
        return core.zip_with(core != "", distinct)

    return of_distinct(texts, leave_out).alias(texts.name)


def _name_kind(names: pl.DataFrame) -> pl.Series:
    is_person = pl.any_horizontal(pl.col(name).is_not_null() for name in ("first_name", "last_name", "nickname"))
    kind = pl.when(is_person).then(pl.lit("person")).when(pl.col("company").is_not_null()).then(pl.lit("company"))
    return names.select(kind.otherwise(pl.lit("unknown")).alias("kind")).to_series()


def _collect_keys(rows: pl.DataFrame) -> pl.DataFrame:
    return in_order(rows.with_columns(pl.col("value").str.slice(0, TEXT_LIMIT)))


def part_emails(emails: pl.DataFrame) -> pl.DataFrame:
    """E-mails with their mailbox name and domain: contact, value, local, domain."""
    parts = pl.col("value").str.splitn("@", 2).struct
    return emails.with_columns(parts.field("field_0").alias("local"), parts.field("field_1").alias("domain"))


def _collect_addresses(given: pl.DataFrame | None) -> pl.DataFrame:
    if given is None or given.is_empty():
        return pl.DataFrame(schema={"contact": pl.UInt32, **dict.fromkeys(_ADDRESS, pl.String)})
    folded = given.with_columns(fold_distinct(given[name]) for name in _ADDRESS)
    kept = folded.with_columns(pl.col("postcode").str.replace(_ZIP_PLUS_FOUR, "$1")).filter(
        pl.any_horizontal(pl.col(name).is_not_null() for name in _ADDRESS)
    )
    ordered = sort_values(kept, [*_ADDRESS]).drop("position")
    return ordered if is_distinct(ordered, ["contact"]) else ordered.unique(maintain_order=True)


def _collect_others(rows: pl.DataFrame) -> pl.DataFrame:
    """Texts, numbers and dates alike, as folded text."""
    return in_order(rows.with_columns(fold_distinct(rows["value"]).alias("value")))


def _collect_address_books(index: pl.DataFrame) -> pl.DataFrame:
    """Ids of the two systems never meet: each carries its system's name."""
    parts = [
        index.select(
            "contact", pl.concat_str(pl.lit(f"{system}|"), fold_text(index[f"{system}_address_book_id"])).alias("value")
        )
        for system in ("ios", "android")
    ]
    return pl.concat(parts).drop_nulls().sort("contact", "value")
