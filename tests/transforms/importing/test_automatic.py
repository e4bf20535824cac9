"""Headers of the fixture files and of the products that brokerages export from."""

from collections.abc import Callable

import pytest

from transforms.importing.automatic import MAPPING_THRESHOLD
from transforms.importing.mapping import ColumnMapping

Guess = Callable[..., list[ColumnMapping]]

OUTLOOK_LIKE = {
    "Action": None, "ID": "source_id", "Name": "full_name", "E-mail Address": "email/0", "Notes": "note",
    "E-mail 2 Address": "email/1", "E-mail 3 Address": "email/2", "Mobile Phone": "phone_number/0/Mobile",
    "Pager": "phone_number/1/Pager", "Company": "company", "Job Title": "job_title",
    "Home Phone": "phone_number/2/Home", "Home Phone 2": "phone_number/3/Home", "Home Fax": "phone_number/4/Home Fax",
    "Home Address": "address/0/Home", "Business Phone": "phone_number/5/Business",
    "Business Address": "address/1/Business", "Other Address": "address/2/Other",
}  # fmt: skip
GOOGLE_2018 = {
    "Name": "full_name", "Given Name": "first_name", "Additional Name": "middle_name", "Family Name": "last_name",
    "Yomi Name": None, "Name Prefix": "title", "Name Suffix": None, "Nickname": "nickname", "Birthday": "birthday",
    "Gender": None, "Location": None, "Occupation": None, "Notes": "note", "Group Membership": "tag",
    "E-mail 1 - Type": "email.label/0", "E-mail 1 - Value": "email/0",
}  # fmt: skip
GOOGLE_2024 = {
    "First Name": "first_name", "Middle Name": "middle_name", "Last Name": "last_name", "Phonetic First Name": None,
    "Name Prefix": "title", "Name Suffix": None, "Nickname": "nickname", "File As": None,
    "Organization Name": "company", "Organization Title": "job_title", "Organization Department": None,
    "Birthday": "birthday", "Notes": "note", "Photo": "profile_image_url", "Labels": "tag",
    "E-mail 1 - Label": "email.label/0", "E-mail 1 - Value": "email/0", "Phone 1 - Label": "phone_number.label/0",
    "Phone 1 - Value": "phone_number/0", "Phone 2 - Label": "phone_number.label/1", "Phone 2 - Value": "phone_number/1",
    "Address 1 - Label": "address.label/0", "Address 1 - Formatted": "address/0",
    "Address 1 - Street": "address.name/0", "Address 1 - City": "address.city/0",
    "Address 1 - PO Box": "address.box/0", "Address 1 - Region": "address.state/0",
    "Address 1 - Postal Code": "address.postcode/0", "Address 1 - Country": "address.country/0",
    "Address 1 - Extended Address": "address.extra/0", "Website 1 - Label": "website.label/0",
    "Website 1 - Value": "website/0", "Custom Field 1 - Value": None,
}  # fmt: skip
THUNDERBIRD = {
    "First Name": "first_name", "Last Name": "last_name", "Display Name": "full_name", "Nickname": "nickname",
    "Primary Email": "email/0", "Secondary Email": "email/1/Other", "Work Phone": "phone_number/0/Work",
    "Home Phone": "phone_number/1/Home", "Fax Number": "phone_number/2/Fax", "Pager Number": "phone_number/3/Pager",
    "Mobile Number": "phone_number/4/Mobile", "Home Address": "address.name/0/Home",
    "Home Address 2": "address.name/0/Home", "Home City": "address.city/0/Home", "Home State": "address.state/0/Home",
    "Home ZipCode": "address.postcode/0/Home", "Home Country": "address.country/0/Home",
    "Work Address": "address.name/1/Work", "Work Address 2": "address.name/1/Work", "Work City": "address.city/1/Work",
    "Job Title": "job_title", "Department": None, "Organization": "company", "Web Page 1": "website/0",
    "Web Page 2": "website/1", "Birth Year": "birthday.year", "Birth Month": "birthday.month",
    "Birth Day": "birthday.day", "Custom 1": None, "Notes": "note", "Screen Name": None,
}  # fmt: skip
GRAPH = {
    "DisplayName": "full_name", "GivenName": "first_name", "Surname": "last_name", "MiddleName": "middle_name",
    "CompanyName": "company", "JobTitle": "job_title", "Department": None, "EmailAddress": "email/0",
    "BusinessPhone": "phone_number/0/Business", "HomePhone": "phone_number/1/Home",
    "MobilePhone": "phone_number/2/Mobile", "BusinessStreet": "address.name/0/Business",
    "BusinessPostalCode": "address.postcode/0/Business", "HomeStreet": "address.name/1/Home",
    "PersonalNotes": "note", "Birthday": "birthday", "CreatedDateTime": None,
    "LastModifiedDateTime": "last_modified_on_source", "Id": "source_id",
}  # fmt: skip
HAND_MADE = {
    "First Name": "first_name", "Last Name": "last_name", "Email Address": "email/0", "Phone Number": "phone_number/0",
    "Company Name": "company", "Job Title": "job_title", "Address": "address.name/0", "City": "address.city/0",
    "State": "address.state/0", "Country": "address.country/0", "Website": "website/0", "Lead Source": "source",
    "Status": None, "Tags": "tag", "Notes": "note", "Owner": None, "Created Date": None,
}  # fmt: skip
SEMICOLON = {
    "Display Name": "full_name",
    "First Name": "first_name",
    "Last Name": "last_name",
    "Primary Email": "email/0",
}
SPACES = {
    "name": "full_name", "email": "email/0", "phone": "phone_number/0", "company": "company", "phone_cleaned": None,
    "email_valid": None,
}  # fmt: skip
LINKEDIN = {
    "First Name": "first_name", "Last Name": "last_name", "URL": "linkedin", "Email Address": "email/0",
    "Company": "company", "Position": "job_title", "Connected On": None,
}  # fmt: skip
FOLLOW_UP_BOSS = {
    "First Name": "first_name", "Last Name": "last_name", "Stage": None, "Lead Source": "source", "Assigned To": None,
    "Is Contacted": None, "Email 1": "email/0", "Email 1 - Type": "email.label/0", "Phone 1": "phone_number/0",
    "Phone 1 - Type": "phone_number.label/0", "Address 1 - Street": "address.name/0",
    "Address 1 - City": "address.city/0", "Address 1 - Zip": "address.postcode/0",
    "Tags": "tag", "Property Address": None, "Background": "note",
}  # fmt: skip
SALESFORCE = {
    "Salutation": "title", "First Name": "first_name", "Last Name": "last_name", "Title": "job_title",
    "Account Name": "company", "Mailing Street": "address.name/0/Mailing", "Mailing City": "address.city/0/Mailing",
    "Mailing State/Province": "address.state/0/Mailing", "Mailing Zip/Postal Code": "address.postcode/0/Mailing",
    "Mailing Country": "address.country/0/Mailing", "Phone": "phone_number/0/Business",
    "Mobile": "phone_number/1/Mobile", "Email": "email/0", "Lead Source": "source", "Birthdate": "birthday",
    "Contact Owner": None,
}  # fmt: skip


@pytest.mark.parametrize(
    "layout",
    [OUTLOOK_LIKE, GOOGLE_2018, GOOGLE_2024, THUNDERBIRD, GRAPH, HAND_MADE, SEMICOLON, SPACES, LINKEDIN,
     FOLLOW_UP_BOSS, SALESFORCE],
)  # fmt: skip
def test_known_layouts_map_and_the_rest_is_left(guess_columns: Guess, layout: dict[str, str | None]) -> None:
    columns = guess_columns(list(layout))
    found = {}
    for column in columns:
        parts = [column.attribute_type, column.index, column.label]
        found[column.column_name] = "/".join(str(part) for part in parts if part is not None) or None
    assert found == layout


def test_every_column_has_a_reason_and_a_confidence(guess_columns: Guess) -> None:
    columns = guess_columns([*HAND_MADE, "Zodiac", ""])
    assert all(column.reason and 0 <= column.confidence <= 1 for column in columns)
    assert all(column.confidence >= 0.7 for column in columns if column.attribute_type)


def test_a_column_of_emails_is_emails_whatever_its_header(guess_columns: Guess) -> None:
    rows = [["a@example.com", "x@example.com"], ["b@example.com", "y@example.com"]]
    columns = guess_columns(["Correo", "Owner of record"], rows)
    assert [column.attribute_type for column in columns] == ["email", None]


def test_somebody_else_is_not_the_contact(guess_columns: Guess) -> None:
    """The second person of a household is the partner; a relation's e-mail is nobody's here, whatever its values."""
    header = ["First Name", "Secondary First Name", "Secondary Email", "Relationship 1 Email 1", "Parent 1 Email"]
    others = ["cy@example.com", "cy@example.com"]
    rows = [["Ann", "Bo", "ann@example.com", *others], ["Di", "Ed", "di@example.com", *others]]
    columns = guess_columns(header, rows)
    assert [(column.attribute_type, column.is_partner) for column in columns] == [
        ("first_name", False), ("first_name", True), ("email", False), (None, False), (None, False),
    ]  # fmt: skip


def test_a_place_heads_a_column_of_phone_numbers(guess_columns: Guess) -> None:
    rows = [["Ann", "(404) 555-0101", "x"], ["Bob", "404-555-0102", "y"]]
    columns = guess_columns(["First", "Work", "Other"], rows)
    assert [(column.attribute_type, column.label) for column in columns[1:]] == [("phone_number", "Work"), (None, None)]


def test_numbered_addresses_stay_apart(guess_columns: Guess) -> None:
    header = ["Street", "City", "Street 2", "City 2"]
    columns = guess_columns(header)
    assert [(column.attribute_type, column.index) for column in columns] == [
        ("address.name", 0),
        ("address.city", 0),
        ("address.name", 1),
        ("address.city", 1),
    ]


def test_a_custom_definition_is_found_by_its_label(guess_columns: Guess) -> None:
    assert guess_columns(["Favorite Drinks"])[0].attribute_type is None  # another brand's (SPEC EA15)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (["Nr.", "Name", "Straße", "Nr.", "PLZ", "Ort"], [None, "address.house_num"]),
        (["Company", "Unit", "Phone"], [None]),
        (["Street", "Unit", "City"], ["address.unit"]),
        (["Nom", "Prénom", "Téléphone", "Numéro"], [None]),
        (["Nom", "Prénom", "Numéro"], ["phone_number"]),
        (["Nome", "Cognome", "Stato", "Cellulare"], [None]),
        (["Nome", "Cognome", "CAP", "Stato"], ["address.country"]),
        (["Nome", "Cognome", "CAP", "Stato", "Paese"], ["address.state"]),
    ],
)
def test_a_word_of_many_meanings_is_what_it_stands_beside(
    guess_columns: Guess, header: list[str], expected: list[str | None]
) -> None:
    doubtful = ("Nr.", "Unit", "Numéro", "Stato")
    columns = guess_columns([f"{text} " if text in header[:at] else text for at, text in enumerate(header)])
    assert [column.attribute_type for column in columns if column.column_name.strip() in doubtful] == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (["Billing First Name", "Billing Last Name", "Billing Phone"], ["first_name", "last_name", "phone_number"]),
        (["Shipping Address First Name", "Shipping City"], ["first_name", "address.city"]),
        (["Billing Name", "Shipping Name"], ["full_name", None]),
        (["Customer Name", "Billing First Name"], ["full_name", "first_name"]),
        (["First Name", "Billing Name", "Default Address Phone"], ["first_name", None, "phone_number"]),
        (["First Name", "Billing First Name", "Billing Company"], ["first_name", None, "company"]),
        (["Other First Name", "Shipping Company"], [None, None]),
    ],
)
def test_who_is_billed_is_the_contact_where_nobody_else_is(
    guess_columns: Guess, header: list[str], expected: list[str | None]
) -> None:
    assert [column.attribute_type for column in guess_columns(header)] == expected


def test_what_says_who_somebody_is_is_told_from_what_says_nothing_of_them(guess_columns: Guess) -> None:
    header = ["Gender", "SSN", "Geschlecht", "Maiden Name", "Spouse Gender", "Lead Status", "Created Date"]
    columns = guess_columns(header)
    assert {column.attribute_type for column in columns} == {None}
    assert [column.confidence < MAPPING_THRESHOLD for column in columns] == [True] * 4 + [False] * 3


def test_columns_behind_an_empty_one_are_of_the_same_people_unless_they_name_others(guess_columns: Guess) -> None:
    row = ["Ann", "Lee", "404-555-0101", "", "404-555-0102", "ann@x.com"]
    columns = guess_columns(["First", "Last", "Phone", "column 4", "Phone (2)", "Email"], [row, row])
    assert [column.attribute_type for column in columns[3:]] == [None, "phone_number", "email"]
    columns = guess_columns(["First", "Last", "Phone", "column 4", "Vendor Name", "Phone (2)"], [row, row])
    assert [column.attribute_type for column in columns[3:]] == [None, None, None]
