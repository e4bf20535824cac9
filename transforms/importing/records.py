"""Documented contact objects into the same frames as rows of tables: POST /contacts, import.json, JSON files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from schemas.ddl import polars_schema
from schemas.dtypes import ADDRESS_PARTS, ADDRESS_TYPE
from schemas.tables import STAGING_ATTRIBUTES, STAGING_CONTACT_ROWS
from schemas.vocabulary import ProblemCode
from transforms.attribute_defs import AttributeDefs
from transforms.ids import hash_ids
from transforms.importing.contact_objects import GIVEN_SCHEMA, GivenValue, ParsedContact, parse_contact
from transforms.importing.given_ids import name_known
from transforms.importing.kinds import NORMAL_SCHEMA, Junk, normalize_values
from transforms.normalize.addresses import address_keys, parse_addresses
from transforms.normalize.dates import dates_from_seconds, normalize_dates
from transforms.quarantine import PROBLEM_SCHEMA

__all__ = ["ObjectValues", "count_object_cells", "read_contact_objects"]

_ATTRIBUTE_SCHEMA: Final = polars_schema(STAGING_ATTRIBUTES)
_CONTACT_SCHEMA: Final = polars_schema(STAGING_CONTACT_ROWS)
#: An API client that sends "n/a" means it: in objects only what cannot be read is refused.
_NO_JUNK: Final = Junk(frozenset(), frozenset())


@dataclass(frozen=True)
class ObjectValues:
    """What contact objects gave.

    Attributes:
        contact_rows: staging.contact_rows.
        attributes: staging.attributes, singular and primary not yet settled (see `transforms.eav`).
        problems: columns of PROBLEM_SCHEMA; `column_name` is a path such as attributes[3].
        other_keys: file_id, column_name, cells_count: keys of contact objects that no column holds.
    """

    contact_rows: pl.DataFrame
    attributes: pl.DataFrame
    problems: pl.DataFrame
    other_keys: pl.DataFrame


def read_contact_objects(
    objects: pl.DataFrame,
    defs: AttributeDefs,
    regions: Mapping[str, str],
    region: str,
    folder: str,
    taken_ids: Iterable[str] = (),
    known: pl.DataFrame | None = None,
) -> ObjectValues:
    """Read documented contact objects. An object's own id, user and brand come first; the rest goes on past faults.

    Args:
        objects: file_id, record_number, payload (JSON text of one contact object), created_at, run_sequence, brand_id
            and user_id (for objects that name none), created_for; and `path`, where one record holds several contacts:
            the place of the object in it, such as "contacts[1]." (unique within the record; part of the id).
        defs: attribute definitions.
        regions: brand id -> country of its phone numbers.
        region: country for all other brands.
        folder: inbox folder, for the problems.
        taken_ids: contact ids that are given already: a second object with one of them is refused.
        known: contact_id, brand_id, user_id of contacts of earlier files. An object with the id, brand and owner of one
            names it as `given_id` and updates it (SPEC A-IM2); one of another brand or owner is refused.

    Returns:
        Frames in input order. `sheet` is empty and `row_number` the record number; `columns` are paths.
    """
    if "path" not in objects.columns:
        objects = objects.with_columns(path=pl.lit(""))
    parsed = [
        parse_contact(payload, path, defs, brand_id)
        for payload, path, brand_id in objects.select("payload", "path", "brand_id").iter_rows()
    ]
    contacts = _frame_contacts(objects, parsed)
    if known is not None:
        contacts = name_known(contacts, known, taken_ids)
        taken_ids = pl.concat([pl.Series(taken_ids, dtype=pl.String), known["contact_id"]])
    repeated = _find_repeated(contacts, taken_ids)
    normal = _normalize(_frame_values(parsed), contacts, regions, region)
    good = normal.filter(pl.col("code").is_null()).join(repeated, on="row", how="anti", maintain_order="left")
    kept = contacts.join(good, on="row", how="semi", maintain_order="left")
    lineage = kept.select("row", "contact_id", "created_at", "file_id", "sheet", "row_number")
    attributes = good.join(lineage, on="row", how="left", maintain_order="left").with_columns(is_superseded=False)
    problems = pl.concat(
        [
            _fault_problems(parsed),
            _value_problems(normal),
            repeated,
            _empty_problems(contacts, kept, parsed, repeated),
        ]
    )
    return ObjectValues(
        kept.select(_CONTACT_SCHEMA.keys()),
        attributes.select(_ATTRIBUTE_SCHEMA.keys()),
        _place_problems(problems, contacts, folder),
        _count_other_keys(objects, parsed),
    )


def _frame_contacts(objects: pl.DataFrame, parsed: list[ParsedContact]) -> pl.DataFrame:
    """staging.contact_rows of all objects, with `row`."""
    own = pl.DataFrame(
        [
            (item.contact_id, item.user_id, item.brand_id, item.ios_address_book_id, item.android_address_book_id)
            for item in parsed
        ],
        schema={
            name: pl.String
            for name in ("own_id", "own_user", "own_brand", "ios_address_book_id", "android_address_book_id")
        },
        orient="row",
    )
    frame = pl.concat([objects, own], how="horizontal").with_columns(
        sheet=pl.lit(""),
        row_number=pl.col("record_number").cast(pl.Int64),
        user_id=pl.coalesce("own_user", "user_id"),
        brand_id=pl.coalesce("own_brand", "brand_id"),
    )
    of_record = hash_ids(frame, "file_id", "sheet", "row_number")
    within = hash_ids(frame, "file_id", "sheet", "row_number", "path")
    frame = frame.with_columns(record_id=of_record, within_id=within).with_columns(
        contact_id=pl.coalesce("own_id", pl.when(pl.col("path") == "").then("record_id").otherwise("within_id"))
    )
    frame = frame.with_columns(given_id=pl.lit(None, pl.String), print=None, content=None, contact_number=None)
    return frame.select(pl.col(name).cast(dtype) for name, dtype in _CONTACT_SCHEMA.items()).with_row_index("row")


_BETWEEN: Final = "\x1f"


def _frame_values(parsed: list[ParsedContact]) -> pl.DataFrame:
    rows = [_flatten(row, value) for row, contact in enumerate(parsed) for value in contact.values]
    schema = {**GIVEN_SCHEMA, "columns": pl.String}  # measured: a list a row takes ten times as long
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(pl.col("columns").str.split(_BETWEEN))


def _flatten(row: int, value: GivenValue) -> tuple[Any, ...]:
    found = value.definition
    parts = None if value.parts is None else {part: value.parts.get(part) for part in ADDRESS_PARTS}
    return (
        row, value.position, _BETWEEN.join(value.columns), found.attribute_def, found.name, value.kind, value.label,
        value.index, value.is_primary, value.is_partner, value.original, value.text, value.seconds, parts,
    )  # fmt: skip


def _normalize(values: pl.DataFrame, contacts: pl.DataFrame, regions: Mapping[str, str], region: str) -> pl.DataFrame:
    """The values with NORMAL_SCHEMA and `address`, in input order."""
    of_brand = pl.col("brand_id").replace_strict(dict(regions), default=region, return_dtype=pl.String)
    brands = contacts.select("row", region=of_brand)
    numbered = values.with_row_index("_order").join(brands, on="row", how="left", maintain_order="left")
    frames = [
        pl.concat([group, _normal_forms(group, str(kind), str(of_region))], how="horizontal")
        for (kind, of_region), group in numbered.group_by(
            "kind", pl.when(pl.col("kind") == "phone").then("region").alias("of_region"), maintain_order=True
        )
    ]
    empty = numbered.clear().with_columns(
        *(pl.lit(None, dtype).alias(name) for name, dtype in NORMAL_SCHEMA.items()), address=pl.lit(None, ADDRESS_TYPE)
    )
    return pl.concat([empty, *frames]).sort("row", "position", "_order").drop("_order", "region")


def _normal_forms(group: pl.DataFrame, kind: str, region: str) -> pl.DataFrame:
    """NORMAL_SCHEMA and `address` of values of one kind."""
    if kind == "address":
        return _normalize_addresses(group)
    if kind == "date":
        return _normalize_dates(group)
    texts = group["given_text"].alias("text")
    return normalize_values(texts, kind, region, _NO_JUNK).with_columns(address=pl.lit(None, ADDRESS_TYPE))


def _normalize_dates(group: pl.DataFrame) -> pl.DataFrame:
    """Seconds are floored to UTC days (SPEC A-EA8); a text is read month first where it leaves a choice."""
    written = normalize_dates(group["given_text"], day_first=False)
    frame = pl.DataFrame(
        {"days": dates_from_seconds(group["seconds"]), "written": written["date"], "problem": written["problem"]}
    ).with_columns(written["yearless"].alias("text"), date=pl.coalesce("days", "written"))
    is_bad = pl.col("date").is_null() & pl.col("text").is_null()
    return frame.select(
        "text",
        number=pl.lit(None, pl.Float64),
        date="date",
        match_key=pl.coalesce(pl.col("date").dt.to_string("%Y-%m-%d"), "text"),
        code=pl.when(is_bad).then(pl.lit(ProblemCode.BAD_DATE.value)),
        reason=pl.when(is_bad).then(pl.coalesce("problem", pl.lit("Its year is not between 1800 and 2199."))),
        address=pl.lit(None, ADDRESS_TYPE),
    )


def _normalize_addresses(group: pl.DataFrame) -> pl.DataFrame:
    parsed = parse_addresses(group["given_text"]).cast(ADDRESS_TYPE)
    both = pl.DataFrame({"given": group["given_address"], "parsed": parsed})
    address = both.select(address=pl.coalesce("given", "parsed")).to_series()
    is_bad = pl.col("address").is_null()
    return pl.DataFrame({"address": address, "match_key": address_keys(address)}).select(
        text=pl.lit(None, pl.String),
        number=pl.lit(None, pl.Float64),
        date=pl.lit(None, pl.Date),
        match_key="match_key",
        code=pl.when(is_bad).then(pl.lit(ProblemCode.BAD_ADDRESS.value)),
        reason=pl.when(is_bad).then(pl.lit("No address is found in it.")),
        address="address",
    )


_ROW_PROBLEM_SCHEMA: Final[dict[str, Any]] = {
    "row": pl.UInt32, "column_name": pl.String, "value": pl.String, "code": pl.String, "reason": pl.String,
    "todo": pl.String,
}  # fmt: skip


def _fault_problems(parsed: list[ParsedContact]) -> pl.DataFrame:
    rows = [
        (row, fault.column_name, fault.value, fault.code.value, fault.reason, fault.todo)
        for row, contact in enumerate(parsed)
        for fault in contact.faults
    ]
    return pl.DataFrame(rows, schema=_ROW_PROBLEM_SCHEMA, orient="row")


def _value_problems(normal: pl.DataFrame) -> pl.DataFrame:
    return normal.filter(pl.col("code").is_not_null()).select(
        "row", column_name=pl.col("columns").list.join(", "), value="original", code="code", reason="reason",
        todo=pl.lit("correct the attribute and import the contact again"),
    )  # fmt: skip


def _find_repeated(contacts: pl.DataFrame, taken_ids: Iterable[str]) -> pl.DataFrame:
    """Objects whose contact id an earlier object of the file, or another contact, has."""
    taken = pl.Series("taken", sorted(taken_ids), dtype=pl.String)
    is_repeated = ~contacts["contact_id"].is_first_distinct() | contacts["contact_id"].is_in(taken.implode())
    return contacts.filter(is_repeated).select(
        "row",
        column_name=pl.lit("id"),
        value="contact_id",
        code=pl.lit(ProblemCode.DUPLICATE_ID.value),
        reason=pl.lit("An earlier object of the file, or a contact of others, has the same id; it was not taken."),
        todo=pl.lit("send the change as a request, or drop the id so that it becomes a contact of its own"),
    )


def _empty_problems(
    contacts: pl.DataFrame, kept: pl.DataFrame, parsed: list[ParsedContact], repeated: pl.DataFrame
) -> pl.DataFrame:
    """Objects of the right shape that gave no value at all."""
    shapeless = [row for row, item in enumerate(parsed) if any(fault.column_name is None for fault in item.faults)]
    empty = contacts.join(kept, on="row", how="anti").join(repeated, on="row", how="anti")
    return empty.filter(~pl.col("row").is_in(shapeless)).select(
        "row",
        column_name=pl.lit(None, pl.String),
        value=pl.lit(None, pl.String),
        code=pl.lit(ProblemCode.EMPTY_CONTACT.value),
        reason=pl.lit("None of its attributes gives a value of a contact."),
        todo=pl.lit("correct its attributes and import it again"),
    )


def _place_problems(problems: pl.DataFrame, contacts: pl.DataFrame, folder: str) -> pl.DataFrame:
    lineage = contacts.select("row", "file_id", "sheet", "row_number")
    placed = problems.sort("row", maintain_order=True).join(lineage, on="row", how="left", maintain_order="left")
    return placed.with_columns(folder=pl.lit(folder)).select(
        pl.col(name).cast(dtype) for name, dtype in PROBLEM_SCHEMA.items()
    )


def _count_other_keys(objects: pl.DataFrame, parsed: list[ParsedContact]) -> pl.DataFrame:
    counts = Counter(
        (file_id, key) for file_id, item in zip(objects["file_id"], parsed, strict=True) for key in item.other_keys
    )
    return pl.DataFrame(
        [(file_id, key, count) for (file_id, key), count in counts.items()],
        schema={"file_id": pl.String, "column_name": pl.String, "cells_count": pl.Int64},
        orient="row",
    )


def count_object_cells(values: ObjectValues) -> dict[str, int]:
    """Attributes and other keys that were read, by what became of them."""
    mapped = int(values.attributes["columns"].list.len().sum())
    quarantined = values.problems["column_name"].drop_nulls().len()
    unmapped = int(values.other_keys["cells_count"].sum())
    return {
        "cells_read": mapped + quarantined + unmapped,
        "cells_mapped": mapped,
        "cells_unmapped": unmapped,
        "cells_quarantined": quarantined,
    }
