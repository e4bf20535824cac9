"""Leads of three months: visitors old and new, in the captured and the webhook shape, and what goes wrong with both."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import urlencode
from uuid import NAMESPACE_URL, uuid5

from generator.dirt import dirty_email, dirty_phone, dirty_text
from generator.people import PLACES, Person

__all__ = ["make_lead_files"]

#: Channels of routing/2026-07-01_rulebook.json.
_PORTAL = "8607bf2a-992a-44a0-a2f7-ddd46fbfafbf"
_WEB = "55f50bdd-fc93-4737-84e4-6fa5ad97745f"
_DEFAULT = "e47bd518-3465-4095-99cf-bcb249b131d3"
_UNKNOWN = "00000000-0000-4000-8000-000000000000"
#: Members of its first-to-claim group.
_CLAIMANTS = ("ace98f74-48cc-58d8-98c5-2d6be9c89912", "ea734cab-7d5f-529a-af90-ec1b5d43a80c")
_FIRST_DAY = datetime(2026, 7, 3, 8, tzinfo=UTC)
_LISTINGS = ("20100001", "20100002", "20100003", "20100004", "20100005")
_TAGS = (["Buyer"], ["Relocation", "Buyer"], ["Seller", "Luxury"], ["Lead", "Website Inquiry"], [])
_SOURCES = ("Website", "Website", "Open House", "Newsletter", "Referral")


@dataclass(frozen=True)
class _Line:
    """One line of a file, with the month it belongs to."""

    month: str
    text: str


def make_lead_files(random: Random, known: list[Person], strangers: list[Person], count: int) -> dict[str, str]:
    """File name -> text of JSON lines."""
    lines: list[_Line] = []
    for number in range(count):
        at = _FIRST_DAY + timedelta(minutes=random.randint(0, 88 * 24 * 60))
        person = random.choice(known) if random.random() < 0.35 else random.choice(strangers)
        make = _make_capture if random.random() < 0.45 else _make_delivery
        payload = make(random, person, at, number)
        lines.append(_line(at, payload))
        if random.random() < 0.06:  # the form is sent again
            again = at + timedelta(minutes=random.randint(1, 600))
            repeated = {key: value for key, value in payload.items() if key != "id"}
            lines.append(_line(again, {**repeated, "received_at": _stamp(again)}))
        body = payload.get("body")
        if isinstance(body, dict) and body["lead_source"] == "Open House" and random.random() < 0.6:
            lines.extend(_make_claims(random, payload["id"], at))
    lines.extend(_make_faults(strangers[0]))
    months = sorted({line.month for line in lines})
    return {f"{month}.jsonl": "".join(line.text for line in lines if line.month == month) for month in months}


def _line(at: datetime, payload: dict[str, Any]) -> _Line:
    return _Line(f"{at:%Y-%m}", json.dumps(payload, ensure_ascii=False) + "\n")


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _make_capture(random: Random, person: Person, at: datetime, number: int) -> dict[str, Any]:
    """A lead of the portal, about a listing with its price and address, or named by its MLS number alone."""
    city, state, postcode = random.choice(PLACES)
    price = random.choice((185_000, 349_900, 512_500, 780_000, 1_450_000, "625,000", "$2.4M", None))
    listing = {
        "price": price,
        "property": {"address": {"city": city, "state_code": state, "postal_code": postcode, "country": "US"}},
    }
    lead = {**_visitor(random, person), "source_type": "Website", "listing": listing}
    if random.random() < 0.15:
        lead["listing"] = {"mls_number": random.choice(_LISTINGS)}
    if random.random() < 0.05:
        lead["assignees"] = [{"mls": "NTREIS", "mls_id": "0512347"}]
    channel = _PORTAL if random.random() < 0.9 else _DEFAULT
    return {"metadata": {"lead_channel": channel}, "lead": lead, "received_at": _stamp(at), "id": _lead_id(number)}


def _make_delivery(random: Random, person: Person, at: datetime, number: int) -> dict[str, Any]:
    """A webhook delivery of the website's form; a few as the form itself was sent."""
    city, state, postcode = person.place
    body: dict[str, Any] = {
        **_visitor(random, person),
        "lead_source": random.choice(_SOURCES),
        "note": random.choice(("", "Please call after six", "Is it still available?", "We move in spring")),
        "referer_url": f"https://www.example.com/homes/{number}?utm_source={random.choice(('mail', 'search'))}",
        "city": dirty_text(random, city),
        "state": random.choice((state, state, {"TX": "Texas", "CA": "California"}.get(state, state))),
        "postal_code": postcode,
    }
    if tags := random.choice(_TAGS):
        body["tag"] = tags
    as_form = urlencode({key: value for key, value in body.items() if isinstance(value, str) and value})
    is_form = body["lead_source"] != "Open House" and random.random() < 0.05
    delivered = as_form if is_form else body
    return {"lead_channel": _WEB, "received_at": _stamp(at), "body": delivered, "id": _lead_id(number)}


def _visitor(random: Random, person: Person) -> dict[str, str]:
    lead = {
        "first_name": dirty_text(random, person.first),
        "last_name": dirty_text(random, person.last),
        "email": dirty_email(random, person.email),
        "phone_number": dirty_phone(random, person.phone),
    }
    if random.random() < 0.1:
        del lead[random.choice(("first_name", "last_name", "phone_number"))]
    return lead


def _make_claims(random: Random, lead_id: str, at: datetime) -> Iterable[_Line]:
    for user in random.sample(_CLAIMANTS, random.randint(1, 2)):
        claimed_at = at + timedelta(minutes=random.randint(1, 45))
        yield _line(claimed_at, {"claim": {"lead": lead_id, "user": user, "claimed_at": _stamp(claimed_at)}})


def _make_faults(person: Person) -> Iterable[_Line]:
    """What quarantine is for: an unknown channel, an unknown campaign, a line cut off, no shape at all."""
    at = datetime(2026, 9, 29, 12, tzinfo=UTC)
    lead = {"first_name": person.first, "email": person.email}
    yield _line(at, {"metadata": {"lead_channel": _UNKNOWN}, "lead": lead, "received_at": _stamp(at)})
    yield _line(at, {"metadata": {"email_campaign_email": _UNKNOWN}, "lead": lead, "received_at": _stamp(at)})
    yield _line(at, {"visitor": lead})
    yield _Line("2026-09", '{"metadata": {"lead_channel": "8607bf2a-992a-44a0-a2f7\n')


def _lead_id(number: int) -> str:
    return str(uuid5(NAMESPACE_URL, f"leadpipe/samples/lead {number}"))
