"""Lead summaries of the other product: what they say of a lead, and their chats (SPEC LS1-LS4, 002)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import CORE_ACTIVITIES
from schemas.vocabulary import ProblemCode
from transforms.ids import hash_id
from transforms.instants import read_instant
from transforms.leads.payloads import Unusable

__all__ = ["SUMMARY_MARK", "is_summary", "list_chats", "list_odd_parts", "read_date", "read_lead"]

#: Key of a parsed payload that tells that the raw one is a lead summary.
SUMMARY_MARK: Final = "lead_summary"
#: Keys of which a lead summary has at least one, and nothing else of an inbox of leads has any (002:73).
_MARKS: Final = frozenset({"chat_id", "analytics", "lead_type"})
_KEYS: Final = {
    "name": "name", "title": "job_title", "company": "company", "email": "email", "phonenumber": "phone_number",
    "lead_type": "source_type",
}  # fmt: skip
#: What a chat entry is called on a timeline.
_ACTIONS: Final = {"message": "ChatMessage", "system_message": "ChatSystemMessage"}
_QUARTER, _FARTHEST, _SLACK = timedelta(minutes=15), timedelta(hours=14), timedelta(minutes=1)


def is_summary(keys: Mapping[str, Any]) -> bool:
    """Whether an object is a lead summary."""
    return not _MARKS.isdisjoint(keys)


def read_lead(summary: Mapping[str, Any]) -> dict[str, Any]:
    """A lead summary as a lead payload: its person, and where it came from; whom it was given to comes first."""
    lead = {key: summary.get(given) for given, key in _KEYS.items()}
    lead["referer_url"] = _part(summary, "source_url")
    if user := _assignee(summary):
        lead["assignees"] = [{"id": user}]
    return lead


def read_date(summary: Mapping[str, Any]) -> datetime | None:
    """When the lead came (002:80): `date` has no zone.

    Where the chat ended at that moment, in UTC, the distance is the zone (SPEC LS4: +05:00); else it is UTC.
    """
    given = summary.get("date")
    moment = read_instant(given) if isinstance(given, str) else None
    ended = read_instant(_part(summary, "chat_end_time"))
    if moment is None or ended is None:
        return moment
    offset = round((moment - ended) / _QUARTER) * _QUARTER
    is_zone = abs(offset) <= _FARTHEST and abs(moment - ended - offset) < _SLACK
    return moment - offset if is_zone else moment


def list_odd_parts(summary: Mapping[str, Any]) -> list[Unusable]:
    """Parts that do not hold the JSON that they should, and places that contradict themselves (SPEC LS3, LS4)."""
    odd = []
    for key, kind, expected in (("analytics", dict, "an object"), ("chat", list, "a list")):
        value = _part(summary, key)
        if value not in (None, "") and not isinstance(_decode(value), kind):
            reason = f"JSON of {expected} was expected; it is kept as it came"
            odd.append(Unusable(f"analytics.{key}", ProblemCode.BAD_VALUE, reason, str(value)))
    analytics = summary.get("analytics")
    if analytics not in (None, "", []) and not isinstance(analytics, Mapping):
        reason = "an object was expected; it is kept as it came"
        odd.append(Unusable("analytics", ProblemCode.BAD_VALUE, reason, str(analytics)))
    entries = _decode(_part(summary, "chat"))
    for entry in entries if isinstance(entries, list) else []:
        if not isinstance(entry, Mapping):
            reason = "an entry of the chat is no object; it is kept as it came, and is not on the timeline"
            odd.append(Unusable("analytics.chat", ProblemCode.BAD_VALUE, reason, str(entry)))
    place = _decode(_part(summary, "analytics"))
    if isinstance(place, dict):
        country, code = place.get("country"), place.get("country_code")
        if isinstance(country, str) and isinstance(code, str) and len(country) == 2 and country.lower() != code.lower():
            reason = f"the country {country} stands beside the code {code}; both are kept as they came"
            odd.append(Unusable("analytics.analytics", ProblemCode.CONTRADICTION, reason, f"{country} {code}"))
    return odd + _list_odd_flags(summary)


def _list_odd_flags(summary: Mapping[str, Any]) -> list[Unusable]:
    """Flags that are neither 0 nor 1, and one that says otherwise than the user it stands beside (SPEC LS2)."""
    odd = []
    for key in ("assigned", "is_public"):
        given = summary.get(key)
        if given is not None and _read_flag(given) is None:
            odd.append(Unusable(key, ProblemCode.BAD_VALUE, "0 or 1 was expected; it is kept as it came", str(given)))
    is_assigned, user = _read_flag(summary.get("assigned")), _assignee(summary)
    if is_assigned is not None and is_assigned is not (user is not None):
        named = f"user {user}" if user else "nobody"
        reason = f"it stands beside {named} in assigned_to, which counts"
        odd.append(Unusable("assigned", ProblemCode.CONTRADICTION, reason, str(summary["assigned"])))
    return odd


def _read_flag(given: object) -> bool | None:
    """Numbers and flags come as texts (SPEC LS2)."""
    return {"1": True, "0": False, "true": True, "false": False}.get(str(given).strip().lower())


def _assignee(summary: Mapping[str, Any]) -> str | None:
    given = summary.get("assigned_to")
    return None if given in (None, "", "0", 0) else str(given)


def list_chats(leads: pl.DataFrame) -> pl.DataFrame:
    """Entries of the chats of lead summaries as rows of core.activities, in their order (SPEC LS3).

    Args:
        leads: lead_id, contact_id, raw_payload of lead summaries; an entry without time stands at captured_at.
    """
    columns = leads.select("lead_id", "contact_id", "captured_at", "raw_payload").iter_rows()
    rows = [row for given in columns for row in _list_chat(*given)]
    return pl.DataFrame(rows, schema=polars_schema(CORE_ACTIVITIES), orient="row")


def _list_chat(lead_id: str, contact_id: str, captured_at: datetime, payload: str) -> Iterator[tuple[Any, ...]]:
    entries = _decode(_part(msgspec.json.decode(payload), "chat"))
    for place, entry in enumerate(entries if isinstance(entries, list) else []):
        if isinstance(entry, Mapping):
            action = _ACTIONS.get(str(entry.get("type")), "ChatEvent")
            moment = read_instant(entry.get("created_at")) or captured_at
            said = [entry.get(key) for key in ("text", "author_id", "visibility")]
            texts = [value if isinstance(value, str) else None for value in said]
            activity_id = hash_id("chat", lead_id, place)
            yield activity_id, contact_id, lead_id, action, texts[0], moment, *texts[1:]


def _part(summary: Mapping[str, Any], key: str) -> Any:
    """A part of `analytics`; the chat may stand in the summary itself as well."""
    analytics = summary.get("analytics")
    found = analytics.get(key) if isinstance(analytics, Mapping) else None
    return summary.get("chat") if found is None and key == "chat" else found


def _decode(value: Any) -> Any:
    """JSON inside a text; what is no text stands for itself."""
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError):
        return None
