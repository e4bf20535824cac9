"""What rules may ask of leads, in normal form: core.lead_fields (SPEC A-C8 to A-C12)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote_plus

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import CORE_LEAD_FIELDS
from transforms.leads.catalogue import CATALOGUE
from transforms.leads.normal_form import normalize_field
from transforms.leads.values import LISTING_COLUMNS
from transforms.normalize.distinct import map_distinct
from transforms.normalize.phones import phone_area

__all__ = ["build_lead_fields"]

_UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
#: Fields that a person's own address answers where no listing and no key of the payload does.
_ADDRESS_FIELDS = {"postal_code": "postcode", "city": "city", "state": "state"}
_WEEKDAYS = {1: "monday", 2: "tuesday", 3: "wednesday", 4: "thursday", 5: "friday", 6: "saturday", 7: "sunday"}
_TYPES = polars_schema(CORE_LEAD_FIELDS)
_LISTS = {field.name for field in CATALOGUE if field.is_multi}
#: Phones are in match form already, so no country is asked.
_REGION = "US"


def build_lead_fields(
    leads: pl.DataFrame,
    values: pl.DataFrame,
    found: pl.DataFrame,
    time_zones: Mapping[str, str],
    default_time_zone: str,
) -> pl.DataFrame:
    """The fields of each lead.

    A field of a listing is the lead's own listing's, else the looked-up one's, else what stands in the payload
    beside it, else (place only) in the person's address (A-C12).

    Args:
        leads: lead_id, channel_id, brand_id, source_type, email, phone, captured_at, contact_exists, contact_owner,
            contact_tag (list).
        values: `list_values` of their payloads, row by row.
        found: `look_up_listings` of them, row by row.
        time_zones: brand id -> IANA time zone.
        default_time_zone: zone of every other brand.

    Returns:
        Rows of core.lead_fields, in the order of the leads.
    """
    given = pl.concat([values, found.select(pl.all().name.prefix("found_"))], how="horizontal")
    texts = given.select(*_listing_fields(), **_payload_fields())
    local = _local_times(leads, time_zones, default_time_zone)
    known = leads.select("source_type", "email", "phone", "contact_owner", "contact_tag").with_columns(
        channel=leads["channel_id"],
        has_email=_truth(leads["email"].is_not_null()),
        has_phone=_truth(leads["phone"].is_not_null()),
        email_domain=leads["email"].str.extract("@(.+)$", 1),
        phone_area=phone_area(leads["phone"]),
        contact_exists=_truth(leads["contact_exists"]),
        captured_weekday=local.dt.weekday().replace_strict(_WEEKDAYS, return_dtype=pl.String),
    )
    texts = texts.with_columns(_decode_percent(texts[name]) for name in _UTM)
    everything = pl.concat([texts, known], how="horizontal")
    columns = {
        "lead_id": leads["lead_id"],
        "captured_hour": _wrap(local.dt.hour().cast(pl.Float64)),
        "captured_at": _wrap(leads["captured_at"].dt.epoch("us").cast(pl.Float64) / 1e6),
    }
    for name in _TYPES:
        if name not in columns:
            normalize = _normalize_lists if name in _LISTS else _normalize_single
            columns[name] = normalize(name, everything[name])
    return pl.DataFrame(columns).select(pl.col(name).cast(dtype) for name, dtype in _TYPES.items())


def _listing_fields() -> list[pl.Expr]:
    """The listing fields as lists, by precedence."""
    fields = []
    for name in LISTING_COLUMNS:
        single = [pl.col(f"beside_{name}")]
        if name in _ADDRESS_FIELDS:
            single.append(pl.col("address").struct.field(_ADDRESS_FIELDS[name]))
        one = pl.coalesce(single)
        beside = pl.when(one.is_not_null()).then(pl.concat_list(one))
        fields.append(pl.coalesce(f"own_{name}", f"found_{name}", beside).alias(name))
    return fields


def _payload_fields() -> dict[str, pl.Expr]:
    """Fields of the payload itself, and what its referring URL tells."""
    url = pl.col("referer_url")
    fields = {
        "source": pl.col("lead_source"),
        "tag": pl.col("tag"),
        "referer_url": url,
        "note": pl.col("note"),
        "referer_domain": url.str.extract(r"^(?i)(?:[a-z][a-z0-9+.-]*:)?//(?:[^/?#@]*@)?(?:www\.)?([^/?#:]+)", 1),
    }
    for name in _UTM:
        asked = url.str.extract(rf"[?&]{name}=([^&#]*)", 1)
        fields[name] = pl.coalesce(name, asked)
    return fields


def _decode_percent(values: pl.Series) -> pl.Series:
    """Text out of a URL: "New%20York" and "New+York" are New York."""
    decoded = map_distinct(values, unquote_plus, pl.String, where=values.str.contains("[%+]"))
    return pl.select(pl.coalesce(decoded, values).alias(values.name)).to_series()


def _local_times(leads: pl.DataFrame, time_zones: Mapping[str, str], default: str) -> pl.Series:
    """Wall-clock time of capture in each brand's zone."""
    zones = leads["brand_id"].replace_strict(time_zones, default=default, return_dtype=pl.String)
    frame = leads.select("captured_at", zone=zones)
    local = pl.col("captured_at").dt.replace_time_zone(None)
    for zone in zones.unique().sort():
        in_zone = pl.col("captured_at").dt.convert_time_zone(zone).dt.replace_time_zone(None)
        local = pl.when(pl.col("zone") == zone).then(in_zone).otherwise(local)
    return frame.select(local.alias("local")).to_series()


def _truth(values: pl.Series) -> pl.Series:
    return values.replace_strict({True: "true", False: "false"}, return_dtype=pl.String)


def _normalize_single(field: str, values: pl.Series) -> pl.Series:
    return _wrap(normalize_field(field, values, _REGION))


def _normalize_lists(field: str, values: pl.Series) -> pl.Series:
    """Every distinct value of each list in normal form; null where none is left (SPEC A-C1)."""
    long = values.rename("value").to_frame().with_row_index("row").drop_nulls().explode("value")
    normal = long.with_columns(normalize_field(field, long["value"], _REGION).alias("value")).drop_nulls("value")
    lists = normal.unique(maintain_order=True).group_by("row", maintain_order=True).agg("value")
    rows = pl.select(row=pl.int_range(values.len(), dtype=pl.UInt32))
    return rows.join(lists, on="row", how="left", maintain_order="left")["value"].rename(field)


def _wrap(values: pl.Series) -> pl.Series:
    """Lists of one; null where there is no value."""
    name = values.name
    return (
        values.to_frame().select(pl.when(pl.col(name).is_not_null()).then(pl.concat_list(name)).alias(name)).to_series()
    )
