"""Why a decision is another one: the first cause that fits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from schemas.ddl import polars_schema
from schemas.tables import ROUTING_DECISIONS
from transforms.routing.history import News, explain_changes

NOON = datetime(2026, 7, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
CAME = {"lead_id": pl.String, "contact_id": pl.String, "captured_at": pl.Datetime("us", "UTC"), "group_id": pl.String}
DECIDED = {name: dtype for name, dtype in polars_schema(ROUTING_DECISIONS).items() if name not in CAME} | {
    "group_id": pl.String
}
OLD = {"outcome": "rule", "status": "assigned", "matched_count": 1, "group_id": "g1", "rule_id": "r1"}


def cause_of(old: dict[str, Any], new: dict[str, Any] | None, **news: Any) -> tuple[str, str | None]:
    row = {"lead_id": "l5", "contact_id": "c5", "captured_at": NOON}
    row |= {f"old_{name}": value for name, value in (OLD | old).items()}
    row |= {f"new_{name}": value for name, value in ({} if new is None else OLD | old | new).items()}
    schema = {name: dtype for name, dtype in CAME.items() if name != "group_id"}
    for side in ("old", "new"):
        schema |= {f"{side}_{name}": dtype for name, dtype in DECIDED.items()}
    for name in ("leads", "claims"):
        rows = [{"contact_id": "x", "group_id": "x", "captured_at": NOON - HOUR, **came} for came in news.pop(name, [])]
        news[name] = pl.DataFrame(rows, schema=CAME)
    found = explain_changes(pl.DataFrame([row], schema=schema), News(clock=NOON + HOUR, **news))
    return found.select("cause", "detail").row(0)


@pytest.mark.parametrize(
    ("old", "new", "news", "cause"),
    [
        ({}, None, {}, ("lead_gone", None)),
        ({"status": "offered"}, {"user_id": "u"}, {"claims": [{"lead_id": "l5"}]}, ("late_claim", "l5")),
        ({"status": "offered", "due_at": NOON + HOUR}, {"user_id": "u"}, {}, ("offer_ended", None)),
        ({"status": "queued", "due_at": NOON}, {"user_id": "u"}, {}, ("queue_moved", None)),
        ({"status": "queued", "due_at": NOON + 2 * HOUR}, {"user_id": "u"}, {}, ("earlier_decision", None)),
        ({}, {"rule_id": "r2", "rulebook_version": "f2"}, {"has_rulebook": True}, ("corrected_rulebook", "f2")),
        ({}, {"user_id": "u"}, {"leads": [{"lead_id": "l1", "group_id": "g1"}]}, ("backfilled_lead", "l1")),
        ({}, {"user_id": "u"}, {"leads": [{"lead_id": "l1", "contact_id": "c5"}]}, ("backfilled_lead", "l1")),
        ({}, {"user_id": "u"}, {"leads": [{"lead_id": "l9", "group_id": "g1", "captured_at": NOON + HOUR}],
                                "has_contacts": True}, ("contacts", None)),
        ({}, {"user_id": "u"}, {"claims": [{"lead_id": "l1", "contact_id": "c5"}]}, ("late_claim", "l1")),
        ({}, {"user_id": "u"}, {"has_rulebook": True, "has_directory": True}, ("corrected_rulebook", None)),
        ({}, {"user_id": "u"}, {"has_directory": True, "has_settings": True}, ("directory", None)),
        ({}, {"user_id": "u"}, {"has_settings": True}, ("settings", None)),
    ],
)  # fmt: skip
def test_a_f2_the_first_cause_that_fits_counts(
    old: dict[str, Any], new: dict[str, Any] | None, news: dict[str, Any], cause: tuple[str, str | None]
) -> None:
    assert cause_of(old, new, **news) == cause
