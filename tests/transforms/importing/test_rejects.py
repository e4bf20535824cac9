"""Rejected rows on their way out and back: no formula goes out, and what comes back is what it was."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from transforms.importing.rejects import (
    OWN_COLUMNS,
    compose_objects,
    compose_rejects,
    is_mended,
    protect_texts,
    read_references,
    unprotect,
)

TRIGGERS = "=+-@\t\r\uff1d"
TEXTS = st.lists(st.text(alphabet="=+-@\t\r\uff1d'1 ()a", max_size=6) | st.text(max_size=6), min_size=1, max_size=20)


@given(texts=TEXTS)
def test_law_9_no_cell_begins_with_a_trigger_and_reading_gives_it_back(texts: list[str]) -> None:
    protected = protect_texts(texts)
    for text in protected:
        is_phone = text.startswith(("+", "-")) and set(text[1:]) <= set("0123456789 ().-")
        assert not text.startswith(tuple(TRIGGERS)) or is_phone
    assert pl.Series(protected, dtype=pl.String).to_frame("c").select(unprotect(pl.col("c")))["c"].to_list() == texts


def test_rejected_objects_come_as_they_were_with_the_id_of_their_contact() -> None:
    contacts = pl.DataFrame(
        [(1, "c1", None, "u", None), (2, "c2", "own", "u", "b")],
        schema=["row_number", "contact_id", "given_id", "user_id", "brand_id"], orient="row",
    )  # fmt: skip
    problems = pl.DataFrame(
        [
            (1, "attributes[0]", "a@", "Bad.", "mend it"),
            (2, None, None, "Odd.", "look"),
            (3, None, "{", "Broken.", "mend"),
        ],
        schema=["row_number", "column_name", "value", "reason", "todo"], orient="row",
    )  # fmt: skip
    payloads = {1: '{"attributes": [1], "id": null}', 2: '{"attributes": [], "id": "own", "user": "v"}'}
    told = dict.fromkeys(OWN_COLUMNS)
    assert [{**item, **told} for item in compose_objects("f", payloads, contacts, problems)] == [
        {"attributes": [1], "id": "c1", "user": "u", **told},
        {"attributes": [], "id": "own", "user": "v", "brand": "b", **told},
        {"attributes": [], **told},
    ]
    reasons = [item[OWN_COLUMNS[0]] for item in compose_objects("f", payloads, contacts, problems)]
    assert reasons == ["attributes[0]: Bad.", "Odd.", "Broken. The record was: {"]


def test_rejects_have_the_layout_of_their_file_and_say_why() -> None:
    problems = pl.DataFrame(
        {
            "row_number": [2, 2, 7, 9],
            "column_name": ["Email", "Zip", None, "Zip"],
            "value": ["bad", "x", "a,b,c,d", "#REF!"],
            "reason": ["No @.", "No zip.", "Too long.", "An error."],
            "todo": ["mend it", "mend it", "put it into quotes", "mend it"],
        }
    )
    rows = pl.DataFrame({"row_number": [2, 9], "cells": [["bad", "x", "old"], ["a@x.co", None, ""]]})
    header, table = compose_rejects("f" * 64, "S:1", ["Email", "Zip", "leadpipe reason"], rows, problems)
    assert header == ["Email", "Zip", *OWN_COLUMNS]
    assert is_mended(header)
    assert table == [
        ["bad", "x", "Email: No @.; Zip: No zip.", "mend it", "ffffffffffffffff:S:1:2"],
        ["", "", "Too long. The row was: a,b,c,d", "put it into quotes", "ffffffffffffffff:S:1:7"],
        ["a@x.co", "#REF!", "Zip: An error.", "mend it", "ffffffffffffffff:S:1:9"],
    ]
    read = read_references(pl.Series([row[-1] for row in table] + ["", None, "mine", "ffffffff::1"]))
    assert read.rows() == [
        *(("f" * 16, "S:1", number) for number in (2, 7, 9)), *[(None, None, None)] * 3, ("ffffffff", "", 1),
    ]  # fmt: skip
