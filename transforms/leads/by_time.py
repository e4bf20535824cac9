"""What leads meet of contacts that change in the meantime: what each contact had and whose it was, as of a lead."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

__all__ = ["GUEST_SCHEMA", "Changing", "find_guests", "find_owners", "find_periods"]

_INSTANT = pl.Datetime("us", "UTC")
GUEST_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "place": pl.UInt32, "kind": pl.String, "contact_id": pl.String, "has_live_owner": pl.Boolean,
    "created_at": _INSTANT,
}  # fmt: skip
_KINDS = {"email": "email", "phone_number": "phone"}


class Changing(NamedTuple):
    """Contacts that requests, or rows of newer files, changed in what leads see of them.

    Attributes:
        contacts: contact_id, brand_id, user_id (owner that it came with), created_at, since (null: ever), made_by (lead
            that made it) and deleted_at.
        periods: contact_id, attribute_type, match_key, since (time from which it had the value; null: ever), until
            (null: still), run_sequence (run from which the file is known that brought it), made_by (lead that brought
            it), created_at and position, by which the later of two names is told.
        owners: contact_id, user_id and changed_at of every change of an owner.
        gone: users who own nothing any more.
    """

    contacts: pl.DataFrame
    periods: pl.DataFrame
    owners: pl.DataFrame
    gone: pl.Series


def find_guests(leads: pl.DataFrame, lead_keys: pl.DataFrame, changing: Changing) -> pl.DataFrame:
    """The changing contacts that each lead fits at its time, by e-mail or by phone number and both names (SPEC A-P4).

    Args:
        leads: place, lead_id, captured_at, run_sequence, first, last (folded names).
        lead_keys: place, brand_id, kind (email or phone), value.
        changing: the contacts.

    Returns:
        GUEST_SCHEMA.
    """
    if changing.contacts.is_empty():
        return pl.DataFrame(schema=GUEST_SCHEMA)
    contacts = changing.contacts.with_columns(until="deleted_at", run_sequence=pl.lit(None, pl.Int64))
    keys = changing.periods.filter(pl.col("attribute_type").is_in(list(_KINDS))).with_columns(
        kind=pl.col("attribute_type").replace_strict(_KINDS, return_dtype=pl.String)
    )
    having = _in_time(
        keys.join(contacts.select("contact_id", "brand_id"), on="contact_id").join(
            lead_keys.rename({"value": "match_key"}), on=["brand_id", "kind", "match_key"], nulls_equal=True
        ),
        leads,
    )
    fitting = having.select("place", "kind", "contact_id").unique()
    there = _in_time(fitting.join(contacts, on="contact_id"), leads).select(*fitting.columns, "user_id", "created_at")
    named = _name(there, leads, changing.periods).filter((pl.col("kind") == "email") | "is_namesake")
    moments = named.join(leads.select("place", "captured_at"), on="place")
    owner = pl.coalesce(find_owners(moments, changing.owners), moments["user_id"])
    is_live = pl.col("owner").is_not_null() & ~pl.col("owner").is_in(changing.gone.implode()).fill_null(False)
    return moments.with_columns(owner=owner).select(
        pl.col("place").cast(pl.UInt32), "kind", "contact_id", is_live.alias("has_live_owner"), "created_at"
    )


def find_owners(leads: pl.DataFrame, owners: pl.DataFrame) -> pl.Series:
    """The last owner that each lead's contact was given by then; null where it was given none.

    Args:
        leads: contact_id and captured_at.
        owners: contact_id, user_id, changed_at.
    """
    if owners.is_empty():
        return pl.Series("owner", [None] * leads.height, dtype=pl.String)
    asked = leads.select("contact_id", "captured_at").with_row_index("row")
    meeting = asked.join(owners.select("contact_id").unique(), on="contact_id", how="semi").sort("captured_at")
    changes = owners.select("contact_id", "changed_at", owner="user_id").sort("changed_at")
    met = meeting.join_asof(
        changes, left_on="captured_at", right_on="changed_at", by="contact_id", check_sortedness=False
    )
    return asked.join(met.select("row", "owner"), on="row", how="left", maintain_order="left")["owner"]


def find_periods(leads: pl.DataFrame, periods: pl.DataFrame) -> pl.DataFrame:
    """place, and the columns of the periods of each lead's contact that its time falls into.

    Args:
        leads: place, lead_id, contact_id, captured_at, run_sequence, in order of (captured_at, lead_id); every lead
            that may have brought a value is among them.
        periods: as in `Changing`.
    """
    return _in_time(leads.select("place", "contact_id").join(periods, on="contact_id"), leads)


def _in_time(rows: pl.DataFrame, leads: pl.DataFrame) -> pl.DataFrame:
    """Of rows with place, since, until, run_sequence and made_by those that hold at the lead in that place."""
    makers = leads.select(made_by="lead_id", made_at="place")
    moments = leads.select("place", moment="captured_at", run="run_sequence")
    return (
        rows.join(moments, on="place")
        .join(makers, on="made_by", how="left")
        .filter(
            (pl.col("since").is_null() | (pl.col("since") <= pl.col("moment")))
            & (pl.col("until").is_null() | (pl.col("until") > pl.col("moment")))
            & (pl.col("run_sequence").is_null() | (pl.col("run_sequence") <= pl.col("run")))
            & (pl.col("made_by").is_null() | (pl.col("made_at") < pl.col("place")).fill_null(False))
        )
        .drop("moment", "run", "made_at")
    )


def _name(fitting: pl.DataFrame, leads: pl.DataFrame, periods: pl.DataFrame) -> pl.DataFrame:
    """The same with is_namesake: the contact then had the lead's first and last name."""
    pairs = fitting.select("place", "contact_id").unique()
    named = fitting
    for name, of_lead in (("first_name", "first"), ("last_name", "last")):
        names = periods.filter(pl.col("attribute_type") == name).drop_nulls("match_key")
        met = _in_time(pairs.join(names, on="contact_id"), leads).sort("created_at", "position")
        latest = met.unique(["place", "contact_id"], keep="last", maintain_order=True)
        named = named.join(
            latest.select("place", "contact_id", pl.col("match_key").alias(of_lead)), on=["place", "contact_id"],
            how="left",
        )  # fmt: skip
    asked = leads.select("place", asked_first="first", asked_last="last")
    same = (pl.col("first") == pl.col("asked_first")) & (pl.col("last") == pl.col("asked_last"))
    return (
        named.join(asked, on="place", how="left")
        .with_columns(is_namesake=same.fill_null(False))
        .select(*fitting.columns, "is_namesake")
    )
