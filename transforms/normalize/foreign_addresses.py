"""Addresses in one text that are not written as in North America, which usaddress takes apart at the wrong places."""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms.normalize.postal_words import STREET_TYPES, UNIT_TYPES

__all__ = ["FOREIGN_PARTS", "POSTCODE_FIRST", "part_foreign"]

#: The parts that are told; a street keeps its number.
FOREIGN_PARTS: Final = ("name", "city", "postcode", "country")

#: Letters that no address of North America is written in, and Vietnamese ones.
_OTHER_LETTERS: Final = r"[\p{L}--\p{Latin}]|[\x{1EA0}-\x{1EF9}ơưƠƯ]"
_COUNTRY: Final = r"(?:,\s*(\p{L}[\p{L} .]+))?$"
_CODE: Final = r"(?:\p{Lu}{1,2}-)?(?:\d{4} ?\p{Lu}{2}|\d{4,5}|\d{3} \d{2}|\d{2}-\d{3})"
#: "Musterstr. 5a, 04275 Leipzig": the postcode before the city.
_CODE_FIRST: Final = rf"^(.*\p{{L}}.*?),\s*({_CODE})\s+(\p{{L}}[\p{{L}} .'’/-]+\p{{L}}){_COUNTRY}"
#: "04275 Leipzig", "1017 CT Amsterdam".
POSTCODE_FIRST: Final = rf"^({_CODE}),?\s+(\p{{L}}[^\d,]*)$"
#: "Acme Plaza 2, 1234 Main Street" and "Unit 4, 1200 Oak Ridge" are of North America.
_CITY_OF_STREET: Final = rf"(?i)\b(?:{'|'.join({*STREET_TYPES, *STREET_TYPES.values()})})\.?$"
_UNIT_FIRST: Final = rf"(?i)^(?:#|(?:{'|'.join(UNIT_TYPES)})\b)"
#: "10 Downing Street, London SW1A 2AA".
_BRITISH: Final = (
    r"(?i)^(.*\p{L}.*),\s*([^,\d]+?),?\s+([a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2})"
    r"(?:,?\s+(UK|U\.K\.|United Kingdom|Great Britain|England|Scotland|Wales))?$"
)


def part_foreign(texts: pl.Series) -> pl.DataFrame:
    """Street, city, postcode and country of addresses from elsewhere; `name` is null where one is not from there.

    What is written in other letters than Latin ones is all in `name`.

    Args:
        texts: addresses in one line, tidy.

    Returns:
        FOREIGN_PARTS, same height.
    """
    text = pl.col("text")
    first, british = (text.str.extract_groups(pattern).struct for pattern in (_CODE_FIRST, _BRITISH))
    street, city = first["1"], first["3"]
    is_street = street.str.contains(r"\d") & ~street.str.contains(_UNIT_FIRST)
    nothing = pl.lit(None, pl.String)
    parts = (
        pl.when(text.str.contains(_OTHER_LETTERS))
        .then(pl.struct(name=text, city=nothing, postcode=nothing, country=nothing))
        .when(is_street & ~city.str.contains(_CITY_OF_STREET))
        .then(pl.struct(name=street, city=city, postcode=first["2"], country=first["4"]))
        .when(british["1"].is_not_null())
        .then(pl.struct(name=british["1"], city=british["2"], postcode=british["3"], country=british["4"]))
    )
    return pl.DataFrame({"text": texts}).select(parts=parts)["parts"].struct.unnest()
