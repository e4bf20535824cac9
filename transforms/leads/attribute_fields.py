"""`attr.<def>`: any attribute of a lead's contact, as a field that rules may ask (SPEC A-C10, A-C11)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import polars as pl

from schemas.dtypes import ADDRESS_PARTS
from transforms.leads.catalogue import Form, type_of
from transforms.leads.normal_form import normalize_as

__all__ = ["ATTRIBUTE_PREFIX", "definitions_asked", "list_attribute_fields", "list_attribute_values"]

ATTRIBUTE_PREFIX = "attr."

#: Definitions whose texts have a normal form of their own; the others have that of their data type.
_FORMS: dict[str, Form] = {"email": "email", "phone_number": "phone"}
_FORM_OF_TYPE: dict[str, Form] = {"number": "number", "date": "instant", "text": "text", "address": "text"}
#: Attributes that are normalized already.
_KEYED = ("email", "phone")
_SECONDS_A_DAY = 86_400


def list_attribute_fields(defs: pl.DataFrame) -> dict[str, Form]:
    """Field -> form of its values: `attr.` and the id or the name of a definition.

    A name that brands use for values of different types is no field; the ids are.

    Args:
        defs: attribute_def, name and data_type of core.attribute_defs.
    """
    named: dict[str, set[Form]] = defaultdict(set)
    for attribute_def, name, data_type in defs.select("attribute_def", "name", "data_type").iter_rows():
        form = _FORMS.get(name, _FORM_OF_TYPE[data_type])
        named[attribute_def].add(form)
        named[name].add(form)
    return {f"{ATTRIBUTE_PREFIX}{name}": forms.pop() for name, forms in named.items() if len(forms) == 1}


def definitions_asked(fields: Iterable[str], defs: pl.DataFrame) -> pl.DataFrame:
    """field and attribute_def of each definition that one of these fields means."""
    asked = [name.removeprefix(ATTRIBUTE_PREFIX) for name in fields if name.startswith(ATTRIBUTE_PREFIX)]
    by_key = pl.concat([
        defs.select(key="attribute_def", attribute_def="attribute_def"),
        defs.select(key="name", attribute_def="attribute_def"),
    ]).unique()  # fmt: skip
    return by_key.filter(pl.col("key").is_in(asked)).select(
        (pl.lit(ATTRIBUTE_PREFIX) + pl.col("key")).alias("field"), "attribute_def"
    )


def list_attribute_values(
    leads: pl.DataFrame, attributes: pl.DataFrame, asked: pl.DataFrame, forms: Mapping[str, Form]
) -> pl.DataFrame:
    """What the leads' contacts had just before them; a contact that the lead makes had nothing.

    Args:
        leads: lead_id, contact_id, captured_at, contact_exists, file_id and record_number of every lead, in order of
            (captured_at, lead_id).
        attributes: contact_id, attribute_def, text, number, date, address, match_key, source, created_at, deleted_at,
            file_id, row_number, and is_birth (it came with the contact itself) of values that are not the partner's.
        asked: from `definitions_asked`.
        forms: from `list_attribute_fields`.

    Returns:
        lead_id and one list column per field asked, of the leads that have a value of some.
    """
    placed = leads.with_row_index("place")
    makers = placed.select(pl.col("place").alias("since"), "file_id", pl.col("record_number").alias("row_number"),
                           pl.lit("lead").alias("source"))  # fmt: skip
    values = attributes.join(makers, on=["source", "file_id", "row_number"], how="left").join(asked, on="attribute_def")
    asking = placed.filter("contact_exists").select("place", "contact_id", "captured_at", "lead_id")
    by_lead = pl.col("source") == "lead"
    came_before = pl.when(by_lead).then(pl.col("since") < pl.col("place")).otherwise(
        pl.col("is_birth") | (pl.col("created_at") <= pl.col("captured_at"))
    )  # fmt: skip
    is_there = pl.col("deleted_at").is_null() | (pl.col("deleted_at") > pl.col("captured_at"))
    known = asking.join(values, on="contact_id").filter(came_before & is_there)
    wide = leads.select("lead_id").clear()
    parts = [(field, _in_normal_form(part, forms[str(field)])) for (field,), part in known.group_by("field")]
    for field, part in sorted(parts, key=lambda pair: str(pair[0])):
        wide = wide.join(part.rename({"value": str(field)}), on="lead_id", how="full", coalesce=True)
    missing = [field for field in asked["field"].unique().sort() if field not in wide.columns]
    return wide.with_columns(pl.lit(None, _list_type(forms[field])).alias(field) for field in missing)


def _in_normal_form(known: pl.DataFrame, form: Form) -> pl.DataFrame:
    """lead_id and the list of distinct values of one field."""
    if form == "number":
        value = known["number"]
    elif form == "instant":
        value = known["date"].cast(pl.Int64).cast(pl.Float64) * _SECONDS_A_DAY
    elif form in _KEYED:
        value = known.select(pl.coalesce("match_key", "text")).to_series()
    else:
        parts = [pl.col("address").struct.field(part) for part in ADDRESS_PARTS]
        line = pl.concat_str(parts, separator=" ", ignore_nulls=True)
        texts = known.select(pl.when(pl.col("text").is_not_null()).then("text").otherwise(line).alias("text"))
        value = normalize_as(form, texts["text"], "US")
    rows = known.select("lead_id", value.alias("value")).drop_nulls("value").unique().sort("lead_id", "value")
    return rows.group_by("lead_id", maintain_order=True).agg(pl.col("value").cast(_list_type(form).inner))


def _list_type(form: Form) -> pl.List:
    return pl.List(pl.String if type_of(form) == "text" else pl.Float64)
