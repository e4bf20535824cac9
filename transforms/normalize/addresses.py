"""Addresses: texts into stdaddr parts, parts into lines and match keys."""

from __future__ import annotations

import re

import polars as pl
import usaddress

from schemas.dtypes import ADDRESS_PARTS, ADDRESS_TYPE
from transforms.normalize.distinct import map_distinct, on_distinct
from transforms.normalize.foreign_addresses import FOREIGN_PARTS, part_foreign
from transforms.normalize.postal_words import DIRECTIONS, STATES, STREET_TYPES, UNIT_TYPES
from transforms.normalize.text import clean_text, fold_ascii, fold_text, is_tidy

__all__ = [
    "address_keys",
    "compose_lines",
    "join_lines",
    "normalize_postal_codes",
    "normalize_states",
    "parse_addresses",
]

#: What usaddress calls the parts -> what PostGIS stdaddr calls them.
_PART_OF_LABEL = {
    "AddressNumberPrefix": "house_num", "AddressNumber": "house_num", "AddressNumberSuffix": "house_num",
    "StreetNamePreDirectional": "predir", "StreetNamePreModifier": "qual", "StreetNamePreType": "pretype",
    "StreetName": "name", "StreetNamePostType": "suftype", "StreetNamePostDirectional": "sufdir",
    "SubaddressType": "unit", "SubaddressIdentifier": "unit", "OccupancyType": "unit", "OccupancyIdentifier": "unit",
    "BuildingName": "building", "LandmarkName": "building", "PlaceName": "city", "StateName": "state",
    "ZipCode": "postcode", "CountryName": "country", "USPSBoxType": "box", "USPSBoxID": "box",
    "USPSBoxGroupType": "ruralroute", "USPSBoxGroupID": "ruralroute", "Recipient": "extra", "NotAddress": "extra",
}  # fmt: skip

_LINE1 = ("house_num", "predir", "qual", "pretype", "name", "suftype", "sufdir")
_LINE2 = ("city", "state", "postcode")
_BOX = ("ruralroute", "box")


def _one_of(*words: str) -> str:
    return "|".join(sorted({form for word in words for form in (word, word.title(), word.upper())}))


#: "165 N Davis Street, Apt 4, Hillsborough, CA 94010", with or without all after the street: read as usaddress does.
_PLAIN = (
    rf"^(\d+[A-Za-z]?) (?:({_one_of(*DIRECTIONS, *DIRECTIONS.values())})\.? )?"
    r"([A-Z][a-z]{2,}|\d+(?:st|nd|rd|th)) "
    rf"({_one_of('street', 'st', 'avenue', 'ave', 'road', 'rd', 'drive', 'dr', 'lane', 'ln', 'court', 'ct')})\.?"
    rf"(?:,? ((?:{_one_of(*UNIT_TYPES)})\.? [A-Z]?\d+[A-Z]?|# ?\d+))?"
    r"(?:, ([A-Z][a-z]+(?: [A-Z][a-z]+)?),? ([A-Z]{2}),? (\d{5}(?:-\d{4})?))?$"
)
_PLAIN_PARTS = ("house_num", "predir", "name", "suftype", "unit", "city", "state", "postcode")
#: A ZIP code that lost its leading zero in a spreadsheet: usaddress takes four digits for something else.
_US_BEHIND_ZIP = r"(?i)(\b[A-Z]{2},? \d{5}(?:-\d{4})?),? (USA?|U\.S\.(?:A\.)?|United States(?: of America)?)$"
_SHORT_ZIP = r"\b([A-Z]{2})[ ,]+(\d{4})$"
#: A Canadian postal code, of which usaddress takes the first half for the state: it is parsed as if it were a ZIP code.
_CANADIAN = (
    r"(?i)^(.*\b(?:AB|BC|MB|NB|NL|NS|NT|NU|ON|PE|PEI|QC|PQ|SK|YT|Alberta|British Columbia|Manitoba|New Brunswick"
    r"|Newfoundland(?: and Labrador)?|Nova Scotia|Ontario|Prince Edward Island|Qu[eé]bec|Saskatchewan|Yukon)\b\.?)"
    r",? ([a-z]\d[a-z][ -]?\d[a-z]\d)(?:,? (Canada))?$"
)
_STAND_IN = "99999"
#: What usaddress calls the words of an address that it does not understand.
_NOT_UNDERSTOOD = {
    "SubaddressType", "SubaddressIdentifier", "OccupancyType", "OccupancyIdentifier", "Recipient", "NotAddress",
}  # fmt: skip
_BEGINS_AS_UNIT = re.compile(rf"(?:#|(?:{'|'.join(UNIT_TYPES)})\b)", re.IGNORECASE)


def parse_addresses(values: pl.Series) -> pl.Series:
    """Addresses in one text as stdaddr parts, published as given; what cannot be parsed is all in `name`.

    Returns:
        Series of ADDRESS_TYPE, same height and name; null where nothing was given.
    """
    whole = clean_text(join_lines(values)).alias("whole")
    foreign = part_foreign(whole)
    texts = whole.to_frame().with_columns(
        country=pl.col("whole").str.extract(_US_BEHIND_ZIP, 2),
        is_foreign=foreign["name"].is_not_null(),
        canadian=pl.col("whole").str.extract_groups(_CANADIAN).struct.rename_fields(("before", "code", "country")),
    )
    before, code = (pl.col("canadian").struct.field(name) for name in ("before", "code"))
    us = pl.col("whole").str.replace(_US_BEHIND_ZIP, "$1").str.replace(_SHORT_ZIP, "${1} 0${2}")
    as_us = pl.coalesce(before + f" {_STAND_IN}", us)
    cleaned = texts.select(pl.when(~pl.col("is_foreign")).then(as_us)).to_series()
    plain = cleaned.str.extract_groups(_PLAIN).struct.rename_fields(_PLAIN_PARTS).struct.unnest()
    odd = map_distinct(cleaned, _parse, ADDRESS_TYPE, where=plain["house_num"].is_null())
    parts = [pl.col(part) if part in _PLAIN_PARTS else pl.lit(None, pl.String).alias(part) for part in ADDRESS_PARTS]
    parsed = plain.with_columns(odd=odd).select(
        pl.when(pl.col("house_num").is_not_null()).then(pl.struct(parts)).otherwise("odd").alias(values.name)
    )
    is_us = texts.select((code.is_null() & pl.col("country").is_null() & ~pl.col("is_foreign")).all()).item()
    return parsed.to_series() if is_us else _complete(parsed.to_series(), texts, foreign)


def join_lines(values: pl.Series) -> pl.Series:
    """Addresses in one line, a comma where a line ended; Mailchimp parts them by two spaces instead."""
    return values.str.strip_chars().str.replace_all(r"[\s,]*[\r\n]+\s*|,?[^\S\r\n]{2,}", ", ")


def compose_lines(addresses: pl.Series) -> pl.DataFrame:
    """The lines of addresses, as the documents compose them (SPEC DV8).

    Args:
        addresses: series of ADDRESS_TYPE.

    Returns:
        Frame of the same height with `line1`, `line2`, `full` (", Atlanta GA" without a street, as documented) and
        `full_clean` without such stray commas (SPEC A-EA5). A box stands in for a street. Null where empty.
    """
    parts = _unnest(addresses)
    box = _join(parts, _BOX)
    lines = parts.select(line1=pl.coalesce(_join(parts, _LINE1), box), line2=_join(parts, _LINE2))
    documented = pl.format("{}, {}", pl.col("line1").fill_null(""), "line2")
    clean = pl.concat_str(["line1", "line2"], separator=", ", ignore_nulls=True)
    return lines.with_columns(full=pl.coalesce(documented, "line1"), full_clean=pl.when(clean != "").then(clean))


def address_keys(addresses: pl.Series) -> pl.Series:
    """Match keys such as "165 davis st|94010": folded street with standard abbreviations, and five-digit ZIP or city.

    Null without a street, or without both ZIP and city.
    """
    parts = _unnest(addresses)
    street = fold_ascii(parts.select(pl.coalesce(_join(parts, _LINE1), _join(parts, _BOX))).to_series())
    words = pl.col("street").str.split(" ").list.eval(pl.element().replace({**STREET_TYPES, **DIRECTIONS}))
    # "Union 33333" has its ZIP code in the state's place (an example of the documents).
    state_zip = parts["state"].str.extract(r"^(\d{5})(?:-\d{4})?$", 1)
    return (
        parts.select(
            street=street,
            zip=on_distinct(parts["postcode"], normalize_postal_codes),
            city=on_distinct(parts["city"], fold_ascii),
        )
        .with_columns(state_zip=state_zip)
        .select(pl.concat_str(words.list.join(" "), pl.coalesce("zip", "state_zip", "city"), separator="|"))
        .to_series()
        .alias(addresses.name)
    )


def normalize_postal_codes(values: pl.Series) -> pl.Series:
    """Postal codes for comparison: five digits of a ZIP+4, a lost leading zero put back, else folded (SPEC A-C8)."""
    folded = fold_text(values).str.replace(r"^(\d+)\.0+$", "${1}")
    five = folded.str.extract(r"^(\d{5})(?:[- ]?\d{4})?$", 1)
    four = folded.str.extract(r"^(\d{4})$", 1)
    return pl.select(pl.coalesce(five, "0" + four, folded).alias(values.name)).to_series()


def normalize_states(values: pl.Series) -> pl.Series:
    """States for comparison: the two-letter code of a US state or Canadian province, else folded text (SPEC A-C8)."""
    known = fold_ascii(values).replace_strict(STATES, default=None, return_dtype=pl.String)
    return pl.select(pl.coalesce(known, fold_text(values)).alias(values.name)).to_series()


def _complete(parsed: pl.Series, texts: pl.DataFrame, foreign: pl.DataFrame) -> pl.Series:
    """Addresses with the country behind them, Canadian postal codes and what is written as elsewhere.

    Args:
        parsed: of ADDRESS_TYPE.
        texts: whole, country, is_foreign, canadian (before, code, country).
        foreign: FOREIGN_PARTS.
    """
    read = parsed.struct.unnest()
    code, country = (pl.lit(texts["canadian"].struct.field(name)) for name in ("code", "country"))
    is_whole = pl.lit(texts["is_foreign"]) | (code.is_not_null() & pl.col("postcode").ne_missing(_STAND_IN))
    elsewhere = {part: pl.lit(foreign[part]) for part in FOREIGN_PARTS}
    elsewhere["name"] = pl.coalesce(elsewhere["name"], pl.lit(texts["whole"]))
    mended = read.with_columns(
        pl.when(is_whole).then(elsewhere.get(part, pl.lit(None, pl.String))).otherwise(given).alias(part)
        for part, given in {
            **{part: pl.col(part) for part in ADDRESS_PARTS},
            "postcode": pl.coalesce(code, "postcode"),
            "country": pl.coalesce("country", pl.lit(texts["country"]), country),
        }.items()
    )
    is_address = parsed.is_not_null() | texts["whole"].is_not_null()
    return mended.select(pl.when(is_address).then(pl.struct(ADDRESS_PARTS)).alias(parsed.name)).to_series()


def _unnest(addresses: pl.Series) -> pl.DataFrame:
    """Parts as columns, empty ones null (SPEC EA11)."""
    parts = addresses.struct.unnest()
    return parts.with_columns(
        pl.when(pl.col(part).str.strip_chars() != "").then(pl.col(part).str.strip_chars()).alias(part)
        for part in ADDRESS_PARTS
        if not is_tidy(parts[part])
    )


def _join(frame: pl.DataFrame, parts: tuple[str, ...]) -> pl.Expr:
    """The parts that are there, with one space between; null when there is none."""
    given = [part for part in parts if frame[part].null_count() < frame.height]
    if len(given) < 2:
        return pl.col(given[0] if given else parts[0])
    joined = pl.concat_str(given, separator=" ", ignore_nulls=True)
    return pl.when(joined != "").then(joined)


def _parse(text: str) -> dict[str, str]:
    """One address by usaddress; all in `name` when it is no single address."""
    try:
        labelled, _ = usaddress.tag(text)
    except usaddress.RepeatedLabelError:
        return {"name": text}
    if not labelled.keys() <= _PART_OF_LABEL.keys():  # crossings have two streets
        return {"name": text}
    if labelled.keys() <= _NOT_UNDERSTOOD and not _BEGINS_AS_UNIT.match(text):
        return {"name": text}
    parts: dict[str, list[str]] = {}
    for label, value in labelled.items():
        parts.setdefault(_PART_OF_LABEL[label], []).append(re.sub(r"[\s,;]+$", "", value))
    return {part: " ".join(filter(None, values)) for part, values in parts.items()}
