import pytest

from transforms.importing.headers import ANY_LANGUAGE, HeaderKnowledge
from transforms.importing.shared_start import guess_without_start


def kinds(knowledge: HeaderKnowledge, header: list[str]) -> list[str | None]:
    guesses = guess_without_start(header, knowledge.vocabulary(ANY_LANGUAGE))
    return [guess and guess.attribute_type for guess in guesses]


def test_a_word_that_most_headers_begin_with_says_nothing(knowledge: HeaderKnowledge) -> None:
    header = ["C_FirstName", "C_EmailAddress", "C_BusPhone", "C_Zip_Postal", "Id", "C", "C_Odd"]
    found = kinds(knowledge, header)
    assert found == ["first_name", "email", "phone_number", "address.postcode", None, None, None]


@pytest.mark.parametrize(
    "header",
    [
        ["C_FirstName", "C_EmailAddress", "C_Zip"],
        ["Order Name", "Order City", "Order Phone", "Order Date"],
        ["Agent First Name", "Agent Email", "Agent Phone", "Agent City"],
        ["Home Email", "Home Phone", "Home City", "Home Zip"],
        ["C_FirstName", "C_EmailAddress", "C_Zip", "C_City", *"abcde"],
        [],
    ],
    ids=["too few", "nothing of people", "of others", "a place", "not half", "none"],
)
def test_other_words_are_not_left_out(knowledge: HeaderKnowledge, header: list[str]) -> None:
    assert kinds(knowledge, header) == [None] * len(header)
