"""What each kind of value calls close: measures that judge pairs of codes that differ."""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from transforms.matching.comparison import (
    MISSING,
    Codes,
    Flags,
    Levels,
    Measure,
    rank_edits,
    rank_similarity,
    rank_words,
)
from transforms.matching.model import BIRTHDAY, COMPANY, EMAIL, FIRST_NAME, LAST_NAME, MIDDLE_NAME, OTHER, PHONE, Field
from transforms.matching.spellings import Spellings

__all__ = [
    "NameForms", "judge_birthdays", "judge_companies", "judge_emails", "judge_first_names",
    "judge_last_names", "judge_middle_names", "judge_others", "judge_phones",
]  # fmt: skip

_CLOSE, _SIMILAR = 0.92, 0.85  # Jaro-Winkler: a typo; a relative of the name
_LOCAL_CLOSE, _COMPANY_CLOSE, _OTHER_CLOSE = 0.90, 0.85, 0.90
_PREFIX_LENGTH = 3  # letters that both share: Dan and Daniel
_LOCAL_LENGTH = 5  # a mailbox name of fewer letters says little elsewhere
_WORDS = 4  # of a name, that are looked at
_FORMS = 4  # formal names a nickname may stand for


class NameForms:
    """What is known of each distinct name: its words, first letters, length and the formal names it may stand for."""

    def __init__(self, values: pl.Series, nicknames: pl.DataFrame) -> None:
        self.values = values
        self.spellings = Spellings(values)
        self.lengths = self.spellings.lengths
        frame = values.alias("value").to_frame()
        self.initials = frame.select(pl.col("value").str.slice(0, 1).hash())["value"].to_numpy()
        self.heads = frame.select(pl.col("value").str.slice(0, _PREFIX_LENGTH).hash())["value"].to_numpy()
        self.words = _number_words(values)
        self.forms = _number_forms(values, nicknames)
        self.is_several, self.has_form = self.words[:, 1] >= 0, self.forms[:, 0] >= 0

    def are_related(self, left: Codes, right: Codes) -> Flags:
        """Two forms of one formal name."""
        return _share_any(self.forms, left, right, self.has_form[left] & self.has_form[right])

    def are_parts(self, left: Codes, right: Codes) -> Flags:
        """A word of one is a word of the other, where one of them has several."""
        return _share_any(self.words, left, right, self.is_several[left] | self.is_several[right])

    def are_prefixes(self, left: Codes, right: Codes) -> Flags:
        """One begins with the other."""
        found: Flags = (self.heads[left] == self.heads[right]) & (
            np.minimum(self.lengths[left], self.lengths[right]) >= 3
        )
        rows = np.flatnonzero(found)
        sides = pl.DataFrame({"l": self.values.gather(left[rows]), "r": self.values.gather(right[rows])})
        begins = pl.col("l").str.starts_with(pl.col("r")) | pl.col("r").str.starts_with(pl.col("l"))
        found[rows] = sides.select(begins).to_series().to_numpy()
        return found

    def are_initials(self, left: Codes, right: Codes) -> Flags:
        """One of them is a letter, the other begins with it."""
        single = (self.lengths[left] == 1) | (self.lengths[right] == 1)
        return np.asarray(single & (self.initials[left] == self.initials[right]))


def judge_first_names(names: NameForms) -> Measure:
    """Nicknames, typos, initials, one of two given names."""

    def measure(left: Codes, right: Codes) -> Levels:
        levels = _worst(FIRST_NAME, len(left))
        _rank_rest(FIRST_NAME, levels, names, left, right)
        _assign(FIRST_NAME, levels, "initial", names.are_initials(left, right))
        _assign(FIRST_NAME, levels, "part", names.are_parts(left, right) | names.are_prefixes(left, right))
        _assign(FIRST_NAME, levels, "nickname", names.are_related(left, right))
        return levels

    return measure


def judge_last_names(names: NameForms) -> Measure:
    """Typos, initials, one of two names."""

    def measure(left: Codes, right: Codes) -> Levels:
        levels = _worst(LAST_NAME, len(left))
        _rank_rest(LAST_NAME, levels, names, left, right)
        _assign(LAST_NAME, levels, "initial", names.are_initials(left, right))
        _assign(LAST_NAME, levels, "part", names.are_parts(left, right))
        return levels

    return measure


def judge_middle_names(names: NameForms) -> Measure:
    """Typos and initials."""

    def measure(left: Codes, right: Codes) -> Levels:
        levels = _worst(MIDDLE_NAME, len(left))
        _assign(MIDDLE_NAME, levels, "close", rank_similarity(names.spellings, left, right, _CLOSE) >= _CLOSE)
        _assign(MIDDLE_NAME, levels, "initial", names.are_initials(left, right))
        return levels

    return measure


def judge_emails(values: pl.DataFrame, is_shared: Flags) -> Measure:
    """The same mailbox name elsewhere, or a typo in the address; info@ of two firms is nothing.

    Addresses are often made of names: that those of two people alike in name are alike says nothing more.

    Args:
        values: value, local and is_of_name of each code.
        is_shared: mailbox names that more addresses have than a person would.
    """
    local = values["local"].fill_null("")
    emails, mailboxes = Spellings(values["value"]), Spellings(local)
    is_own = (local.str.len_chars().to_numpy() >= _LOCAL_LENGTH) & ~is_shared
    locals_, letters = local.hash().to_numpy(), local.str.replace_all(r"[^a-z]", "").hash().to_numpy()
    has_digits = local.str.contains(r"\d").to_numpy()
    of_name = values["is_of_name"].to_numpy()

    def measure(left: Codes, right: Codes) -> Levels:
        levels = _worst(EMAIL, len(left))
        rows = np.flatnonzero(is_own[left] & is_own[right])
        near = rows[rank_similarity(mailboxes, left[rows], right[rows], _LOCAL_CLOSE) >= _LOCAL_CLOSE]
        levels[near] = MISSING
        one, other = left[near], right[near]
        is_named = of_name[one] | of_name[other]
        equal = locals_[one] == locals_[other]
        is_elsewhere = equal & (~is_named | has_digits[one])
        # j.smith and jsmith64 are two spellings of one name, no typo
        is_respelt = ~equal & is_named & (letters[one] == letters[other])
        is_typo = rank_edits(emails, one, other, 2) <= 2
        _assign(EMAIL, levels, "local_part", near[is_elsewhere])
        _assign(EMAIL, levels, "close", near[is_typo & ~is_elsewhere & ~is_respelt])
        return levels

    return measure


def judge_phones(phones: Spellings) -> Measure:
    """One digit wrong, missing, surplus or exchanged."""

    def measure(left: Codes, right: Codes) -> Levels:
        levels = _worst(PHONE, len(left))
        _assign(PHONE, levels, "close", rank_edits(phones, left, right, 1) <= 1)
        return levels

    return measure


def judge_birthdays(field: Field, dates: pl.Series) -> Measure:
    """Day and month exchanged, one of year, month and day wrong, the year alone known or right."""
    years, months, days = dates.dt.year().to_numpy(), dates.dt.month().to_numpy(), dates.dt.day().to_numpy()
    is_year_alone = (months == 1) & (days == 1)

    def measure(left: Codes, right: Codes) -> Levels:
        year, month, day = (part[left] == part[right] for part in (years, months, days))
        levels = _worst(field, len(left))
        _assign(field, levels, "year", year)
        _assign(field, levels, "one_part_differs", (year.astype(np.int8) + month + day) == 2)
        _assign(field, levels, "year_alone", year & (is_year_alone[left] | is_year_alone[right]))
        swapped = year & (months[left] == days[right]) & (days[left] == months[right])
        _assign(field, levels, "day_month_swapped", swapped)
        return levels

    return measure


def judge_companies(names: NameForms) -> Measure:
    """Typos and word order; one name within the other."""

    def measure(left: Codes, right: Codes) -> Levels:
        levels = _worst(COMPANY, len(left))
        parts = names.are_parts(left, right)
        _assign(COMPANY, levels, "part", parts)
        _assign(COMPANY, levels, "close", rank_words(names.spellings, left, right, _COMPANY_CLOSE) >= _COMPANY_CLOSE)
        return levels

    return measure


def judge_others(texts: Spellings, dates: pl.Series) -> Measure:
    """Typos, in words or in numbers, and M for male; of two days a slip, or day and month exchanged.

    Args:
        texts: the values.
        dates: the day that each is, null where it is none.
    """
    is_date = dates.is_not_null().to_numpy()
    is_letter = np.array([len(text) == 1 and text.isalpha() for text in texts.texts], np.bool_)
    slips = judge_birthdays(BIRTHDAY, dates.fill_null(date(1, 1, 1)))

    def measure(left: Codes, right: Codes) -> Levels:
        levels = _worst(OTHER, len(left))
        are_days = is_date[left] & is_date[right]
        close = (is_letter[left] | is_letter[right]) & (texts.initials[left] == texts.initials[right])
        rows = np.flatnonzero(~are_days & ~close)
        close[rows] = rank_similarity(texts, left[rows], right[rows], _OTHER_CLOSE) >= _OTHER_CLOSE
        rows = np.flatnonzero(are_days)
        close[rows] = slips(left[rows], right[rows]) <= BIRTHDAY.place("one_part_differs")
        _assign(OTHER, levels, "close", close)
        return levels

    return measure


def _worst(field: Field, height: int) -> Levels:
    return np.full(height, len(field.levels) - 1, np.int16)


def _assign(field: Field, levels: Levels, level: str, where: Flags | npt.NDArray[np.int64]) -> None:
    levels[where] = field.place(level)


def _rank_rest(field: Field, levels: Levels, names: NameForms, left: Codes, right: Codes) -> None:
    scores = rank_similarity(names.spellings, left, right, _SIMILAR)
    _assign(field, levels, "similar", scores >= _SIMILAR)
    _assign(field, levels, "close", scores >= _CLOSE)


def _number_words(values: pl.Series) -> Codes:
    """Numbers of the words of each name, letters left out; -1 where there are fewer."""
    words = (
        values.alias("value").to_frame().with_row_index("code").filter(pl.col("value").str.contains(" ", literal=True))
    )
    numbered = np.full((len(values), _WORDS), -1, np.int32)
    numbered[:, 0] = np.arange(len(values))
    if words.height:
        every = pl.DataFrame({"word": values}).with_row_index("number")
        long = words.select("code", pl.col("value").str.split(" ").alias("word")).explode("word")
        long = long.filter(pl.col("word").str.len_chars() > 1)
        extra = long.select("word").unique().join(every, on="word", how="anti").sort("word")
        every = pl.concat([every.select("word"), extra]).with_row_index("number")
        placed = long.with_columns(place=pl.int_range(pl.len()).over("code")).filter(pl.col("place") < _WORDS)
        found = placed.join(every, on="word", how="left", maintain_order="left")
        numbered[words["code"].to_numpy(), 0] = -1
        numbered[found["code"].to_numpy(), found["place"].to_numpy()] = found["number"].to_numpy()
    return numbered


def _number_forms(values: pl.Series, nicknames: pl.DataFrame) -> Codes:
    """Numbers of the formal names that the first word of each name may stand for; -1 where there are fewer."""
    formal = nicknames["name"].unique().sort()
    numbers = pl.DataFrame({"name": formal}).with_row_index("number")
    known = pl.concat(
        [nicknames.select("name", form="nickname"), nicknames.select("name", form="name")]
    ).unique().sort("form", "name").join(numbers, on="name", maintain_order="left")  # fmt: skip
    heads = pl.DataFrame({"form": values.str.split(" ").list.first()}).with_row_index("code")
    found = heads.join(known, on="form").sort("code", "number")
    found = found.with_columns(place=pl.int_range(pl.len()).over("code")).filter(pl.col("place") < _FORMS)
    numbered = np.full((len(values), _FORMS), -1, np.int32)
    numbered[found["code"].to_numpy(), found["place"].to_numpy()] = found["number"].to_numpy()
    return numbered


def _share_any(numbers: Codes, left: Codes, right: Codes, where: Flags) -> Flags:
    """Whether two rows of numbers have one in common, where they are looked at."""
    found = np.zeros(len(left), np.bool_)
    rows = np.flatnonzero(where)
    one, other = numbers[left[rows]], numbers[right[rows]]
    hit = np.zeros(len(rows), np.bool_)
    for place in range(numbers.shape[1]):
        for its in range(numbers.shape[1]):
            hit |= (one[:, place] == other[:, its]) & (one[:, place] >= 0)
    found[rows] = hit
    return found
