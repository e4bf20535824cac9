"""Filters: golden case 3 on the documents' twelve contacts, the other documented keys, and a naive oracle."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.ddl import polars_schema
from schemas.errors import NotFoundError, SettingsError, UnsupportedError
from schemas.tables import MARTS_CONTACT_ATTRIBUTES, MARTS_CONTACTS
from transforms.filters import FilterTables, filter_contacts

TAG, COMPANY = "5b3c994e-7569-4df8-b8db-f37421a684f7", "a49339a0-c224-49aa-a7f2-e08817e4dea3"
JOHNNY = "c94937a1-a409-44f8-85f6-ca04c668a0e9"
#: 004:2959: the contacts that have neither tag, in the order shown.
OTHERS = {
    "13add894-e7e8-4489-beb5-46ef4ad623e5": "David",
    "1fbf7d67-3557-428b-ba11-687b8b05ce85": "Higgins Daniel",
    "517c2222-41a9-428f-863c-25364c0c299c": "Boy 2 Goat",
    "5650b850-56e2-4986-abca-fd0623c4f9ec": "ACME Corporation",
    "619d0740-2ea9-4872-a39f-24d13c75b001": "Boy Goat",
    "7cd899ff-ce01-44e1-b895-f5c4550014f6": "Appleseed John",
    "80810d55-f6f4-41fb-8a8d-6bb4cc3a73a7": "Zakroff",
    "9148effd-1aaf-45b8-81a8-dd0891a51489": "Haro Anna",
    "f2f3724b-91aa-4ab2-b9c8-cd5d838db77e": "Zakroff Hank",
    "f6fe5854-6476-460f-8e82-73ae5fd72f27": "Taylor David",
    "faa570f5-1fc2-46bd-b575-fdc655a8f0da": "Bell Kate",
}
DEFS = {
    TAG: ("tag", "text"), COMPANY: ("company", "text"), "e": ("email", "text"), "p": ("phone_number", "text"),
    "a": ("address", "address"), "b": ("birthday", "date"), "n": ("score", "number"),
}  # fmt: skip


def at(day: int) -> datetime:
    return datetime(2026, 5, day, tzinfo=UTC)


def contact(contact_id: str, sort_field: str, **more: Any) -> dict[str, Any]:
    return {"id": contact_id, "sort_field": sort_field, "display_name": sort_field, "created_at": at(1), **more}


def attribute(contact_id: str, attribute_def: str, **more: Any) -> dict[str, Any]:
    return {"contact_id": contact_id, "attribute_def": attribute_def, "attribute_type": DEFS[attribute_def][0], **more}


def tables(
    contacts: list[dict[str, Any]],
    attributes: list[dict[str, Any]],
    leads: list[tuple[str, str]] | None = None,
    aliases: dict[str, str] | None = None,
) -> FilterTables:
    stands_for = {**{row["id"]: row["id"] for row in contacts}, **(aliases or {})}
    return FilterTables(
        pl.DataFrame(contacts, schema=polars_schema(MARTS_CONTACTS)),
        pl.DataFrame(attributes, schema=polars_schema(MARTS_CONTACT_ATTRIBUTES)),
        pl.DataFrame(
            [(key, name, kind, True) for key, (name, kind) in DEFS.items()],
            schema=["id", "name", "data_type", "is_searchable"],
            orient="row",
        ),
        pl.DataFrame({"contact_id": list(stands_for), "canonical_id": list(stands_for.values())}),
        pl.DataFrame(leads or [], schema={"contact_id": pl.String, "lead_channel": pl.String}, orient="row"),
        pl.DataFrame({"contact_id": [JOHNNY], "flow_id": ["f"]}),
        pl.DataFrame({"segment": ["friends"], "position": [1], "contact_id": [JOHNNY]}),
    )


def documented() -> FilterTables:
    contacts = [contact(JOHNNY, "Johnny", user_id="u", created_by="v", updated_by="w")] + [
        contact(key, name) for key, name in OTHERS.items()
    ]
    tags = [attribute(JOHNNY, TAG, text=tag) for tag in ("New", "foo", "poo")]
    return tables(contacts[::-1], [*tags, attribute(JOHNNY, COMPANY, text="Rechat")], [(JOHNNY, "channel")])


def ask(spec: dict[str, Any], asked: FilterTables | None = None) -> list[str]:
    return filter_contacts(spec, asked or documented()).to_list()


def test_golden_3_new_and_rechat_fi1() -> None:
    conditions = [{"attribute_def": TAG, "value": "New"}, {"attribute_def": COMPANY, "value": "Rechat"}]
    assert ask({"filter": conditions}) == [JOHNNY]


def test_golden_3_new_and_foo_on_one_contact_fi1() -> None:
    assert ask({"filter": [{"attribute_def": TAG, "value": "New"}, {"attribute_def": TAG, "value": "foo"}]}) == [JOHNNY]


def test_golden_3_not_new_not_foo_gives_eleven_in_id_order_fi2_fi4() -> None:
    second = {"attribute_type": "tag", "value": "foo", "invert": True, "attribute_def": TAG}
    assert ask({"filter": [{"attribute_def": TAG, "value": "New", "invert": True}, second]}) == list(OTHERS)


def test_lc10_lead_channels_and_flows() -> None:
    assert ask({"lead_channels": ["other", "channel"]}) == [JOHNNY]
    assert ask({"lead_channels": ["other"]}) == []
    assert ask({"flows": "f"}) == [JOHNNY]


def test_fi3_who_made_and_who_changed_a_contact_and_lists() -> None:
    assert ask({"created_by": "v", "updated_by": ["x", "w"], "lists": "friends"}) == [JOHNNY]
    assert ask({"created_by": ["w"]}) == ask({"updated_by": "v"}) == []


def test_a_fi1_values_fold_a_list_means_any_and_alphabet_folds_accents() -> None:
    assert ask({"filter": [{"attribute_type": "tag", "value": ["none", " NEW"]}]}) == [JOHNNY]
    some = tables([contact("1", "Étienne"), contact("2", "'eve"), contact("3", "Zoe")], [])
    assert ask({"alphabet": "E"}, some) == ["1", "2"]


def test_fi3_users_ids_excludes_through_aliases_and_q() -> None:
    assert ask({"users": ["u"]}) == [JOHNNY]
    merged = tables(
        [contact("1", "Ann Lee"), contact("2", "Bo Lee")], [attribute("2", "e", text="Ann@x.com")], aliases={"0": "1"}
    )
    assert ask({"ids": "0,2"}, merged) == ["1", "2"]
    assert ask({"excludes": ["0"]}, merged) == ["2"]
    assert ask({"q": "ann LEE"}, merged) == ["1", "2"]
    assert ask({"q": "ann@x"}, merged) == ["2"]
    assert ask({"q": None}, merged) == ["1", "2"]


def test_a_c8_emails_phones_dates_numbers_and_addresses() -> None:
    address = {"city": "Dallas", "state": "TX"}
    own = tables(
        [contact("1", "A"), contact("2", "B")],
        [
            attribute("1", "e", text="Ann@x.com", match_key="ann@x.com"),
            attribute("1", "p", text="+16753157684", match_key="+16753157684"),
            attribute("1", "b", date=date(1970, 1, 12)),
            attribute("1", "n", number=5.0),
            attribute("1", "a", address=address),
        ],
    )
    for name, value in [
        ("email", "mailto:ANN@x.com"), ("phone_number", "(675) 315-7684"), ("birthday", 1000000), ("score", "5"),
        ("birthday", "1970-01-12"), ("address", {"city": "dallas"}),
    ]:  # fmt: skip
        assert ask({"filter": [{"attribute_type": name, "value": value}]}, own) == ["1"], name
        assert ask({"filter": [{"attribute_type": name, "value": value, "invert": True}]}, own) == ["2"], name
    assert ask({"filter": [{"attribute_type": "address", "value": {"city": "Dallas", "state": "GA"}}]}, own) == []


def test_fi4_ranges_order_and_paging() -> None:
    rows = [
        contact("1", "b", last_touch=at(3)), contact("2", "A", last_touch=at(1)), contact("3", "a"),
        contact("4", "C", last_touch=at(2)),
    ]  # fmt: skip
    some = tables(rows, [])
    assert ask({"order": "sort_field"}, some) == ["2", "3", "1", "4"]
    assert ask({"order": "-last_touch"}, some) == ["1", "4", "2", "3"]
    assert ask({"order": "last_touch", "start": 1, "limit": 2}, some) == ["4", "1"]
    assert ask({"last_touch_gte": at(2).timestamp(), "last_touch_lte": "2026-05-02"}, some) == ["4"]
    assert ask({"created_lte": at(1).timestamp(), "limit": 0}, some) == []


@pytest.mark.parametrize(
    ("spec", "error", "named"),
    [
        ({"crm_task": "x"}, UnsupportedError, "crm_task: leadpipe is given no CRM tasks"),
        ({"lists": "enemies"}, NotFoundError, "no list 'enemies'"),
        ({"colour": "x"}, UnsupportedError, "colour"),
        ({"filter": [{"attribute_type": "tag", "operator": "eq", "value": 1}]}, UnsupportedError, "operator"),
        ({"filter": [{"attribute_type": "tag"}]}, UnsupportedError, "without value"),
        ({"filter": [{"attribute_type": "tags", "value": "x"}]}, NotFoundError, "tags"),
        ({"filter": [{"value": "x"}]}, SettingsError, "names no attribute"),
        ({"filter": {"attribute_type": "tag"}}, SettingsError, "filter"),
        ({"filter": [{"attribute_type": "birthday", "value": "soon"}]}, SettingsError, "birthday"),
        ({"order": "email"}, SettingsError, "email"),
        ({"limit": -1}, SettingsError, "limit"),
        ({"created_gte": "soon"}, SettingsError, "created_gte"),
        ({"users": [1]}, SettingsError, "users"),
        ({"alphabet": "?"}, SettingsError, "alphabet"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused_by_name(spec: dict[str, Any], error: type[Exception], named: str) -> None:
    with pytest.raises(error, match=named):
        ask(spec)


WORDS = st.sampled_from(["New", "new", "foo", "bar"])
CONTACTS = st.lists(st.lists(WORDS, max_size=3), max_size=6)
CONDITIONS = st.lists(st.tuples(st.one_of(WORDS, st.lists(WORDS, max_size=2)), st.booleans()), max_size=3)


@settings(max_examples=50, deadline=None)
@given(CONTACTS, CONDITIONS)
def test_fi1_fi2_against_plain_sets(tags: list[list[str]], conditions: list[tuple[Any, bool]]) -> None:
    asked = tables(
        [contact(str(number), "x") for number in range(len(tags))],
        [attribute(str(number), TAG, text=tag) for number, own in enumerate(tags) for tag in own],
    )
    spec = {"filter": [{"attribute_type": "tag", "value": value, "invert": invert} for value, invert in conditions]}

    def holds(own: list[str], value: Any, invert: bool) -> bool:
        wanted = {item.casefold() for item in ([value] if isinstance(value, str) else value)}
        return bool(wanted & {tag.casefold() for tag in own}) != invert

    expected = [str(n) for n, own in enumerate(tags) if all(holds(own, *condition) for condition in conditions)]
    assert ask(spec, asked) == expected
