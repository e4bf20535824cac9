"""Attributes -> the values that matching looks at: contacts as dense numbers, each kind of value as a long frame.

A contact's number is its place in id order, so that l < r by number is l < r by id, whatever the input order.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from transforms.normalize.text import fold_ascii, fold_text

__all__ = ["UNMATCHED_TYPES", "ContactValues", "MatchingReference", "collect_values", "of_distinct"]

#: Attribute types that do not say who somebody is: what was done with a contact, or where its data came from.
UNMATCHED_TYPES = (
    "tag", "note", "source", "source_type", "source_id", "last_modified_on_source", "profile_image_url",
    "cover_image_url", "business_card_url", "marketing_name", "favorite_drinks",
)  # fmt: skip

_NAMES = ("first_name", "middle_name", "last_name", "nickname", "company")
_OWN_FIELDS = (*_NAMES, "email", "phone_number", "address", "birthday")
_TEXT_LIMIT = 256  # characters: one absurd value must not cost a minute of comparing
_ZIP_PLUS_FOUR = r"^(\d{5})[- ]?\d{4}$"
_ADDRESS = ("number", "street", "city", "postcode")


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
    index = _index_contacts(contacts, scope)
    known = attributes.join(index.select("contact", "contact_id"), on="contact_id").drop("contact_id")
    of_own = known.filter(~pl.col("is_partner")).partition_by("attribute_type", as_dict=True)
    own = {str(name): frame for (name,), frame in of_own.items()}
    names = _collect_names(index, own, reference.company_words)
    return ContactValues(
        contacts=index.with_columns(_name_kind(names)),
        names=names,
        emails=_collect_emails(_held(own, "email", known)),
        phones=_collect_keys(_held(own, "phone_number", known)),
        partner_emails=_collect_emails(known.filter(pl.col("is_partner") & (pl.col("attribute_type") == "email"))),
        birthdays=_in_order(_held(own, "birthday", known).select("contact", "position", value="date")),
        addresses=_collect_addresses(_held(own, "address", known)),
        address_books=_collect_address_books(index),
        others={
            name: _collect_others(own[name])
            for name in sorted(own)
            if name not in _OWN_FIELDS and name not in UNMATCHED_TYPES
        },
    )


def of_distinct(values: pl.Series, frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of a frame of distinct values, for each of many values that repeat; null where a value is null.

    Args:
        values: any texts.
        frame: column value, and what is known of each.
    """
    return values.alias("value").to_frame().join(frame, on="value", how="left", maintain_order="left").drop("value")


def _index_contacts(contacts: pl.DataFrame, scope: str) -> pl.DataFrame:
    owners = ["brand_id", "user_id"] if scope == "owner" else ["brand_id"]
    return (
        contacts.sort("contact_id")
        .with_row_index("contact")
        .with_columns(
            # a hash of the owner names the scope: the same whatever other contacts there are
            pl.concat_str([pl.col(name).fill_null("") for name in owners], separator="|").hash().alias("scope"),
            (pl.col("source") == "lead").alias("is_lead"),
        )
        .with_columns(pl.len().over("scope").alias("scope_size"))
        .select(
            "contact", "contact_id", "scope", "scope_size", "is_lead", "ios_address_book_id", "android_address_book_id"
        )
    )


def _held(own: dict[str, pl.DataFrame], name: str, known: pl.DataFrame) -> pl.DataFrame:
    return own.get(name, known.clear())


def _in_order(rows: pl.DataFrame) -> pl.DataFrame:
    """contact, value: each once, in the order of the contact's values."""
    kept = rows.drop_nulls("value").sort("contact", "position", "value")
    single = kept["contact"].is_unique().all()
    return (kept if single else kept.unique(["contact", "value"], keep="first", maintain_order=True)).drop("position")


def _collect_names(index: pl.DataFrame, own: dict[str, pl.DataFrame], company_words: frozenset[str]) -> pl.DataFrame:
    """One row per contact. A whole name in the first-name field is parted; legal forms leave company names."""
    wide = index.select("contact")
    for name in _NAMES:
        if name in own:
            first = own[name].select("contact", "position", value="text").drop_nulls("value")
            first = first.sort("contact", "position", "value").unique("contact", keep="first", maintain_order=True)
            folded = _fold_distinct(first["value"].str.slice(0, _TEXT_LIMIT))
            wide = wide.join(
                first.select("contact", folded.alias(name)), on="contact", how="left", maintain_order="left"
            )
        else:
            wide = wide.with_columns(pl.lit(None, pl.String).alias(name))
    tokens = pl.col("first_name").str.split(" ")
    is_whole = pl.col("last_name").is_null() & pl.col("first_name").str.contains(" ", literal=True)
    parted = wide.with_columns(
        pl.when(is_whole).then(tokens.list.slice(0, tokens.list.len() - 1).list.join(" ")).otherwise("first_name")
        .alias("first_name"),
        pl.when(is_whole).then(tokens.list.last()).otherwise("last_name").alias("last_name"),
    )  # fmt: skip
    core = _tokens_without(parted["company"], company_words)
    return parted.with_columns(core)


def _fold_distinct(values: pl.Series) -> pl.Series:
    distinct = values.drop_nulls().unique()
    frame = pl.DataFrame({"value": distinct, "folded": fold_ascii(distinct)})
    return of_distinct(values, frame)["folded"].alias(values.name)


def _tokens_without(texts: pl.Series, words: frozenset[str]) -> pl.Series:
    """Folded texts without some of their words, unless nothing would be left."""
    distinct = texts.drop_nulls().unique().to_frame("value")
    kept = pl.element().filter(~pl.element().is_in(sorted(words)))
    core = pl.col("value").str.split(" ").list.eval(kept).list.join(" ")
    frame = distinct.with_columns(pl.when(core != "").then(core).otherwise("value").alias("core"))
    return of_distinct(texts, frame)["core"].alias(texts.name)


def _name_kind(names: pl.DataFrame) -> pl.Series:
    is_person = pl.any_horizontal(pl.col(name).is_not_null() for name in ("first_name", "last_name", "nickname"))
    kind = pl.when(is_person).then(pl.lit("person")).when(pl.col("company").is_not_null()).then(pl.lit("company"))
    return names.select(kind.otherwise(pl.lit("unknown")).alias("kind")).to_series()


def _collect_keys(attributes: pl.DataFrame) -> pl.DataFrame:
    return _in_order(
        attributes.select("contact", "position", pl.col("match_key").str.slice(0, _TEXT_LIMIT).alias("value"))
    )


def _collect_emails(attributes: pl.DataFrame) -> pl.DataFrame:
    parts = pl.col("value").str.splitn("@", 2).struct
    return _collect_keys(attributes).with_columns(
        parts.field("field_0").alias("local"), parts.field("field_1").alias("domain")
    )


def _collect_addresses(given: pl.DataFrame) -> pl.DataFrame:
    held = given.filter(pl.col("address").is_not_null()).select("contact", "position", "address")
    if held.is_empty():
        return pl.DataFrame(schema={"contact": pl.UInt32, **dict.fromkeys(_ADDRESS, pl.String)})
    part = pl.col("address").struct.field
    street = pl.concat_str([part(name) for name in ("pretype", "name")], separator=" ", ignore_nulls=True)
    raw = held.select(
        "contact", "position", part("house_num").alias("number"), street.alias("street"), part("city"), part("postcode")
    )
    folded = raw.with_columns(_fold_distinct(raw[name].str.slice(0, _TEXT_LIMIT)) for name in _ADDRESS)
    kept = (
        folded.with_columns(pl.col("postcode").str.replace(_ZIP_PLUS_FOUR, "$1"))
        .filter(pl.any_horizontal(pl.col(name).is_not_null() for name in _ADDRESS))
        .sort("contact", "position", *_ADDRESS)
        .drop("position")
    )
    return kept if kept["contact"].is_unique().all() else kept.unique(maintain_order=True)


def _collect_others(attributes: pl.DataFrame) -> pl.DataFrame:
    """Texts, numbers and dates alike, as folded text."""
    text = pl.coalesce("text", pl.col("date").cast(pl.String), pl.col("number").cast(pl.String))
    rows = attributes.select("contact", "position", text.str.slice(0, _TEXT_LIMIT).alias("value"))
    return _in_order(rows.with_columns(_fold_distinct(rows["value"]).alias("value")))


def _collect_address_books(index: pl.DataFrame) -> pl.DataFrame:
    """Ids of the two systems never meet: each carries its system's name."""
    parts = [
        index.select(
            "contact", pl.concat_str(pl.lit(f"{system}|"), fold_text(index[f"{system}_address_book_id"])).alias("value")
        )
        for system in ("ios", "android")
    ]
    return pl.concat(parts).drop_nulls().sort("contact", "value")
