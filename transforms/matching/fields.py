"""The comparisons of two contacts: which values each one takes, how it judges them, how it shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from transforms.matching.comparison import (
    MISSING,
    Agreement,
    Measure,
    Numbers,
    ValueSets,
    compare_sets,
    index_values,
)
from transforms.matching.measures import (
    judge_addresses,
    judge_birthdays,
    judge_companies,
    judge_emails,
    judge_equality,
    judge_first_names,
    judge_last_names,
    judge_middle_names,
    judge_phones,
)
from transforms.matching.model import FIELDS
from transforms.matching.values import ContactValues, MatchingReference

__all__ = ["Comparison", "compare_fields", "prepare_comparisons"]

#: Judges pairs of contacts in one field.
_Compare = Callable[[Numbers, Numbers], Agreement]


@dataclass(frozen=True)
class Comparison:
    """One field, ready to compare.

    Attributes:
        compare: agreement of pairs of contacts.
        shown: text of each value code, for evidence.
    """

    compare: _Compare
    shown: pl.Series


def prepare_comparisons(
    values: ContactValues, reference: MatchingReference, shared_value_limit: int
) -> dict[str, Comparison]:
    """A comparison for each field of the model.

    Args:
        values: what matching knows of the contacts.
        reference: nicknames.
        shared_value_limit: an e-mail or phone that more contacts of a scope share is no evidence (SPEC A-D1).
    """
    height, scopes = len(values.ids), values.contacts["scope"]
    names = values.names
    first_names = pl.concat([_named(names, "first_name"), _named(names, "nickname")])
    emails = index_values(values.emails, height, scopes)
    phones = index_values(values.phones, height, scopes)
    firsts = index_values(first_names, height)
    lasts = index_values(_named(names, "last_name"), height)
    middles = index_values(_named(names, "middle_name"), height)
    books = index_values(values.address_books, height, scopes)
    return {
        "first_name": _sets(firsts, judge_first_names(firsts.values, reference.nicknames)),
        "last_name": _sets(lasts, judge_last_names(lasts.values)),
        "middle_name": _sets(middles, judge_middle_names(middles.values)),
        "email": _limited("email", emails, judge_emails(emails.values), shared_value_limit),
        "phone_number": _limited("phone_number", phones, judge_phones(phones.values), shared_value_limit),
        "address": _prepare_addresses(values, height),
        "birthday": _prepare_birthdays(values, height),
        "company": _prepare_companies("company", values, "person", height),
        "company_name": _prepare_companies("company_name", values, "company", height),
        "address_book": _known_when_equal(books, shared_value_limit),
        "partner_email": _prepare_partners(values, height, shared_value_limit),
    }


def compare_fields(comparisons: Mapping[str, Comparison], left: Numbers, right: Numbers) -> dict[str, Agreement]:
    """Agreement of each pair of contacts, given by number, in each field."""
    agreements = {name: comparison.compare(left, right) for name, comparison in comparisons.items()}
    return agreements | _swap_names(comparisons, agreements, left, right)


def _named(names: pl.DataFrame, column: str) -> pl.DataFrame:
    return names.select("contact", pl.col(column).alias("value"))


def _sets(sets: ValueSets, measure: Measure) -> Comparison:
    return Comparison(lambda left, right: compare_sets(sets, left, right, measure), sets.values["value"])


def _limited(field: str, sets: ValueSets, measure: Measure, limit: int) -> Comparison:
    """Equal values that too many contacts share have a level of their own."""
    shared = FIELDS[field].place("shared")

    def compare(left: Numbers, right: Numbers) -> Agreement:
        found = compare_sets(sets, left, right, measure)
        return replace(found, levels=np.where((found.levels == 0) & (found.counts > limit), shared, found.levels))

    return Comparison(compare, sets.values["value"])


def _known_when_equal(sets: ValueSets, limit: int) -> Comparison:
    """Ids that differ say nothing, nor does one that too many contacts share."""

    def compare(left: Numbers, right: Numbers) -> Agreement:
        found = compare_sets(sets, left, right, judge_equality)
        return _keep(found, (found.levels == 0) & (found.counts <= limit))

    return Comparison(compare, sets.values["value"])


def _keep(found: Agreement, kept: np.typing.NDArray[np.bool_]) -> Agreement:
    return Agreement(
        np.where(kept, found.levels, MISSING),
        np.where(kept, found.scores, np.float32(0)),
        np.where(kept, found.left, -1),
        np.where(kept, found.right, -1),
        np.where(kept, found.counts, 0),
    )


def _prepare_birthdays(values: ContactValues, height: int) -> Comparison:
    date = pl.col("value")
    rows = values.birthdays.with_columns(
        date.cast(pl.String), date.dt.year().alias("year"), date.dt.month().alias("month"), date.dt.day().alias("day")
    )
    sets = index_values(rows, height)
    return _sets(sets, judge_birthdays(sets.values))


def _prepare_addresses(values: ContactValues, height: int) -> Comparison:
    """Counts are of what the level says is equal: the street, the postcode or the city."""
    line = pl.concat_str(["number", "street"], separator=" ", ignore_nulls=True)
    shown = pl.concat_str([line, "city", "postcode"], separator=", ", ignore_nulls=True)
    sets = index_values(values.addresses.with_columns(shown.alias("value")), height)
    measure = judge_addresses(sets.values)
    held = values.addresses.with_columns(shown.alias("value"))
    counts = [
        _count_holders(held, sets.values, keys) for keys in (["number", "street"],) * 2 + (["postcode"], ["city"])
    ]
    by_level = np.stack([*counts, np.zeros(sets.values.height, np.int64)])

    def compare(left: Numbers, right: Numbers) -> Agreement:
        found = compare_sets(sets, left, right, measure, judges_equals=True)
        counts = (
            np.where(found.levels == MISSING, 0, by_level[found.levels, found.left]) if by_level.size else found.counts
        )
        return replace(found, counts=counts)

    return Comparison(compare, sets.values["value"])


def _count_holders(held: pl.DataFrame, values: pl.DataFrame, keys: list[str]) -> Numbers:
    counted = held.group_by(keys).agg(pl.col("contact").n_unique().alias("holders"))
    joined = values.join(counted, on=keys, how="left", nulls_equal=True, maintain_order="left")
    holders: Numbers = joined["holders"].fill_null(0).to_numpy().astype(np.int64)
    return holders


def _prepare_companies(field: str, values: ContactValues, kind: str, height: int) -> Comparison:
    of_kind = values.names.filter(values.contacts["kind"] == kind)
    sets = index_values(_named(of_kind, "company"), height)
    return _sets(sets, judge_companies(field, sets.values))


def _prepare_partners(values: ContactValues, height: int, limit: int) -> Comparison:
    """A partner's e-mail that is the other contact's own (SPEC A-D3): found either way round."""
    own = values.emails.select("contact", "value", pl.lit(False).alias("of_partner"))
    partner = values.partner_emails.select("contact", "value", pl.lit(True).alias("of_partner"))
    shown = pl.concat([own, partner])["value"].unique().sort()
    codes = pl.DataFrame({"value": shown}).with_row_index("code")
    width = np.int64(codes.height + 1)
    own_keys = _key_values(own.join(codes, on="value"), width)
    holders = np.bincount(own_keys % width, minlength=int(width))
    sets = index_values(partner, height)
    as_code = sets.values.join(codes.rename({"code": "joint"}), on="value", maintain_order="left")["joint"].to_numpy()

    def look(left: Numbers, right: Numbers) -> Numbers:
        """Code of the left contact's partner e-mail that is the right contact's own, else -1."""
        sizes = sets.sizes[left]
        pair = np.repeat(np.arange(len(left)), sizes)
        rows = np.repeat(sets.starts[left], sizes) + np.arange(len(pair)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        joint = as_code[sets.codes[rows]].astype(np.int64)
        hit = np.isin(right[pair] * width + joint, own_keys) & (holders[joint] <= limit)
        found = np.full(len(left), np.iinfo(np.int64).max)
        np.minimum.at(found, pair[hit], joint[hit])
        return np.where(found == np.iinfo(np.int64).max, -1, found)

    def compare(left: Numbers, right: Numbers) -> Agreement:
        found = np.maximum(look(left, right), look(right, left))
        is_known = found >= 0
        levels = np.where(is_known, 0, MISSING)
        return Agreement(levels, is_known.astype(np.float32), found, found, np.where(is_known, holders[found], 0))

    return Comparison(compare, shown)


def _key_values(rows: pl.DataFrame, width: np.int64) -> Numbers:
    keys: Numbers = np.unique(rows["contact"].to_numpy().astype(np.int64) * width + rows["code"].to_numpy())
    return keys


def _swap_names(
    comparisons: Mapping[str, Comparison], agreements: Mapping[str, Agreement], left: Numbers, right: Numbers
) -> dict[str, Agreement]:
    """First and last name in each other's place: one thing that went wrong, not two names that differ."""
    first, last = agreements["first_name"], agreements["last_name"]
    firsts, lasts = comparisons["first_name"].shown, comparisons["last_name"].shown
    rows = np.flatnonzero((first.levels > 0) & (last.levels > 0))
    texts = {
        "first_l": firsts.gather(first.left[rows]), "first_r": firsts.gather(first.right[rows]),
        "last_l": lasts.gather(last.left[rows]), "last_r": lasts.gather(last.right[rows]),
    }  # fmt: skip
    swapped = rows[((texts["first_l"] == texts["last_r"]) & (texts["last_l"] == texts["first_r"])).to_numpy()]
    changed = {}
    for name, found in (("first_name", first), ("last_name", last)):
        levels = found.levels.copy()
        levels[swapped] = FIELDS[name].place("swapped")
        changed[name] = replace(found, levels=levels)
    return changed
