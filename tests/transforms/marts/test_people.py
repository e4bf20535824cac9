from __future__ import annotations

import datetime as dt

import polars as pl

from transforms.marts.people import count_tags, name_members, own_contacts, resolve_contacts

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
        {"brand_id": ["b", "b", "b", None], "tag": ["New", "Past Client", "PastClient", "New"], "text": [""] * 4,
         "touch_freq": [7, None, None, None], "auto_enroll_in_super_campaigns": [False] * 4}
    )  # fmt: skip
    contacts = pl.DataFrame({"brand": ["b", "b", None, "b"], "tags": [["new"], ["NEW", "PastClient"], ["New"], None]})
    counted = count_tags(tags, contacts)
    assert counted["contacts_count"].to_list() == [2, 0, 1, 1]
    assert counted.columns == ["brand", "tag", "text", "touch_freq", "auto_enroll_in_super_campaigns", "contacts_count"]


def test_resolve_contacts_keeps_the_id_given() -> None:
    aliases = pl.DataFrame({"contact_id": ["a", "b"], "canonical_id": ["a", "a"], "cluster_id": ["x", "x"]})
    resolved = resolve_contacts(pl.DataFrame({"lead_id": ["1", "2"], "contact_id": ["b", "unknown"]}), aliases)
    assert resolved.rows() == [("1", "a", "b"), ("2", "unknown", "unknown")]


def test_name_members_leaves_the_nameless_without() -> None:
    clusters = pl.DataFrame({"cluster_id": ["k", "k"], "contact_id": ["a", "b"]})
    names = pl.DataFrame({"contact_id": ["a"], "display_name": ["Zakroff"]})
    assert name_members(clusters, names).rows() == [("k", "a", "Zakroff"), ("k", "b", None)]
