"""What matching knows of a contact as one row: of contacts that stay as they are nothing is prepared again."""

from __future__ import annotations

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import MATCHING_CONTACT_VALUES
from transforms.matching.comparison import Numbers
from transforms.matching.values import ADDRESS_SOURCES, NAMES, ContactValues, part_emails

__all__ = ["restore_values", "tabulate_values"]

_SINGLE = ("emails", "phones", "partner_emails", "birthdays", "address_books")  # kinds of one column
_ADDRESS = tuple(ADDRESS_SOURCES)
_OTHER = ("attribute_type", "value")


def tabulate_values(values: ContactValues, numbers: Numbers) -> pl.DataFrame:
    """Columns of matching.PreparedContact.

    Args:
        values: what matching knows of some contacts.
        numbers: number that each is stored under.
    """
    others = [rows.with_columns(attribute_type=pl.lit(name)) for name, rows in values.others.items()]
    rows_of = {name: getattr(values, name).select("contact", name="value") for name in _SINGLE}
    rows_of |= {
        "addresses": values.addresses.select("contact", pl.struct(_ADDRESS)),
        "others": pl.concat(others).select("contact", pl.struct(_OTHER)) if others else pl.DataFrame(),
    }
    wide = values.contacts.select("contact", pl.col("scope").reinterpret(signed=True), "is_lead", "kind")
    wide = wide.hstack(values.names.select(NAMES))
    schema = polars_schema(MATCHING_CONTACT_VALUES)
    for name, rows in rows_of.items():
        if rows.height:
            lists = rows.group_by("contact", maintain_order=True).agg(pl.col(rows.columns[1]).alias(name))
            wide = wide.join(lists, on="contact", how="left", maintain_order="left")
        else:
            wide = wide.with_columns(pl.lit(None, schema[name]).alias(name))
    return wide.with_columns(pl.Series("contact", numbers, pl.UInt32))


def restore_values(rows: pl.DataFrame) -> ContactValues:
    """What was known of some contacts.

    Args:
        rows: contact_id, and columns of matching.PreparedContact, in any order.
    """
    wide = rows.sort("contact_id").drop("contact").with_row_index("contact")
    single = {name: _unlist(wide, name).rename({name: "value"}) for name in _SINGLE}
    others = _unlist(wide, "others").unnest("others").partition_by("attribute_type", as_dict=True, include_key=False)
    return ContactValues(
        contacts=wide.select("contact", "contact_id", pl.col("scope").reinterpret(signed=False), "is_lead", "kind"),
        names=wide.select("contact", *NAMES),
        emails=part_emails(single["emails"]),
        phones=single["phones"],
        partner_emails=part_emails(single["partner_emails"]),
        birthdays=single["birthdays"],
        addresses=_unlist(wide, "addresses").unnest("addresses"),
        address_books=single["address_books"],
        others={str(name): frame for (name,), frame in sorted(others.items())},
    )


def _unlist(wide: pl.DataFrame, name: str) -> pl.DataFrame:
    """contact and one value of a list, in the order of both."""
    held = polars_schema(MATCHING_CONTACT_VALUES)[name]  # where all are null, polars forgets what a list holds
    return wide.select("contact", pl.col(name).cast(held)).drop_nulls(name).explode(name)
