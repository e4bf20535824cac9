"""Blocking rules: which contacts are worth comparing, each rule an equality on one composed key.

Narrow rules ask for much and bring few pairs; wide ones ask for little, and are used as far as their blocks are small:
in a small table they find what slips hid from the narrow ones, in a large one only what is rare.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from transforms.matching.value_rows import first_of_each
from transforms.matching.values import ContactValues, MatchingReference
from transforms.normalize.distinct import of_distinct

__all__ = [
    "CUT_BITS", "EMAIL_RULE", "NARROW", "PARTNER_RULE", "WIDE", "Hashes", "RuleKeys", "combine_hashes", "hash_scoped",
    "hash_values", "list_keys", "sound_of",
]  # fmt: skip

Hashes = npt.NDArray[np.uint64]

EMAIL_RULE = "email"
PARTNER_RULE = "partner_email"

#: Soundex: consonants that sound alike. Vowels part equal sounds here, as they do not in the classic form.
_SOUNDS = {"bfpv": "1", "cgjkqsxz": "2", "dt": "3", "l": "4", "mn": "5", "r": "6"}
_SPELLINGS = {"ph": "f", "gh": "g", "kn": "n", "wr": "r", "sch": "s", "ck": "k", "mb": "m"}
#: Pairs a contact that a rule may bring.
NARROW, MEDIUM, WIDE = math.inf, 1.25, 0.06
CUT_BITS = 24  # low bits of a key that are left out
_SHORT = 4  # characters of a mailbox name that many have: "info", "john"
_TWINS = 100  # as many as a cluster may have
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class RuleKeys:
    """Keys of one blocking rule.

    Attributes:
        rule: its name.
        contacts: contact of each key.
        keys: contacts of one key are a block.
        splits: parts a block that is too large; 0 where a contact has nothing to part it by.
        breadth: NARROW, or how many pairs a contact it may bring, its smallest blocks first.
        sides: when given, only contacts of different sides meet.
        cap: contacts in a block, where it does not hang on the breadth.
    """

    rule: str
    contacts: npt.NDArray[np.int64]
    keys: Hashes
    splits: Hashes
    breadth: float = NARROW
    sides: npt.NDArray[np.bool_] | None = None
    cap: int | None = None


def list_keys(values: ContactValues, reference: MatchingReference) -> Iterator[RuleKeys]:
    """Every rule's keys, one rule after the other; a contact's scope is part of each key (SPEC A-D5)."""
    people = _prepare_people(values, reference)
    firsts = first_of_each(people)
    splits = firsts.select("contact", "scope", "name_split")
    emails, phones = _with(_part_mailboxes(values.emails), splits), _with(_part_phones(values.phones), splits)
    places = _with(values.addresses, people)
    births = _with(_part_birthdays(values.birthdays), people)
    yield _rule(EMAIL_RULE, emails, ["value"], "name_split")
    yield _rule("email_local", emails, ["long_local"], "name_split")
    yield _rule("phone", phones, ["value"], "name_split")
    yield _partner_rule(values, splits)
    yield _rule("address_book", _with(values.address_books, splits), ["value"], "name_split")
    for name, rows in values.others.items():
        yield _rule(name, _with(rows, splits), ["value"], "name_split")
    yield _twin_rule(values, firsts)
    yield from _name_rules(values, people)
    yield from _place_rules(places)
    yield from _birth_rules(births, values)
    yield from _company_rules(values, people)
    yield _rule("email_head", emails, ["head"], "name_split", WIDE)
    yield _rule("phone_head", phones, ["head"], "name_split", WIDE)
    yield _rule("phone_tail", phones, ["tail"], "name_split", WIDE)


def _twin_rule(values: ContactValues, firsts: pl.DataFrame) -> RuleKeys:
    """One contact over and over: the same name and the same first e-mail, phone number and address.

    Its values are shared by more than a block may hold, and so bring nobody together; alike in all of them, they do.
    """
    twins = firsts.select("contact", "scope", "name_split", name=pl.coalesce("full_name", "company"))
    columns = {"emails": ["value"], "phones": ["value"], "addresses": ["number", "street", "city"]}
    for kind, names in columns.items():
        joined = pl.concat_str(names, separator="|", ignore_nulls=True).alias(kind)
        held = first_of_each(getattr(values, kind)).select("contact", joined)
        twins = twins.join(held, on="contact", how="left", maintain_order="left")
    known = twins.filter(pl.any_horizontal(pl.col(*columns).is_not_null())).with_columns(pl.col(*columns).fill_null(""))
    return replace(_rule("twins", _HashedRows(known), ["name", *columns], "name_split"), cap=_TWINS)


def _name_rules(values: ContactValues, people: pl.DataFrame) -> Iterator[RuleKeys]:
    cities = first_of_each(values.addresses.select("contact", "city").drop_nulls())
    located = _HashedRows(people.join(cities, on="contact", how="left", maintain_order="left"))
    yield _rule("name", located, ["full_name"], "city")
    yield _rule("name_sound", located, ["full_sound"], "city", MEDIUM)
    yield _rule("last_name", located, ["last_name"], "given_sound", WIDE)
    yield _rule("first_name", located, ["given"], "last_sound", WIDE)
    for name, rows in values.others.items():
        held = _with(rows, people)
        yield _rule(f"{name}_last_name", held, ["value", "last_sound"], "given_sound")
        yield _rule(f"{name}_first_name", held, ["value", "given_sound"], "last_sound")


def _place_rules(places: _HashedRows) -> Iterator[RuleKeys]:
    yield _rule("last_name_postcode", places, ["last_sound", "postcode"], "given_sound")
    yield _rule("last_name_city", places, ["last_sound", "initial", "city"], "given_sound")
    yield _rule("first_name_postcode", places, ["given_sound", "postcode"], "last_sound")
    yield _rule("first_name_city", places, ["given", "last_initial", "city"], "last_sound")
    yield _rule("street_first_name", places, ["number", "street", "given"], "last_sound")
    yield _rule("street_last_name", places, ["number", "street", "last_sound"], "given_sound")
    yield _rule("street_postcode", places, ["number", "street", "postcode"], "name_split", WIDE)
    yield _rule("street_city", places, ["street", "city"], "name_split", WIDE)
    yield _rule("postcode_initials", places, ["postcode", "initials"], "name_split", WIDE)
    yield _rule("city_last_name", places, ["last_sound", "city"], "given_sound", WIDE)
    yield _rule("city_first_name", places, ["given_sound", "city"], "last_sound", WIDE)
    yield _rule("postcode", places, ["postcode"], "name_split", WIDE)
    yield _rule("street", places, ["street"], "name_split", WIDE)


def _birth_rules(births: _HashedRows, values: ContactValues) -> Iterator[RuleKeys]:
    yield _rule("birthday_last_name", births, ["value", "last_initial"], "given_sound")
    yield _rule("birthday_first_name", births, ["value", "initial"], "last_sound")
    yield _rule("birth_year_name", births, ["year", "full_sound"], "value")
    born = births.frame.select("contact", "scope", "value", "given_sound", "last_sound")
    at = _HashedRows(born.join(values.addresses, on="contact", how="inner", maintain_order="left"))
    yield _rule("birthday_city", at, ["value", "city"], "given_sound")
    yield _rule("birthday_postcode", at, ["value", "postcode"], "given_sound")
    yield _rule("birthday", births, ["value"], "name_split", WIDE)
    yield _rule("birth_year_last_name", births, ["year", "last_sound"], "given_sound", WIDE)
    yield _rule("birth_year_first_name", births, ["year", "given_sound"], "last_sound", WIDE)
    yield _rule("birth_month_last_name", births, ["month_day", "last_sound"], "given_sound", WIDE)
    yield _rule("birth_month_first_name", births, ["month_day", "given_sound"], "last_sound", WIDE)


def _company_rules(values: ContactValues, people: pl.DataFrame) -> Iterator[RuleKeys]:
    employees, companies = _HashedRows(people), _HashedRows(_prepare_companies(values))
    places = _with(values.addresses, companies.frame)
    yield _rule("company_last_name", employees, ["company", "last_sound"], "given_sound")
    yield _rule("company_first_name", employees, ["company", "given"], "last_sound")
    yield _rule("company", companies, ["company"], "name_split")
    yield _rule("company_city", places, ["company_head", "city"], "company")
    yield _rule("company_postcode", places, ["company_head", "postcode"], "company")
    yield _rule("company_words", companies, ["company_words"], "name_split", WIDE)


def sound_of(names: pl.Series) -> pl.Series:
    """How a folded name sounds: its first letter and up to three consonant classes; other scripts stay as they are."""
    letters = {letter: digit for group, digit in _SOUNDS.items() for letter in group}

    def sound(distinct: pl.Series) -> pl.Series:
        spelled = distinct.str.replace_all(" ", "").str.replace_many(_SPELLINGS)
        classes = spelled.str.slice(1).str.replace_many(letters)
        for digit in _SOUNDS.values():
            classes = classes.str.replace_all(f"{digit}+", digit)
        return spelled.str.slice(0, 1) + classes.str.replace_all("[aeiouyhw]", "").str.slice(0, 3)

    return of_distinct(names, sound).alias(names.name)


def _part_mailboxes(emails: pl.DataFrame) -> pl.DataFrame:
    local = pl.col("local")
    return emails.select(
        "contact",
        "value",
        pl.when(local.str.len_chars() > _SHORT).then(local).alias("long_local"),
        head=local.str.slice(0, 6),
    )


def _part_phones(phones: pl.DataFrame) -> pl.DataFrame:
    return phones.with_columns(head=pl.col("value").str.slice(0, 8), tail=pl.col("value").str.slice(-6))


def _part_birthdays(birthdays: pl.DataFrame) -> pl.DataFrame:
    date = pl.col("value").dt
    month_day = pl.concat_str(pl.max_horizontal(date.month(), date.day()), pl.min_horizontal(date.month(), date.day()))
    return birthdays.with_columns(date.year().alias("year"), month_day.alias("month_day"))


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
    return sounds.with_columns(
        _in_either_order("given", "last_name").alias("full_name"),
        _in_either_order("given_sound", "last_sound").alias("full_sound"),
        initial.alias("initial"),
        pl.col("last_name").str.slice(0, 1).alias("last_initial"),
        pl.concat_str(initial, pl.col("last_name").str.slice(0, 1)).alias("initials"),
        pl.coalesce(pl.concat_str(initial, "last_sound"), "last_sound", "given_sound", "company").alias("name_split"),
        scope=values.contacts["scope"].gather(people["contact"]),
    )


def _in_either_order(first: str, last: str) -> pl.Expr:
    """Swapped names meet."""
    known = pl.col(first).is_not_null() & pl.col(last).is_not_null()
    return pl.when(known).then(
        pl.concat_str(pl.min_horizontal(first, last), pl.lit(" "), pl.max_horizontal(first, last))
    )


def _prepare_companies(values: ContactValues) -> pl.DataFrame:
    companies = values.contacts.filter(pl.col("kind") == "company").select("contact", "scope")
    words = pl.col("company").str.split(" ").list
    return companies.join(values.names.select("contact", "company"), on="contact", maintain_order="left").with_columns(
        words.first().alias("company_head"), words.slice(0, 2).list.join(" ").alias("company_words"),
        pl.lit(None, pl.String).alias("name_split"),
    )  # fmt: skip


def _with(values: pl.DataFrame, contacts: pl.DataFrame) -> _HashedRows:
    """Values beside what is known of their contacts, contacts without such a value left out."""
    return _HashedRows(values.join(contacts, on="contact", how="inner", maintain_order="left_right"))


class _HashedRows:
    """Rows of contact, scope and texts; each column is hashed once, however many rules ask for it."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame
        self.contacts = frame["contact"].to_numpy().astype(np.int64)
        self._hashes: dict[str, Hashes] = {}

    def hashes(self, name: str) -> Hashes:
        """Hash of each row's value."""
        if name not in self._hashes:
            self._hashes[name] = hash_values(self.frame[name])
        return self._hashes[name]

    def with_all(self, columns: Sequence[str]) -> npt.NDArray[np.int64]:
        """Rows that have a value in each of some columns."""
        known = self.frame.select(pl.all_horizontal(pl.col(*columns).is_not_null())).to_series()
        return np.flatnonzero(known.to_numpy())


def _rule(rule: str, rows: _HashedRows, columns: Sequence[str], split: str, breadth: float = NARROW) -> RuleKeys:
    """Keys from columns; a row where one of them is missing has no key."""
    held = rows.with_all(columns)
    keys = rows.hashes("scope")[held]
    for name in columns:
        keys = combine_hashes(keys, rows.hashes(name)[held])
    is_whole = rows.frame[split].is_null().to_numpy()[held]
    return RuleKeys(
        rule, rows.contacts[held], keys, np.where(is_whole, np.uint64(0), rows.hashes(split)[held]), breadth
    )


def hash_scoped(scopes: pl.Series, values: pl.Series) -> Hashes:
    """Keys of values within their scope, as the rules that ask for one value alone have them."""
    return combine_hashes(hash_values(scopes), hash_values(values))


def hash_values(values: pl.Series) -> Hashes:
    """Hash of each value, null too; the same in every run."""
    hashes: Hashes = values.hash().to_numpy()
    return hashes


def combine_hashes(keys: Hashes, others: Hashes) -> Hashes:
    """Hash of two hashes, in this order."""
    mixed = (keys ^ (keys >> np.uint64(29))) * _FACTOR + others
    return np.asarray(mixed ^ (mixed >> np.uint64(32)))


def _partner_rule(values: ContactValues, splits: pl.DataFrame) -> RuleKeys:
    """A partner's e-mail meets another contact's own e-mail, never another partner's (SPEC A-D3)."""
    own, partner = (
        _rule(PARTNER_RULE, _with(emails, splits), ["value"], "name_split")
        for emails in (values.emails, values.partner_emails)
    )
    return RuleKeys(
        PARTNER_RULE,
        np.concatenate([own.contacts, partner.contacts]),
        np.concatenate([own.keys, partner.keys]),
        np.concatenate([own.splits, partner.splits]),
        sides=np.repeat([False, True], [len(own.contacts), len(partner.contacts)]),
    )
