"""Contacts folded by the request log, many at a time: rows in, rows out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, NamedTuple

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import CORE_ATTRIBUTE_EDITS, CORE_CONTACT_EDITS, CORE_OWNER_CHANGES, CORE_REFUSALS
from transforms.ids import hash_id
from transforms.requests.asked import Asked, Late
from transforms.requests.contact_state import ContactState, Held
from transforms.requests.fold import ContactFold
from transforms.requests.plan import Plan, read_asked

__all__ = ["TOUCH_SCHEMA", "Edits", "edit_contacts", "join_edits"]

TOUCH_SCHEMA: dict[str, pl.DataType] = {
    "contact_id": pl.String(), "occurred_at": pl.Datetime("us", "UTC"), "touch_freq": pl.Int64(),
}  # fmt: skip
_MOMENTS = ("created_at", "updated_at", "since", "deleted_at")
_BASE_COLUMNS = (
    "contact_id", "base_id", "attribute_def", "is_partner", "same", "match_key", "is_primary", "label", "index",
    "is_birth", "is_lead", "is_known",
)  # fmt: skip


class Edits(NamedTuple):
    """What requests made of contacts.

    Attributes:
        contacts: rows of core.contact_edits.
        attributes: rows of core.attribute_edits.
        touches: TOUCH_SCHEMA: frequencies that requests set on contacts.
        owners: rows of core.owner_changes.
        refusals: rows of core.refusals: steps that could not be applied.
    """

    contacts: pl.DataFrame
    attributes: pl.DataFrame
    touches: pl.DataFrame
    owners: pl.DataFrame
    refusals: pl.DataFrame


def edit_contacts(
    plan: Plan, contacts: pl.DataFrame, base: pl.DataFrame, steps: pl.DataFrame, values: pl.DataFrame
) -> Edits:
    """Apply the log to some contacts, each on its own.

    Args:
        plan: from `build_plan`.
        contacts: contact_id, brand_id, user_id, born_at (null for one of a file).
        base: what files, leads and their creation gave these contacts, in the order in which it came: contact_id,
            base_id, attribute_def, is_partner, same, match_key, is_primary, label, index, created_at, deleted_at,
            is_birth (it came with the contact), is_lead, is_known (of a lead whose contact had it).
        steps: columns of staging.request_steps that name one of these contacts, in any order.
        values: what these steps bring: columns of staging.request_values with attribute_id and `same`.
    """
    steps = steps.sort("request_id", "step")
    asked = read_asked(steps, values, plan.definitions)
    by_contact: defaultdict[str, list[Asked]] = defaultdict(list)
    for contact_id, step in zip(steps["contact_id"], asked, strict=True):
        by_contact[contact_id].append(step)
    rows_of = _group_rows(base)
    edited: list[tuple[Any, ...]] = []
    written: list[tuple[Any, ...]] = []
    touched: list[tuple[Any, ...]] = []
    owned: dict[tuple[str, int], str] = {}
    refused: list[tuple[Any, ...]] = []
    moments = contacts.select("contact_id", "brand_id", "user_id", pl.col("born_at").dt.epoch("us"))
    for contact_id, brand_id, user_id, born_at in moments.iter_rows():
        state = ContactState(contact_id, brand_id, user_id, born_at)
        late = _hold(state, rows_of.get(contact_id, ()), plan)
        fold = ContactFold(state, plan.knowledge)
        fold.run(_group_steps(by_contact.get(contact_id, []), plan, brand_id), late)
        refused += [(contact_id, *refusal) for refusal in fold.refusals]
        touched += [(contact_id, at, frequency) for at, frequency in fold.touches]
        owned |= {(contact_id, at): owner for at, owner in fold.owners if owner}
        if state.updated_at is None:  # nothing was applied to it: it stays as it came
            continue
        owner = state.user_id if state.user_id != user_id else None
        edited.append((contact_id, owner, state.updated_at, state.changed_by, state.deleted_at, state.changes > 0))
        if state.changes:
            written += _list_edits(state)
    return Edits(
        _frame(edited, polars_schema(CORE_CONTACT_EDITS), ("updated_at", "deleted_at")),
        _frame(written, polars_schema(CORE_ATTRIBUTE_EDITS), _MOMENTS),
        _frame(touched, TOUCH_SCHEMA, ("occurred_at",)),
        _frame(
            [(contact, user, at) for (contact, at), user in owned.items()],
            polars_schema(CORE_OWNER_CHANGES),
            ("changed_at",),
        ),
        pl.DataFrame(refused, schema=polars_schema(CORE_REFUSALS), orient="row"),
    )


def join_edits(parts: Iterable[Edits]) -> Edits:
    """Edits of different contacts in one."""
    frames = zip(_EMPTY, *parts, strict=True)
    return Edits(*(pl.concat(same) for same in frames))


def _group_rows(base: pl.DataFrame) -> dict[str, list[tuple[Any, ...]]]:
    moments = [pl.col(name).dt.epoch("us") for name in ("created_at", "deleted_at")]
    rows: defaultdict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for row in base.select(*_BASE_COLUMNS, *moments).iter_rows():
        rows[row[0]].append(row)
    return rows


def _group_steps(asked: list[Asked], plan: Plan, brand_id: str | None) -> list[list[Asked]]:
    """Steps by request; with them those that every contact of the brand is asked."""
    own = [list(group) for _, group in groupby(asked, key=lambda step: step.request_id)]
    return own + [[step] for step in plan.everywhere if step.brand_id == brand_id]


def _hold(state: ContactState, rows: Iterable[tuple[Any, ...]], plan: Plan) -> list[Late]:
    """Give a contact what it came with; returns what comes to it or ends later."""
    late: list[Late] = []
    for row in rows:
        _, base_id, attribute_def, is_partner, same, key, is_primary, label, index, *rest = row
        is_birth, is_lead, is_known, made, ended = rest
        if ended is not None and ended <= made:  # superseded as it came
            continue
        held = Held(
            base_id, base_id, None, plan.definitions[attribute_def], is_partner, same, key, is_primary, label, index,
            None, is_lead=is_lead, is_known=is_known,
        )  # fmt: skip
        state.held.append(held)
        if is_birth:
            state.came_at = made if state.came_at is None else min(made, state.came_at)
        else:
            held.deleted_at = made  # not yet there
            late.append(Late(made, held, is_end=False))
        if ended is not None:
            late.append(Late(ended, held, is_end=True))
    return late


def _list_edits(state: ContactState) -> Iterator[tuple[Any, ...]]:
    for past in state.past:
        yield _row(state, past, hash_id(past.attribute_id, past.deleted_at), True)
    for held in state.held:
        if held.is_changed:
            yield _row(state, held, held.attribute_id, False)


def _row(state: ContactState, held: Held, attribute_id: str, is_past: bool) -> tuple[Any, ...]:
    return (
        state.contact_id, attribute_id, held.base_id, is_past, *(held.value or (None, None, None)), held.label,
        held.index, held.is_primary, held.is_partner, held.created_at, held.updated_at, held.since, held.is_renamed,
        held.deleted_at, held.added_by, held.changed_by,
    )  # fmt: skip


def _frame(rows: list[tuple[Any, ...]], schema: dict[str, pl.DataType], moments: Iterable[str]) -> pl.DataFrame:
    numbers = {name: pl.Int64() if name in moments else dtype for name, dtype in schema.items()}
    frame = pl.DataFrame(rows, schema=numbers, orient="row")
    return frame.with_columns(pl.from_epoch(name, time_unit="us").dt.replace_time_zone("UTC") for name in moments)


_EMPTY = Edits(
    pl.DataFrame(schema=polars_schema(CORE_CONTACT_EDITS)),
    pl.DataFrame(schema=polars_schema(CORE_ATTRIBUTE_EDITS)),
    pl.DataFrame(schema=TOUCH_SCHEMA),
    pl.DataFrame(schema=polars_schema(CORE_OWNER_CHANGES)),
    pl.DataFrame(schema=polars_schema(CORE_REFUSALS)),
)
