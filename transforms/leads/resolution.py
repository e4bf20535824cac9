"""Whose lead it is: an existing contact of the brand, or a new one (SPEC A-P4)."""

from __future__ import annotations

from collections import defaultdict

import polars as pl

from transforms.ids import hash_ids
from transforms.leads.by_time import GUEST_SCHEMA, Changing, find_guests
from transforms.leads.register import EVER, Person, Register
from transforms.normalize.text import fold_text

__all__ = ["KEY_TYPES", "resolve_contacts"]

#: Attribute types whose match keys tell who someone is.
KEY_TYPES = ("email", "phone_number", "first_name", "last_name")

#: Among several contacts: a live owner's first, then the earliest, then by id.
_PREFERENCE = ("has_live_owner", "created_at", "contact_id")
_PREFERENCE_DESCENDING = (True, False, False)
_KNOWN = ("contact_id", "has_live_owner", "created_at")


def resolve_contacts(
    leads: pl.DataFrame, contacts: pl.DataFrame, values: pl.DataFrame, changing: Changing | None = None
) -> pl.DataFrame:
    """Attach each lead to a contact (SPEC A-P4).

    A lead belongs to a contact of its brand with the same e-mail, else with the same phone number, first and last
    name; of several to one with a live owner, then the earliest. Contacts of files are known from their run on, those
    of requests from their time on, contacts of leads from their first lead on, in order of (captured_at, lead_id). A
    contact also gains what its leads bring: further e-mails and phone numbers, and names where it has none (A-P5).

    What requests changed of contacts is met as it stood at the lead's time; these contacts gain by leads only what
    `changing` says.

    Leads that share nothing with another lead, nor a contact with one, are settled in joins; only the others, whose
    outcome may hang on each other, one by one.

    Args:
        leads: lead_id, brand_id, email, phone, first_name, last_name, captured_at, run_sequence.
        contacts: contact_id, brand_id, has_live_owner, created_at, run_sequence, since (null: ever).
        values: contact_id, attribute_type (of KEY_TYPES), match_key; the contact's own, current ones.
        changing: contacts that are none of `contacts`, for they were changed.

    Returns:
        One row per lead, in order of (captured_at, lead_id): lead_id, contact_id, contact_exists.
    """
    ordered = leads.sort("captured_at", "lead_id").with_row_index("place")
    ordered = ordered.with_columns(
        fold_text(ordered["first_name"]).alias("first"),
        fold_text(ordered["last_name"]).alias("last"),
        hash_ids(ordered.with_columns(maker=pl.lit("lead")), "maker", "lead_id").alias("new_id"),
    )
    lead_keys = _list_lead_keys(ordered)
    contact_keys = _list_contact_keys(contacts, values, lead_keys)
    known = _describe_contacts(contacts, values, contact_keys)
    guests = find_guests(ordered, lead_keys, changing) if changing else pl.DataFrame(schema=GUEST_SCHEMA)
    changed = frozenset(changing.contacts["contact_id"]) if changing else frozenset()
    lead_keys, contact_keys = _number_keys(lead_keys, contact_keys)
    entangled = _find_entangled(lead_keys, contact_keys)
    apart = ordered.join(entangled, on="place", how="anti")
    pairs = pl.concat(
        [
            _match_apart(apart, lead_keys, contact_keys, known, guests),
            _match_in_turn(ordered.join(entangled, on="place"), lead_keys, contact_keys, known, guests, changed),
        ]
    )
    return ordered.join(pairs, on="place", how="left", maintain_order="left").select(
        "lead_id",
        pl.coalesce("contact_id", "new_id").alias("contact_id"),
        pl.col("contact_id").is_not_null().alias("contact_exists"),
    )


def _list_lead_keys(leads: pl.DataFrame) -> pl.DataFrame:
    """place, brand_id, kind (email or phone), value: up to two rows a lead."""
    parts = [
        leads.select("place", "brand_id", pl.lit(kind).alias("kind"), pl.col(kind).alias("value")).drop_nulls("value")
        for kind in ("email", "phone")
    ]
    return pl.concat(parts)


def _list_contact_keys(contacts: pl.DataFrame, values: pl.DataFrame, lead_keys: pl.DataFrame) -> pl.DataFrame:
    """contact_id, brand_id, kind, value: the e-mails and phone numbers of contacts that some lead has too."""
    kinds = {"email": "email", "phone_number": "phone"}
    return (
        values.filter(pl.col("attribute_type").is_in(list(kinds)) & pl.col("match_key").is_not_null())
        .with_columns(kind=pl.col("attribute_type").replace_strict(kinds, return_dtype=pl.String))
        .join(contacts.select("contact_id", "brand_id"), on="contact_id")
        .select("contact_id", "brand_id", "kind", pl.col("match_key").alias("value"))
        .unique()
        .join(lead_keys, on=["brand_id", "kind", "value"], how="semi", nulls_equal=True)
    )


def _describe_contacts(contacts: pl.DataFrame, values: pl.DataFrame, contact_keys: pl.DataFrame) -> pl.DataFrame:
    """The contacts in question with their folded names."""
    described = contacts.join(contact_keys, on="contact_id", how="semi")
    for column, attribute_type in (("first", "first_name"), ("last", "last_name")):
        names = values.filter(pl.col("attribute_type") == attribute_type).unique(
            "contact_id", keep="last", maintain_order=True
        )
        described = described.join(
            names.select("contact_id", pl.col("match_key").alias(column)), on="contact_id", how="left"
        )
    return described


def _number_keys(lead_keys: pl.DataFrame, contact_keys: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A number in place of brand, kind and value: (place, kind, key) and (contact_id, key)."""
    names = ["brand_id", "kind", "value"]
    numbers = lead_keys.select(names).unique().with_row_index("key")
    numbered = lead_keys.join(numbers, on=names, nulls_equal=True).select("place", "kind", "key")
    return numbered, contact_keys.join(numbers, on=names, nulls_equal=True).select("contact_id", "key")


def _find_entangled(lead_keys: pl.DataFrame, contact_keys: pl.DataFrame) -> pl.DataFrame:
    """Places of leads that share a key with another lead, or that with another lead touch the same contact."""
    shared = lead_keys.filter(pl.len().over("key") > 1)
    touched = contact_keys.join(lead_keys, on="key").select("contact_id", "place").unique()
    together = touched.filter(pl.len().over("contact_id") > 1)
    return pl.concat([shared.select("place"), together.select("place")]).unique().sort("place")


def _match_apart(
    leads: pl.DataFrame, lead_keys: pl.DataFrame, contact_keys: pl.DataFrame, known: pl.DataFrame, guests: pl.DataFrame
) -> pl.DataFrame:
    """place and contact_id of leads that meet existing contacts alone."""
    asking = leads.select("place", "captured_at", "run_sequence", lead_first="first", lead_last="last")
    candidates = (
        asking.join(lead_keys, on="place")
        .join(contact_keys, on="key")
        .join(known.select(*_KNOWN, "first", "last", "run_sequence", "since"), on="contact_id")
        .filter(
            (pl.col("run_sequence_right") <= pl.col("run_sequence"))
            & (pl.col("since") <= pl.col("captured_at")).fill_null(True)
        )
    )
    same_name = (pl.col("lead_first") == pl.col("first")) & (pl.col("lead_last") == pl.col("last"))
    fitting = candidates.filter((pl.col("kind") == "email") | same_name).select(guests.columns)
    return (
        pl.concat([fitting, guests.join(asking, on="place", how="semi")])
        .sort("place", "kind", *_PREFERENCE, descending=[False, False, *_PREFERENCE_DESCENDING])  # "email" comes first
        .unique("place", keep="first", maintain_order=True)
        .select("place", "contact_id")
    )


def _match_in_turn(
    leads: pl.DataFrame, lead_keys: pl.DataFrame, contact_keys: pl.DataFrame, known: pl.DataFrame,
    guests: pl.DataFrame, changed: frozenset[str],
) -> pl.DataFrame:  # fmt: skip
    """place and contact_id of leads that may meet the same contacts, settled in their order."""
    keyed = leads.with_columns(moment=pl.col("captured_at").dt.epoch("us")).sort("place")
    for kind in ("email", "phone"):
        keys = lead_keys.filter(pl.col("kind") == kind).select("place", pl.col("key").alias(f"{kind}_key"))
        keyed = keyed.join(keys, on="place", how="left", maintain_order="left")
    register = Register()
    _enter_known(register, keyed, lead_keys, contact_keys, known)
    fitting = _list_guests(guests.join(leads, on="place", how="semi"))
    found: list[tuple[int, str]] = []
    columns = ("place", "moment", "run_sequence", "new_id", "email_key", "phone_key", "first", "last")
    for place, moment, run_sequence, new_id, email, phone, first, last in keyed.select(columns).iter_rows():
        by_email = register.find_by_email(email, run_sequence, moment) + fitting[place, "email"]
        known_by = by_email or (
            register.find_by_name(phone, first, last, run_sequence, moment) + fitting[place, "phone"]
        )
        person = min(known_by, key=lambda person: person.order, default=Person((True, moment, new_id)))
        if known_by:
            found.append((place, person.contact_id))
        if person.contact_id not in changed:
            register.add(person, email, phone, first, last)
    return pl.DataFrame(found, schema={"place": pl.UInt32, "contact_id": pl.String}, orient="row")


def _list_guests(guests: pl.DataFrame) -> defaultdict[tuple[int, str], list[Person]]:
    fitting: defaultdict[tuple[int, str], list[Person]] = defaultdict(list)
    columns = ("place", "kind", "contact_id", "has_live_owner", pl.col("created_at").dt.epoch("us"))
    for place, kind, contact_id, has_live_owner, moment in guests.select(columns).iter_rows():
        fitting[place, kind].append(Person((not has_live_owner, moment, contact_id)))
    return fitting


def _enter_known(
    register: Register, leads: pl.DataFrame, lead_keys: pl.DataFrame, contact_keys: pl.DataFrame, known: pl.DataFrame
) -> None:
    """Enter the known contacts that these leads may meet, with those of their keys that leads have."""
    kinds = lead_keys.select("key", "kind").unique()
    met = contact_keys.join(lead_keys.join(leads.select("place"), on="place", how="semi"), on="key", how="semi")
    keys: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for contact_id, key, kind in contact_keys.join(met, on="contact_id", how="semi").join(kinds, on="key").iter_rows():
        keys[contact_id].append((key, kind))
    moments = [pl.col(name).dt.epoch("us").alias(f"{name}_us") for name in ("created_at", "since")]
    described = known.select("contact_id", "has_live_owner", *moments, "run_sequence", "first", "last")
    for contact_id, has_live_owner, moment, since, run_sequence, first, last in described.iter_rows():
        if contact_id in keys:
            person = Person((not has_live_owner, moment, contact_id), run_sequence, EVER if since is None else since)
            for key, kind in keys[contact_id]:
                email, phone = (key, None) if kind == "email" else (None, key)
                register.add(person, email, phone, first, last)
