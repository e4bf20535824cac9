"""What groups and members say of how they share leads, and when a member may be given some."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from transforms.routing.calendars import Member, read_member
from transforms.routing.members import read_members, read_options, read_time_of_day


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1e6)


def read(zone: str = "UTC", **options: Any) -> Member:
    rows, problems = read_members([{"user": "u1", **options}], "g1")
    assert not problems
    row = rows[0]
    return read_member("u1", row["order"], row["weight"], row["cap_per_day"], row["paused"], row["hours"], zone)


def test_a_g7_pauses_and_hours_are_those_of_the_members_own_zone() -> None:
    member = read("America/Chicago", paused={"from": "2026-07-03"}, hours=[{"days": ["thursday"], "from": "09:00", "to": "17:00"}])  # fmt: skip  # noqa: E501
    assert [member.is_working(at(f"2026-07-02T{hour}")) for hour in ("13:59", "14:00", "21:59", "22:00")] == [
        False, True, True, False,
    ]  # fmt: skip
    assert not member.is_working(at("2026-07-09T15:00")), "paused until further notice"
    assert member.day_of(at("2026-07-02T04:59")) + 1 == member.day_of(at("2026-07-02T05:00"))


def test_a_g7_the_next_moments_are_ends_of_pauses_beginnings_of_hours_and_midnights() -> None:
    member = read(paused=[{"from": 0, "to": "2026-07-02T15:00:00Z"}], hours={"from": "13:00", "to": "14:00"})
    moments = sorted(member.boundaries(at("2026-07-02T12:00")))
    assert moments[:3] == [at("2026-07-02T13:00"), at("2026-07-02T15:00"), at("2026-07-03T13:00")]
    assert min(read(cap_per_day=2).boundaries(at("2026-07-02T12:00"))) == at("2026-07-03T00:00")
    assert read().is_free
    assert not list(read().boundaries(0))


def test_a_g7_hours_past_midnight_are_of_the_next_day() -> None:
    member = read(hours=[{"days": ["sunday"], "from": "22:00", "to": "02:00"}])  # 2026-07-05 is a Sunday
    hours = ("05T01:00", "05T21:59", "05T22:00", "05T23:59", "06T00:00", "06T01:59", "06T02:00", "06T22:00")
    assert [member.is_working(at(f"2026-07-{hour}")) for hour in hours] == [False, False, *[True] * 4, False, False]
    assert min(member.boundaries(at("2026-07-02T12:00"))) == at("2026-07-05T22:00")
    assert read(hours={"from": "22:00", "to": "00:00"}).hours == read(hours={"from": "22:00", "to": "24:00"}).hours


def test_a_g7_a_day_is_as_long_as_its_zone_makes_it() -> None:
    member = read("America/New_York", hours={"from": "09:00", "to": "10:00"})  # clocks go back on 2026-11-01
    assert min(member.boundaries(at("2026-11-01T05:00"))) == at("2026-11-01T14:00")


@pytest.mark.parametrize(
    ("option", "path"),
    [
        ({"weight": 0}, ".members[0].weight"),
        ({"weight": "much"}, ".members[0].weight"),
        ({"cap_per_day": -1}, ".members[0].cap_per_day"),
        ({"paused": [{"from": "soon"}]}, ".members[0].paused"),
        ({"paused": [{}]}, ".members[0].paused"),
        ({"hours": [{"from": "17:00", "to": "17:00"}]}, ".members[0].hours"),
        ({"hours": [{"from": "24:00", "to": "09:00"}]}, ".members[0].hours"),
        ({"hours": [{"days": ["someday"], "from": "09:00", "to": "17:00"}]}, ".members[0].hours"),
        ({"hours": "always"}, ".members[0].hours"),
    ],
)
def test_an_option_that_cannot_be_read_is_named_and_its_member_stays(option: dict[str, Any], path: str) -> None:
    rows, problems = read_members([{"user": "u1", **option}], "g1")
    assert [problem[0] for problem in problems] == [path]
    assert [(row["user_id"], row["weight"], row["cap_per_day"], row["paused"], row["hours"]) for row in rows] == [
        ("u1", 1, None, None, None)
    ]


def test_a_f1_a_group_says_what_becomes_of_what_nobody_takes() -> None:
    given = {"when_nobody": "fallback", "claim_minutes": "45", "fallback": {"target": "Group", "group": {"id": "g2"}}}
    assert read_options(given) == (
        {"when_nobody": "fallback", "claim_minutes": 45, "fallback_target": "Group", "fallback_id": "g2"}, [],
    )  # fmt: skip
    wrong = {"when_nobody": "wait", "claim_minutes": 0, "fallback": {"target": "User"}}
    options, problems = read_options(wrong)
    assert set(options.values()) == {None}
    assert [problem[0] for problem in problems] == [".when_nobody", ".claim_minutes", ".fallback"]


def test_times_of_day() -> None:
    texts = ("09:30", "24:00", "24:01", "9", "09:60", None)
    assert [read_time_of_day(text) for text in texts] == [570, 1440, None, None, None, None]
    assert json.loads(read_members([{"user": "u", "hours": {"from": "09:00", "to": "24:00"}}], "g")[0][0]["hours"])
