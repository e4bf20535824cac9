"""What requests make of contacts: core.contact_edits, core.attribute_edits, and the attributes themselves."""

# ruff: noqa: S608 - table names come from the registry; nothing else is put into a query

from __future__ import annotations

from typing import Final, NamedTuple

import polars as pl

from flows.quarantine import quarantine
from flows.runs import Run
from flows.stages.born_queries import BORN, EVER
from flows.stages.edit_queries import CHANGED, GIVEN_VALUES, REWRITTEN_ROWS, STEP_VALUES, STEPS, TAG_PERIODS
from flows.stages.fold_inputs import find_suspects, read_inputs
from flows.stages.fold_queries import ALONE, DIGESTS, HOLDERS, REFUSED, UNKNOWN_CONTACTS, VOID
from flows.stages.judge import read_said
from flows.store import Store
from schemas.tables import (
    CORE_ATTRIBUTE_DEFS,
    CORE_ATTRIBUTE_EDITS,
    CORE_BRANDS,
    CORE_CHANGED_CONTACTS,
    CORE_CONTACT_EDITS,
    CORE_EDITED_ATTRIBUTES,
    CORE_FOLD_INPUTS,
    CORE_FOLDED_CONTACTS,
    CORE_OWNER_CHANGES,
    CORE_REFUSALS,
    CORE_TAG_PERIODS,
    CORE_TOUCH_EVENTS,
    CORE_USERS,
    STAGING_REQUEST_STEPS,
    STAGING_REQUESTS,
)
from transforms.contacts import touch_by_request
from transforms.ids import hash_id
from transforms.matching.merge_events import resolve_merges
from transforms.requests.edits import Edits, edit_contacts, join_edits
from transforms.requests.events import find_unknown_contacts
from transforms.requests.plan import MANY, Plan, build_plan
from transforms.requests.reach import digest_keys, digest_shared, mark_changed
from transforms.requests.refusals import describe_refusals, place_refusals, tell_whole
from transforms.requests.targets import spread_deletions

__all__ = ["Folded", "fold_requests", "quarantine_refused", "read_edits"]

_STAGE: Final = "build_contacts"
_FOLDED_AS: Final = 3  # raised when folding comes to something else, so that no warehouse keeps what was
_AT_ONCE: Final = 20_000  # contacts folded at a time: bounds memory
#: Contacts that the log may concern, as they were made.
_CONCERNED: Final = f"""
    FROM {BORN} WHERE contact_id IN (SELECT unnest(?)) OR brand_id IN (SELECT unnest(?)) ORDER BY contact_id
"""
_KNOWN: Final = f"SELECT contact_id FROM {EVER} WHERE contact_id IN (SELECT unnest(?))"
_IS_MANY: Final = f"SELECT request_id, step FROM {STAGING_REQUEST_STEPS.full_name} WHERE list_contains(?, kind)"


class Folded(NamedTuple):
    """contact_id of the contacts that were folded, and whether what contacts came with may be other than before."""

    contacts: pl.DataFrame
    is_all_new: bool


def fold_requests(run: Run, store: Store) -> Folded:
    """Apply the request log to the contacts that it concerns, and write what it makes of their attributes.

    Only those contacts are folded again whose values or steps are otherwise than before; and once more, if folding
    shows that steps name what others added to many contacts, or that a request is refused as a whole.

    Args:
        run: the run.
        store: the warehouse, inside the stage's transaction.

    """
    outcome = _read_outcome(store)
    changed, is_all_new = _fold_changed(run, store, outcome)
    while (found := _read_outcome(store)) != outcome:
        outcome = found
        changed = pl.concat([changed, _fold_changed(run, store, outcome).contacts]).unique()
    _write_attributes(store, changed)
    return Folded(changed, is_all_new)


def read_edits(store: Store) -> pl.DataFrame:
    """Rows of core.contact_edits, with the deletions of contacts that had been merged into deleted ones."""
    edits, said = store.read(CORE_CONTACT_EDITS), read_said(store)
    if edits["deleted_at"].is_null().all() or said.events.is_empty():
        return edits
    events = said.events.join(said.withdrawals, on=["request_id", "contact_id"], how="anti")
    named = [pl.concat([events["parent_id"], events["contact_id"]]).unique().to_list()]
    contacts = store.query(_KNOWN, named).unique().join(edits, on="contact_id", how="left")
    return spread_deletions(edits, resolve_merges(events, contacts, said.requests).merges)


class _Outcome(NamedTuple):
    """What of folding one contact counts for others: holders of attributes (in columns), and void requests."""

    holders: list[list[object]]
    void: list[str]


def _read_outcome(store: Store) -> _Outcome:
    if store.query(ALONE).is_empty():  # to look for holders, every attribute must be named
        return _Outcome([[], [], []], store.query(VOID, [[], []])["request_id"].to_list())
    holders = store.query(HOLDERS)
    placed = [holders[name].to_list() for name in ("request_id", "step", "holder")]
    return _Outcome(placed, store.query(VOID, placed[:2])["request_id"].to_list())


def _fold_changed(run: Run, store: Store, outcome: _Outcome) -> Folded:
    """Fold the contacts that are otherwise than before and write what comes of it, but for attributes."""
    plan = _plan(run, store, outcome.void)
    keys = digest_keys(plan)
    defs, users = store.read(CORE_ATTRIBUTE_DEFS), sorted(plan.knowledge.users)
    salt = hash_id(_FOLDED_AS, defs.select(pl.exclude("labels", "enum_values")).write_csv(), *users)
    inputs = read_inputs(store, *outcome, keys, digest_shared(plan, salt))
    suspects = find_suspects(store, inputs, outcome.holders)
    looked_at = "true" if suspects is None else f"contact_id IN {CHANGED}"
    store.replace(CORE_CHANGED_CONTACTS, pl.DataFrame({"contact_id": suspects or []}, {"contact_id": pl.String}))
    asked_for = [*outcome.holders, outcome.void, keys["key"].to_list(), keys["reach"].to_list()]
    digests = store.query(DIGESTS.format(looked_at), asked_for)
    brands = sorted({step.brand_id for step in plan.everywhere if step.brand_id})
    concerned = [digests["contact_id"].to_list(), brands] if suspects is None else [suspects, []]
    born = store.query(_CONCERNED, concerned)
    before = store.read(CORE_FOLDED_CONTACTS, where=looked_at)
    folded, changed = mark_changed(plan, digests, born, before, salt)
    store.delete(CORE_FOLDED_CONTACTS, looked_at)
    store.append(CORE_FOLDED_CONTACTS, folded)
    store.replace(CORE_FOLD_INPUTS, inputs)
    store.replace(CORE_CHANGED_CONTACTS, changed)
    asked = born.join(changed, on="contact_id", how="semi", maintain_order="left")
    edits = _fold(store, plan, asked.join(folded, on="contact_id", how="semi", maintain_order="left"), outcome.holders)
    _write(store, plan, edits)
    return Folded(changed, suspects is None)


def _plan(run: Run, store: Store, void: list[str]) -> Plan:
    brands = store.read(CORE_BRANDS, ["brand_id", "region"], "region IS NOT NULL")
    regions = {**dict(brands.rows()), **run.settings.regions}
    users = store.read(CORE_USERS, ["user_id"])["user_id"].to_list()
    many = store.read(STAGING_REQUEST_STEPS, where="list_contains(?, kind)", parameters=[list(MANY)])
    values = store.query(STEP_VALUES.format(_IS_MANY), [list(MANY)])
    return build_plan(many, values, store.read(CORE_ATTRIBUTE_DEFS), users, regions, run.settings.region, void)


def _fold(store: Store, plan: Plan, asked: pl.DataFrame, placed: list[list[object]]) -> Edits:
    """Fold contacts, some thousands at a time."""
    parts = []
    for part in asked.iter_slices(_AT_ONCE):
        ids = [part["contact_id"][0], part["contact_id"][-1]]
        of_part = f"FROM {STEPS} WHERE contact_id BETWEEN ? AND ? AND contact_id IN {CHANGED}"
        steps = store.query(of_part, [*placed, *ids])
        values = store.query(STEP_VALUES.format(f"SELECT request_id, step {of_part}"), [*placed, *ids])
        parts.append(edit_contacts(plan, part, store.query(GIVEN_VALUES, ids), steps, values))
    return join_edits(parts)


def _write(store: Store, plan: Plan, edits: Edits) -> None:
    """Write the edits of the changed contacts, and what they refused."""
    of_changed = f"contact_id IN {CHANGED}"
    for table in (CORE_CONTACT_EDITS, CORE_ATTRIBUTE_EDITS, CORE_OWNER_CHANGES):
        store.delete(table, of_changed)
    store.delete(CORE_REFUSALS, f"contact_id IS NULL OR {of_changed}")
    store.delete(CORE_TOUCH_EVENTS, f"source = 'contact' AND {of_changed}")
    store.append(CORE_CONTACT_EDITS, edits.contacts)
    store.append(CORE_ATTRIBUTE_EDITS, edits.attributes)
    store.append(CORE_OWNER_CHANGES, edits.owners)
    store.append(CORE_TOUCH_EVENTS, touch_by_request(edits.touches))
    store.append(CORE_REFUSALS, place_refusals(edits.refusals, plan.refusals))


def _write_attributes(store: Store, changed: pl.DataFrame) -> None:
    """Write the attributes of changed contacts that requests rewrite."""
    store.replace(CORE_CHANGED_CONTACTS, changed.sort("contact_id"))
    for table in (CORE_EDITED_ATTRIBUTES, CORE_TAG_PERIODS):
        store.delete(table, f"contact_id IN {CHANGED}")
    store.copy(REWRITTEN_ROWS, CORE_EDITED_ATTRIBUTES, {"attribute_id": "attribute_id"})
    store.copy(TAG_PERIODS, CORE_TAG_PERIODS, {})


def quarantine_refused(store: Store) -> None:
    """Quarantine what was refused, and what requests ask of contacts that nobody created: only here all are known."""
    holders, void = _read_outcome(store)
    held = pl.DataFrame(
        {"request_id": holders[0], "step": holders[1]}, schema={"request_id": pl.String, "step": pl.Int64}
    )
    asked = store.query(UNKNOWN_CONTACTS)
    alone = store.query(ALONE).join(held, on=["request_id", "step"], how="anti").drop("step")
    named = [asked, alone]  # not those of merges: judging tells of them
    refused = store.query(REFUSED)
    concerned = pl.concat([refused.select("request_id"), *(frame.select("request_id") for frame in named)]).unique()
    columns = ["request_id", "file_id", "record_number"]
    of_them = "request_id IN (SELECT unnest(?))"
    requests = store.read(STAGING_REQUESTS, columns, of_them, [concerned["request_id"].to_list()])
    contacts = pl.concat(named)
    known = store.query(_KNOWN, [contacts["contact_id"].drop_nulls().to_list()])["contact_id"]
    problems = [describe_refusals(refused, requests), find_unknown_contacts(requests, contacts, known)]
    whole = requests.filter(pl.col("request_id").is_in(void))
    quarantine(store, _STAGE, tell_whole(pl.concat(problems), whole))
