"""Requests on channels, rules and groups, as rulebook documents of their own times (SPEC CH3, CH4, RU2-RU7, GR2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
import polars as pl

from schemas.vocabulary import Folder, ProblemCode
from transforms.ids import hash_id
from transforms.quarantine import Problem
from transforms.requests.rulebook_state import Book, Refused, Row
from transforms.routing.documents import Document
from transforms.routing.objects import read_channel, read_condition, read_group, read_rule

__all__ = ["RULEBOOK_OPERATIONS", "RequestDocument", "RequestedRulebook", "add_requested_documents"]

#: Documents without a date of their own count since ever where they are the first to name an object.
_SINCE_EVER = datetime(1, 1, 1, tzinfo=UTC)
_TODO = "check the id, the brand and the time of the request"


@dataclass
class RequestDocument(Document):
    """What a request makes of one channel or group, as if a rulebook file of its time had said it."""

    request_id: str = ""
    own_rules: frozenset[str] = frozenset()  # the others it holds are as they were

    @property
    def version(self) -> str:
        """The rulebook version: the request, wherever its line stands."""
        return self.request_id

    def says(self, rule_id: str) -> bool:
        """Whether the request made or changed this rule."""
        return rule_id in self.own_rules


class RequestedRulebook(NamedTuple):
    """Rulebook documents of files and of requests, and problems of requests."""

    documents: list[Document]
    problems: list[Problem]


def add_requested_documents(documents: Sequence[Document], requests: pl.DataFrame) -> RequestedRulebook:
    """Lay requests on channels, rules and groups among the documents of rulebook files, by their times.

    A document of a request holds the channel or group that it changes as it stands then, with its whole rule list.

    Args:
        documents: from `read_documents`.
        requests: columns of staging.requests, in order; those of other operations are left out.
    """
    asked = requests.filter(pl.col("operation").is_in(RULEBOOK_OPERATIONS))
    if asked.is_empty():
        return RequestedRulebook(list(documents), [])
    dated = _date_documents(documents)
    waiting = sorted(dated, key=lambda document: (document.valid_from or document.received_at, document.place))
    book, made, problems = Book(), list[Document](), list[Problem]()
    for request in asked.iter_rows(named=True):
        while waiting and (waiting[0].valid_from or waiting[0].received_at) <= request["requested_at"]:
            book.read(waiting.pop(0))
        try:
            document = _apply(book, request)
        except Refused as refused:
            problems.append(_describe(request, refused))
            continue
        made.append(document)
        book.read(document)
    return RequestedRulebook([*dated, *made], problems)


def _date_documents(documents: Iterable[Document]) -> list[Document]:
    """A document without date that is the first to name all that it holds counts since ever, requests included."""
    named: set[str] = set()
    dated: list[Document] = []
    for document in documents:
        own = {*document.channels, *document.rules, *document.groups}
        if document.valid_from is None and not own & named:
            document.received_at = _SINCE_EVER
        named |= own
        dated.append(document)
    return dated


def _apply(book: Book, request: Row) -> RequestDocument:
    at = request["requested_at"]
    place = (at, 0, request["request_id"], request["record_number"])
    document = RequestDocument(request["file_id"], place, at, at, request_id=request["request_id"])
    body = msgspec.json.decode(request["body"] or "null")
    _APPLY[request["operation"]](book, document, request, body)
    return document


def _create_channel(book: Book, document: RequestDocument, request: Row, body: Any) -> None:
    given = body if isinstance(body, dict) else {}
    channel_id = given.get("id") or hash_id(request["request_id"])
    if channel_id in book.channels:
        raise Refused("there is a lead channel with this id", channel_id, ProblemCode.DUPLICATE_ID, "body.id")
    channel = read_channel({**given, "brand": request["target_id"], "is_default": False}, channel_id)
    document.channels[channel_id] = channel | _born(request)
    _put_rules(book, document, channel_id, [_make_default_rule(request, channel_id)])


def _make_default_rule(request: Row, channel_id: str) -> Row:
    """The rule that every channel is born with (SPEC CH4, RU3); nobody made it."""
    brand, user = request["target_id"], request["user_id"]
    target = {"target": "User", "user": user, "brand": brand} if user else {"target": "Brand", "brand": brand}
    rule, _ = read_rule({"is_default": True, "kind": "AND", **target}, hash_id(channel_id, "default"), channel_id)
    return rule | _born(request) | {"path": "body", "invalid_reason": None}


def _update_channel(book: Book, document: RequestDocument, request: Row, body: Any) -> None:
    channel = book.find_channel(request["target_id"])
    given = {key: body[key] for key in ("name", "title", "mls") if key in body}
    changed = read_channel({**channel, **given, "brand": channel["brand_id"]}, channel["channel_id"])
    times = {"created_at": channel["created_at"], "updated_at": request["requested_at"], "deleted_at": None}
    document.channels[channel["channel_id"]] = changed | times


def _delete_channel(book: Book, document: RequestDocument, request: Row, body: Any) -> None:
    channel = book.find_channel(request["target_id"])
    document.channels[channel["channel_id"]] = channel | {"deleted_at": request["requested_at"]}


def _create_rule(book: Book, document: RequestDocument, request: Row, body: Any) -> None:
    channel = book.find_channel(request["target_id"])
    channel_id = channel["channel_id"]
    rule_id = body.get("id") or hash_id(request["request_id"])
    if any(rule["rule_id"] == rule_id for rules in book.rules.values() for rule in rules):
        raise Refused("there is a rule with this id", rule_id, ProblemCode.DUPLICATE_ID, "body.id")
    item = {"order": _next_order(book, channel_id), **body, "is_default": False, "created_by": request["user_id"]}
    rule = _read_rule(item, rule_id, channel_id) | _born(request)
    conditions = _read_conditions(request, body.get("conditions"), rule_id)
    _put_rules(book, document, channel_id, [*book.rules.get(channel_id, []), rule], {rule_id: conditions})


def _next_order(book: Book, channel_id: str) -> int:
    return 1 + max((rule["order"] for rule in book.rules.get(channel_id, []) if not rule["is_default"]), default=0)


def _update_rule(book: Book, document: RequestDocument, request: Row, body: Any) -> None:
    channel_id, rule_id = request["within_id"], request["target_id"]
    book.find_channel(channel_id)
    old = book.find_rule(channel_id, rule_id)
    references = {name: old[f"{name}_id"] for name in ("user", "group", "brand", "flow")}
    fixed = {"is_default": old["is_default"], "created_by": old["created_by"]}
    rule = _read_rule({**old, **references, **body, **fixed}, rule_id, channel_id)
    rule |= {"created_at": old["created_at"], "updated_at": request["requested_at"], "deleted_at": None}
    kept = book.conditions.get(rule_id, [])
    conditions = _read_conditions(request, body["conditions"], rule_id) if "conditions" in body else kept
    rules = [rule if item is old else item for item in book.rules[channel_id]]
    _put_rules(book, document, channel_id, rules, {rule_id: conditions})


def _delete_rule(book: Book, document: RequestDocument, request: Row, body: Any) -> None:
    channel_id = request["within_id"]
    book.find_channel(channel_id)
    old = book.find_rule(channel_id, request["target_id"])
    if old["is_default"]:
        raise Refused("a channel keeps its default rule", old["rule_id"], ProblemCode.NOT_EDITABLE)
    gone = old | {"deleted_at": request["requested_at"]}
    _put_rules(book, document, channel_id, [gone if item is old else item for item in book.rules[channel_id]])


def _sort_rules(book: Book, document: RequestDocument, request: Row, body: Any) -> None:
    channel_id = request["target_id"]
    book.find_channel(channel_id)
    orders = {book.find_rule(channel_id, item["id"])["rule_id"]: item["order"] for item in body}
    at = request["requested_at"]
    rules = [
        item | {"order": orders[item["rule_id"]], "updated_at": at} if item["rule_id"] in orders else item
        for item in book.rules[channel_id]
    ]
    _put_rules(book, document, channel_id, rules)


def _put_rules(
    book: Book,
    document: RequestDocument,
    channel_id: str,
    rules: list[Row],
    conditions: dict[str, list[Row]] | None = None,
) -> None:
    """The whole rule list of a channel, with all conditions."""
    document.rules[channel_id], document.own_rules = rules, frozenset(conditions or ())
    known = {**book.conditions, **(conditions or {})}
    document.conditions = [condition for rule in rules for condition in known.get(rule["rule_id"], [])]


def _read_rule(item: Row, rule_id: str, channel_id: str) -> Row:
    rule, reasons = read_rule(item, rule_id, channel_id)
    if reasons:
        raise Refused("; ".join(reasons), item, ProblemCode.INVALID_REQUEST, "body")
    return rule | {"path": "body", "invalid_reason": None}


def _read_conditions(request: Row, given: Any, rule_id: str) -> list[Row]:
    """New conditions with ids of their own: an update replaces the whole list (SPEC RU5)."""
    conditions = []
    for position, item in enumerate(given or []):
        own = {"id": hash_id(request["request_id"], position), **item} if isinstance(item, dict) else item
        condition, reason = read_condition(own, rule_id, position)
        if condition is None or reason:
            told = f"condition {position + 1}: {reason}"
            raise Refused(told, item, ProblemCode.INVALID_REQUEST, f"body.conditions[{position}]")
        conditions.append(condition)
    return conditions


def _create_group(book: Book, document: RequestDocument, request: Row, body: Any) -> None:
    group_id = body.get("id") or hash_id(request["request_id"])
    if group_id in book.groups:
        raise Refused("there is a group with this id", group_id, ProblemCode.DUPLICATE_ID, "body.id")
    item = {"created_by": request["user_id"], **body, "brand": request["target_id"]}
    _put_group(document, {"members": [], **item}, group_id, _born(request))


def _update_group(book: Book, document: RequestDocument, request: Row, body: Any) -> None:
    old = book.find_group(request["target_id"])
    item = {**old, **body, "brand": old["brand_id"], "created_by": old["created_by"]}
    times = {"created_at": old["created_at"], "updated_at": request["requested_at"], "deleted_at": None}
    _put_group(document, item, old["group_id"], times)


def _delete_group(book: Book, document: RequestDocument, request: Row, body: Any) -> None:
    group = book.find_group(request["target_id"])
    document.groups[group["group_id"]] = group | {"deleted_at": request["requested_at"]}


def _put_group(document: Document, item: Row, group_id: str, times: Row) -> None:
    group, members, problems = read_group(item, group_id)
    if group is None or problems:
        _, reason, _, value = problems[0]
        raise Refused(reason, value, ProblemCode.INVALID_REQUEST, "body")
    document.groups[group_id] = group | times
    if members is not None:
        document.members[group_id] = members


def _born(request: Row) -> Row:
    at = request["requested_at"]
    return {"created_at": at, "updated_at": at, "deleted_at": None}


def _describe(request: Row, refused: Refused) -> Problem:
    value = refused.value
    if not isinstance(value, str):
        value = msgspec.json.encode(value, enc_hook=str).decode()
    return Problem(
        request["file_id"], Folder.REQUESTS, refused.code, refused.reason, _TODO,
        row_number=request["record_number"], column_name=refused.column, value=value,
    )  # fmt: skip


_APPLY: dict[str, Callable[[Book, RequestDocument, Row, Any], None]] = {
    "channels.create": _create_channel,
    "channels.update": _update_channel,
    "channels.delete": _delete_channel,
    "rules.create": _create_rule,
    "rules.update": _update_rule,
    "rules.delete": _delete_rule,
    "rules.sort": _sort_rules,
    "groups.create": _create_group,
    "groups.update": _update_group,
    "groups.delete": _delete_group,
}
#: Operations that this module applies.
RULEBOOK_OPERATIONS = tuple(_APPLY)
