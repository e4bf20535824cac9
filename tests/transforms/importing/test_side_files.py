import pytest

from transforms.importing.side_files import GivenColumn, SideFile, read_side_file


def test_no_side_file_says_nothing() -> None:
    assert read_side_file(None) == SideFile()


def test_im2_the_documented_shape_is_read_whole() -> None:
    side = read_side_file(
        '{"file_id": "x", "owner": "u", "brand": "b", "tag": "Fair", "locale": "en-GB", "sheet": "People", "mappings": '
        '{"Home Phone": {"attribute_type": "phone_number", "label": "Home", "index": 1, "is_partner": true}}}'
    )
    assert (side.owner, side.brand, side.tags, side.locale, side.sheet) == ("u", "b", ("Fair",), "en-GB", "People")
    assert side.mappings == {"Home Phone": GivenColumn("phone_number", "Home", 1, True)}
    assert side.complaints == ()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "not valid JSON"),
        ("[]", "not a JSON object"),
        ('{"owner": 7}', "'owner' is not a text"),
        ('{"tag": 7}', "'tag' is not a text"),
        ('{"mappings": []}', "'mappings' is not an object"),
        ('{"mappings": {"A": {"label": "x"}}}', "no 'attribute_type'"),
        ('{"mappings": {"A": {"attribute_type": "email", "index": "0"}}}', "index that is no integer"),
    ],
)
def test_what_cannot_be_used_is_named(text: str, complaint: str) -> None:
    side = read_side_file(text)
    assert len(side.complaints) == 1
    assert complaint in side.complaints[0]


def test_one_bad_mapping_leaves_the_others() -> None:
    side = read_side_file('{"mappings": {"A": 1, "B": {"attribute_type": "email"}}}')
    assert side.mappings == {"B": GivenColumn("email")}


def test_mappings_that_are_empty_say_nothing_so_headers_are_mapped_automatically() -> None:
    side = read_side_file('{"owner": "u", "mappings": {}}')
    assert (side.owner, side.mappings, side.complaints) == ("u", None, ())
    assert read_side_file('{"mappings": {"A": 1}}').mappings == {}
