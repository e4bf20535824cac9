"""Rows under a mapping into contacts, values and problems."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from transforms.importing.side_files import GivenColumn
from transforms.importing.values import SheetValues

Read = Callable[..., SheetValues]

#: The documented mapping (004:5920), as far as the row below needs it.
DOCUMENTED = {
    "First Name": GivenColumn("first_name"), "Last Name": GivenColumn("last_name"), "Title": GivenColumn("title"),
    "Birthday": GivenColumn("birthday"), "Web Page": GivenColumn("website"),
    "Anniversary": GivenColumn("wedding_anniversary", "Wedding Anniversary"),
    "E-mail Address": GivenColumn("email", index=0), "E-mail 2 Address": GivenColumn("email", index=1),
    "Primary Phone": GivenColumn("phone_number", "Primary", 0), "Home Phone": GivenColumn("phone_number", "Home", 1),
    "Street Number": GivenColumn("address.house_num", index=0), "Street Name": GivenColumn("address.name", index=0),
    "City": GivenColumn("address.city", index=0), "State": GivenColumn("address.state", index=0),
    "Zip": GivenColumn("address.postcode", index=0), "Home Street 3": GivenColumn("address.name", "Home", 1),
    "Home Country": GivenColumn("address.country", "Home", 1),
    "Business Address": GivenColumn("address.name", "Business", 2),
    "Business City": GivenColumn("address.city", "Business", 2), "Notes": GivenColumn("note"),
}  # fmt: skip
OUTLOOK_ROW = {
    "Title": "Mrs.", "First Name": " Kate ", "Last Name": "Bell", "Birthday": "1/13/1978", "Anniversary": "6/15/1998",
    "Web Page": "www.example.com", "E-mail 2 Address": "k@example.org", "E-mail Address": "Kate.Bell@Example.com",
    "Primary Phone": "(415) 555-3695", "Home Phone": "", "Street Number": "165", "Street Name": "Davis Street",
    "City": "Hillsborough", "State": "CA", "Zip": "07102", "Home Street 3": "", "Home Country": "",
    "Business Address": "1 Main St", "Business City": "Atlanta", "Notes": "Two lines,\nboth kept",
    "Sensitivity": "Normal",
}  # fmt: skip


def told(values: SheetValues, *columns: str) -> list[tuple[Any, ...]]:
    return values.attributes.sort("row_number", "position").select("attribute_type", *columns).rows()


def problems(values: SheetValues) -> list[tuple[Any, ...]]:
    return values.problems.select("row_number", "column_name", "code").rows()


@pytest.fixture(scope="module")
def outlook(read_table: Read) -> SheetValues:
    return read_table(list(OUTLOOK_ROW), [list(OUTLOOK_ROW.values())], DOCUMENTED)


def test_im2_the_documented_mapping_reads_an_outlook_row(outlook: SheetValues) -> None:
    simple = [row for row in told(outlook, "text", "label", "index", "original") if row[0] != "address"]
    assert simple == [
        ("title", "Mrs.", None, None, "Mrs."),
        ("first_name", "Kate", None, None, " Kate "),
        ("last_name", "Bell", None, None, "Bell"),
        ("birthday", None, None, None, "1/13/1978"),
        ("wedding_anniversary", None, "Wedding Anniversary", None, "6/15/1998"),
        ("website", "www.example.com", None, None, "www.example.com"),
        ("email", "Kate.Bell@example.com", None, 0, "Kate.Bell@Example.com"),
        ("email", "k@example.org", None, 1, "k@example.org"),
        ("phone_number", "+14155553695", "Primary", 0, "(415) 555-3695"),
        ("note", "Two lines,\nboth kept", None, None, "Two lines,\nboth kept"),
        ("source_type", "CSV", None, None, None),
    ]


def test_im2_address_parts_of_one_index_are_one_address(outlook: SheetValues) -> None:
    addresses = outlook.attributes.filter(pl.col("attribute_type") == "address")
    parts = [
        {part: text for part, text in address.items() if text is not None} for address in addresses["address"].to_list()
    ]
    assert parts == [
        {"house_num": "165", "name": "Davis Street", "city": "Hillsborough", "state": "CA", "postcode": "07102"},
        {"name": "1 Main St", "city": "Atlanta"},
    ]
    assert addresses.select("index", "label", "columns").rows() == [
        (0, None, ["Street Number", "Street Name", "City", "State", "Zip"]),
        (2, "Business", ["Business Address", "Business City"]),
    ]


def test_im4_the_owner_and_brand_are_the_contacts(outlook: SheetValues) -> None:
    row = outlook.contact_rows.row(0, named=True)
    assert (row["user_id"], row["brand_id"], row["created_for"]) == ("owner", "brand", "import_csv")


def test_im3_index_orders_emails_whatever_their_columns(read_table: Read) -> None:
    mappings = {"B": GivenColumn("email", index=0), "A": GivenColumn("email", index=1)}
    values = read_table(["A", "B"], [["second@example.com", "first@example.com"]], mappings)
    assert [row[1] for row in told(values, "text")][:2] == ["first@example.com", "second@example.com"]


def test_a_im1_a_bad_cell_is_quarantined_and_its_row_kept(read_table: Read) -> None:
    header = ["First Name", "Email", "Birthday", "Phone"]
    values = read_table(header, [["Ann", "ann at example", "31/31/2020", "none"], ["Bo", "", "", "5"]])
    assert values.contact_rows.height == 2
    assert problems(values) == [
        (1, "Email", "bad_email"),
        (1, "Birthday", "bad_date"),
        (1, "Phone", "placeholder"),
        (2, "Phone", "bad_phone"),
    ]
    assert values.problems["value"].to_list() == ["ann at example", "31/31/2020", "none", "5"]


def test_rows_without_a_value_are_no_contacts(read_table: Read) -> None:
    header = ["First Name", "Status", "iOS Address Book Id"]
    values = read_table(header, [["", "New", ""], [" ", None, ""], ["-", "", ""], ["", "", "A-1"], ["Ann", "", "A-2"]])
    assert values.contact_rows.select("row_number", "ios_address_book_id").rows() == [(5, "A-2")]
    assert problems(values) == [
        (3, "First Name", "placeholder"),
        (4, "iOS Address Book Id", "empty_contact"),
        (1, None, "empty_contact"),
        (2, None, "empty_contact"),
        (3, None, "empty_contact"),
        (4, None, "empty_contact"),
    ]


def test_placeholders_are_empty_but_not_in_notes_and_names(read_table: Read) -> None:
    header = ["First Name", "Last Name", "Company", "Notes", "City"]
    values = read_table(header, [["Na", "Null", "n/a", "none", "--"]])
    assert told(values, "text")[:3] == [("first_name", "Na"), ("last_name", "Null"), ("note", "none")]
    assert problems(values) == [(1, "Company", "placeholder"), (1, "City", "placeholder")]


def test_several_values_in_one_cell(read_table: Read) -> None:
    header = ["Name", "Email", "Phone", "Tags"]
    cells = [
        "Ann Lee",
        "a@example.com; b@example.com / c@example.com",
        "415-555-3695 / 408-555-5270",
        "Hot, Buyer|;Hot ",
    ]
    values = read_table(header, [cells, ["Bo Ek", "", "", "#vip #buyer"]])
    assert [row for row in told(values, "text") if row[0] in ("email", "phone_number", "tag")] == [
        ("email", "a@example.com"),
        ("email", "b@example.com"),
        ("email", "c@example.com"),
        ("phone_number", "+14155553695"),
        ("phone_number", "+14085555270"),
        ("tag", "Hot"),
        ("tag", "Buyer"),
        ("tag", "Hot"),
        ("tag", "#vip"),
        ("tag", "#buyer"),
    ]
    assert values.attributes.select("contact_id", "position").is_unique().all()


def test_one_bad_value_in_a_cell_leaves_the_others(read_table: Read) -> None:
    values = read_table(["Name", "Email"], [["Ann", "a@example.com; b at home"]])
    assert problems(values) == [(1, "Email", "bad_email")]
    counts = values.cells.row(1, named=True)
    assert (counts["quarantined_count"], counts["lost_count"]) == (1, 0)


def test_a_comma_parts_emails_only_where_there_are_two(read_table: Read) -> None:
    rows = [["Ann", "a@example,com"], ["Bo", "b@example.com, c@example.com"], ["Cy", "Lee, Cy <c@example.com>"]]
    values = read_table(["Name", "Email"], rows)
    emails = [row[1] for row in told(values, "text") if row[0] == "email"]
    assert emails == ["b@example.com", "c@example.com", "c@example.com"]
    assert values.problems["value"].to_list() == ["a@example,com"]


@pytest.mark.parametrize("between", ["/", " / ", " and ", " & "])
def test_emails_are_parted_by_what_people_write_between_them(read_table: Read, between: str) -> None:
    values = read_table(["Name", "Email"], [["Ann", f"a@example.com{between}b@example.com"]])
    assert [row[1] for row in told(values, "text") if row[0] == "email"] == ["a@example.com", "b@example.com"]
    assert problems(values) == []


def test_a_comma_parts_phones_only_between_whole_numbers(read_table: Read) -> None:
    rows = [["Ann", "415-555-3695, 408-555-5270"], ["Bo", "415-555-3695, ext 12"]]
    phones = [row[1] for row in told(read_table(["Name", "Phone"], rows), "text") if row[0] == "phone_number"]
    assert phones == ["+14155553695", "+14085555270", "+14155553695;ext=12"]


def test_a_full_name_is_split(read_table: Read) -> None:
    values = read_table(["Name"], [["Dr. Ann Mae Lee"], ["Lee, Bo"], ["Bob and Jane Doe"]])
    names = values.attributes.filter(pl.col("attribute_type") != "source_type").sort("row_number", "position")
    assert names.select("row_number", "attribute_type", "is_partner", "text").rows() == [
        (1, "title", False, "Dr."),
        (1, "first_name", False, "Ann"),
        (1, "middle_name", False, "Mae"),
        (1, "last_name", False, "Lee"),
        (2, "first_name", False, "Bo"),
        (2, "last_name", False, "Lee"),
        (3, "first_name", False, "Bob"),
        (3, "last_name", False, "Doe"),
        (3, "first_name", True, "Jane"),
        (3, "last_name", True, "Doe"),
    ]


def test_a_suffix_stands_behind_the_last_name(read_table: Read) -> None:
    header = ["First", "Last", "Suffix", "Name"]
    mapping = {
        "First": GivenColumn("first_name"), "Last": GivenColumn("last_name"),
        "Suffix": GivenColumn("last_name.suffix"), "Name": GivenColumn("full_name"),
    }  # fmt: skip
    rows = [
        ["John", "Smith", ", Jr.", None], ["John", "Smith", None, None], ["Ann", "Bell III", "iii", None],
        [None, None, "Sr", "Al Roe"], ["Bo", None, "MD", None], ["Cy", "Doe", "n/a", None],
    ]  # fmt: skip
    values = read_table(header, rows, mapping)
    lasts = [row[1:] for row in told(values, "text", "match_key", "original", "columns") if row[0] == "last_name"]
    assert lasts == [
        ("Smith Jr.", "smith jr.", "Smith\n, Jr.", ["Last", "Suffix"]),
        ("Smith", "smith", "Smith", ["Last"]),
        ("Bell III", "bell iii", "Bell III\niii", ["Last", "Suffix"]),
        ("Roe Sr", "roe sr", "Al Roe\nSr", ["Name", "Suffix"]),
        ("Doe", "doe", "Doe", ["Last"]),
    ]
    assert problems(values) == [(5, "Suffix", "label_without_value"), (6, "Suffix", "placeholder")]
    assert values.cells.filter(column_index=2).select("cells_count", "lost_count").rows() == [(5, 2)]


def test_a_full_name_yields_to_columns_of_its_parts(read_table: Read) -> None:
    header = ["Display Name", "First Name", "Last Name", "Company", "Email"]
    rows = [
        ["Ann Lee", "Ann", "Lee", "", ""],
        ["Acme Inc.", "", "", "ACME Inc.", ""],
        ["b@example.com", "", "", "", ""],
        ["Bo Ek", "", "", "", ""],
        ["Oak Roofing, LLC", "", "", "", ""],
    ]
    found = read_table(header, rows).attributes.filter(pl.col("columns").list.contains("Display Name"))
    assert found.sort("row_number", "position").select("row_number", "attribute_type", "text").rows() == [
        (1, "first_name", "Ann Lee"),  # after "Ann", so it is superseded
        (2, "company", "Acme Inc."),
        (3, "email", "b@example.com"),
        (4, "first_name", "Bo"),
        (4, "last_name", "Ek"),
        (5, "company", "Oak Roofing, LLC"),
    ]


def test_a_full_name_says_what_the_row_lacks_beside_a_part_of_it(read_table: Read) -> None:
    rows = [["Ann Lee", "", "Lee"], ["Bo M. Ek", "Bo", ""], ["Cy Fox", "", "Roe"]]
    found = read_table(["Full Name", "First Name", "Last Name"], rows).attributes
    names = ("first_name", "middle_name", "last_name")
    first = found.filter(pl.col("attribute_type").is_in(names)).sort("row_number", "position")
    first = first.unique(["row_number", "attribute_type"], keep="first", maintain_order=True)
    assert sorted(first.select("row_number", "attribute_type", "text").rows()) == [
        (1, "first_name", "Ann"),
        (1, "last_name", "Lee"),
        (2, "first_name", "Bo"),
        (2, "last_name", "Ek"),
        (2, "middle_name", "M."),
        (3, "last_name", "Roe"),
    ]


def test_labels_stand_in_columns_of_their_own(read_table: Read) -> None:
    header = ["First Name", "Phone 1 - Type", "Phone 1 - Value", "E-mail 1 - Type", "E-mail 1 - Value"]
    rows = [["Ann", "* Mobile", "415-555-3695 ::: 408-555-5270", "Work", ""]]
    values = read_table(header, rows)
    phones = values.attributes.filter(pl.col("attribute_type") == "phone_number")
    assert phones.select("label", "is_primary", "columns").rows() == [
        ("Mobile", True, ["Phone 1 - Value", "Phone 1 - Type"]),
        ("Mobile", True, ["Phone 1 - Value", "Phone 1 - Type"]),
    ]
    assert problems(values) == [(1, "E-mail 1 - Type", "label_without_value")]


def test_a_birthday_in_three_columns(read_table: Read) -> None:
    header = ["First Name", "Birth Year", "Birth Month", "Birth Day"]
    values = read_table(header, [["Ann", "1978", "1", "13"], ["Bo", "", "2", "30"]])
    dates = values.attributes.filter(pl.col("attribute_type") == "birthday")
    assert dates.select(pl.col("date").dt.to_string(), "columns").rows() == [
        ("1978-01-13", ["Birth Year", "Birth Month", "Birth Day"])
    ]
    assert problems(values) == [(2, "Birth Month", "bad_date"), (2, "Birth Day", "bad_date")]


def test_a_im3_source_type_is_csv_unless_mapped(read_table: Read) -> None:
    values = read_table(["Name", "Source Type"], [["Ann Lee", "Showing"], ["Bo Ek", ""]])
    sources = values.attributes.filter(pl.col("attribute_type") == "source_type").sort("row_number")
    assert sources.select("row_number", "text", "columns").rows() == [(1, "Showing", ["Source Type"]), (2, "CSV", [])]


def test_the_tag_of_an_import_is_on_every_contact(read_table: Read) -> None:
    values = read_table(["Name", "Tags"], [["Ann", "Hot"], ["Bo", ""], ["", ""]], tags=("Open House",))
    tags = values.attributes.filter(pl.col("attribute_type") == "tag").sort("row_number", "position")
    assert tags.select("row_number", "text").rows() == [(1, "Hot"), (1, "Open House"), (2, "Open House")]


def test_partner_columns_are_the_partners(read_table: Read) -> None:
    values = read_table(["First Name", "Spouse Name", "Spouse Email"], [["Ann", "Bo Ek", "bo@example.com"]])
    partner = values.attributes.filter("is_partner").sort("position")
    assert partner.select("attribute_type", "text").rows() == [
        ("email", "bo@example.com"),
        ("first_name", "Bo"),
        ("last_name", "Ek"),
    ]


def test_any_split_of_the_rows_gives_the_same(read_table: Read, frame_rows: Callable[..., pl.DataFrame]) -> None:
    header = ["Name", "Email", "Home Street", "Home City"]
    rows = [[f"Ann {letter}", f"{letter}@example.com", f"{letter} St", "Austin"] for letter in "abcdef"]
    whole = read_table(header, rows).attributes.sort("row_number", "position")
    ids = set(whole["contact_id"])
    assert len(ids) == 6
    first = read_table(header, rows[:2]).attributes.sort("row_number", "position")
    assert first.equals(whole.filter(pl.col("row_number") <= 2))
