from __future__ import annotations

import datetime as dt

import polars as pl

from transforms.marts.people import (
    count_tags,
    credit_mergers,
    name_members,
    name_mergers,
    own_contacts,
    resolve_contacts,
)

NOON = dt.datetime(2026, 5, 15, 12, tzinfo=dt.UTC)


def test_contacts_without_owner_belong_to_the_first_user_given_their_leads() -> None:
    contacts = pl.DataFrame({"contact_id": ["a", "b", "c"], "user_id": [None, "kept", None]})
    leads = pl.DataFrame(
        {
            "lead_id": ["l3", "l2", "l1", "l4"],
            "contact_id": ["a", "a", "a", "b"],
            "captured_at": [NOON + dt.timedelta(2), NOON + dt.timedelta(1), NOON, NOON],
        }
    )
    assignments = pl.DataFrame(
        {"lead_id": ["l1", "l2", "l2", "l3", "l4"], "position": [1, 2, 1, 1, 1],
         "user_id": [None, "second", "first", "late", "other"]}
    )  # fmt: skip
    assert own_contacts(contacts, leads, assignments).rows() == [("a", "first"), ("b", "kept"), ("c", None)]


def test_a_tg1_tags_are_counted_whatever_their_case() -> None:
    tags = pl.DataFrame(
        {"tag_id": list("1234"), "brand_id": ["b", "b", "b", None],
         "tag": ["New", "Past Client", "PastClient", "New"], "text": [""] * 4,
         "touch_freq": [7, None, None, None], "auto_enroll_in_super_campaigns": [False] * 4}
    )  # fmt: skip
    contacts = pl.DataFrame({"brand": ["b", "b", None, "b"], "tags": [["new"], ["NEW", "PastClient"], ["New"], None]})
    counted = count_tags(tags, contacts)
    assert counted["contacts_count"].to_list() == [2, 0, 1, 1]
    assert counted.columns == [
        "id",
        "brand",
        "tag",
        "text",
        "touch_freq",
        "auto_enroll_in_super_campaigns",
        "contacts_count",
    ]


def test_resolve_contacts_keeps_the_id_given() -> None:
    aliases = pl.DataFrame({"contact_id": ["a", "b"], "canonical_id": ["a", "a"], "cluster_id": ["x", "x"]})
    resolved = resolve_contacts(pl.DataFrame({"lead_id": ["1", "2"], "contact_id": ["b", "unknown"]}), aliases)
    assert resolved.rows() == [("1", "a", "b"), ("2", "unknown", "unknown")]


def test_name_members_leaves_the_nameless_without() -> None:
    clusters = pl.DataFrame({"cluster_id": ["k", "k"], "contact_id": ["a", "b"]})
    names = pl.DataFrame({"contact_id": ["a"], "display_name": ["Zakroff"]})
    assert name_members(clusters, names).rows() == [("k", "a", "Zakroff"), ("k", "b", None)]


def test_me4_a_merge_is_an_update_by_who_asked_for_it_unless_it_was_taken_apart() -> None:
    mergers = pl.DataFrame({"contact_id": ["sub", "apart", "b"], "merged_by": ["u", "v", None]})
    aliases = pl.DataFrame({"contact_id": ["sub", "apart"], "canonical_id": ["a", "apart"]})
    contacts = pl.DataFrame({"contact_id": ["a", "apart"], "merged_count": [2, 1], "updated_by": ["w", "w"]})
    found = name_mergers(mergers, aliases, contacts)
    assert found.rows() == [("a", "u")]
    assert credit_mergers(contacts, found)["updated_by"].to_list() == ["u", "w"]
