"""The fold against a naive reading of the log: every request in turn, over every contact, on plain dictionaries."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.ddl import polars_schema
from schemas.tables import CORE_ATTRIBUTE_DEFS, CORE_ATTRIBUTE_EDITS, CORE_CONTACT_EDITS
from transforms.requests.edits import Edits, edit_contacts, join_edits
from transforms.requests.parsing import parse_requests
from transforms.requests.plan import build_plan
from transforms.requests.steps import take_apart
from transforms.requests.values import mark_faults, read_step_values

START = datetime(2026, 5, 1, tzinfo=UTC)


def definition(name: str, is_singular: bool = False, is_editable: bool = True) -> dict[str, Any]:
    plain = dict.fromkeys(polars_schema(CORE_ATTRIBUTE_DEFS))
    flags = {"is_global": True, "is_searchable": True, "has_label": False}
    own = {"attribute_def": f"def-{name}", "name": name, "data_type": "text"}
    return {**plain, **own, **flags, "is_singular": is_singular, "is_editable": is_editable}


DEFS = pl.DataFrame(
    [definition("tag"), definition("company", is_singular=True), definition("source_type", True, False)],
    schema=polars_schema(CORE_ATTRIBUTE_DEFS),
)
CONTACTS = ["c0", "c1", "c2"]
TAGS = ["a", "b", "c"]

Ask = tuple[Any, ...]
CONTACT, TAG = st.sampled_from(CONTACTS), st.sampled_from(TAGS)
ASKS = st.one_of(
    st.tuples(st.just("add"), CONTACT, st.sampled_from(["tag", "company"]), TAG, st.booleans()),
    st.tuples(st.just("set"), CONTACT, st.integers(0, 11), TAG),
    st.tuples(st.just("remove"), CONTACT, st.integers(0, 11)),
    st.tuples(st.just("delete"), CONTACT),
    st.tuples(st.just("where"), TAG, st.booleans(), TAG),
    st.tuples(st.just("rename"), TAG, TAG),
    st.tuples(st.just("untag"), TAG),
)


def to_request(number: int, ask: Ask) -> dict[str, Any]:
    """The request of an ask; an attribute that the n-th request added has the id n."""
    kind, *rest = ask
    path, body = f"/contacts/{rest[0]}", None
    if kind == "add":
        _, name, text, is_primary = rest
        added = {"id": f"{number}", "attribute_type": name, "text": text, "is_primary": is_primary}
        method, path, body = "POST", f"{path}/attributes", {"attributes": [added]}
    elif kind == "set":
        method, path, body = "PUT", f"{path}/attributes/{rest[1]}", {"attribute_type": "tag", "text": rest[2]}
    elif kind == "remove":
        method, path = "DELETE", f"{path}/attributes/{rest[1]}"
    elif kind == "delete":
        method = "DELETE"
    elif kind == "where":
        filters = [{"attribute_type": "tag", "value": rest[0], "invert": rest[1]}]
        method, path = "POST", "/contacts/attributes"
        body = {"filters": filters, "attributes": [{"attribute_type": "tag", "text": rest[2]}]}
    elif kind == "rename":
        method, path, body = "PATCH", f"/contacts/tags/{rest[0]}", {"tag": rest[1]}
    else:
        method, path = "DELETE", f"/contacts/tags/{rest[0]}"
    return {"id": number, "at": START.timestamp() + number, "brand": "b", "method": method, "path": path, "body": body}


def text_of(ask: Ask) -> str:
    """The text that a request brings."""
    text: str = ask[2] if ask[0] == "rename" else ask[3]
    return text


def fold(requests: list[dict[str, Any]], together: bool = True) -> Edits:
    """What the log makes of contacts that had nothing, folded together or each alone."""
    payloads = [json.dumps(item) for item in requests]
    records = pl.DataFrame(
        {"file_id": "f", "record_number": range(1, len(payloads) + 1), "payload": payloads},
        schema={"file_id": pl.String, "record_number": pl.Int64, "payload": pl.String},
    )
    taken = take_apart(parse_requests(records, None).requests)
    read = read_step_values(taken.objects, DEFS, {}, "US")
    steps = mark_faults(taken.steps, read.faults)
    values = read.values.with_columns(same="match_key")
    plan = build_plan(steps, values, DEFS, [], {}, "US")
    contacts = pl.DataFrame(
        {"contact_id": CONTACTS, "brand_id": "b", "user_id": None, "born_at": None},
        schema_overrides={"user_id": pl.String, "born_at": pl.Datetime("us", "UTC")},
    )
    parts = [contacts] if together else list(contacts.iter_slices(1))
    named = steps.drop_nulls("contact_id")
    return join_edits(edit_contacts(plan, part, NO_BASE, *_of(part, named, values)) for part in parts)


def _of(part: pl.DataFrame, named: pl.DataFrame, values: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    own = named.join(part.select("contact_id"), on="contact_id", how="semi", maintain_order="left")
    return own, values.join(own.select("request_id", "step"), on=["request_id", "step"], how="semi")


MOMENT = pl.Datetime("us", "UTC")
NO_BASE = pl.DataFrame(
    schema={
        "contact_id": pl.String, "base_id": pl.String, "attribute_def": pl.String, "is_partner": pl.Boolean,
        "same": pl.String, "match_key": pl.String, "is_primary": pl.Boolean, "label": pl.String, "index": pl.Int64,
        "is_birth": pl.Boolean, "is_lead": pl.Boolean, "is_known": pl.Boolean, "created_at": MOMENT,
        "deleted_at": MOMENT,
    }
)  # fmt: skip


class Naive:
    """Contacts as lists of [id, name, text, is_primary], and the requests that were refused."""

    def __init__(self) -> None:
        self.values: dict[str, list[list[Any]]] = {contact: [] for contact in CONTACTS}
        self.refused: list[int] = []

    def apply(self, number: int, ask: Ask) -> None:
        kind, *rest = ask
        if kind in ("where", "rename", "untag"):
            for contact, values in self.values.items():
                self.apply_to_all(number, kind, rest, contact, values)
            return
        values = self.values.get(rest[0])
        found = next((value for value in values or [] if value[0] == str(rest[1])), None) if len(rest) > 1 else None
        if values is None or (kind in ("set", "remove") and found is None):
            self.refused.append(number)
        elif kind == "add":
            self.add(values, [str(number), *rest[1:]])
        elif kind == "remove":
            values.remove(found)
        elif kind == "delete":
            del self.values[rest[0]]
        elif found[1] != "tag":
            self.refused.append(number)
        else:
            self.rename(values, found, rest[2])

    def apply_to_all(self, number: int, kind: str, rest: list[Any], contact: str, values: list[list[Any]]) -> None:
        tagged = [value for value in values if value[1:3] == ["tag", rest[0]]]
        if kind == "where" and bool(tagged) is not rest[1]:
            self.add(values, [f"{number} {contact}", "tag", rest[2], False])
        elif kind == "rename":
            for value in tagged:
                self.rename(values, value, rest[1])
        elif kind == "untag":
            for value in tagged:
                values.remove(value)

    def rename(self, values: list[list[Any]], value: list[Any], text: str) -> None:
        twin = next((other for other in values if other is not value and other[1:3] == ["tag", text]), None)
        if twin is None:
            value[2] = text
            return
        values.remove(value)
        twin[3] = twin[3] or value[3]

    def add(self, values: list[list[Any]], new: list[Any]) -> None:
        twin = next((value for value in values if value[1:3] == new[1:3]), None)
        if twin is None:
            if new[1] == "company":
                values[:] = [value for value in values if value[1] != "company"]
            values.append(new)
        if new[3]:
            for value in values:
                if value[1] == new[1]:
                    value[3] = value is (twin or new)


@settings(max_examples=40, deadline=None)
@given(st.lists(ASKS, max_size=12))
def test_the_fold_is_the_log_read_naively(asks: list[Ask]) -> None:
    naive = Naive()
    for number, ask in enumerate(asks):
        naive.apply(number, ask)
    requests = [to_request(number, ask) for number, ask in enumerate(asks)]
    edits = fold(requests)
    CORE_CONTACT_EDITS.model.validate(edits.contacts)
    CORE_ATTRIBUTE_EDITS.model.validate(edits.attributes)
    deleted = set(edits.contacts.drop_nulls("deleted_at")["contact_id"])
    assert deleted == set(CONTACTS) - set(naive.values)
    live = edits.attributes.filter(pl.col("deleted_at").is_null() & ~pl.col("contact_id").is_in(deleted))
    found = sorted(
        (row["contact_id"], text_of(asks[int(row["request_id"])]), row["is_primary"]) for row in live.to_dicts()
    )
    assert found == sorted((contact, value[2], value[3]) for contact, rows in naive.values.items() for value in rows)
    assert sorted(map(int, edits.refusals["request_id"])) == naive.refused


@settings(max_examples=30, deadline=None)
@given(st.lists(ASKS, max_size=12), st.randoms(use_true_random=False))
def test_contacts_folded_alone_and_lines_in_any_order_give_the_same(asks: list[Ask], shuffler: Any) -> None:
    requests = [to_request(number, ask) for number, ask in enumerate(asks)]
    expected = fold(requests)
    shuffler.shuffle(requests)
    apart = fold(requests, together=False)
    assert apart.contacts.equals(expected.contacts)
    assert apart.attributes.equals(expected.attributes)
    assert apart.touches.equals(expected.touches)


def test_what_a_value_was_stays_as_a_past_one() -> None:
    asks = [("add", "c0", "tag", "a", True), ("set", "c0", 0, "b")]
    edits = fold([to_request(number, ask) for number, ask in enumerate(asks)])
    past, now = (edits.attributes.filter(pl.col("is_past") == flag).row(0, named=True) for flag in (True, False))
    changed_at = START + timedelta(seconds=1)
    assert (past["request_id"], past["deleted_at"], past["since"]) == ("0", changed_at, START)
    assert (now["attribute_id"], now["request_id"], now["created_at"], now["since"]) == ("0", "1", START, changed_at)
    assert now["is_primary"]
    assert past["attribute_id"] != "0"


def test_what_is_not_editable_or_not_there_refuses_the_whole_of_a_contacts_request() -> None:
    attributes = [{"attribute_type": "tag", "text": "a"}, {"attribute_type": "source_type", "text": "CSV"}]
    both = {"contacts": [{"id": "c0", "attributes": attributes}, {"id": "c1", "attributes": attributes[:1]}]}
    line = {"id": 0, "at": 1, "brand": "b", "method": "PATCH", "path": "/contacts", "body": both}
    unknown = {"attributes": [attributes[0], {"attribute_type": "shoe_size", "text": "43"}]}
    second = {**line, "id": 1, "path": "/contacts/c2", "body": unknown}
    edits = fold([line, second])
    assert edits.contacts["contact_id"].to_list() == ["c1"]
    assert sorted(edits.refusals["code"]) == ["not_editable", "unknown_attribute"]
