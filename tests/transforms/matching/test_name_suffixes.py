import polars as pl
import pytest

from transforms.matching.name_suffixes import UNTOLD, number_namesakes


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("smith jr", 2),
        ("smith ii", 2),
        ("de la cruz sr", 1),
        ("morris i", 1),
        ("john iv", 4),
        ("john 3rd", 3),
        ("smith", UNTOLD),
        ("junior", UNTOLD),
        ("john v", UNTOLD),
        ("jr smith", UNTOLD),
        ("", UNTOLD),
        (None, UNTOLD),
    ],
)
def test_the_last_word_of_a_name_tells_namesakes_apart(name: str | None, number: int) -> None:
    assert number_namesakes(pl.Series([name], dtype=pl.String)).tolist() == [number]
