"""Names in one text: an expression for the plain ones, nameparser for every distinct other; couples apart."""

from __future__ import annotations

import re
from functools import cache

import nameparser
import polars as pl
from nameparser import Lexicon

from transforms.normalize.distinct import map_distinct
from transforms.normalize.text import clean_text

__all__ = ["NAME_PARTS", "split_names"]

NAME_PARTS = ("title", "first_name", "middle_name", "last_name", "partner_first_name", "partner_last_name")

_NAME = r"(\p{Lu}\p{Ll}+(?:['’-]?\p{Lu}\p{Ll}+)?|\p{Lu}{2,}|\p{Lu}['’]\p{Lu}\p{Ll}+)"
_INITIAL = r"(?: ([A-HJ-UWYZ]\.?))?"  # without I, V and X, which after a comma are generations
#: "First Last", "First M. Last" in Latin letters; "Last, First", "Last, First M.".
_PLAIN = rf"^{_NAME}{_INITIAL} {_NAME}$"
_PLAIN_COMMA = rf"^{_NAME}, {_NAME}{_INITIAL}$"
_LATIN = r"^[\p{Latin} .,'’-]+$"

_AND = re.compile(r"\s+(?:and|&|\+)\s+|(?<=\w)&(?=\w)", re.IGNORECASE)
_TITLES_JOINED = re.compile(r"\b(?:mr|dr|rev|hon|sir|mister|doctor)\.?\s+(?:and|&)\s+(?:mrs|ms|dr)\b", re.IGNORECASE)
_HOUSEHOLD = re.compile(r"(?:the\s+)?(?!the\s)(.+?),?\s+(?:family|household)", re.IGNORECASE)
_FIRM = re.compile(
    r"\b(?:llc|llp|inc|ltd|co|corp|company|corporation|gmbh|sons|bros|brothers|associates|partners|group|realty"
    r"|properties|trust|estate|law|services|construction|insurance|bank)\b",
    re.IGNORECASE,
)
#: "SMITH JOHN A", as county rolls have it: a middle initial at the end, in capitals, is behind a first name.
_ROLL = re.compile(r"([^\W\d_][\w'’-]+) ([^\W\d_][\w'’-]+ [A-HJ-UWYZ])\.?((?: (?:JR|SR|II|III|IV)\.?)?)")
#: "MARY B" behind "SMITH, JOHN A &".
_FIRST_AND_INITIAL = re.compile(r"([^\W\d_][\w'’-]+) ([A-HJ-UWYZ]\.?)")


def split_names(values: pl.Series) -> pl.DataFrame:
    """Whole names in their parts (SPEC A-EA11), as given, no letter changed.

    One word is a first name. A generation ("Jr.") stays with the last name. A couple ("Bob and Jane Doe",
    "Doe, Bob & Jane") gives a person and a partner, who share the last name where one is given. "The Doe Family" is a
    last name alone, and "DOE JOHN A", in capitals, is John A. Doe. Nicknames in quotes are left out: the original has
    them.

    Returns:
        Frame of the same height with the columns of NAME_PARTS, null where there is none.
    """
    cleaned = clean_text(values)
    plain = _read_plain(cleaned)
    dtype = pl.Struct(dict.fromkeys(NAME_PARTS, pl.String))
    odd = map_distinct(cleaned, _read_odd, dtype, where=plain["last_name"].is_null())
    frame = pl.concat([plain, odd.struct.unnest().select(pl.all().name.prefix("odd_"))], how="horizontal")
    return frame.select(
        pl.coalesce(part, f"odd_{part}").alias(part) if part in plain.columns else pl.col(f"odd_{part}").alias(part)
        for part in NAME_PARTS
    )


def _read_plain(cleaned: pl.Series) -> pl.DataFrame:
    """First, middle and last name of plain names; null where a word may be a title, particle or generation."""
    as_said = cleaned.str.extract_groups(_PLAIN).struct.rename_fields(["a", "b", "c"]).struct.unnest()
    turned = cleaned.str.extract_groups(_PLAIN_COMMA).struct.rename_fields(["d", "e", "f"]).struct.unnest()
    names = pl.concat([as_said, turned], how="horizontal").select(
        first_name=pl.coalesce("a", "e"), middle_name=pl.coalesce("b", "f"), last_name=pl.coalesce("c", "d")
    )
    is_latin = cleaned.str.contains(_LATIN)
    special = pl.any_horizontal(pl.col("first_name", "last_name").str.to_lowercase().is_in(_special_words()))
    return names.with_columns(pl.when(is_latin & ~special).then(pl.all()))


@cache
def _special_words() -> list[str]:
    """Words that nameparser may take for something other than a name of its own."""
    lexicon = Lexicon.default()
    kinds = (
        lexicon.titles, lexicon.given_name_titles, lexicon.after_given_titles, lexicon.suffix_words,
        lexicon.suffix_acronyms, lexicon.suffix_acronyms_ambiguous, lexicon.particles, lexicon.particles_ambiguous,
        lexicon.conjunctions, lexicon.conjunctions_ambiguous, lexicon.bound_given_names, lexicon.maiden_markers,
        lexicon.honorific_tails,
    )  # fmt: skip
    return sorted({word for words in kinds for word in words} | {"family", "household"})


def _read_odd(text: str) -> dict[str, str | None]:
    """One name that is not plain: a household, a couple, else one person."""
    if household := _HOUSEHOLD.fullmatch(text):
        *words, _ = name = household.group(1).split()
        if all(word.casefold() in Lexicon.default().particles for word in words):
            return {**dict.fromkeys(NAME_PARTS), "last_name": " ".join(name)}
        text = household.group(1)
    sides = _AND.split(text)
    if len(sides) != 2 or not all(sides) or _FIRM.search(text) or _TITLES_JOINED.search(text) or sides[0] == sides[1]:
        return _read_person(_turn(text))
    left, right = (_turn(side) for side in sides)
    if "," in left:  # "Doe, Bob & Jane"
        person, partner = _read_person(left), _read_given(right) or _read_person(right)
        partner["last_name"] = partner["last_name"] or person["last_name"]
    else:
        partner = _read_person(right)
        person = (not _read_given(right) and partner["last_name"] and _read_given(left)) or _read_person(left)
        person["last_name"] = person["last_name"] or partner["last_name"]
    return {
        **person,
        "partner_first_name": partner["first_name"],
        "partner_last_name": partner["last_name"],
    }


def _turn(text: str) -> str:
    """ "SMITH JR, JOHN A" for "SMITH JOHN A JR"."""
    roll = _ROLL.fullmatch(text) if text.isupper() else None
    return f"{roll[1]}{roll[3]}, {roll[2]}" if roll and roll[1].lower() not in _special_words() else text


def _read_given(text: str) -> dict[str, str | None] | None:
    """A first name and an initial, whose last name is said elsewhere; None for any other name."""
    given = _FIRST_AND_INITIAL.fullmatch(text)
    return {**dict.fromkeys(NAME_PARTS[:4]), "first_name": given[1], "middle_name": given[2]} if given else None


def _read_person(text: str) -> dict[str, str | None]:
    """One person by nameparser; what it finds no name in is a first name."""
    name = nameparser.parse(text)
    first, last = (name.given, f"{name.family} {name.suffix}") if name.family else (f"{name.given} {name.suffix}", "")
    parts = {"title": name.title, "first_name": first, "middle_name": name.middle, "last_name": last}
    found = {part: value.strip() or None for part, value in parts.items()}
    return found if found["first_name"] or found["last_name"] else {**dict.fromkeys(parts), "first_name": text}
