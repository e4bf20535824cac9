import pytest

from transforms.importing.headers import HeaderKnowledge, fold_header


@pytest.mark.parametrize(
    ("header", "folded"),
    [
        ("E-mail 2 Address", "email 2 address"),
        ("EmailAddress", "email address"),
        ("HomeZIPCode", "home zip code"),
        ("primary_city", "primary city"),
        ("Phone1 - Value", "phone 1 value"),
        ("Assistant's Phone", "assistants phone"),
        ("  ", ""),
    ],
)
def test_headers_fold_to_words(header: str, folded: str) -> None:
    assert fold_header(header) == folded


@pytest.mark.parametrize(
    ("header", "attribute_type", "label", "number"),
    [
        ("E-mail 2 Address", "email", None, 2),
        ("Home Street 3", "address.name", "Home", 3),
        ("Business Postal Code", "address.postcode", "Business", None),
        ("Address 1 - Region", "address.state", None, 1),
        ("Home Fax", "phone_number", "Home Fax", None),
        ("Cell Phone 1", "phone_number", "Mobile", 1),
        ("Phone (mobile)", "phone_number", "Mobile", None),
        ("Birthday (MM/DD/YYYY)", "birthday", None, None),
        ("Contact: Job Title *", "job_title", None, None),
        ("Phone (2)", "phone_number", None, 2),
        ("EmailAddresses.0.Address", "email", None, 0),
    ],
)
def test_numbers_and_place_words_are_understood(
    knowledge: HeaderKnowledge, header: str, attribute_type: str, label: str | None, number: int | None
) -> None:
    guess = knowledge.guess(header)
    assert guess is not None
    assert (guess.attribute_type, guess.label, guess.number) == (attribute_type, label, number)


def test_partner_words_make_it_the_partners(knowledge: HeaderKnowledge) -> None:
    guesses = [knowledge.guess(header) for header in ("Spouse First Name", "Wife's E-mail", "Spouse")]
    assert [(guess.attribute_type, guess.is_partner) for guess in guesses if guess] == [
        ("first_name", True),
        ("email", True),
        ("full_name", True),
    ]


@pytest.mark.parametrize("header", ["Email Opt Out", "phone_cleaned", "Other First Name", "Zodiac", "", "###"])
def test_a_header_with_a_word_not_understood_is_no_guess(knowledge: HeaderKnowledge, header: str) -> None:
    guess = knowledge.guess(header)
    assert guess is None or guess.attribute_type == "-"
