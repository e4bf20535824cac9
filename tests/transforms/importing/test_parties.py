"""Whom of a home a header speaks of, and when an owner is the contact."""

import pytest

from transforms.importing.headers import ANY_LANGUAGE, HeaderKnowledge
from transforms.importing.parties import guess_parties


def kinds(knowledge: HeaderKnowledge, *header: str) -> list[str]:
    """Attribute of each header, with a mark behind the partner's; '' where the party says nothing."""
    guesses = guess_parties(header, knowledge.vocabulary(ANY_LANGUAGE))
    return [f"{guess.attribute_type}{'~' * guess.is_partner}" if guess else "" for guess in guesses]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (("Buyer 1 Name", "Buyer 1 Email", "Buyer 2 Name", "Buyer 2 Email"), "full_name email full_name~ email~"),
        (("Spouse 1 First Name", "Spouse 1 Phone", "Spouse 2 First Name"), "first_name phone_number first_name~"),
        (("His First", "His Cell", "Her First", "Her Cell"), "first_name phone_number first_name~ phone_number~"),
        (("Wife First Name", "Husband First Name"), "first_name~ first_name"),
        (("OWNER_NAME", "OWNER_NAME2", "MAIL_CITY"), "full_name full_name~ "),
        (("Owner1", "Owner2", "OwnerCity"), "full_name full_name~ address.city"),
        (("Seller 1 Name", "Seller 2 Name", "Seller 3 Name"), "full_name full_name~ -"),
        (("Owner", "Owner 2", "Owner Phone"), "full_name full_name~ phone_number"),
        (("His First", "Her First", "His Occupation"), "first_name first_name~ job_title"),
    ],
)
def test_the_second_of_two_people_is_the_partner(
    knowledge: HeaderKnowledge, header: tuple[str, ...], expected: str
) -> None:
    assert kinds(knowledge, *header) == expected.split(" ")


@pytest.mark.parametrize(
    "header",
    [
        ("Buyer 2 Email", "Buyer 1 Email", "Name"),
        ("Wife First Name", "Wife Email", "First Name"),
        ("Spouse First Name", "Spouse 2 Phone"),
        ("Agent 1 Name", "Agent 2 Name"),
        ("Contact 1 Name", "Contact 2 Name"),
        ("Buyer", "Ownership", "Vendor Code", "Hissing"),
        (),
    ],
)
def test_one_person_alone_is_left_to_other_readings(knowledge: HeaderKnowledge, header: tuple[str, ...]) -> None:
    assert kinds(knowledge, *header) == [""] * len(header)


def test_owners_are_the_contacts_where_nobody_else_is_named(knowledge: HeaderKnowledge) -> None:
    found = kinds(knowledge, "Owner Name", "Owner Phone 1", "Owner Type", "Owner ID", "Property City", "Email")
    assert found == ["full_name", "phone_number", "", "", "", ""]
    assert kinds(knowledge, "Vendor Surname", "Vendor Mobile") == ["last_name", "phone_number"]
    assert kinds(knowledge, "Vendor's Name", "Vendor's Phone") == ["full_name", "phone_number"]
    assert kinds(knowledge, "Owner", "Owner Email", "Plan") == ["full_name", "email", ""]


@pytest.mark.parametrize(
    "header",
    [
        ("Owner Name", "Mailing Address", "Parcel Number"),
        ("OWNER_NAME", "SITUS_ADDRESS", "MAIL_ADDR1", "MAIL_CITY"),
        ("Owner", "Property Address", "Assessed Value"),
        ("Owner Name", "Phone", "Address"),
    ],
)
def test_a_list_of_houses_names_their_owners(knowledge: HeaderKnowledge, header: tuple[str, ...]) -> None:
    assert kinds(knowledge, *header) == ["full_name"] + [""] * (len(header) - 1)


@pytest.mark.parametrize(
    "header", [("Owner", "Address", "Phone"), ("Owner Name", "Amount", "Phone"), ("Name", "Owner", "Owner Email")]
)
def test_an_owner_who_may_be_an_agent_is_nobody(knowledge: HeaderKnowledge, header: tuple[str, ...]) -> None:
    assert kinds(knowledge, *header) == [""] * len(header)


@pytest.mark.parametrize("other", ["Name", "First Name", "Company", "Email"])
def test_owners_of_records_are_no_contacts(knowledge: HeaderKnowledge, other: str) -> None:
    assert kinds(knowledge, other, "Owner Name", "Owner Email") == ["", "", ""]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (("Buyer Name", "Buyer Email", "Seller Name", "Seller Email", "Amount"), ["", "", "-", "-", ""]),
        (("Seller", "Seller Phone", "Purchaser Name", "Purchaser Phone"), ["", "", "-", "-"]),
        (("Seller Name", "Seller Email", "Buyer Email"), ["", "", ""]),
    ],
)
def test_the_other_side_of_a_deal_is_not_the_contact(
    knowledge: HeaderKnowledge, header: tuple[str, ...], expected: list[str]
) -> None:
    assert kinds(knowledge, *header) == expected


@pytest.mark.parametrize(
    ("language", "header"),
    [
        ("fr", ("Nom du propriétaire", "Téléphone Propriétaire", "Adresse du bien")),
        ("es", ("Nombre propietario", "Teléfono del propietario", "Dirección del inmueble")),
        ("it", ("Nome proprietario", "Telefono proprietario", "Indirizzo")),
        ("pt", ("Nome proprietário", "Telefone do proprietário", "Endereço do imóvel")),
        ("de", ("Eigentümer Name", "Telefon Eigentümer", "Objektadresse")),
        ("pl", ("Właściciel", "Telefon właściciela", "Adres")),
        ("ru", ("Собственник", "Телефон собственника", "Адрес объекта")),
        ("ja", ("オーナー名", "オーナー電話番号", "物件所在地")),
        ("zh", ("房东姓名", "房东电话", "地址")),
        ("ko", ("집주인 이름", "집주인 연락처", "주소")),
    ],
)
def test_the_word_for_owners_may_stand_behind(
    knowledge: HeaderKnowledge, language: str, header: tuple[str, ...]
) -> None:
    assert knowledge.find_language(header) == language
    guesses = guess_parties(header, knowledge.vocabulary(language))
    assert [guess and guess.attribute_type for guess in guesses] == ["full_name", "phone_number", None]


def test_a_buyer_for_the_first_time_has_no_first_name(knowledge: HeaderKnowledge) -> None:
    assert kinds(knowledge, "First time buyer", "Type of buyer", "Address") == ["", "", ""]
    assert kinds(knowledge, "Owner", "Phone owner", "Property Address") == ["full_name", "phone_number", ""]
