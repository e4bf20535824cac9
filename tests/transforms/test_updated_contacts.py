"""Contacts with the rows of newer files folded into them (SPEC A-IM2)."""

from datetime import UTC, datetime, timedelta

import polars as pl

from transforms.updated_contacts import find_changed_books, fold_rows, resolve_rows

NOON = datetime(2026, 7, 2, 12, tzinfo=UTC)
ROWS = pl.DataFrame(
    {
        "contact_id": ["a", "a1", "a2", "b", "b1"],
        "file_id": ["f", "g", "h", "f", "g"],
        "ios_address_book_id": ["7", None, "8", None, None],
        "android_address_book_id": [None, "x", "x", None, None],
        "created_for": ["import_csv", "import_xls", "import_xlsx", "import_csv", "import_xls"],
        "created_at": [NOON + timedelta(days=day) for day in (0, 1, 2, 0, 1)],
    },
    schema_overrides={"created_at": pl.Datetime("us", "UTC")},
)
UPDATES = ROWS.filter(pl.col("contact_id").str.len_chars() == 2).select(
    "file_id", "created_for", "created_at",
    row_contact_id="contact_id",
    contact_id=pl.col("contact_id").str.head(1),
    update_number=pl.Series([1, 2, 1]),
    is_changed=pl.Series([True, False, False]),
)  # fmt: skip


def test_a_im2_contacts_take_what_later_rows_bring() -> None:
    folded = fold_rows(ROWS, UPDATES).to_dicts()
    assert [(row["contact_id"], row["ios_address_book_id"], row["android_address_book_id"]) for row in folded] == [
        ("a", "8", "x"), ("b", None, None),
    ]  # fmt: skip
    assert [(row["updated_at"], row["updated_for"]) for row in folded] == [
        (NOON + timedelta(days=1), "import_xls"), (NOON, "import_csv"),
    ]  # fmt: skip
    books = ROWS.select("ios_address_book_id", "android_address_book_id", row_contact_id="contact_id")
    before = ROWS.filter(pl.col("contact_id").str.len_chars() == 1)
    assert sorted(find_changed_books(UPDATES.join(books, on="row_contact_id"), before)) == ["a1", "a2"]


def test_a_im2_ids_of_rows_resolve() -> None:
    merges = pl.DataFrame({"parent_id": ["a2", "z"], "contact_id": ["b1", "b"]})
    assert resolve_rows(merges, UPDATES, ["parent_id", "contact_id"]).rows() == [("a", "b"), ("z", "b")]
