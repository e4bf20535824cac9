"""Headers seen beside the others, and with their values."""

from collections.abc import Callable

import pytest

from transforms.importing.mapping import ColumnMapping

Guess = Callable[..., list[ColumnMapping]]


def test_a_header_that_its_values_deny_is_not_believed(guess_columns: Guess) -> None:
    rows = [["Yes", "1"], ["No", "2"], ["Yes", "3"]]
    columns = guess_columns(["Email", "Phone"], rows)
    assert [column.attribute_type for column in columns] == [None, None]
    assert "none of its values looks like one" in columns[0].reason


def test_title_is_what_its_values_say(guess_columns: Guess) -> None:
    assert guess_columns(["Title", "Name"], [["Mrs.", "a"], ["Dr.", "b"]])[0].attribute_type == "title"
    assert guess_columns(["Title", "Name"], [["CEO", "a"], ["Agent", "b"]])[0].attribute_type == "job_title"


def test_name_beside_first_name_is_the_last_name(guess_columns: Guess) -> None:
    assert [column.attribute_type for column in guess_columns(["First Name", "Name"])] == ["first_name", "last_name"]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (["Nome", "Apelido", "Telemóvel"], ["first_name", "last_name", "phone_number"]),
        (["Nome", "Sobrenome", "Apelido"], ["first_name", "last_name", "nickname"]),
        (["Voornaam", "Roepnaam", "Achternaam"], ["first_name", "nickname", "last_name"]),
        (["Roepnaam", "Achternaam", "Woonplaats"], ["first_name", "last_name", "address.city"]),
        (["姓", "名", "客户名称"], ["last_name", "first_name", "company"]),
        (["客户名称", "手机"], ["full_name", "phone_number"]),
    ],
)
def test_name_columns_settle_each_other(guess_columns: Guess, header: list[str], expected: list[str]) -> None:
    assert [column.attribute_type for column in guess_columns(header)] == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (["Name", "Contact Name", "Phone"], ["company", "full_name", "phone_number"]),
        (["Client Name", "Contact Person", "Email"], ["company", "full_name", "email"]),
        (["Kundenname", "Ansprechpartner", "Telefon"], ["company", "full_name", "phone_number"]),
        (["Student Name", "Contact Name", "Contact Phone"], [None, "full_name", "phone_number"]),
        (["Student Name", "Parent Name", "Phone"], ["full_name", None, "phone_number"]),
        (["Firma", "Name", "Ansprechpartner"], ["company", "full_name", "full_name"]),
        (["Display Name", "Contact Name", "Email"], ["full_name", "full_name", "email"]),
    ],
)
def test_beside_a_contact_person_another_name_is_the_firms_or_a_pupils(
    guess_columns: Guess, header: list[str], expected: list[str | None]
) -> None:
    assert [column.attribute_type for column in guess_columns(header)] == expected


def test_the_account_of_a_bank_is_no_company(guess_columns: Guess) -> None:
    columns = guess_columns(["Account Name", "Account Number", "Bank Name", "IBAN", "Email"])
    assert [column.attribute_type for column in columns] == [None, None, None, None, "email"]
    assert columns[0].reason == "other columns tell of a bank"
    assert guess_columns(["Account Name", "Account Number", "Email"])[0].attribute_type == "company"


def test_a_month_is_the_birthdays_only_beside_its_parts(guess_columns: Guess) -> None:
    birthday = guess_columns(["Prénom", "Nom", "Année de naissance", "Mois", "Jour"])
    assert [column.attribute_type for column in birthday[2:]] == ["birthday.year", "birthday.month", "birthday.day"]
    assert guess_columns(["Prénom", "Nom", "Mois", "Montant"])[2].attribute_type is None
    assert guess_columns(["Prénom", "Nom", "Date de naissance", "Année"])[3].attribute_type is None


def test_the_district_is_the_city_where_no_other_column_is(guess_columns: Guess) -> None:
    assert [column.attribute_type for column in guess_columns(["Ad Soyad", "İlçe", "İl"])][1:] == [
        "address.city",
        "address.state",
    ]
    assert [column.attribute_type for column in guess_columns(["Ad Soyad", "Şehir", "İlçe"])][1:] == [
        "address.city",
        None,
    ]


def test_names_that_are_numbers_or_check_marks_are_not_believed(guess_columns: Guess) -> None:
    rows = [["Yes", "1", "Reno", "x"], ["No", "2", "Union", "X"], ["Yes", "3", "12", "x"]]
    columns = guess_columns(["Partner", "Company", "City", "Buyer"], rows)
    assert [column.attribute_type for column in columns] == [None, None, "address.city", None]
    assert "cannot be one" in columns[0].reason


def test_contact_is_a_number_where_its_values_are(guess_columns: Guess) -> None:
    header = ["name", "contact"]
    assert guess_columns(header, [["Ali Hassan", "9876543210"]])[1].attribute_type == "phone_number"
    assert guess_columns(header, [["Oak Homes", "Ann Lee"]])[1].attribute_type == "full_name"


def test_title_without_values_is_what_its_place_says(guess_columns: Guess) -> None:
    assert guess_columns(["Title", "First Name", "Last Name"])[0].attribute_type == "title"
    assert guess_columns(["First Name", "Last Name", "Title"])[2].attribute_type == "job_title"
    french = guess_columns(["Titre", "Prénom", "Nom", "Société", "Titre (2)"])
    assert [column.attribute_type for column in french] == ["title", "first_name", "last_name", "company", "job_title"]


def test_name_beside_last_name_is_the_first_name(guess_columns: Guess) -> None:
    assert [column.attribute_type for column in guess_columns(["Nome", "Cognome"])] == ["first_name", "last_name"]


def test_birthday_beside_month_and_year_is_the_day(guess_columns: Guess) -> None:
    columns = guess_columns(["Vorname", "Geburtstag", "Geburtsmonat", "Geburtsjahr"])
    assert [column.attribute_type for column in columns[1:]] == ["birthday.day", "birthday.month", "birthday.year"]


def test_county_is_the_state_only_beside_a_postcode_alone(guess_columns: Guess) -> None:
    assert guess_columns(["Town", "County", "Postcode"])[1].attribute_type == "address.state"
    assert guess_columns(["City", "County", "State", "Zip"])[1].attribute_type is None


def test_lines_of_a_street_are_the_street_or_the_unit(guess_columns: Guess) -> None:
    header = ["Address 1", "Address 2", "City"]
    lines = guess_columns(header, [["1 Oak St", "c/o Ann", "Union"]])
    units = guess_columns(header, [["1 Oak St", "Apt 4", "Union"], ["2 Elm St", "#12", "Union"]])
    assert [column.attribute_type for column in lines[:2]] == ["address.name", "address.name"]
    assert [column.attribute_type for column in units[:2]] == ["address.name", "address.unit"]
    assert {column.index for column in (*lines, *units)} == {0}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (["Ime", "Priimek", "Naslov", "Podjetje", "Ulica", "Pošta", "Kraj"], "job_title"),
        (["Ime", "Priimek", "Telefon", "Naslov", "Pošta", "Kraj"], "address.name"),
        (["Ime", "Priimek", "Telefon", "Naslov"], "address"),
        (["Názov", "Meno", "Priezvisko", "Telefón"], "title"),
        (["Meno", "Priezvisko", "Telefón", "Názov"], "job_title"),
        (["Titul", "Meno", "Priezvisko", "Pozícia", "Názov"], None),
        (["Názov", "Telefón", "Mesto", "PSČ"], None),
    ],
)
def test_a_word_for_any_heading_is_a_title_beside_names_alone(
    guess_columns: Guess, header: list[str], expected: str | None
) -> None:
    kinds = {column.column_name: column.attribute_type for column in guess_columns(header)}
    assert kinds.get("Naslov", kinds.get("Názov")) == expected


@pytest.mark.parametrize(
    ("values", "expected"), [(["Jr.", ""], "last_name.suffix"), (["", "M.D."], "last_name.suffix"), (["", "n/a"], None)]
)
def test_a_column_of_suffixes_is_one_where_any_value_is(
    guess_columns: Guess, values: list[str], expected: str | None
) -> None:
    columns = guess_columns(["First Name", "Last Name", "Suffix"], [["Ann", "Lee", value] for value in values])
    assert columns[2].attribute_type == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (["Name", "Purchase Date", "Purchase Price"], "home_anniversary"),
        (["Name", "Closing Date", "Lender"], "home_anniversary"),
        (["Name", "Purchase Date", "Membership"], None),
        (["Name", "Closing Date", "Lender", "Home Anniversary"], None),
    ],
)
def test_a_purchase_is_of_a_home_where_other_columns_say_so(
    guess_columns: Guess, header: list[str], expected: str | None
) -> None:
    assert guess_columns(header)[1].attribute_type == expected
