"""What each kind of value calls close: measures that judge distinct pairs of values, for `compare_sets`."""

from __future__ import annotations

import numpy as np
import polars as pl

from transforms.matching.comparison import (
    Floats,
    Measure,
    Numbers,
    measure_edits,
    measure_names,
    measure_words,
)
from transforms.matching.model import FIELDS

__all__ = [
    "judge_addresses", "judge_birthdays", "judge_companies", "judge_emails", "judge_equality", "judge_first_names",
    "judge_last_names", "judge_middle_names", "judge_phones",
]  # fmt: skip

_CLOSE, _SIMILAR = 0.92, 0.85  # Jaro-Winkler: a typo; a relative of the name
_LOCAL_CLOSE, _STREET_CLOSE, _COMPANY_CLOSE = 0.93, 0.90, 0.85
_PREFIX_LENGTH = 3  # letters that both share: Dan and Daniel


def judge_first_names(values: pl.DataFrame, nicknames: pl.DataFrame) -> Measure:
    """Nicknames, typos, initials, one of two given names."""
    related = _relate_nicknames(nicknames)

    def measure(left: Numbers, right: Numbers) -> tuple[Numbers, Floats]:
        pairs, scores = _name_pairs(values, left, right)
        is_related = (
            pairs.select("left_head", "right_head")
            .join(
                related.with_columns(pl.lit(True).alias("hit")),
                left_on=["left_head", "right_head"],
                right_on=["name", "other"],
                how="left",
                maintain_order="left",
            )["hit"]
            .fill_null(False)
        )
        levels = {"nickname": is_related, "close": scores >= _CLOSE, "part": _is_part(pairs) | _is_prefix(pairs)}
        return _choose("first_name", levels | _initial_or_similar(pairs, scores)), scores

    return measure


def judge_last_names(values: pl.DataFrame) -> Measure:
    """Typos, initials, one of two names."""

    def measure(left: Numbers, right: Numbers) -> tuple[Numbers, Floats]:
        pairs, scores = _name_pairs(values, left, right)
        levels = {"close": scores >= _CLOSE, "part": _is_part(pairs)}
        return _choose("last_name", levels | _initial_or_similar(pairs, scores)), scores

    return measure


def judge_middle_names(values: pl.DataFrame) -> Measure:
    """Typos and initials."""

    def measure(left: Numbers, right: Numbers) -> tuple[Numbers, Floats]:
        pairs, scores = _name_pairs(values, left, right)
        return _choose("middle_name", {"initial": _is_initial(pairs), "close": scores >= _CLOSE}), scores

    return measure


def judge_emails(values: pl.DataFrame) -> Measure:
    """The same mailbox name elsewhere, or a typo in it."""

    def measure(left: Numbers, right: Numbers) -> tuple[Numbers, Floats]:
        local_l, local_r = values["local"].gather(left), values["local"].gather(right)
        scores = measure_names(local_l, local_r)
        long = ((local_l.str.len_chars() > 4) & (local_r.str.len_chars() > 4)).to_numpy()
        levels = {"local_part": (local_l == local_r).to_numpy() & long, "close": (scores >= _LOCAL_CLOSE) & long}
        return _choose("email", levels), scores

    return measure


def judge_phones(values: pl.DataFrame) -> Measure:
    """One digit wrong, missing, surplus or exchanged."""

    def measure(left: Numbers, right: Numbers) -> tuple[Numbers, Floats]:
        edits = measure_edits(values["value"].gather(left), values["value"].gather(right))
        return _choose("phone_number", {"close": edits <= 1}), (1 - edits / 2).astype(np.float32)

    return measure


def judge_birthdays(values: pl.DataFrame) -> Measure:
    """Day and month exchanged, or one of year, month and day wrong."""
    years, months, days = (values[name].to_numpy() for name in ("year", "month", "day"))

    def measure(left: Numbers, right: Numbers) -> tuple[Numbers, Floats]:
        year, month, day = (part[left] == part[right] for part in (years, months, days))
        same = year.astype(int) + month + day
        swapped = year & (months[left] == days[right]) & (days[left] == months[right])
        return _choose("birthday", {"day_month_swapped": swapped, "one_part_differs": same == 2}), (same / 3).astype(
            np.float32
        )

    return measure


def judge_addresses(values: pl.DataFrame) -> Measure:
    """Street, postcode and city as one comparison: they depend on each other."""

    def measure(left: Numbers, right: Numbers) -> tuple[Numbers, Floats]:
        sides = [values.select("number", "street", "city", "postcode")[rows] for rows in (left, right)]
        equal = {name: (sides[0][name] == sides[1][name]).fill_null(False).to_numpy() for name in sides[0].columns}
        both = {
            name: (sides[0][name].is_not_null() & sides[1][name].is_not_null()).to_numpy() for name in sides[0].columns
        }
        scores = np.zeros(len(left), np.float32)
        rows = np.flatnonzero(both["street"])
        scores[rows] = measure_names(sides[0]["street"].gather(rows), sides[1]["street"].gather(rows))
        street = (scores >= _STREET_CLOSE) & (equal["number"] | (equal["street"] & ~both["number"]))
        place = equal["city"] | equal["postcode"]
        levels = {
            "exact": street & place,
            "street": street & equal["number"],
            "postcode": equal["postcode"],
            "city": equal["city"],
        }
        return _choose("address", levels), np.where(levels["exact"], np.float32(1), scores)

    return measure


def judge_companies(field: str, values: pl.DataFrame) -> Measure:
    """Typos and word order; one name within the other."""

    def measure(left: Numbers, right: Numbers) -> tuple[Numbers, Floats]:
        sides = values["value"].gather(left), values["value"].gather(right)
        scores = np.maximum(measure_words(*sides), 0)
        pairs = pl.DataFrame({"left": sides[0], "right": sides[1]})
        return _choose(field, {"close": scores >= _COMPANY_CLOSE, "part": _is_part(pairs)}), scores

    return measure


def judge_equality(left: Numbers, right: Numbers) -> tuple[Numbers, Floats]:
    """Ids are equal or say nothing; level 1 is different."""
    return np.ones(len(left), np.int64), np.zeros(len(left), np.float32)


def _choose(field: str, conditions: dict[str, object]) -> Numbers:
    """The best level whose condition holds, else different."""
    order = sorted(conditions, key=FIELDS[field].place)
    masks = [np.asarray(conditions[name], dtype=bool) for name in order]
    chosen: Numbers = np.select(masks, [FIELDS[field].place(name) for name in order], FIELDS[field].place("different"))
    return chosen.astype(np.int64)


def _name_pairs(values: pl.DataFrame, left: Numbers, right: Numbers) -> tuple[pl.DataFrame, Floats]:
    head = values["value"].str.split(" ").list.first()
    names = {"left": values["value"], "right": values["value"], "left_head": head, "right_head": head}
    pairs = pl.DataFrame({name: part.gather(left if "left" in name else right) for name, part in names.items()})
    return pairs, measure_names(pairs["left"], pairs["right"])


def _initial_or_similar(pairs: pl.DataFrame, scores: Floats) -> dict[str, object]:
    return {"initial": _is_initial(pairs), "similar": scores >= _SIMILAR}


def _is_initial(pairs: pl.DataFrame) -> pl.Series:
    """One of them is a letter, the other begins with it."""
    left, right = pl.col("left"), pl.col("right")
    single = (left.str.len_chars() == 1) | (right.str.len_chars() == 1)
    return pairs.select(single & (left.str.slice(0, 1) == right.str.slice(0, 1))).to_series()


def _is_prefix(pairs: pl.DataFrame) -> pl.Series:
    left, right = pl.col("left_head"), pl.col("right_head")
    shorter = pl.min_horizontal(left.str.len_chars(), right.str.len_chars())
    return pairs.select(
        (shorter >= _PREFIX_LENGTH) & (left.str.starts_with(right) | right.str.starts_with(left))
    ).to_series()


def _is_part(pairs: pl.DataFrame) -> pl.Series:
    """The words of one are among the words of the other; only pairs with several words are looked at."""
    several = pairs["left"].str.contains(" ", literal=True) | pairs["right"].str.contains(" ", literal=True)
    rows = several.arg_true()
    parts = [_holds(*texts) for texts in pairs.select("left", "right")[rows].iter_rows()]
    return pl.zeros(pairs.height, dtype=pl.Boolean, eager=True).scatter(rows, pl.Series(parts, dtype=pl.Boolean))


def _holds(left: str, right: str) -> bool:
    words_l, words_r = (frozenset(word for word in text.split(" ") if len(word) > 1) for text in (left, right))
    return bool(words_l and words_r) and (words_l <= words_r or words_r <= words_l)


def _relate_nicknames(nicknames: pl.DataFrame) -> pl.DataFrame:
    """Every ordered pair of names that may stand for one formal name: Bob and Rob, by way of Robert."""
    formal = nicknames.select("name", pl.col("nickname").alias("form"))
    forms = pl.concat([formal, nicknames.select("name", pl.col("name").alias("form"))]).unique()
    pairs = forms.join(forms, on="name", suffix="_other").select(
        pl.col("form").alias("name"), pl.col("form_other").alias("other")
    )
    return pairs.filter(pl.col("name") != pl.col("other")).unique()
