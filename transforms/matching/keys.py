"""Blocking rules: which contacts are worth comparing, each rule a narrow equality on one composed key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from transforms.matching.values import ContactValues, MatchingReference

__all__ = ["EMAIL_RULE", "PARTNER_RULE", "RuleKeys", "list_keys", "sound_of"]

EMAIL_RULE = "email"
PARTNER_RULE = "partner_email"

#: Soundex: consonants that sound alike. Vowels part equal sounds here, as they do not in the classic form.
_SOUNDS = {"bfpv": "1", "cgjkqsxz": "2", "dt": "3", "l": "4", "mn": "5", "r": "6"}
_SPELLINGS = {"ph": "f", "gh": "g", "kn": "n", "wr": "r", "sch": "s", "ck": "k", "mb": "m"}


@dataclass(frozen=True)
class RuleKeys:
    """Keys of one blocking rule.

    Attributes:
        rule: its name.
        keys: contact, side, key, split. Contacts of one key are a block; `split` parts a block that is too large, null
            where a contact has nothing to part it by.
        is_crosswise: only contacts of different sides meet.
    """

    rule: str
    keys: pl.DataFrame
    is_crosswise: bool = False


def list_keys(values: ContactValues, reference: MatchingReference) -> Iterator[RuleKeys]:
    """Every rule's keys, one rule after the other; a contact's scope is part of each key (SPEC A-D5)."""
    people = _prepare_people(values, reference)
    companies = _prepare_companies(values)
    both = people.select("contact", "scope", "name_split")
    emails, phones = _with(values.emails, both), _with(values.phones, both)
    places, births = _with(values.addresses, people), _with(values.birthdays, people)
    located = people.join(values.addresses.select("contact", "city").unique(), on="contact", how="left")
    company_places = _with(values.addresses, companies)

    yield _rule(EMAIL_RULE, emails, ["value"], "name_split")
    yield _rule("email_local", emails.filter(pl.col("local").str.len_chars() > 4), ["local"], "name_split")
    yield _rule("phone", phones, ["value"], "name_split")
    yield _partner_rule(values, both)
    yield _rule("address_book", _with(values.address_books, both), ["value"], "name_split")
    yield _rule("name", located, ["full_name"], "city")
    yield _rule("name_sound", located, ["given_sound", "last_sound"], "city")
    yield _rule("last_name_postcode", places, ["last_sound", "postcode"], "given_sound")
    yield _rule("last_name_city", places, ["last_sound", "initial", "city"], "given_sound")
    yield _rule("first_name_postcode", places, ["given", "postcode"], "last_sound")
    yield _rule("first_name_city", places, ["given", "last_initial", "city"], "last_sound")
    yield _rule("street_first_name", places, ["number", "street", "given"], "last_sound")
    yield _rule("street_last_name", places, ["number", "street", "last_sound"], "given_sound")
    yield _rule("birthday_last_name", births, ["value", "last_initial"], "given_sound")
    yield _rule("birthday_first_name", births, ["value", "initial"], "last_sound")
    yield _rule("birthday_city", _with(values.birthdays, located), ["value", "city"], "given_sound")
    yield _rule("company_last_name", people, ["company", "last_sound"], "given_sound")
    yield _rule("company_first_name", people, ["company", "given"], "last_sound")
    yield _rule("company", companies, ["company"], "name_split")
    yield _rule("company_city", company_places, ["company_head", "city"], "company")
    yield _rule("company_postcode", company_places, ["company_head", "postcode"], "company")


def sound_of(names: pl.Series) -> pl.Series:
    """How a folded name sounds: its first letter and up to three consonant classes; other scripts stay as they are."""
    letters = {letter: digit for group, digit in _SOUNDS.items() for letter in group}
    spelled = pl.col("name").str.replace_all(" ", "").str.replace_many(_SPELLINGS)
    classes = spelled.str.slice(1).str.replace_many(letters)
    for digit in _SOUNDS.values():
        classes = classes.str.replace_all(f"{digit}+", digit)
    sound = pl.concat_str(spelled.str.slice(0, 1), classes.str.replace_all("[aeiouyhw]", "").str.slice(0, 3))
    distinct = pl.DataFrame({"name": names.unique().drop_nulls()}).with_columns(sound.alias("sound"))
    frame = pl.DataFrame({"name": names}).join(distinct, on="name", how="left", maintain_order="left")
    return frame["sound"].alias(names.name)


def _prepare_people(values: ContactValues, reference: MatchingReference) -> pl.DataFrame:
    """One row per contact and formal name it may stand for; every contact has at least one row."""
    formal = reference.nicknames.select(pl.col("nickname").alias("token"), pl.col("name").alias("given"))
    names = values.names.with_columns(
        pl.coalesce("first_name", "nickname").str.split(" ").list.first().alias("token")
    ).join(formal, on="token", how="left", maintain_order="left_right")
    people = names.with_columns(pl.coalesce("given", "token").alias("given"))
    sounds = people.with_columns(
        sound_of(people["given"]).alias("given_sound"), sound_of(people["last_name"]).alias("last_sound")
    )
    initial = pl.col("given").str.slice(0, 1)
    full = pl.concat_list("given", "last_name").list.sort().list.join(" ")  # either order: swapped names meet
    return sounds.with_columns(
        pl.when(full != "").then(full).alias("full_name"),
        initial.alias("initial"),
        pl.col("last_name").str.slice(0, 1).alias("last_initial"),
        pl.coalesce(pl.concat_str(initial, "last_sound"), "last_sound", "given_sound", "company").alias("name_split"),
    ).join(values.contacts.select("contact", "scope"), on="contact", maintain_order="left")


def _prepare_companies(values: ContactValues) -> pl.DataFrame:
    companies = values.contacts.filter(pl.col("kind") == "company").select("contact", "scope")
    first_two = pl.col("company").str.split(" ").list
    return companies.join(values.names.select("contact", "company"), on="contact", maintain_order="left").with_columns(
        first_two.first().alias("company_head"), pl.lit(None, pl.String).alias("name_split")
    )


def _with(values: pl.DataFrame, contacts: pl.DataFrame) -> pl.DataFrame:
    """Values beside what is known of their contacts, contacts without such a value left out."""
    return values.join(contacts, on="contact", how="inner")


def _rule(rule: str, frame: pl.DataFrame, columns: Sequence[str], split: str) -> RuleKeys:
    """Keys from columns; a row where one of them is missing has no key."""
    parts = [pl.col(name).cast(pl.String) for name in ("scope", *columns)]
    keys = frame.drop_nulls(columns).select(
        "contact",
        pl.lit(False).alias("side"),
        pl.concat_str(parts, separator="|").hash().alias("key"),
        pl.when(pl.col(split).is_not_null()).then(pl.col(split).hash()).alias("split"),
    )
    return RuleKeys(rule, keys.unique())


def _partner_rule(values: ContactValues, both: pl.DataFrame) -> RuleKeys:
    """A partner's e-mail meets another contact's own e-mail, never another partner's (SPEC A-D3)."""
    own = _rule(PARTNER_RULE, _with(values.emails, both), ["value"], "name_split").keys
    partner = _rule(PARTNER_RULE, _with(values.partner_emails, both), ["value"], "name_split").keys
    return RuleKeys(PARTNER_RULE, pl.concat([own, partner.with_columns(pl.lit(True).alias("side"))]), True)
