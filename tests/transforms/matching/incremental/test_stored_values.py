"""What is known of contacts, stored and restored, is what was known: of all of them, and of some."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from schemas.ddl import polars_schema
from schemas.tables import MATCHING_CONTACT_VALUES
from transforms.matching.copies import leave_out_copies
from transforms.matching.incremental.stored_values import restore_values, tabulate_values

some = st.lists(st.sampled_from(["a@x.example", "b@y.example", "no address"]), unique=True, max_size=3)
person = st.fixed_dictionaries(
    {"owner": st.sampled_from(["u", "v"]), "source": st.sampled_from(["file", "lead"])},
    optional={
        "first_name": st.sampled_from(["Bob", "Zoë Ann"]),
        "company": st.just("Acme Inc"),
        "email": some,
        "partner_email": some,
        "phone_number": some,
        "birthday": st.lists(st.dates(date(1950, 1, 1), date(1950, 1, 9)), max_size=2),
        "address": st.just([{"city": "Dallas"}, {"city": "Waco", "name": "Oak"}]),
        "ios": st.just("7"),
        "birthdays": st.just("an attribute of that name"),
        "hobby": st.sampled_from([["golf", "chess"], ["golf"]]),
    },
)


@given(st.lists(st.tuples(person, st.booleans()), max_size=8))
@settings(max_examples=15, deadline=None)
def test_values_come_back_as_they_were(matching, people: list[tuple[dict[str, Any], bool]]) -> None:
    values = matching.values([{"id": f"c{place}", **person} for place, (person, _) in enumerate(people)])
    numbers = np.arange(len(people))[::-1] + 10
    stored = tabulate_values(values, numbers)
    assert dict(stored.schema) == polars_schema(MATCHING_CONTACT_VALUES)
    ids = pl.DataFrame({"contact": numbers, "contact_id": values.ids}, {"contact": pl.UInt32, "contact_id": pl.String})
    is_wanted = pl.Series([wanted for _, wanted in people], dtype=pl.Boolean)
    restored = vars(restore_values(ids.filter(is_wanted).join(stored, on="contact").reverse()))
    wanted = vars(leave_out_copies(values, is_wanted))
    others, kept = restored.pop("others"), wanted.pop("others")
    wanted["contacts"] = wanted["contacts"].drop("ios_address_book_id", "android_address_book_id")
    for name, frame in wanted.items():
        assert_frame_equal(restored[name], frame, check_column_order=False)
    assert list(others) == [name for name, frame in kept.items() if frame.height]
    for name, frame in others.items():
        assert_frame_equal(frame, kept[name])
