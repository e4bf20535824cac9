"""Steps of requests ready to be applied: those of single contacts, and those of every contact that they concern."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec
import polars as pl

from schemas.errors import PipelineError
from schemas.vocabulary import ProblemCode, Step
from transforms.requests.asked import NO_NUMBER, Asked, Key, Knowledge, Order, Refusal, judge_definition
from transforms.requests.contact_state import Definition, Held
from transforms.requests.criteria import Criteria, read_criteria
from transforms.requests.parsing import request_number

__all__ = ["MANY", "Plan", "build_plan", "index_definitions", "read_asked"]

#: Steps that name no contact: every contact is asked that they concern.
MANY = (Step.ADD_WHERE.value, Step.RENAME_TAG.value, Step.DELETE_TAG.value, Step.DELETE_DEF.value)


class Plan(NamedTuple):
    """All that contacts are folded by, but for the steps that name them.

    Attributes:
        definitions: attribute_def -> definition.
        knowledge: what steps are judged by, and those that concern contacts by what they hold.
        everywhere: steps that must be asked of every contact of their brand.
        refusals: steps of many contacts that can be applied to none.
    """

    definitions: Mapping[str, Definition]
    knowledge: Knowledge
    everywhere: list[Asked]
    refusals: list[Refusal]


def index_definitions(defs: pl.DataFrame) -> dict[str, Definition]:
    """attribute_def -> definition, of core.attribute_defs."""
    columns = defs.select(
        "attribute_def", "is_singular", "is_editable", "brand_id",
        pl.when(~pl.col("is_global")).then(pl.col("created_at").dt.epoch("us")), pl.col("deleted_at").dt.epoch("us"),
        "name", "is_searchable",
    )  # fmt: skip
    return {row[0]: Definition(*row) for row in columns.iter_rows()}


def build_plan(
    steps: pl.DataFrame, values: pl.DataFrame, defs: pl.DataFrame, users: Iterable[str], regions: Mapping[str, str],
    default_region: str, void: Iterable[str] = (),
) -> Plan:  # fmt: skip
    """Make a plan of all steps.

    Args:
        steps: columns of staging.request_steps, those of many contacts among them.
        values: what these bring: columns of staging.request_values, with `same`.
        defs: core.attribute_defs.
        users: known users.
        regions: brand id -> country its phone numbers are read in.
        default_region: country of every other brand.
        void: requests that are refused as a whole.
    """
    definitions = index_definitions(defs)
    tags = frozenset(defs.filter(pl.col("name") == "tag")["attribute_def"])
    many = steps.filter(pl.col("kind").is_in(list(MANY)))
    agenda: defaultdict[Key, list[Order]] = defaultdict(list)
    everywhere, refusals, taken = [], [], {}
    for asked in read_asked(many, values, definitions):
        region = regions.get(asked.brand_id or "", default_region)
        asked.criteria, fault = _read_criteria(asked, defs, region)
        fault = asked.fault or fault or _judge_values(asked)
        if fault:
            refusals.append(Refusal(asked.order[2], asked.order[3], *fault))
            continue
        if asked.kind == Step.DELETE_DEF and not _is_deleted_by(asked, definitions):
            continue
        keys = list(_list_keys(asked, tags))
        taken[asked.order] = asked
        for key in keys:
            agenda[key].append(asked.order)
        if not keys:
            everywhere.append(asked)
    ordered = {key: sorted(orders) for key, orders in agenda.items()}
    knowledge = Knowledge(frozenset(users), ordered, taken, frozenset(void))
    return Plan(definitions, knowledge, everywhere, refusals)


def read_asked(steps: pl.DataFrame, values: pl.DataFrame, definitions: Mapping[str, Definition]) -> list[Asked]:
    """Steps with the values that they bring, in the order given."""
    brought: defaultdict[tuple[str, int], list[Held]] = defaultdict(list)
    for row in values.select(_VALUE_COLUMNS).iter_rows():
        request_id, step, position, attribute_id, attribute_def, is_partner, same, key, is_primary, label, index = row
        brought[request_id, step].append(
            Held(
                attribute_id, None, (request_id, step, position), definitions[attribute_def], is_partner, same, key,
                is_primary, label, index, None,
            )
        )  # fmt: skip
    rows = steps.select(
        *_STEP_COLUMNS, pl.col("requested_at").dt.epoch("us").alias("at"), request_number().alias("number")
    ).iter_rows()
    return [_read_step(row, brought) for row in rows]


_VALUE_COLUMNS = (
    "request_id", "step", "position", "attribute_id", "attribute_def", "is_partner", "same", "match_key", "is_primary",
    "label", "index",
)  # fmt: skip
_STEP_COLUMNS = (
    "request_id", "step", "kind", "brand_id", "attribute_id", "detail", "fault_code", "fault_reason",
    "fault_value",
)  # fmt: skip


def _read_step(row: tuple[Any, ...], brought: Mapping[tuple[str, int], list[Held]]) -> Asked:
    request_id, step, kind, brand_id, attribute_id, detail, code, reason, value, at, number = row
    held = brought.get((request_id, step), [])
    for item in held:
        item.created_at = item.since = item.updated_at = at
        item.added_by = request_id
        item.is_renamed = kind == Step.RENAME_TAG
    keys = msgspec.json.decode(detail) if kind == Step.SET else {}
    fault = (code, reason, value) if code else None
    order = (at, NO_NUMBER if number is None else number, request_id, step)
    return Asked(order, kind, brand_id, attribute_id, detail, held, keys, None, fault)


def _read_criteria(
    asked: Asked, defs: pl.DataFrame, region: str
) -> tuple[Criteria | None, tuple[str, str, str | None] | None]:
    if asked.kind != Step.ADD_WHERE:
        return None, None
    try:
        return read_criteria(msgspec.json.decode(asked.detail or "{}"), defs, region), None
    except PipelineError as error:
        return None, (ProblemCode.INVALID_REQUEST, error.what, asked.detail)


def _judge_values(asked: Asked) -> tuple[str, str, str | None] | None:
    if asked.kind != Step.ADD_WHERE:
        return None
    faults = (judge_definition(value.definition, asked.at, asked.brand_id) for value in asked.values)
    return next(filter(None, faults), None)


def _is_deleted_by(asked: Asked, definitions: Mapping[str, Definition]) -> bool:
    """Whether it is this step that a definition ends with; deletions of others are refused (`list_definitions`)."""
    definition = definitions.get(asked.detail or "")
    return definition is not None and definition.deleted_at == asked.at


def _list_keys(asked: Asked, tags: frozenset[str]) -> Iterable[Key]:
    """What a contact must hold to be concerned; nothing: any contact may be."""
    if asked.kind == Step.DELETE_DEF:
        return [(asked.detail or "", None)]
    if asked.kind != Step.ADD_WHERE:
        return [(tag, asked.detail) for tag in sorted(tags)]
    anchor = asked.criteria.anchor if asked.criteria else None
    return [(name, key) for name in sorted(anchor.attribute_defs) for key in sorted(anchor.keys)] if anchor else []
