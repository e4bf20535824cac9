"""The attribute model's own rules: equal values once, one primary, one live value of a singular attribute."""

from __future__ import annotations

from typing import Final, Literal

import polars as pl

from schemas.dtypes import ADDRESS_PARTS

__all__ = ["resolve_values"]

_CONTACT: Final = ("contact_id", "attribute_def", "is_partner")
_PLACE: Final = ("contact_id", "position")


def resolve_values(
    values: pl.DataFrame,
    defs: pl.DataFrame,
    *,
    singular: Literal["first", "last"] = "last",
    as_documented: bool = False,
) -> pl.DataFrame:
    """Settle what the values of each contact mean together.

    Equal values of one contact collapse into the first, which takes their columns, a missing label and a primary flag.
    An address without label gets the first label of its definition (SPEC EA9, A-EA7). Of a singular attribute one
    value stays live, the others are marked superseded (SPEC EA4, A-EA6). At most one value is primary per contact,
    definition and partner flag, the last one marked (SPEC EA5, A-EA1).

    Args:
        values: staging.attributes; all values of a contact must be in one call.
        defs: core.attribute_defs.
        singular: which value of a singular attribute stays live: the last in input order (SPEC A-EA6), or the first,
            as for columns of one row (SPEC A-IM1).
        as_documented: two values marked primary in one request, also the contact's own and the partner's, are both
            left unmarked, as one example shows (SPEC EA6).

    Returns:
        The same columns, in the order of contact and position as they came.
    """
    frame = _collapse_equal(values)
    frame = _fill_labels(frame, defs)
    frame = _supersede(frame, defs, singular)
    return _settle_primary(frame, as_documented).select(values.columns)


def _collapse_equal(values: pl.DataFrame) -> pl.DataFrame:
    """One row per equal value of a contact, definition and partner flag; a null value equals none."""
    same = pl.coalesce("match_key", pl.col("text"))
    same = pl.when(pl.col("attribute_type") == "address").then(_address_text()).otherwise(same)
    keyed = values.with_columns(_same=same)
    digest = keyed.select(pl.struct(*_CONTACT, "_same").hash().alias("digest")).to_series()
    # Few values repeat; grouping all of them costs many times what finding the suspects does.
    suspect = digest.is_duplicated() & keyed["_same"].is_not_null()
    if not suspect.any():
        return values
    merged = keyed.filter(suspect).sort(*_PLACE).group_by(*_CONTACT, "_same", maintain_order=True).agg(
        pl.exclude("label", "is_primary", "columns").first(),
        pl.col("label").drop_nulls().first(),
        pl.col("is_primary").any(),
        pl.col("columns").list.explode().unique(maintain_order=True).drop_nulls(),
    )  # fmt: skip
    merged = merged.select(keyed.columns)
    order = values.select(*_PLACE).with_row_index("_row")
    single = keyed.filter(~suspect)
    joined = pl.concat([single, merged]).join(order, on=_PLACE, how="left").sort("_row")
    return joined.drop("_same", "_row")


def _address_text() -> pl.Expr:
    """All parts of an address as one text; null for no address."""
    parts = [pl.col("address").struct.field(part).fill_null("") for part in ADDRESS_PARTS]
    return pl.when(pl.col("address").is_not_null()).then(pl.concat_str(parts, separator="\x1f"))


def _fill_labels(values: pl.DataFrame, defs: pl.DataFrame) -> pl.DataFrame:
    first = defs.filter(pl.col("data_type") == "address").select(
        "attribute_def", _default=pl.col("labels").list.first()
    )
    default = pl.col("attribute_def").replace_strict(
        first["attribute_def"], first["_default"], default=None, return_dtype=pl.String
    )
    return values.with_columns(label=pl.coalesce("label", default))


def _supersede(values: pl.DataFrame, defs: pl.DataFrame, singular: Literal["first", "last"]) -> pl.DataFrame:
    """Marks every value of a singular attribute but the live one."""
    ids = defs.filter(pl.col("is_singular"))["attribute_def"]
    frame = values.with_row_index("_row")
    live = frame.filter(pl.col("attribute_def").is_in(ids.implode()) & ~pl.col("is_superseded"))
    repeated = live.filter(live.select(pl.struct(_CONTACT).hash()).to_series().is_duplicated())
    if repeated.is_empty():
        return values
    ordered = repeated.sort("position", maintain_order=True, descending=singular == "last")
    winners = ordered.unique(_CONTACT, keep="first")
    losers = repeated.join(winners.select("_row"), on="_row", how="anti")["_row"]
    is_loser = pl.col("_row").is_in(losers.implode())
    return frame.with_columns(is_superseded=pl.col("is_superseded") | is_loser).drop("_row")


def _settle_primary(values: pl.DataFrame, as_documented: bool) -> pl.DataFrame:
    """At most one primary per contact, definition and partner flag; a superseded value is none."""
    frame = values.with_row_index("_row").with_columns(is_primary=pl.col("is_primary") & ~pl.col("is_superseded"))
    marked = frame.filter("is_primary")
    if as_documented:
        alone = marked.filter(pl.len().over("contact_id", "attribute_def") == 1)
        kept = alone["_row"]
    else:
        kept = marked.sort("position", maintain_order=True).unique(_CONTACT, keep="last")["_row"]
    return frame.with_columns(is_primary=pl.col("_row").is_in(kept.implode())).drop("_row")
