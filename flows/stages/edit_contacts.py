"""What requests make of contacts: core.contact_edits, core.attribute_edits, and the attributes themselves."""

# ruff: noqa: S608 - table names come from the registry; nothing else is put into a query

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from flows.quarantine import quarantine
from flows.runs import Run
from flows.stages.edit_queries import GIVEN_VALUES, REWRITTEN_ROWS, STEP_VALUES, TAG_PERIODS
from flows.store import Store
from schemas.tables import (
    CORE_ATTRIBUTE_DEFS,
    CORE_ATTRIBUTE_EDITS,
    CORE_BRANDS,
    CORE_CONTACT_EDITS,
    CORE_EDITED_ATTRIBUTES,
    CORE_MERGE_EVENTS,
    CORE_TAG_PERIODS,
    CORE_TOUCH_EVENTS,
    CORE_USERS,
    STAGING_REQUEST_STEPS,
    STAGING_REQUESTS,
)
from schemas.views import GIVEN
from transforms.contacts import touch_by_request
from transforms.requests.edits import Edits, edit_contacts, join_edits, refusals_frame
from transforms.requests.events import find_unknown_contacts
from transforms.requests.plan import Plan, build_plan
from transforms.requests.refusals import describe_refusals
from transforms.requests.targets import number_steps, spread_deletions
from transforms.updated_contacts import resolve_rows

__all__ = ["edit_by_requests"]

_STAGE: Final = "build_contacts"
_AT_ONCE: Final = 20_000  # contacts folded at a time: bounds memory


def edit_by_requests(run: Run, store: Store, contacts: pl.DataFrame, updates: pl.DataFrame) -> pl.DataFrame:
    """Apply the request log to the contacts that it concerns, and write what it makes of their attributes.

    Args:
        run: the run.
        store: the warehouse, inside the stage's transaction.
        contacts: contacts as files, leads and their creation made them.
        updates: core.contact_updates.

    Returns:
        Rows of core.contact_edits.
    """
    steps = number_steps(_read_steps(store, updates))
    values = store.query(STEP_VALUES)
    plan = _plan(run, store, steps, values)
    born = contacts.select(
        "contact_id", "brand_id", "user_id", born_at=pl.when(pl.col("source") == "request").then("created_at")
    )
    edits = _fold(store, plan, born, _place_removals(store, steps, values), values)
    edits = edits._replace(contacts=spread_deletions(edits.contacts, store.read(CORE_MERGE_EVENTS)))
    _write(store, edits)
    refused = describe_refusals(pl.concat([edits.refusals, refusals_frame(plan.refusals)]), steps)
    quarantine(store, _STAGE, pl.concat([refused, _find_unknown(store, steps, contacts, updates)]))
    return edits.contacts


def _read_steps(store: Store, updates: pl.DataFrame) -> pl.DataFrame:
    """What is asked of a row that updates a contact is asked of that contact."""
    return resolve_rows(store.read(STAGING_REQUEST_STEPS), updates)


def _plan(run: Run, store: Store, steps: pl.DataFrame, values: pl.DataFrame) -> Plan:
    brands = store.read(CORE_BRANDS, ["brand_id", "region"], "region IS NOT NULL")
    regions = {**dict(brands.rows()), **run.settings.regions}
    users = store.read(CORE_USERS, ["user_id"])["user_id"].to_list()
    return build_plan(steps, values, store.read(CORE_ATTRIBUTE_DEFS), users, regions, run.settings.region)


def _place_removals(store: Store, steps: pl.DataFrame, values: pl.DataFrame) -> pl.DataFrame:
    """Steps with the contact of those that name an attribute alone (004:7384)."""
    alone = steps.filter(pl.col("contact_id").is_null() & pl.col("attribute_id").is_not_null())
    if alone.is_empty():
        return steps
    given = f"SELECT attribute_id, contact_id AS holder FROM {GIVEN} WHERE list_contains(?, attribute_id)"
    added = values.select("request_id", "step", "attribute_id").join(
        steps.select("request_id", "step", holder="contact_id"), on=["request_id", "step"]
    )
    holders = pl.concat(
        [store.query(given, [alone["attribute_id"].to_list()]), added.select("attribute_id", "holder")]
    ).unique("attribute_id", keep="first", maintain_order=True)
    joined = steps.join(holders, on="attribute_id", how="left", maintain_order="left")
    return joined.with_columns(contact_id=pl.coalesce("contact_id", "holder")).drop("holder")


def _fold(store: Store, plan: Plan, contacts: pl.DataFrame, steps: pl.DataFrame, values: pl.DataFrame) -> Edits:
    """Fold the contacts that are asked, or that hold what steps ask for, some thousands at a time."""
    named = steps.drop_nulls("contact_id")
    asked = contacts.join(_list_concerned(store, plan, contacts, named), on="contact_id", how="semi").sort("contact_id")
    parts = []
    for part in asked.iter_slices(_AT_ONCE):
        own = named.join(part.select("contact_id"), on="contact_id", how="semi", maintain_order="left")
        brought = values.join(own.select("request_id", "step"), on=["request_id", "step"], how="semi")
        base = store.query(GIVEN_VALUES, [part["contact_id"].to_list()])
        parts.append(edit_contacts(plan, part, base, own, brought))
    return join_edits(parts)


def _list_concerned(store: Store, plan: Plan, contacts: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """contact_id of the contacts that steps name, or that ever held what steps of many contacts ask for."""
    brands = {step.brand_id for step in plan.everywhere}
    everyone = contacts.filter(pl.col("brand_id").is_in(list(brands - {None})))
    keys = plan.knowledge.agenda
    whole = [name for name, key in keys if key is None]
    exact = [f"{name}|{key}" for name, key in keys if key is not None]
    holding = (
        f"SELECT DISTINCT contact_id FROM {GIVEN} WHERE attribute_def IN (SELECT unnest(?))"
        " OR attribute_def || '|' || match_key IN (SELECT unnest(?))"
    )
    held = store.query(holding, [whole, exact]) if keys else contacts.select("contact_id").clear()
    return pl.concat([named.select("contact_id"), everyone.select("contact_id"), held]).unique()


def _write(store: Store, edits: Edits) -> None:
    """Write the edits, and the attributes of every contact that they rewrite."""
    store.replace(CORE_CONTACT_EDITS, edits.contacts)
    store.replace(CORE_ATTRIBUTE_EDITS, edits.attributes)
    store.delete(CORE_EDITED_ATTRIBUTES)
    store.copy(REWRITTEN_ROWS, CORE_EDITED_ATTRIBUTES, {"attribute_id": "attribute_id"})
    store.delete(CORE_TAG_PERIODS)
    store.copy(TAG_PERIODS, CORE_TAG_PERIODS, {})
    store.delete(CORE_TOUCH_EVENTS)
    store.append(CORE_TOUCH_EVENTS, touch_by_request(edits.touches))


def _find_unknown(store: Store, steps: pl.DataFrame, contacts: pl.DataFrame, updates: pl.DataFrame) -> pl.DataFrame:
    """Quarantine what requests ask of contacts that nobody created: only here all ids are known."""
    merges = store.read(CORE_MERGE_EVENTS)
    unplaced = steps.filter(pl.col("contact_id").is_null() & pl.col("attribute_id").is_not_null())
    named: Sequence[pl.DataFrame] = [
        steps.select("request_id", "contact_id", "column_name"),
        merges.select("request_id", contact_id="parent_id", column_name=pl.lit("parent")),
        merges.select("request_id", "contact_id", column_name=pl.lit("body.sub_contacts")),
        unplaced.select("request_id", contact_id="attribute_id", column_name="column_name"),
    ]
    requests = store.read(STAGING_REQUESTS, ["request_id", "file_id", "record_number"])
    known = pl.concat([contacts["contact_id"], updates["row_contact_id"]])
    return find_unknown_contacts(requests, pl.concat(named), known)
