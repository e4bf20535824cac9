"""Whom a row of a contact file updates: a person that an earlier file of the same owner made (SPEC A-IM2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl

__all__ = ["BOOK_IDS", "KEY_TYPES", "SAME_ROW", "find_updates", "number_updates"]

#: Attribute types by whose match keys a person is known again.
KEY_TYPES: Final = ("email", "phone_number", "first_name", "last_name", "source_id")

BOOK_IDS: Final = ("ios_address_book_id", "android_address_book_id")

#: Rung -> why a row is taken for a known person; the lowest that hits decides. The last one, an e-mail under another
#: name, may be the other one of a couple: it counts only where no other row of the file is that contact.
_REASONS: Final = (
    "same id", "same row", "address book id and name", "source id and name", "source id", "e-mail and name",
    "e-mail and first name", "e-mail", "phone number and name", "e-mail, other name",
)  # fmt: skip
(
    _SAME_ID, _SAME_ROW, _BOOK, _SOURCE_NAMED, _SOURCE, _EMAIL_NAMED, _EMAIL_FIRST, _EMAIL, _PHONE, _OTHER_NAME,
) = range(len(_REASONS))  # fmt: skip
#: Kind of value -> rung, and how many names its key has: first and last, or the first.
_RUNGS: Final = (
    ("id", _SAME_ID, 0), ("print", _SAME_ROW, 0), ("ios", _BOOK, 2), ("android", _BOOK, 2),
    ("source_id", _SOURCE_NAMED, 2), ("source_id", _SOURCE, 0), ("email", _EMAIL_NAMED, 2),
    ("email", _EMAIL_FIRST, 1), ("email", _EMAIL, 0), ("phone_number", _PHONE, 2),
)  # fmt: skip
#: What rows are matched by that say the same in every cell.
SAME_ROW: Final = _REASONS[_SAME_ROW]
#: How many names count -> the columns of a key.
_KEYS: Final = (("value",), ("value", "first"), ("value", "first", "last"))
_NO_NAME: Final = 0
_NAMES: Final = {"first": "first_name", "last": "last_name"}
_NUMBER = pl.UInt32


def find_updates(rows: pl.DataFrame, values: pl.DataFrame) -> pl.DataFrame:
    """Match the rows of each contact file against the people of the files before it.

    Brand and owner are the same. A row is a known person if it names its id, or an earlier row says the same in every
    cell; else by
    address book id and name; else by source id, unless both names differ; else by e-mail; else by phone number, first
    and last name (SPEC A-P4). Of several people the earliest created counts, then the lowest id. Rows of one file
    never meet each other, and a person of whom several rows of a file know the e-mail only is updated by those that do
    not bear another name, else by the first.

    A person is known by every value that its rows ever brought, under every name it bore when a file was done.

    Args:
        rows: contact_id, given_id, brand_id, user_id, ios_address_book_id, android_address_book_id, created_at, sheet,
            row_number, `print`, which rows with the same cells share; file_order, the place of its file among all; and
            `person`, the contact that a row is known to be, null where that is to be found. Rows of known people may
            be left out that share nothing with the others, all of a person's or none.
        values: contact_id, attribute_type (of KEY_TYPES), match_key: the row's own, current ones.

    Returns:
        row_contact_id, contact_id, matched_by: the rows that are found to be updates, in their order.
    """
    ordered = rows.sort("file_order", "sheet", "row_number", "contact_id").with_row_index("row")
    facts = _list_recurring(ordered, values)
    people = _describe(ordered, values).join(facts, on="row", how="semi", maintain_order="left")
    known = _Known(facts, people)
    for file_order in people.filter(pl.col("person").is_null())["file_order"].unique().sort():
        known.take(people.filter(pl.col("file_order") == file_order))
    ids = ordered.select("row", "contact_id")
    return (
        known.matched.join(ids.rename({"row": "person"}), on="person")
        .join(ids.select("row", row_contact_id="contact_id"), on="row")
        .sort("row")
        .select("row_contact_id", "contact_id", matched_by=pl.lit(pl.Series(_REASONS)).gather("rung"))
    )


def number_updates(updates: pl.DataFrame, contacts: pl.DataFrame) -> pl.DataFrame:
    """Updates with update_number: 1, 2 … for each contact, in the order of the files; and the number of the contact.

    Args:
        updates: contact_id, in the order of the rows.
        contacts: contact_id, contact (a number), updates_count (before these), of every contact of the updates.
    """
    numbered = updates.join(
        contacts.select("contact_id", "contact", "updates_count"), on="contact_id", maintain_order="left"
    )
    within = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("contact")
    return numbered.with_columns(update_number=within + pl.col("updates_count")).drop("updates_count")


def _list_recurring(rows: pl.DataFrame, values: pl.DataFrame) -> pl.DataFrame:
    """row, kind, value (a number) of what rows of two files of one brand and owner share: all that can match."""
    several = pl.col("file_order").min().over("scope") != pl.col("file_order").max().over("scope")
    scoped = rows.select(
        "row", "contact_id", "given_id", "file_order", "print", *BOOK_IDS,
        scope=pl.struct("brand_id", "user_id").rank("dense"),
    ).filter(several)  # fmt: skip
    place = ("row", "scope", "file_order")
    said = values.filter(~pl.col("attribute_type").is_in(list(_NAMES.values()))).select(
        "contact_id", kind="attribute_type", text="match_key"
    )
    books = [scoped.select(*place, kind=pl.lit(kind), text=f"{kind}_address_book_id") for kind in ("ios", "android")]
    whole = pl.concat_str(
        pl.col("print").cast(pl.String), *(pl.col(name).fill_null("") for name in BOOK_IDS), separator="|"
    )  # fmt: skip
    named = scoped.drop_nulls("given_id")
    owners = scoped.join(named.select(contact_id="given_id"), on="contact_id", how="semi")
    facts = pl.concat(
        [
            named.select(*place, kind=pl.lit("id"), text="given_id"),
            owners.select(*place, kind=pl.lit("id"), text="contact_id"),
            said.join(scoped, on="contact_id").select(*place, "kind", "text"),
            *books,
            scoped.select(*place, kind=pl.lit("print"), text=whole),
        ]
    ).drop_nulls("text")
    shared = (
        facts.group_by("scope", "kind", "text")
        .agg(first_file=pl.col("file_order").min(), last_file=pl.col("file_order").max())
        .filter(pl.col("first_file") != pl.col("last_file"))
        .select("scope", "kind", "text")
        .with_row_index("value")
    )
    return facts.join(shared, on=["scope", "kind", "text"]).select("row", "kind", "value").unique()


def _describe(rows: pl.DataFrame, values: pl.DataFrame) -> pl.DataFrame:
    """row, file_order, person (its first row), rank (who counts of several), first, last (numbers of folded names)."""
    people = rows.with_columns(rank=pl.struct("created_at", "contact_id").rank("ordinal").cast(_NUMBER))
    of_ids = people.select(person="contact_id", first_row="row", person_rank="rank")
    people = people.join(of_ids, on="person", how="left", maintain_order="left")
    for column, attribute_type in _NAMES.items():
        names = values.filter(pl.col("attribute_type") == attribute_type).unique(
            "contact_id", keep="last", maintain_order=True
        )
        number = pl.col("match_key").rank("dense").cast(_NUMBER).fill_null(_NO_NAME)
        people = people.join(
            names.select("contact_id", number.alias(column)), on="contact_id", how="left", maintain_order="left"
        ).with_columns(pl.col(column).fill_null(_NO_NAME))
    rank = pl.coalesce("person_rank", "rank")
    return people.select("row", "file_order", "first", "last", person="first_row", rank=rank)


class _Known:
    """The people of the files taken so far, and whom they are known by. A person is named by its first row."""

    def __init__(self, facts: pl.DataFrame, people: pl.DataFrame) -> None:
        self._facts = facts
        first_asked = people.filter(pl.col("person").is_null())["file_order"].min()
        is_before = pl.col("file_order") < first_asked if first_asked is not None else pl.lit(True)
        self._rows = people.filter(is_before)
        self._last = people["file_order"].max()
        self._index: dict[int, pl.DataFrame] = {rung: keys.clear() for rung, keys in self._list_keys(people.clear())}
        self._learn(self._rows)
        self.matched = people.clear().select("row", "person", rung=pl.lit(0, pl.UInt8))

    def take(self, people: pl.DataFrame) -> None:
        """Match one file's rows with the people before them, then let those know what the rows say."""
        given = people.filter(pl.col("person").is_not_null())
        asked = people.filter(pl.col("person").is_null()).drop("person", "rank")
        hits = self._match(asked, given["person"])
        self.matched = pl.concat([self.matched, hits.select(self.matched.columns)])
        if people["file_order"][0] == self._last:
            return
        ranks = people.select("row", own_rank="rank")
        found = asked.join(hits.select("row", "person", "rank"), on="row", how="left").join(ranks, on="row")
        settled = found.with_columns(person=pl.coalesce("person", "row"), rank=pl.coalesce("rank", "own_rank"))
        taken = pl.concat([given, settled.select(given.columns)])
        self._rows = pl.concat([self._rows, taken])
        self._learn(self._rows.join(taken.select("person"), on="person", how="semi"))

    def _match(self, asked: pl.DataFrame, taken: pl.Series) -> pl.DataFrame:
        """row, person, rank, rung: the best hit of each row that has one; `taken` people have a row of the file."""
        facts = self._facts.join(asked, on="row")
        names = self._name_people().select("person", first_known="first", last_known="last")
        first, last = _differs("first"), _differs("last")
        sure, others = [], []
        for kind, rung, names_count in _RUNGS:
            key = list(_KEYS[names_count])
            of_kind = _claim(facts.filter(pl.col("kind") == kind), rung)
            hits = of_kind.join(self._index[rung], on=key).join(names, on="person")
            hits = hits.select("row", "person", "rank", pl.lit(rung, pl.UInt8).alias("rung"), is_other=first | last,
                               are_other=first & last)  # fmt: skip
            if rung == _SOURCE:
                hits = hits.filter(~pl.col("are_other"))
            if rung == _EMAIL:
                others.append(hits.filter("is_other").with_columns(rung=pl.lit(_OTHER_NAME, pl.UInt8)))
                hits = hits.filter(~pl.col("is_other"))
            sure.append(_best(hits))
            facts = facts.join(hits, on="row", how="anti")
        plain = pl.concat(sure)
        left = _best(pl.concat(others).join(plain, on="row", how="anti")).sort("row")
        left = left.join(pl.concat([plain.select("person"), taken.to_frame()]), on="person", how="anti",
                         maintain_order="left")  # fmt: skip
        return pl.concat([plain, left.unique("person", keep="first", maintain_order=True)])

    def _learn(self, rows: pl.DataFrame) -> None:
        """People are known by what all of their rows say."""
        for rung, keys in self._list_keys(rows):
            names = [name for name in keys.columns if name not in ("person", "rank")]
            every = pl.concat([self._index[rung], keys]).sort("rank", maintain_order=True)
            self._index[rung] = every.unique(names, keep="first", maintain_order=True)

    def _name_people(self) -> pl.DataFrame:
        """person, first, last: the names that each bears last."""
        return (
            self._rows.sort("row")
            .group_by("person")
            .agg(pl.col(name).filter(pl.col(name) != _NO_NAME).last().fill_null(_NO_NAME) for name in _NAMES)
        )

    def _list_keys(self, rows: pl.DataFrame) -> Iterator[tuple[int, pl.DataFrame]]:
        """Rung, and its keys with person and rank: values under the names borne when the value's file, or one after
        it, was done.

        Args:
            rows: all rows of some people.
        """
        borne = (
            rows.sort("row")
            .select(
                "person", "file_order",
                *(pl.when(pl.col(name) != _NO_NAME).then(name).forward_fill().over("person").fill_null(_NO_NAME)
                  .alias(name) for name in _NAMES),
            )
            .unique(["person", "file_order"], keep="last", maintain_order=True)
            .group_by("person", *_NAMES)
            .agg(pl.col("file_order").max().alias("until"))
        )  # fmt: skip
        facts = (
            self._facts.join(rows, on="row")
            .group_by("person", "kind", "value")
            .agg(pl.col("rank").first(), since=pl.col("file_order").min())
        )
        named = facts.join(borne, on="person").filter(pl.col("until") >= pl.col("since"))
        for kind, rung, names_count in _RUNGS:
            of_kind = _claim(named.filter(pl.col("kind") == kind), rung)
            yield rung, of_kind.select(*_KEYS[names_count], "person", "rank")


def _claim(facts: pl.DataFrame, rung: int) -> pl.DataFrame:
    """Those that count on a rung: a phone number wants both names, an e-mail with a first name wants one."""
    if rung == _PHONE:
        return facts.filter((pl.col("first") != _NO_NAME) & (pl.col("last") != _NO_NAME))
    return facts.filter(pl.col("first") != _NO_NAME) if rung == _EMAIL_FIRST else facts


def _best(hits: pl.DataFrame) -> pl.DataFrame:
    """Of each row's hits that of the person that counts."""
    first = hits.sort("row", "rank").unique("row", keep="first", maintain_order=True)
    return first.select("row", "person", "rank", "rung")


def _differs(name: str) -> pl.Expr:
    """Both the row and the person have this name, and not the same."""
    known = f"{name}_known"
    return (pl.col(name) != _NO_NAME) & (pl.col(known) != _NO_NAME) & (pl.col(name) != pl.col(known))
