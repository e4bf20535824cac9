"""What a lead says of its contact -> attributes: added where missing, nothing overwritten (SPEC LC5, A-P5)."""

from __future__ import annotations

import polars as pl

from schemas.dtypes import ADDRESS_PARTS, ADDRESS_TYPE
from schemas.tables import CORE_ATTRIBUTES
from transforms.normalize.addresses import address_keys
from transforms.normalize.names import NAME_PARTS, split_names
from transforms.normalize.text import clean_text, fold_text

__all__ = ["LEAD_ATTRIBUTE_TYPES", "build_lead_attributes", "key_attributes"]

#: Attribute types that leads bring; the values of one lead are numbered in this order.
LEAD_ATTRIBUTE_TYPES = (
    "title", "first_name", "middle_name", "last_name", "email", "phone_number", "source_type", "source", "tag", "note",
    "address", "company", "job_title",
)  # fmt: skip
#: Attribute types and their keys in the payload, where a text is taken as it stands.
_PLAIN = {
    "first_name": "first_name", "last_name": "last_name", "source": "lead_source", "note": "note", "company": "company",
    "job_title": "job_title",
}  # fmt: skip
#: Attribute types that staging has normalized already, and the columns of leads that hold them.
_NORMALIZED = {"email": "email", "phone_number": "phone"}

_LEAD_COLUMNS = (
    "contact_id", "email", "email_text", "phone", "phone_text", "source_type", "captured_at", "file_id",
    "record_number",
)  # fmt: skip
_RANKS = {name: rank for rank, name in enumerate(LEAD_ATTRIBUTE_TYPES)}
_COLUMNS = [name for name in CORE_ATTRIBUTES.columns if name != CORE_ATTRIBUTES.hashed_id]
_OWNER = ("contact_id", "attribute_def", "is_partner")
_SEPARATOR = "\x1f"
_NO_ADDRESS = pl.lit(None, ADDRESS_TYPE)


def build_lead_attributes(
    leads: pl.DataFrame, values: pl.DataFrame, known: pl.DataFrame, defs: pl.DataFrame, *, with_known: bool = False
) -> pl.DataFrame:
    """Attributes that leads add to their contacts.

    Of an attribute that may hold several values those are added that the contact does not have yet; of a singular one
    the first that ever comes, if the contact has none (A-P5). The position of a value hangs on its own lead alone.

    Args:
        leads: contact_id, email, email_text, phone, phone_text, source_type, captured_at, file_id, record_number;
            in order of (captured_at, lead_id).
        values: `list_values` of their payloads, row by row.
        known: `key_attributes` of what their contacts have, from files, requests and earlier leads.
        defs: rows of core.attribute_defs.
        with_known: return what is not added, too.

    Returns:
        Columns of core.attributes without its hashed id, and is_known: the contact had it, so it is not added.
    """
    payloads = values.select(pl.all().name.prefix("payload_"))
    placed = pl.concat([leads.select(_LEAD_COLUMNS), payloads], how="horizontal").with_row_index("place")
    lineage = placed.select("place", "contact_id", "captured_at", "file_id", "record_number")
    described = defs.filter("is_global").select(
        "attribute_def", "is_singular", attribute_type="name", label=_default_label()
    )
    rows = pl.concat(_list_rows(placed)).join(described, on="attribute_type").join(lineage, on="place")
    rank = pl.col("attribute_type").replace_strict(_RANKS, return_dtype=pl.Int64)
    ordered = (
        rows.sort("place", "is_partner", rank, "item")
        .with_row_index("row")
        .with_columns(position=pl.int_range(pl.len()).over("place"))
    )
    kept = _keep_new(ordered, known).with_columns(is_known=pl.lit(False))
    if with_known:
        others = ordered.join(kept.select("row"), on="row", how="anti").with_columns(is_known=pl.lit(True))
        kept = pl.concat([kept, others.select(kept.columns)])
    kept = kept.sort("row")
    is_address = pl.col("attribute_type") == "address"
    addresses = placed.select("place", address="payload_address")
    located = kept.filter(is_address).join(addresses, on="place")
    return _conform(pl.concat([kept.filter(~is_address).with_columns(address=_NO_ADDRESS), located]).sort("row"))


def key_attributes(attributes: pl.DataFrame) -> pl.DataFrame:
    """Attributes as contact_id, attribute_def, is_partner and `same`, which equal values share.

    Args:
        attributes: contact_id, attribute_def, is_partner, text, match_key, and address unless all are without one.
    """
    if "address" not in attributes.columns:
        return attributes.select(*_OWNER, same=pl.coalesce("match_key", "text"))
    return attributes.select(*_OWNER, _sameness("address", "match_key", "text"))


def _list_rows(leads: pl.DataFrame) -> list[pl.DataFrame]:
    """Every value of every lead, in the columns of `_rows`."""
    rows = [_read_texts(leads, kind, f"payload_{key}", [key]) for kind, key in _PLAIN.items()]
    rows.append(_read_texts(leads, "source_type", "source_type", ["source_type"]))
    for kind, key in _NORMALIZED.items():
        usable = leads.filter(pl.col(f"{key}_text").is_not_null())
        rows.append(_rows(usable, kind, f"{key}_text", f"payload_{kind}", key, pl.lit([kind])))
    tags = leads.select("place", "payload_tag").explode("payload_tag").drop_nulls()
    rows.append(
        _read_texts(tags.with_columns(item=pl.int_range(pl.len()).over("place")), "tag", "payload_tag", ["tag"])
    )
    return [*rows, _list_addresses(leads), *_list_split_names(leads)]


def _list_addresses(leads: pl.DataFrame) -> pl.DataFrame:
    given = leads.filter(pl.col("payload_address").is_not_null())
    keyed = given.with_columns(address_keys(given["payload_address"]).alias("key"), none=pl.lit(None, pl.String))
    rows = _rows(keyed, "address", "none", "payload_address_original", "key", pl.col("payload_address_paths"))
    return rows.with_columns(keyed.select(_sameness("payload_address", "key", "none")))


def _list_split_names(leads: pl.DataFrame) -> list[pl.DataFrame]:
    """Parts of whole names, where neither first nor last name was given (SPEC A-EA11)."""
    has_none = pl.col("payload_first_name").is_null() & pl.col("payload_last_name").is_null()
    named = leads.filter(pl.col("payload_name").is_not_null() & has_none).select("place", "payload_name")
    parts = pl.concat([named, split_names(named["payload_name"])], how="horizontal")
    return [
        _read_texts(parts, part.removeprefix("partner_"), part, ["name"], "payload_name").with_columns(
            is_partner=pl.lit(part.startswith("partner_"))
        )
        for part in NAME_PARTS
    ]


def _read_texts(
    frame: pl.DataFrame, kind: str, column: str, paths: list[str], original: str | None = None
) -> pl.DataFrame:
    """Rows of a text attribute, in publish and match form; blank texts are none."""
    given = frame.drop_nulls(column)
    normal = given.with_columns(clean_text(given[column]).alias("clean"), fold_text(given[column]).alias("key"))
    return _rows(normal.drop_nulls("clean"), kind, "clean", original or column, "key", pl.lit(paths))


def _rows(frame: pl.DataFrame, kind: str, text: str, original: str, key: str, paths: pl.Expr) -> pl.DataFrame:
    return frame.select(
        "place",
        attribute_type=pl.lit(kind),
        is_partner=pl.lit(False),
        item=pl.col("item").cast(pl.Int64) if "item" in frame.columns else pl.lit(0, pl.Int64),
        text=text,
        original=original,
        match_key=key,
        columns=paths,
        same=pl.coalesce(key, text),
    )


def _default_label() -> pl.Expr:
    """An address without label gets the first one of its definition (SPEC EA9, A-EA7)."""
    return pl.when(pl.col("data_type") == "address").then(pl.col("labels").list.first())


def _sameness(address: str, match_key: str, text: str) -> pl.Expr:
    """What equal values of one attribute share: all parts of an address, else the match key, else the text."""
    parts = [pl.col(address).struct.field(part).str.to_lowercase().fill_null("") for part in ADDRESS_PARTS]
    whole = pl.when(pl.col(address).is_not_null()).then(pl.concat_str(parts, separator=_SEPARATOR))
    return pl.coalesce(whole, match_key, text).alias("same")


def _keep_new(rows: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """The rows that add something to what is known, and to the rows before them."""
    blanks = rows.filter("is_singular").join(known, on=_OWNER, how="anti")
    further = rows.filter(~pl.col("is_singular")).join(known, on=[*_OWNER, "same"], how="anti")
    return pl.concat(
        [
            blanks.sort("row").unique(_OWNER, keep="first"),
            further.sort("row").unique([*_OWNER, "same"], keep="first"),
        ]
    )


def _conform(rows: pl.DataFrame) -> pl.DataFrame:
    """The columns of core.attributes, and is_known."""
    return rows.with_columns(
        index=pl.lit(None, pl.Int64),
        is_primary=pl.lit(False),
        number=pl.lit(None, pl.Float64),
        date=pl.lit(None, pl.Date),
        source=pl.lit("lead"),
        created_at="captured_at",
        updated_at="captured_at",
        deleted_at=pl.lit(None, pl.Datetime("us", "UTC")),
        sheet=pl.lit(""),
        row_number="record_number",
    ).select(*_COLUMNS, "is_known")
