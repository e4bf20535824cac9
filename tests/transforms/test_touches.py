"""Touches: the documents' own numbers (golden case 6), and a naive oracle."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.ddl import polars_schema
from schemas.tables import CORE_TOUCH_EVENTS
from transforms.tags import TAG_SETTING_SCHEMA
from transforms.touches import derive_touches, tag_frequency_events

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EVENT_SCHEMA = polars_schema(CORE_TOUCH_EVENTS)
TAG_VALUE_SCHEMA = {
    "contact_id": pl.String,
    "brand_id": pl.String,
    "text": pl.String,
    "created_at": pl.Datetime("us", "UTC"),
    "deleted_at": pl.Datetime("us", "UTC"),
}


def at(seconds: float) -> datetime:
    return EPOCH + timedelta(microseconds=round(seconds * 1e6))


def touch(contact: str, seconds: float, action: str | None = None) -> dict[str, Any]:
    source = "contact" if action else "capture"
    return {"contact_id": contact, "occurred_at": at(seconds), "kind": "touch", "action": action, "source": source}


def frequency(contact: str, seconds: float, days: int | None, source: str = "contact") -> dict[str, Any]:
    return {
        "contact_id": contact,
        "occurred_at": at(seconds),
        "kind": "frequency",
        "touch_freq": days,
        "source": source,
    }


def derive(*events: dict[str, Any]) -> dict[str, dict[str, Any]]:
    derived = derive_touches(pl.DataFrame(list(events), schema=EVENT_SCHEMA))
    return {row.pop("contact_id"): row for row in derived.iter_rows(named=True)}


def tag_values(*rows: tuple[Any, ...]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=TAG_VALUE_SCHEMA, orient="row")


def tag_settings(*rows: tuple[Any, ...]) -> pl.DataFrame:
    return pl.DataFrame([(*row[:3], True, row[3]) for row in rows], schema=TAG_SETTING_SCHEMA, orient="row")


def test_golden_6_tag_frequency_counts_from_its_setting_when_never_touched_to1_to4() -> None:
    set_at = at(1778872034.692717)
    events = tag_frequency_events(
        tag_values(("c", "b", "bar", at(1778872000), None)), tag_settings(("b", "bar", 10, set_at))
    )
    row = derive_touches(events).row(0, named=True)
    assert (row["touch_freq"], row["touch_freq_source"]) == (10, "tag:bar")
    assert row["next_touch"] == at(1779736034.692717)  # 004:6695
    assert row["last_touch"] is None


def test_golden_6_seven_days_after_the_last_touch_to1_to6() -> None:
    row = derive(touch("c", 1778872034.692, "email"), frequency("c", 1778872030, 7, "tag:Hot"))["c"]
    assert row["next_touch"] == at(1779476834.692)  # 004:7425
    assert (row["last_touch_action"], row["touch_freq"]) == ("email", 7)


def test_golden_6_contact_set_to_43_after_its_tag_to3_a_t2() -> None:
    row = derive(frequency("c", 1778872034.69, 30, "tag:Warm"), frequency("c", 1778872034.692717, 43))["c"]
    assert (row["touch_freq"], row["touch_freq_source"]) == (43, "contact")
    # The document's next_touch, 1781464034.692717, is the Warm tag's 30 days: stale (SPEC TO3, A-T2).
    assert row["next_touch"] == at(1778872034.692717 + 43 * 86400)


def test_a_t1_the_latest_setting_wins_and_a_removed_tag_changes_nothing_to5() -> None:
    values = tag_values(("c", "b", "bar", at(10), at(50)))
    events = tag_frequency_events(values, tag_settings(("b", "bar", 10, at(20)), ("b", "bar", 99, at(60))))
    own = pl.DataFrame([frequency("c", 15, 43)], schema=EVENT_SCHEMA)
    assert derive_touches(pl.concat([own, events])).row(0, named=True)["touch_freq"] == 10


def test_a_t3_a_capture_touches_without_action_lc4() -> None:
    row = derive(touch("c", 5, "call"), touch("c", 9))["c"]
    assert (row["last_touch"], row["last_touch_action"], row["next_touch"]) == (at(9), None, None)


def test_a_t4_null_clears_the_next_touch() -> None:
    row = derive(frequency("c", 1, 7), frequency("c", 2, None), touch("c", 3))["c"]
    assert (row["touch_freq"], row["next_touch"], row["touch_freq_source"]) == (None, None, "contact")


def test_to2_a_tag_with_a_frequency_added_later_is_an_event_then_in_any_case() -> None:
    values = tag_values(("c", "b", " hot", at(50), None), ("d", "other", "Hot", at(50), None))
    events = tag_frequency_events(values, tag_settings(("b", "Hot", 7, None)))
    assert events.select("contact_id", "occurred_at", "touch_freq", "source").rows() == [("c", at(50), 7, "tag:Hot")]


EVENTS = st.lists(
    st.one_of(
        st.builds(touch, st.sampled_from("ab"), st.integers(0, 5), st.sampled_from([None, "call", "email"])),
        st.builds(
            frequency,
            st.sampled_from("abc"),
            st.integers(0, 5),
            st.none() | st.integers(1, 60),
            st.sampled_from(["contact", "tag:Hot", "tag:Warm"]),
        ),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(EVENTS, st.randoms(use_true_random=False))
def test_a_t1_a_t2_against_a_naive_reading_of_the_events(events: list[dict[str, Any]], shuffler: Any) -> None:
    expected = {contact: _naive([e for e in events if e["contact_id"] == contact]) for contact in _contacts(events)}
    shuffled = list(events)
    shuffler.shuffle(shuffled)
    assert derive(*shuffled) == expected


def _contacts(events: list[dict[str, Any]]) -> set[str]:
    return {event["contact_id"] for event in events}


def _naive(events: list[dict[str, Any]]) -> dict[str, Any]:
    state: dict[str, Any] = dict.fromkeys(
        ["last_touch", "last_touch_action", "touch_freq", "touch_freq_source", "next_touch"]
    )
    set_at: tuple[Any, ...] | None = None
    touched_at: tuple[Any, ...] | None = None
    for event in events:
        if event["kind"] == "touch":
            rank: tuple[Any, ...] = (event["occurred_at"], event["action"] or "")
            if touched_at is None or rank >= touched_at:
                touched_at = rank
                state |= {"last_touch": event["occurred_at"], "last_touch_action": event["action"]}
        else:
            days = event["touch_freq"]
            rank = (event["occurred_at"], event["source"] == "contact", -(days or 10**6), -ord(event["source"][4]))
            if set_at is None or rank >= set_at:
                set_at = rank
                state |= {"touch_freq": days, "touch_freq_source": event["source"]}
    if set_at and state["touch_freq"]:
        state["next_touch"] = (state["last_touch"] or set_at[0]) + timedelta(seconds=86400 * state["touch_freq"])
    return state


HISTORIES = st.tuples(
    st.lists(st.tuples(st.integers(0, 9), st.none() | st.integers(10, 19)), max_size=4),
    st.lists(
        st.tuples(st.none() | st.integers(-5, 20), st.none() | st.integers(1, 60)), max_size=4, unique_by=lambda s: s[0]
    ),
)


@settings(max_examples=60, deadline=None)
@given(HISTORIES)
def test_to4_tag_events_against_a_walk_through_time(history: tuple[list[Any], list[Any]]) -> None:
    spans, changes = history
    values = tag_values(*[(str(n), "b", "x", at(a), None if r is None else at(r)) for n, (a, r) in enumerate(spans)])
    events = tag_frequency_events(
        values, tag_settings(*[("b", "x", d, None if s is None else at(s)) for s, d in changes])
    )
    expected = set()
    for number, (added, removed) in enumerate(spans):
        before = [(s if s is not None else -99, d) for s, d in changes if s is None or s <= added]
        if before and max(before)[1] is not None:
            expected.add((str(number), at(added), max(before)[1]))
        for set_at, days in changes:
            if set_at is not None and set_at > added and (removed is None or set_at < removed):
                expected.add((str(number), at(set_at), days))
    assert set(events.select("contact_id", "occurred_at", "touch_freq").rows()) == expected
    assert events.height == len(expected)
