"""Leads meet contacts as a scan of one lead after another says."""

from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.ids import hash_id
from transforms.leads.by_time import Changing
from transforms.leads.repeats import flag_repeats
from transforms.leads.resolution import resolve_contacts

START = datetime(2026, 7, 1, tzinfo=UTC)
INSTANT = pl.Datetime("us", "UTC")
LEADS = dict.fromkeys(["lead_id", "brand_id", "email", "phone", "first_name", "last_name"], pl.String)
LEADS |= {"captured_at": INSTANT, "run_sequence": pl.Int64}
CONTACTS = {"contact_id": pl.String, "brand_id": pl.String, "has_live_owner": pl.Boolean, "created_at": INSTANT}
CONTACTS |= {"run_sequence": pl.Int64, "since": INSTANT}
VALUES = dict.fromkeys(["contact_id", "attribute_type", "match_key"], pl.String)
CHANGING = dict.fromkeys(["contact_id", "brand_id", "user_id"], pl.String) | {"created_at": INSTANT, "since": INSTANT}
CHANGING |= {"made_by": pl.String, "deleted_at": INSTANT}
PERIODS = VALUES | {"since": INSTANT, "until": INSTANT, "run_sequence": pl.Int64, "made_by": pl.String}
PERIODS |= {"created_at": INSTANT, "position": pl.Int64}
OWNERS = {"contact_id": pl.String, "user_id": pl.String, "changed_at": INSTANT}

Row = dict[str, Any]


def resolve(
    leads: list[Row], contacts: list[Row], values: list[Row], changing: list[Row] | None = None
) -> dict[str, tuple[str, bool]]:
    frames = (pl.DataFrame(leads, LEADS), pl.DataFrame(contacts, CONTACTS), pl.DataFrame(values, VALUES))
    others = changing or []
    gone = pl.Series(["gone"])
    periods = [period | {"contact_id": other["contact_id"]} for other in others for period in other["periods"]]
    owners = [change | {"contact_id": other["contact_id"]} for other in others for change in other["owners"]]
    facts = [{name: other.get(name) for name in CHANGING} for other in others]
    given = Changing(pl.DataFrame(facts, CHANGING), pl.DataFrame(periods, PERIODS), pl.DataFrame(owners, OWNERS), gone)
    return {row[0]: (row[1], row[2]) for row in resolve_contacts(*frames, given).iter_rows()}


def as_of(other: Row, moment: datetime) -> Row | None:
    """A changing contact at some time, as the scan knows contacts; None where it is not there."""
    if (other["since"] or moment) > moment or (other["deleted_at"] or LATER) <= moment:
        return None
    held = [p for p in other["periods"] if (p["since"] or moment) <= moment < (p["until"] or LATER)]
    keys = {kind: {p["match_key"] for p in held if p["attribute_type"] == kind} for kind in KEYS}
    names = {kind: next((p["match_key"] for p in held if p["attribute_type"] == kind), None) for kind in NAMES}
    given = sorted((c["changed_at"], c["user_id"]) for c in other["owners"] if c["changed_at"] <= moment)
    owner = given[-1][1] if given else other["user_id"]
    return {**other, **keys, **names, "has_live_owner": owner not in (None, "gone"), "run_sequence": 0}


def resolve_naively(
    leads: list[Row], contacts: list[Row], values: list[Row], changing: list[Row] | None = None
) -> dict[str, tuple[str, bool]]:
    """SPEC A-P4 and the growing of contacts (A-P5), one lead after another over all contacts."""
    people: list[Row] = []
    for contact in contacts:
        own = [value for value in values if value["contact_id"] == contact["contact_id"]]
        keys = {
            kind: {v["match_key"] for v in own if v["attribute_type"] == kind} for kind in ("email", "phone_number")
        }
        names = {kind: next((v["match_key"] for v in own if v["attribute_type"] == kind), None) for kind in NAMES}
        people.append({**contact, **keys, **names})
    found = {}
    for lead in sorted(leads, key=lambda lead: (lead["captured_at"], lead["lead_id"])):
        folded = {name: lead[name] and lead[name].casefold() for name in NAMES}
        others = filter(None, (as_of(other, lead["captured_at"]) for other in changing or []))
        known = [
            p for p in [*people, *others]
            if p["brand_id"] == lead["brand_id"] and p["run_sequence"] <= lead["run_sequence"]
            and (p.get("since") or lead["captured_at"]) <= lead["captured_at"]
        ]  # fmt: skip
        fit = [p for p in known if lead["email"] and lead["email"] in p["email"]] or [
            p for p in known
            if lead["phone"] and lead["phone"] in p["phone_number"] and all(folded.values())
            and all(p[name] == folded[name] for name in NAMES)
        ]  # fmt: skip
        fit.sort(key=lambda p: (not p["has_live_owner"], p["created_at"], p["contact_id"]))
        if fit:
            person = fit[0]
        else:
            person = {"contact_id": hash_id("lead", lead["lead_id"]), "created_at": lead["captured_at"]}
            person |= {"has_live_owner": False, "run_sequence": 0, "brand_id": lead["brand_id"]}
            person |= {"email": set(), "phone_number": set(), "first_name": None, "last_name": None}
            people.append(person)
        person["email"] |= {lead["email"]} - {None}
        person["phone_number"] |= {lead["phone"]} - {None}
        for name in NAMES:
            person[name] = person[name] or folded[name]
        found[lead["lead_id"]] = (person["contact_id"], bool(fit))
    return found


LATER = START + timedelta(days=1)
KEYS = ("email", "phone_number")
NAMES = ("first_name", "last_name")
maybe = {
    "email": st.sampled_from([None, "a@x.co", "b@x.co", "c@x.co"]),
    "phone": st.sampled_from([None, "+1", "+2"]),
    "first_name": st.sampled_from([None, "Ann", "ANN", "Bob"]),
    "last_name": st.sampled_from([None, "Doe", "Roe"]),
}
brands = st.sampled_from(["b1", "b1", "b1", None])
moments = st.integers(0, 5).map(lambda hours: START + timedelta(hours=hours))
lead_rows = st.lists(
    st.fixed_dictionaries({**maybe, "brand_id": brands, "captured_at": moments, "run_sequence": st.integers(1, 3)}),
    max_size=12,
).map(lambda rows: [{**row, "lead_id": f"l{place:02}"} for place, row in enumerate(rows)])
contact_rows = st.lists(
    st.fixed_dictionaries(
        {
            "brand_id": brands, "has_live_owner": st.booleans(), "created_at": moments, "since": st.none() | moments,
            "run_sequence": st.integers(1, 3),
            "values": st.fixed_dictionaries(
                {
                    "email": st.lists(st.sampled_from(["a@x.co", "b@x.co"]), max_size=2, unique=True),
                    "phone_number": st.lists(st.sampled_from(["+1", "+2", "+3"]), max_size=2, unique=True),
                    "first_name": st.lists(st.sampled_from(["ann", "bob"]), max_size=1),
                    "last_name": st.lists(st.sampled_from(["doe", "roe"]), max_size=1),
                }
            ),
        }
    ),
    max_size=6,
)  # fmt: skip


def spread(drawn: list[Row]) -> tuple[list[Row], list[Row]]:
    contacts = [{**row, "contact_id": f"c{place}"} for place, row in enumerate(drawn)]
    values = [
        {"contact_id": contact["contact_id"], "attribute_type": kind, "match_key": key}
        for contact in contacts
        for kind, keys in contact.pop("values").items()
        for key in keys
    ]
    return contacts, values


@settings(max_examples=60, deadline=None)
@given(lead_rows, contact_rows)
def test_a_p4_joins_and_turns_equal_a_scan(leads: list[Row], drawn: list[Row]) -> None:
    contacts, values = spread(drawn)
    assert resolve(leads, contacts, values) == resolve_naively(leads, contacts, values)


spans = st.tuples(st.none() | moments, st.none() | moments)
held_values = st.one_of(
    *(st.tuples(st.just(kind), st.sampled_from(keys)) for kind, keys in (
        ("email", ["a@x.co", "b@x.co", "c@x.co"]), ("phone_number", ["+1", "+2"]),
    ))
)  # fmt: skip
changing_rows = st.lists(
    st.fixed_dictionaries(
        {
            "brand_id": brands, "user_id": st.sampled_from([None, "u", "gone"]), "created_at": moments,
            "since": st.none() | moments, "deleted_at": st.none() | moments,
            "keys": st.lists(st.tuples(held_values, spans), max_size=4),
            "names": st.fixed_dictionaries({"first_name": moments, "last_name": moments}),
            "owners": st.lists(st.tuples(moments, st.sampled_from(["u", "gone"])), max_size=2, unique_by=itemgetter(0)),
        }
    ),
    max_size=3,
)  # fmt: skip


def date(drawn: list[Row]) -> list[Row]:
    """Each changing contact is called Ann Doe, then at some time Bob Roe."""
    found = []
    for place, row in enumerate(drawn):
        plain = {"run_sequence": None, "made_by": None, "created_at": START, "position": 0}
        periods = [
            plain | {"attribute_type": kind, "match_key": key, "since": since, "until": until}
            for (kind, key), (since, until) in row.pop("keys")
        ]
        for name, texts in (("first_name", ("ann", "bob")), ("last_name", ("doe", "roe"))):
            turn = row["names"][name]
            for text, since, until in ((texts[0], None, turn), (texts[1], turn, None)):
                periods.append(plain | {"attribute_type": name, "match_key": text, "since": since, "until": until})
        owners = [{"changed_at": at, "user_id": user} for at, user in row["owners"]]
        found.append(row | {"contact_id": f"d{place}", "made_by": None, "periods": periods, "owners": owners})
    return found


@settings(max_examples=60, deadline=None)
@given(lead_rows, contact_rows, changing_rows)
def test_a_p4_contacts_that_requests_change_are_met_as_of_the_lead(
    leads: list[Row], drawn: list[Row], changed: list[Row]
) -> None:
    contacts, values = spread(drawn)
    changing = date(changed)
    assert resolve(leads, contacts, values, changing) == resolve_naively(leads, contacts, values, changing)


def test_a_p4_what_a_lead_brought_is_met_by_the_leads_after_it() -> None:
    contact = {"contact_id": "d", "brand_id": "b1", "created_at": START, "since": START, "made_by": "l1", "owners": []}
    period = {"attribute_type": "email", "match_key": "b@x.co", "made_by": "l2", "created_at": START}
    contact |= {"periods": [period, period | {"match_key": "a@x.co", "made_by": "l1"}]}
    leads = [lead(f"l{number}", email=email) for number, email in enumerate(["b@x.co", "a@x.co", "b@x.co", "b@x.co"])]
    found = resolve(leads, [], [], [contact])
    mine = (hash_id("lead", "l0"), True)
    assert found == {"l0": (mine[0], False), "l1": (hash_id("lead", "l1"), False), "l2": mine, "l3": mine}
    assert resolve(leads[1:], [], [], [contact])["l3"] == ("d", True)


def lead(lead_id: str, **given: Any) -> Row:
    row: Row = {"lead_id": lead_id, "brand_id": "b1", "email": None, "phone": None, "first_name": None}
    return {**row, "last_name": None, "captured_at": START, "run_sequence": 1, **given}


def test_a_p4_a_phone_number_alone_makes_a_new_contact() -> None:
    found = resolve([lead("l1", phone="+1", first_name="Ann"), lead("l2", phone="+1", first_name="Ann")], [], [])
    assert found == {name: (hash_id("lead", name), False) for name in ("l1", "l2")}


def test_a_p4_a_contact_of_a_later_run_is_not_known() -> None:
    contact = {"contact_id": "c", "brand_id": "b1", "has_live_owner": True, "created_at": START, "run_sequence": 2}
    value = {"contact_id": "c", "attribute_type": "email", "match_key": "a@x.co"}
    leads = [lead("l1", email="a@x.co"), lead("l2", email="a@x.co", run_sequence=2)]
    made = hash_id("lead", "l1")
    assert resolve(leads, [contact], [value]) == {"l1": (made, False), "l2": ("c", True)}


def test_a_p6_a_repeat_is_the_same_within_24_hours() -> None:
    hours = [0, 24, 48.1, 50]
    leads = pl.DataFrame(
        {
            "contact_id": ["c"] * 4,
            "payload_key": ["p", "p", "p", "q"],
            "captured_at": [START + timedelta(hours=hour) for hour in hours],
        }
    )
    assert flag_repeats(leads)["is_repeat"].to_list() == [False, True, False, False]
    assert flag_repeats(leads.clear())["is_repeat"].to_list() == []
