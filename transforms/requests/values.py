"""The attribute values that steps of requests bring, in normal form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import msgspec
import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import STAGING_REQUEST_VALUES
from schemas.vocabulary import Cause, Folder
from transforms.attribute_defs import AttributeDefs
from transforms.ids import hash_ids
from transforms.importing.records import read_contact_objects

__all__ = ["FAULT_SCHEMA", "StepValues", "mark_faults", "read_step_values"]

#: One row per step that cannot be applied for what it says.
FAULT_SCHEMA: dict[str, pl.DataType] = {
    "request_id": pl.String(),
    "step": pl.Int64(),
    "value": pl.String(),
    "code": pl.String(),
    "reason": pl.String(),
}


class StepValues(NamedTuple):
    """Rows of staging.request_values, and FAULT_SCHEMA rows of the steps with a value that cannot be used."""

    values: pl.DataFrame
    faults: pl.DataFrame


class _Identified(msgspec.Struct):
    id: str | int | None = None


class _Attributes(msgspec.Struct):
    attributes: list[_Identified]


def read_step_values(
    objects: pl.DataFrame, defs: pl.DataFrame, regions: Mapping[str, str], default_region: str
) -> StepValues:
    """Read the attributes of steps as those of contact objects are read (SPEC EA2, EA8, EA11).

    One value that cannot be used is a fault of its whole step, as the API would refuse the request.

    Args:
        objects: columns of STEP_OBJECT_SCHEMA.
        defs: core.attribute_defs.
        regions: brand id -> country of its phone numbers.
        default_region: country for all other brands.
    """
    asked = objects.select(
        "brand_id",
        "payload",
        file_id="request_id",
        record_number=pl.col("step") + 1,
        created_at=pl.lit(None, pl.Datetime("us", "UTC")),
        run_sequence=pl.lit(0, pl.Int64),
        user_id=pl.lit(None, pl.String),
        created_for=pl.lit(Cause.DIRECT_REQUEST.value),
    )
    read = read_contact_objects(asked, AttributeDefs(defs), regions, default_region, Folder.REQUESTS)
    step = (pl.col("row_number") - 1).alias("step")
    faults = read.problems.select(pl.col("file_id").alias("request_id"), step, "value", "code", "reason")
    values = (
        read.attributes.with_columns(pl.col("file_id").alias("request_id"), step)
        .join(faults, on=["request_id", "step"], how="anti", maintain_order="left")
        .join(_list_given_ids(objects), on=["request_id", "step", "position"], how="left", maintain_order="left")
    )
    labelled = _fill_labels(values, defs)
    derived = hash_ids(labelled, "request_id", "step", "position")
    labelled = labelled.with_columns(pl.coalesce("given_id", derived).alias("attribute_id"))
    return StepValues(
        labelled.select(polars_schema(STAGING_REQUEST_VALUES).keys()),
        faults.unique(["request_id", "step"], keep="first", maintain_order=True).select(FAULT_SCHEMA.keys()),
    )


def _list_given_ids(objects: pl.DataFrame) -> pl.DataFrame:
    """request_id, step, position, given_id of the attributes that bring an id of their own."""
    rows = [
        (request_id, step, position, str(attribute.id))
        for request_id, step, payload in objects.filter(pl.col("payload").str.contains('"id"', literal=True))
        .select("request_id", "step", "payload")
        .iter_rows()
        for position, attribute in enumerate(msgspec.json.decode(payload, type=_Attributes).attributes)
        if attribute.id
    ]
    schema = {"request_id": pl.String, "step": pl.Int64, "position": pl.Int64, "given_id": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _fill_labels(values: pl.DataFrame, defs: pl.DataFrame) -> pl.DataFrame:
    """An address without label gets the first one of its definition (SPEC EA9, A-EA7)."""
    first = defs.filter(pl.col("data_type") == "address").select("attribute_def", default=pl.col("labels").list.first())
    joined = values.join(first, on="attribute_def", how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("label", "default").alias("label")).drop("default")


def mark_faults(steps: pl.DataFrame, faults: pl.DataFrame) -> pl.DataFrame:
    """Rows of staging.request_steps with why they can be applied to no contact."""
    found = faults.select("request_id", "step", code="code", told="reason", given="value")
    joined = steps.join(found, on=["request_id", "step"], how="left", maintain_order="left")
    return joined.with_columns(fault_code="code", fault_reason="told", fault_value="given").select(steps.columns)
