"""Payload assignees: the people a lead names, found among the directory's users (SPEC A-P1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import polars as pl

from transforms.normalize.emails import normalize_emails
from transforms.normalize.phones import normalize_phones
from transforms.normalize.text import fold_text
from transforms.routing.directory import Directory

__all__ = ["Assignees", "match_assignees"]

_PARTS = ("id", "mls", "mls_id", "email", "phone_number", "first_name", "last_name")
_KEYS = ("id", "mls", "email", "phone", "name")

_MATCHED = {"lead_id": pl.String, "position": pl.Int64, "user_id": pl.String}
_FINDINGS: dict[str, pl.DataType | type[pl.DataType]] = {"lead_id": pl.String, "findings": pl.List(pl.String)}
_AMBIGUOUS = {"lead_id": pl.String, "position": pl.Int64, "value": pl.String, "reason": pl.String}


@dataclass(frozen=True)
class Assignees:
    """What became of the assignees that payloads name.

    Attributes:
        matched: lead_id, position (1 is the first that was found) and user_id.
        findings: lead_id and why others of its assignees do not count; says no personal data.
        ambiguous: lead_id, position in the payload, value and reason of each that fits several users.
    """

    matched: pl.DataFrame
    findings: pl.DataFrame
    ambiguous: pl.DataFrame


@dataclass(frozen=True)
class _Outcome:
    user_id: str | None = None
    finding: str | None = None
    ambiguous: str | None = None


def match_assignees(leads: pl.DataFrame, users: pl.DataFrame, directory: Directory) -> Assignees:
    """Find the user of each payload assignee: by id, MLS membership, e-mail, phone, and full name if only one has it.

    Args:
        leads: lead_id, brand_id, region (country phone numbers are read in) and assignees, a JSON list.
        users: core.users.
        directory: from `index_directory`.
    """
    named = leads.filter(pl.col("assignees").is_not_null())
    payloads = named.select("brand_id", "region", "assignees").unique(maintain_order=True)
    entries = [
        {"payload": number, "position": position, "brand_id": brand_id, "region": region, **_read_parts(entry)}
        for number, (brand_id, region, text) in enumerate(payloads.iter_rows())
        for position, entry in enumerate(_read_list(text), 1)
    ]
    outcomes: dict[int, list[tuple[int, str, _Outcome]]] = defaultdict(list)
    known = _index_users(users)
    for entry in _normalize(entries):
        value = msgspec.json.encode({part: entry[part] for part in _PARTS if entry[part]}).decode()
        outcomes[entry["payload"]].append((entry["position"], value, _find_user(entry, known, directory)))
    place = payloads.with_row_index("payload")
    of_lead = named.join(
        place, on=["brand_id", "region", "assignees"], how="left", nulls_equal=True, maintain_order="left"
    )
    return _collect(of_lead.select("lead_id", "payload").rows(), outcomes)


def _read_list(text: str) -> list[object]:
    given = msgspec.json.decode(text)
    return given if isinstance(given, list) else [given]


def _read_parts(entry: object) -> dict[str, str | None]:
    given = entry if isinstance(entry, Mapping) else {}
    values = {part: given.get(part) for part in _PARTS}
    return {part: str(value) if isinstance(value, str | int) else None for part, value in values.items()}


def _normalize(entries: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each entry with the keys it is looked up by."""
    schema = {name: pl.String for name in ("brand_id", "region", *_PARTS)} | {"payload": pl.Int64, "position": pl.Int64}
    frame = pl.DataFrame(entries, schema=schema)
    for (region,), part in frame.group_by("region", maintain_order=True):
        keys = part.select(
            pl.col("id").alias("id_key"),
            pl.concat_str(fold_text(part["mls"]), pl.lit("|"), fold_text(part["mls_id"])).alias("mls_key"),
            normalize_emails(part["email"])["match_key"].alias("email_key"),
            normalize_phones(part["phone_number"], str(region))["match_key"].alias("phone_key"),
            fold_text(part.select(pl.concat_str("first_name", "last_name", separator=" ")).to_series()).alias(
                "name_key"
            ),
        )
        yield from part.hstack(keys).iter_rows(named=True)


def _index_users(users: pl.DataFrame) -> dict[str, dict[str, list[str]]]:
    """Key -> value -> users that have it."""
    known: dict[str, dict[str, list[str]]] = {key: defaultdict(list) for key in _KEYS}
    full = users.select(pl.concat_str("first_name", "last_name", separator=" ")).to_series()
    names = zip(fold_text(full), fold_text(users["display_name"]), strict=True)
    rows = users.select("user_id", "email", "phone", "mls_keys").iter_rows()
    for (user_id, email, phone, mls_keys), both in zip(rows, names, strict=True):
        told = {"id": [user_id], "mls": mls_keys or [], "email": [email], "phone": [phone], "name": set(both)}
        for key, values in told.items():
            for value in values:
                if value:
                    known[key][value].append(user_id)
    return known


def _find_user(
    entry: Mapping[str, Any], known: Mapping[str, Mapping[str, list[str]]], directory: Directory
) -> _Outcome:
    hits = {key: known[key].get(entry[f"{key}_key"] or "", []) for key in _KEYS}
    in_tree = [user_id for user_id in hits["name"] if directory.shares_root(user_id, entry["brand_id"])]
    hits["name"] = in_tree if len(in_tree) == 1 else []
    users = sorted({user_id for found in hits.values() for user_id in found})
    if len(users) > 1:
        by = ", ".join(key for key in _KEYS if hits[key])
        return _Outcome(ambiguous=f"the assignee fits {len(users)} users, by {by}: {', '.join(users)}")
    if not users:
        return _Outcome(finding=f"assignee {entry['position']}: nobody in the directory fits")
    refused = directory.refuse(users[0])
    return _Outcome(finding=f"assignee {entry['position']}: {refused}") if refused else _Outcome(user_id=users[0])


def _collect(leads: Iterable[tuple[str, int]], outcomes: Mapping[int, list[tuple[int, str, _Outcome]]]) -> Assignees:
    matched: list[tuple[str, int, str]] = []
    findings: list[tuple[str, list[str]]] = []
    ambiguous: list[tuple[str, int, str, str]] = []
    for lead_id, payload in leads:
        found = outcomes.get(payload, [])
        users = dict.fromkeys(outcome.user_id for _, _, outcome in found if outcome.user_id)
        matched += [(lead_id, position, user_id) for position, user_id in enumerate(users, 1)]
        ambiguous += [(lead_id, place, value, item.ambiguous) for place, value, item in found if item.ambiguous]
        said = [item.finding or f"assignee {place}: ambiguous" for place, _, item in found if not item.user_id]
        if said:
            findings.append((lead_id, said))
    return Assignees(
        pl.DataFrame(matched, schema=_MATCHED, orient="row"),
        pl.DataFrame(findings, schema=_FINDINGS, orient="row"),
        pl.DataFrame(ambiguous, schema=_AMBIGUOUS, orient="row"),
    )
