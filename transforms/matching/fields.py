"""The comparisons of two contacts: which values each one takes, and how it judges them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import polars as pl

from transforms.matching.comparison import (
    MISSING,
    Agreement,
    Comparison,
    Levels,
    Measure,
    Numbers,
    ValueSets,
    index_values,
)
from transforms.matching.frequencies import Frequencies, rank_held
from transforms.matching.measures import (
    NameForms,
    judge_birthdays,
    judge_companies,
    judge_emails,
    judge_first_names,
    judge_last_names,
    judge_middle_names,
    judge_others,
    judge_phones,
)
from transforms.matching.model import ADDRESS_BOOK, BIRTHDAY, EMAIL, FIELDS, FIRST_NAME, OTHER, Field
from transforms.matching.own_texts import is_made_of, leave_out_said
from transforms.matching.partners import prepare_partners
from transforms.matching.places import prepare_addresses
from transforms.matching.record_dates import read_folded_dates
from transforms.matching.spellings import Spellings
from transforms.matching.values import ContactValues, MatchingReference
from transforms.normalize.distinct import combine_codes, encode_numbers, encode_texts

__all__ = ["compare_fields", "compare_levels", "field_of", "prepare_comparisons"]

#: Pairs compared at once: what is worked out on the way fits in the processor's cache, however many pairs there are.
_SLICE = 400_000


def prepare_comparisons(
    values: ContactValues,
    reference: MatchingReference,
    shared_value_limit: int,
    frequencies: Frequencies | None = None,
) -> dict[str, Comparison]:
    """A comparison for each field that some contact has.

    Args:
        values: what matching knows of the contacts.
        reference: nicknames.
        shared_value_limit: an e-mail or phone that more contacts of a scope share is no person's own (SPEC A-D1).
        frequencies: of values; by default those of the contacts at hand.
    """
    height = len(values.ids)
    frequencies = frequencies or Frequencies()
    found = _prepare_names(values, reference, frequencies)
    found["kind"] = _prepare_kinds(values)
    if values.emails.height:
        found["email"] = _prepare_emails(values, reference, shared_value_limit, frequencies)
    if values.phones.height:
        sets, distinct = _scope_codes(values, values.phones)
        measure = judge_phones(Spellings(distinct["value"]))
        levels = rank_held(frequencies.count_holders("phone_number", distinct, sets.holders), shared_value_limit)
        found["phone_number"] = Comparison(sets, levels, measure, distinct["value"])
    if values.addresses.height:
        found["address"] = prepare_addresses(values.addresses, height, frequencies)
    if values.birthdays.height:
        found["birthday"] = _prepare_birthdays(values.birthdays, height, frequencies)
    if values.address_books.height:
        sets, distinct = _scope_codes(values, values.address_books)
        levels = rank_held(frequencies.count_holders("address_book", distinct, sets.holders), shared_value_limit)
        found["address_book"] = Comparison(sets, levels, _differ, distinct["value"])
    if values.partner_emails.height and values.emails.height:
        found["partner_email"] = prepare_partners(values, shared_value_limit, frequencies)
    for name, given in values.others.items():
        rows = leave_out_said(values, given)
        if rows.height:
            sets, shown = _encode(rows["contact"], rows["value"], height)
            measure = judge_others(Spellings(shown), read_folded_dates(shown))
            # a custom attribute may be called as a comparison of ours is
            field = f"{name} (attribute)" if name in FIELDS else name
            found[field] = Comparison(sets, frequencies.rank_values(field, shown, sets), measure, shown)
    return found


def field_of(name: str) -> Field:
    """The levels of a field; those of an attribute type without a comparison of its own are alike."""
    return FIELDS[name] if name in FIELDS else replace(OTHER, name=name)


def compare_fields(comparisons: Mapping[str, Comparison], left: Numbers, right: Numbers) -> dict[str, Agreement]:
    """Agreement of each pair of contacts, given by number, in each field."""
    agreements = {name: comparison.compare(left, right) for name, comparison in comparisons.items()}
    if "first_name" in agreements and "last_name" in agreements:
        _swap_names(comparisons["first_name"], agreements["first_name"], agreements["last_name"])
    return agreements


def compare_levels(comparisons: Mapping[str, Comparison], left: Numbers, right: Numbers) -> dict[str, Levels]:
    """Levels of each pair of contacts in each field, as `compare_fields` finds them."""
    levels = {name: np.empty(len(left), np.int16) for name in comparisons}
    for start in range(0, len(left), _SLICE):
        rows = slice(start, start + _SLICE)
        for name, agreement in compare_fields(comparisons, left[rows], right[rows]).items():
            levels[name][rows] = agreement.levels
    return levels


def _encode(contacts: pl.Series, texts: pl.Series, height: int) -> tuple[ValueSets, pl.Series]:
    codes, shown = encode_texts(texts)
    return index_values(contacts.to_numpy().astype(np.int64), codes, height, len(shown)), shown


def _prepare_names(
    values: ContactValues, reference: MatchingReference, frequencies: Frequencies
) -> dict[str, Comparison]:
    """Names of people, over one set of codes so that first and last names can be held against each other."""
    names, height = values.names, len(values.ids)
    kinds = values.contacts["kind"]
    columns = {name: _named(names, name) for name in ("first_name", "nickname", "last_name", "middle_name")}
    companies = {
        # a firm called like its owner says again what the names say
        "company": _named(names.filter(kinds == "person").filter(~is_made_of("company")), "company"),
        "company_name": _named(names.filter(kinds == "company"), "company"),
    }
    frames = columns | companies
    codes, distinct = encode_texts(pl.concat([frame["value"] for frame in frames.values()]))
    ends = np.cumsum([frame.height for frame in frames.values()])
    rows = {
        name: frame.select("contact", code=pl.Series(codes[end - frame.height : end]))
        for (name, frame), end in zip(frames.items(), ends, strict=True)
    }
    places = NameForms(distinct, reference.nicknames)
    firsts = pl.concat([rows["first_name"], rows["nickname"]])
    if rows["nickname"].height:
        firsts = firsts.with_row_index().sort("contact", "index").drop("index")
        firsts = firsts.unique(["contact", "code"], keep="first", maintain_order=True)
    measures: dict[str, tuple[pl.DataFrame, Measure]] = {
        "first_name": (firsts, judge_first_names(places)),
        "last_name": (rows["last_name"], judge_last_names(places)),
        "middle_name": (rows["middle_name"], judge_middle_names(places)),
        "company": (rows["company"], judge_companies(places)),
        "company_name": (rows["company_name"], judge_companies(places)),
    }
    found = {}
    for name, (held, measure) in measures.items():
        if held.height:
            contacts, codes = held["contact"].to_numpy().astype(np.int64), held["code"].to_numpy()
            sets = index_values(contacts, codes, height, len(distinct))
            levels = frequencies.rank_values(name, distinct, sets)
            found[name] = Comparison(sets, levels, measure, distinct)
    return found


def _mark_names(values: ContactValues) -> pl.DataFrame:
    """E-mails, and whether the mailbox name is made of the holder's name."""
    lasts = values.names.select("contact", "last_name")
    named = values.emails.join(lasts, on="contact", how="left", maintain_order="left")
    return named.with_columns(is_of_name=is_made_of("local")).drop("last_name")


def _prepare_emails(
    values: ContactValues, reference: MatchingReference, limit: int, frequencies: Frequencies
) -> Comparison:
    """E-mails. A desk's that more than the limit hold is no evidence (SPEC A-D1), whosever contacts they are."""
    sets, distinct = _scope_codes(values, _mark_names(values))
    levels = rank_held(frequencies.count_holders("email", distinct, sets.holders), limit)
    is_desk = distinct["local"].is_in(list(reference.role_mailboxes)).fill_null(False).to_numpy()
    levels[is_desk & (levels >= EMAIL.place("shared"))] = EMAIL.place("shared_by_many")
    measure = judge_emails(distinct, frequencies.are_shared(distinct["local"], limit * 4))
    return Comparison(sets, levels, measure, distinct["value"])


def _prepare_kinds(values: ContactValues) -> Comparison:
    kinds = values.contacts.select("contact", value="kind").filter(pl.col("value") != "unknown")
    sets, shown = _encode(kinds["contact"], kinds["value"], len(values.ids))
    equal = np.zeros(len(shown), np.int16)
    return Comparison(sets, equal, lambda left, right: np.ones(len(left), np.int16), shown)


def _named(names: pl.DataFrame, column: str) -> pl.DataFrame:
    return names.select("contact", pl.col(column).alias("value")).drop_nulls()


def _scope_codes(values: ContactValues, rows: pl.DataFrame) -> tuple[ValueSets, pl.DataFrame]:
    """Values that count as shared only within the contacts' scope: each scope has codes of its own."""
    scopes = encode_numbers(values.contacts["scope"].reinterpret(signed=True).to_numpy())[0]
    contacts = rows["contact"].to_numpy().astype(np.int64)
    codes, first = combine_codes(scopes[contacts], encode_texts(rows["value"])[0])
    held = rows[first]
    distinct = held.drop("contact").with_columns(values.contacts["scope"].gather(held["contact"]))
    return index_values(contacts, codes, len(values.ids), len(first)), distinct


def _differ(left: np.typing.NDArray[np.int32], right: np.typing.NDArray[np.int32]) -> Levels:
    """Ids are equal or differ."""
    return np.full(len(left), len(ADDRESS_BOOK.levels) - 1, np.int16)


def _prepare_birthdays(rows: pl.DataFrame, height: int, frequencies: Frequencies) -> Comparison:
    sets, shown = _encode(rows["contact"], rows["value"].cast(pl.String), height)
    measure = judge_birthdays(BIRTHDAY, shown.str.to_date("%Y-%m-%d"))
    return Comparison(sets, frequencies.rank_values("birthday", shown, sets), measure, shown)


def _swap_names(comparison: Comparison, first: Agreement, last: Agreement) -> None:
    """First and last name in each other's place: one thing that went wrong, not two names that differ."""
    poor = FIRST_NAME.place("initial")
    rows = np.flatnonzero((first.levels >= poor) & (last.levels >= FIRST_NAME.exact_count))
    sides = first.left[rows], first.right[rows], last.left[rows], last.right[rows]
    one, other = sides[0] == sides[3], sides[2] == sides[1]
    some = np.flatnonzero(one | other)
    first_l, first_r, last_l, last_r = (side[some] for side in sides)
    # one name crosses over as it is, the other may be a typo, a nickname or an initial on one side
    its, others = np.where(one[some], last_l, first_l), np.where(one[some], first_r, last_r)
    swapped = (its == others) | (comparison.measure(its, others) < FIRST_NAME.place("different"))
    changed = rows[some[swapped]]
    first.levels[changed] = FIRST_NAME.place("swapped")
    last.levels[changed] = MISSING
