"""Phone numbers: expressions for North American ones, phonenumbers for every distinct other text."""

from __future__ import annotations

import re
from functools import cache

import phonenumbers
import polars as pl
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, Leniency, NumberParseException, PhoneMetadata, PhoneNumber

from transforms.normalize.distinct import map_distinct
from transforms.normalize.text import clean_text

__all__ = ["normalize_phones", "phone_area"]

_PHONE_DTYPE = pl.Struct({"text": pl.String, "match_key": pl.String, "problem": pl.String})

#: Regions where ten digits are read as they stand; the islands complete seven digits by rules of their own.
_PLAIN_REGIONS = ("US", "CA")
#: The ways most numbers are written: area code, exchange, line and perhaps an extension. phonenumbers reads each alike.
_PLAIN = (
    r"(?i)^(?:\+?1[ .-]*)?\(?([2-9]\d\d)\)?[ ./-]*(\d{3})[ .-]*(\d{4})"
    r"(?:\.0|,? ?(?:ext(?:ension)?[.:]? ?|x ?|#)(\d{1,6}))?$"
)
#: What a number of the plan must match to be of a type, which is what makes it valid.
_TYPES = ("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "pager", "uan")

_SCIENTIFIC = re.compile(r"^\d(?:\.\d+)?e\+?\d+$", re.IGNORECASE)
_WRAPPING = re.compile(r"^(?:=?\"(.*)\"|'(.*)|([+\d]\d{6,})\.0)$")
_FEWEST_DIGITS = 5


def normalize_phones(values: pl.Series, region: str) -> pl.DataFrame:
    """Phone numbers in publish and match form.

    Args:
        values: numbers as received.
        region: two-letter country in which numbers without one are read.

    Returns:
        Frame of the same height. `text`: E.164 with ";ext=" for a valid number, else as received and trimmed;
        `match_key`: E.164 without extension of any possible number (SPEC A-D1: the 555 numbers of the examples are
        possible, not valid); `problem`: a sentence where there is no number in it, and both texts are null.
    """
    cleaned = clean_text(values)
    plain = _read_plain(cleaned, region)
    odd = map_distinct(cleaned, lambda text: _read_odd(text, region), _PHONE_DTYPE, where=plain["is_valid"].is_null())
    frame = plain.with_columns(value=cleaned, odd=odd).unnest("odd")
    decided, valid = pl.col("is_valid").is_not_null(), pl.col("is_valid").fill_null(False)
    extended = pl.concat_str("number", pl.when(pl.col("extension") != "").then(pl.format(";ext={}", "extension")))
    bare_or_extended = pl.coalesce(extended, "number")
    return frame.select(
        pl.when(valid).then(bare_or_extended).when(decided).then("value").otherwise("text").alias("text"),
        pl.when(decided).then("number").otherwise("match_key").alias("match_key"),
        "problem",
    )


def phone_area(match_keys: pl.Series) -> pl.Series:
    """North American area code of each match key; null for others."""
    return match_keys.str.extract(r"^\+1(\d{3})\d{7}$", 1)


def _read_plain(cleaned: pl.Series, region: str) -> pl.DataFrame:
    """Number, extension and validity of what is surely valid or surely not; `is_valid` is null for all others."""
    if region not in _PLAIN_REGIONS:
        cleaned = pl.Series(cleaned.name, [None], dtype=pl.String).new_from_index(0, cleaned.len())
    groups = cleaned.str.extract_groups(_PLAIN).struct.rename_fields(["area", "exchange", "line", "extension"])
    mainland, anywhere = _plan_patterns()
    digits = pl.concat_str("area", "exchange", "line")
    placeholder = pl.col("digits").is_in([str(digit) * 10 for digit in range(10)])
    return (
        groups.struct.unnest()
        .select("extension", digits=digits)
        .select(
            "extension",
            number=pl.format("+1{}", "digits"),
            is_valid=pl.when(placeholder)
            .then(None)
            .when(pl.col("digits").str.contains(mainland))
            .then(True)
            .when(~pl.col("digits").str.contains(anywhere))
            .then(False),
        )
    )


@cache
def _plan_patterns() -> tuple[str, str]:
    """Patterns of ten digits that are valid in the US or Canada, and that may be valid anywhere in the plan.

    Taken from phonenumbers' own metadata. What matches the first is valid; what fails the second is not; between
    them lie the islands, whose numbers phonenumbers tells apart by leading digits as well.
    """
    regions = COUNTRY_CODE_TO_REGION_CODE[1]
    return _pattern_of(_PLAIN_REGIONS), _pattern_of(regions)


def _pattern_of(regions: tuple[str, ...]) -> str:
    patterns = set()
    for region in regions:
        metadata = PhoneMetadata.metadata_for_region(region)
        descriptions = (getattr(metadata, kind) for kind in _TYPES)
        patterns |= {found.national_number_pattern for found in descriptions if found is not None}
    return f"^(?:{'|'.join(sorted(filter(None, patterns)))})$"


def _read_odd(text: str, region: str) -> dict[str, str | None]:
    """One text that the expressions leave open."""
    text = next(filter(None, found.groups()), text) if (found := _WRAPPING.match(text)) else text
    if _SCIENTIFIC.match(text):
        return _refuse("It is written in scientific notation, so digits are lost: format the column as text.")
    digits = [char for char in text if char.isdecimal()]
    number = _parse(text, region)
    national = phonenumbers.national_significant_number(number) if number else "".join(digits)
    if len(digits) >= _FEWEST_DIGITS and len(set(national)) == 1:
        return _refuse("It is one digit repeated, a placeholder.")
    if number is not None and phonenumbers.is_valid_number(number):
        return {"text": _publish(number), "match_key": _e164(number), "problem": None}
    if not digits:
        return _refuse("There is no digit in it.")
    if len(digits) < _FEWEST_DIGITS:
        return _refuse(f"There are only {len(digits)} digits in it.")
    if number is not None and phonenumbers.is_possible_number(number):
        return {"text": text, "match_key": _e164(number), "problem": None}
    return _find_inside(text, region)


def _find_inside(text: str, region: str) -> dict[str, str | None]:
    """The numbers inside a longer text: one valid number is published alone, else the text stays; the first joins."""
    found = [match.number for match in phonenumbers.PhoneNumberMatcher(text, region, Leniency.POSSIBLE)]
    is_one = len(found) == 1 and phonenumbers.is_valid_number(found[0])
    return {
        "text": _publish(found[0]) if is_one else text,
        "match_key": _e164(found[0]) if found else None,
        "problem": None,
    }


def _parse(text: str, region: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except NumberParseException:
        return None


def _e164(number: PhoneNumber) -> str:
    return f"+{number.country_code}{phonenumbers.national_significant_number(number)}"


def _publish(number: PhoneNumber) -> str:
    return f"{_e164(number)};ext={number.extension}" if number.extension else _e164(number)


def _refuse(problem: str) -> dict[str, str | None]:
    return {"text": None, "match_key": None, "problem": problem}
