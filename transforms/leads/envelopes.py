"""What a record of a lead file is: capture, webhook delivery, lead summary or claim (DESIGN 6, SPEC LC1, LC6, LS1)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from schemas.vocabulary import ProblemCode
from transforms.ids import hash_id
from transforms.instants import read_instant
from transforms.leads.bodies import read_body
from transforms.leads.refusal import Refused
from transforms.leads.summaries import is_summary, read_date, read_lead

__all__ = ["Capture", "Claim", "read_envelope"]

_SHAPES = (
    '{"metadata": {...}, "lead": {...}}, {"lead_channel", "received_at", "body"}, a lead summary or {"claim": {...}}'
)
_WRITE = f"write {_SHAPES}"
#: Clients that count in milliseconds are told by size: as seconds the number would lie beyond the year 5138.
_MILLISECONDS_FROM = 1e11

_Parts = dict[str, msgspec.Raw]
_PARTS = msgspec.json.Decoder(_Parts)


class _Metadata(msgspec.Struct):
    lead_channel: str | None = None
    email_campaign_email: str | None = None


class _PlainCapture(msgspec.Struct):
    """A capture in the documented form, as nearly all are: decoded in one go."""

    metadata: _Metadata
    lead: msgspec.Raw
    received_at: float | None = None
    id: str | None = None
    claim: msgspec.UnsetType = msgspec.UNSET  # with one it is no plain capture


_PLAIN_CAPTURE = msgspec.json.Decoder(_PlainCapture)
_PLAIN_LEAD = msgspec.json.Decoder(dict[str, Any])


class Capture(NamedTuple):
    """One lead as it came.

    Attributes:
        channel_id: channel named, which wins over the campaign (SPEC A-O7).
        campaign_email_id: campaign e-mail named.
        lead_id: id given.
        received_at: time given.
        raw: JSON text of the lead as received.
        lead: the lead.
        summary: the lead summary that it was taken from, if it is one.
    """

    channel_id: str | None
    campaign_email_id: str | None
    lead_id: str | None
    received_at: datetime | None
    raw: str
    lead: dict[str, Any]
    summary: dict[str, Any] | None = None


class Claim(NamedTuple):
    """One claim of an offered lead."""

    claim_id: str
    lead_id: str
    user_id: str
    claimed_at: datetime


def read_envelope(payload: str) -> Capture | Claim:
    """Tell what a record is, and take it out of its envelope.

    Raises:
        Refused: it has none of the four shapes, or lacks what its shape needs.
    """
    return _read_plain(payload) or _read_any(payload)


def _read_plain(payload: str) -> Capture | None:
    """A capture in the documented form; None for anything else, which `_read_any` looks at closely."""
    try:
        found = _PLAIN_CAPTURE.decode(payload)
        lead = _PLAIN_LEAD.decode(found.lead)
    except (msgspec.DecodeError, RecursionError):
        return None
    channel_id, campaign = found.metadata.lead_channel, found.metadata.email_campaign_email
    moment = None if found.received_at is None else read_instant(found.received_at)
    is_odd_time = found.received_at is not None and (moment is None or abs(found.received_at) >= _MILLISECONDS_FROM)
    ids = [value for value in (channel_id, campaign, found.id) if value is not None]
    if is_odd_time or (channel_id or campaign) is None or any(not value or value != value.strip() for value in ids):
        return None
    return Capture(channel_id, campaign, found.id, moment, bytes(found.lead).decode(), lead)


def _read_any(payload: str) -> Capture | Claim:
    try:
        parts = _PARTS.decode(payload)
    except msgspec.ValidationError:
        raise Refused(ProblemCode.UNKNOWN_SHAPE, "the record is not an object", _WRITE) from None
    except (msgspec.DecodeError, RecursionError):
        raise Refused(ProblemCode.BROKEN_JSON, "the record is not valid JSON", "mend the file") from None
    if "claim" in parts:
        return _read_claim(_decode(parts["claim"], "claim"))
    if "lead" in parts or "metadata" in parts:
        return _read_capture(parts)
    if "body" in parts or ("lead_channel" in parts and "data" not in parts):
        return _read_delivery(parts)
    if "data" in parts or is_summary(parts):
        return _read_summary(payload, parts)
    raise Refused(ProblemCode.UNKNOWN_SHAPE, "the record has none of the four shapes", _WRITE)


def _read_capture(parts: _Parts) -> Capture:
    metadata = _value(parts, "metadata") or {}
    if not isinstance(metadata, dict):
        raise Refused(ProblemCode.UNKNOWN_SHAPE, "metadata is not an object", _WRITE, "metadata")
    channel_id = _text(metadata.get("lead_channel"), "metadata.lead_channel")
    campaign_email_id = _text(metadata.get("email_campaign_email"), "metadata.email_campaign_email")
    if channel_id is None and campaign_email_id is None:
        reason = "metadata names neither a lead_channel nor an email_campaign_email"
        raise Refused(ProblemCode.MISSING_FIELD, reason, "name one of them", "metadata")
    if "lead" not in parts:
        raise Refused(ProblemCode.MISSING_FIELD, "there is no lead", _WRITE, "lead")
    lead = _decode(parts["lead"], "lead")
    if not isinstance(lead, dict):
        raise Refused(ProblemCode.UNKNOWN_SHAPE, "the lead is not an object", _WRITE, "lead")
    return Capture(channel_id, campaign_email_id, *_read_common(parts), _verbatim(parts["lead"]), lead)


def _read_delivery(parts: _Parts) -> Capture:
    channel_id = (
        _text(_decode(parts["lead_channel"], "lead_channel"), "lead_channel") if "lead_channel" in parts else None
    )
    if channel_id is None:
        raise Refused(ProblemCode.MISSING_FIELD, "the delivery names no lead_channel", "name it", "lead_channel")
    if "body" not in parts:
        raise Refused(ProblemCode.MISSING_FIELD, "the delivery has no body", _WRITE, "body")
    body = _decode(parts["body"], "body")
    if isinstance(body, str):
        body = read_body(body)
    if not isinstance(body, dict):
        raise Refused(ProblemCode.UNKNOWN_SHAPE, "the body is neither an object nor a text", _WRITE, "body")
    return Capture(channel_id, None, *_read_common(parts), _verbatim(parts["body"]), body)


def _read_summary(payload: str, parts: _Parts) -> Capture:
    """A lead summary with or without its envelope {"data", "message"} (002:71), beside which a channel may be named."""
    raw = _verbatim(parts["data"]) if "data" in parts else payload
    summary = _decode(msgspec.Raw(raw.encode()), "data")
    if not isinstance(summary, dict) or not is_summary(summary):
        raise Refused(ProblemCode.UNKNOWN_SHAPE, "data is not a lead summary", _WRITE, "data")
    channel_id = _text(_value(parts, "lead_channel"), "lead_channel")
    moment = read_date(summary) or _time(summary.get("date"), "date")
    return Capture(channel_id, None, _text(summary.get("id"), "id"), moment, raw, read_lead(summary), summary)


def _read_claim(claim: Any) -> Claim:
    if not isinstance(claim, dict):
        raise Refused(ProblemCode.UNKNOWN_SHAPE, "the claim is not an object", _WRITE, "claim")
    lead_id, user_id = _text(claim.get("lead"), "claim.lead"), _text(claim.get("user"), "claim.user")
    claimed_at = _time(claim.get("claimed_at"), "claim.claimed_at")
    if lead_id is None or user_id is None or claimed_at is None:
        reason = "a claim needs lead, user and claimed_at"
        raise Refused(ProblemCode.MISSING_FIELD, reason, "give all three", "claim")
    claim_id = _text(claim.get("id"), "claim.id") or hash_id(lead_id, user_id, round(claimed_at.timestamp() * 1e6))
    return Claim(claim_id, lead_id, user_id, claimed_at)


def _read_common(parts: _Parts) -> tuple[str | None, datetime | None]:
    """Id and time, where given."""
    return _text(_value(parts, "id"), "id"), _time(_value(parts, "received_at"), "received_at")


def _text(value: Any, path: str) -> str | None:
    """An id: trimmed; null and blank are none."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is not None and not isinstance(value, str):
        raise Refused(ProblemCode.UNKNOWN_SHAPE, f"{path} is not a text", _WRITE, path)
    return (value.strip() or None) if value else None


def _time(value: Any, path: str) -> datetime | None:
    """A time: seconds or milliseconds since 1970, also as text, or ISO 8601."""
    if value is None or value == "":
        return None
    seconds = value
    if isinstance(value, str):
        try:
            seconds = float(value)
        except ValueError:
            seconds = value.strip()
    if isinstance(seconds, int | float) and abs(seconds) >= _MILLISECONDS_FROM:
        seconds /= 1000
    moment = read_instant(seconds)
    if moment is None:
        raise Refused(
            ProblemCode.BAD_DATE, "the time is neither ISO 8601 nor seconds since 1970", "write one of them", path,
            str(value)[:100],
        )  # fmt: skip
    return moment


def _value(parts: _Parts, key: str) -> Any:
    """The value of a key; None when it is not there."""
    return _decode(parts[key], key) if key in parts else None


def _decode(raw: msgspec.Raw, path: str) -> Any:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        raise Refused(
            ProblemCode.BROKEN_JSON, f"{path} holds a number or text that JSON cannot carry", "mend the file", path
        ) from None


def _verbatim(raw: msgspec.Raw) -> str:
    return bytes(raw).decode()
