"""Whom a row of a contact file updates: a person that an earlier file of the same owner made (SPEC A-IM2)."""

from __future__ import annotations

from typing import Final

import polars as pl

__all__ = ["BOOK_IDS", "KEY_TYPES", "find_updates"]

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
_KEY: Final = ("rung", "value", "first", "last")
_NO_NAME: Final = 0
_NAMES: Final = {"first": "first_name", "last": "last_name"}
_NUMBER = pl.UInt32


def find_updates(rows: pl.DataFrame, values: pl.DataFrame, prints: pl.DataFrame) -> pl.DataFrame:
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
            row_number, and file_order, the place of its file among all.
        values: contact_id, attribute_type (of KEY_TYPES), match_key: the row's own, current ones.
        prints: contact_id and `print`, which rows with the same cells share.

    Returns:
        row_contact_id, contact_id, matched_by, update_number (1, 2 … for each contact, in the order of the files): the
        rows that are updates.
    """
    ordered = rows.sort("file_order", "sheet", "row_number", "contact_id").with_row_index("row")
    facts = _list_recurring(ordered, values, prints)
    people = _describe(ordered, values, facts)
    known = _Known(facts, people)
    for file_order in people["file_order"].unique().sort():
        known.take(people.filter(pl.col("file_order") == file_order))
    matched = known.matched
    ids = ordered.select("row", "contact_id")
    return (
        matched.join(ids.rename({"row": "person"}), on="person")
        .join(ids.select("row", row_contact_id="contact_id"), on="row")
        .sort("row")
        .select(
            "row_contact_id",
            "contact_id",
            matched_by=pl.lit(pl.Series(_REASONS)).gather("rung"),
            update_number=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("contact_id"),
        )
    )


def _list_recurring(rows: pl.DataFrame, values: pl.DataFrame, prints: pl.DataFrame) -> pl.DataFrame:
    """row, kind, value (a number) of what rows of two files of one brand and owner share: all that can match."""
    scoped = rows.select(
        "row", "contact_id", "given_id", "file_order", *BOOK_IDS,
        scope=pl.struct("brand_id", "user_id").rank("dense"),
    )  # fmt: skip
    several = pl.col("file_order").min().over("scope") != pl.col("file_order").max().over("scope")
    scoped = scoped.filter(several)
    place = ("row", "scope", "file_order")
    said = values.filter(~pl.col("attribute_type").is_in(list(_NAMES.values()))).select(
        "contact_id", kind="attribute_type", text="match_key"
    )
    books = [scoped.select(*place, kind=pl.lit(kind), text=f"{kind}_address_book_id") for kind in ("ios", "android")]
    joined = prints.join(scoped, on="contact_id")
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
            joined.select(*place, kind=pl.lit("print"), text=whole),
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


def _describe(rows: pl.DataFrame, values: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """row, file_order, rank (who counts of several), first, last (numbers of folded names) of rows that may match."""
    people = rows.join(facts, on="row", how="semi", maintain_order="left")
    for column, attribute_type in _NAMES.items():
        names = values.filter(pl.col("attribute_type") == attribute_type).unique(
            "contact_id", keep="last", maintain_order=True
        )
        number = pl.col("match_key").rank("dense").cast(_NUMBER).fill_null(_NO_NAME)
        people = people.join(
            names.select("contact_id", number.alias(column)), on="contact_id", how="left", maintain_order="left"
        ).with_columns(pl.col(column).fill_null(_NO_NAME))
    rank = pl.struct("created_at", "contact_id").rank("ordinal").cast(_NUMBER)
    return people.select("row", "file_order", "first", "last", rank=rank)


class _Known:
    """The people of the files taken so far, and whom they are known by. A person is named by its first row."""

    def __init__(self, facts: pl.DataFrame, people: pl.DataFrame) -> None:
        self._facts_of_rows = facts
        self._ranks = people.select(person="row", rank="rank")
        self._facts = facts.clear().rename({"row": "person"})
        self._names = people.clear().select(person="row", first="first", last="last")
        self._index = _list_keys(self._facts, self._names, "person").join(self._ranks, on="person")
        self.matched = people.clear().select("row", person="row", rung=pl.lit(0, pl.UInt8))

    def take(self, people: pl.DataFrame) -> None:
        """Match one file's rows with the people before them, then let those know what the rows say."""
        facts = self._facts_of_rows.join(people, on="row", how="semi")
        hits = self._match(people, facts)
        self.matched = pl.concat([self.matched, hits.select(self.matched.columns)])
        settled = people.join(hits, on="row", how="left", maintain_order="left").with_columns(
            person=pl.coalesce("person", "row")
        )
        self._learn(settled, facts.join(settled.select("row", "person"), on="row"))

    def _match(self, people: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
        """row, person, rung: the best hit of each row that has one."""
        keys = _list_keys(facts, people, "row")
        hits = keys.join(self._index, on=list(_KEY)).select("row", "rung", "person", "rank")
        names = people.select("row", "first", "last")
        named = hits.join(names, on="row").join(self._names, on="person", suffix="_known")
        first, last = _differs("first"), _differs("last")
        is_email, is_source = pl.col("rung") == _EMAIL, pl.col("rung") == _SOURCE
        sure = (
            named.with_columns(pl.when(is_email & (first | last)).then(_OTHER_NAME).otherwise("rung").alias("rung"))
            .filter(~(is_source & first & last))
            .sort("row", "rung", "rank")
            .unique("row", keep="first", maintain_order=True)
        )
        is_other = pl.col("rung") == _OTHER_NAME
        plain = sure.filter(~is_other)
        others = sure.filter(is_other).join(plain, on="person", how="anti", maintain_order="left")
        lone = others.unique("person", keep="first", maintain_order=True)
        return pl.concat([plain, lone]).select("row", "person", pl.col("rung").cast(pl.UInt8))

    def _learn(self, settled: pl.DataFrame, facts: pl.DataFrame) -> None:
        """People gain the values of their rows; a name given later takes the place of the earlier one."""
        self._facts = pl.concat([self._facts, facts.select(self._facts.columns)]).unique()
        said = pl.concat([self._names, settled.select("person", "first", "last")])
        self._names = said.group_by("person", maintain_order=True).agg(
            pl.col(name).filter(pl.col(name) != _NO_NAME).last().fill_null(_NO_NAME) for name in _NAMES
        )
        touched = settled.select("person").unique()
        gained = _list_keys(
            self._facts.join(touched, on="person", how="semi"),
            self._names.join(touched, on="person", how="semi"),
            "person",
        )
        every = pl.concat([self._index, gained.join(self._ranks, on="person").select(self._index.columns)])
        self._index = every.sort("rank").unique(list(_KEY), keep="first", maintain_order=True)


def _list_keys(facts: pl.DataFrame, names: pl.DataFrame, who: str) -> pl.DataFrame:
    """Rung, value and the names that count on it, for each row or person; a phone number wants both names."""
    named = facts.join(names.select(who, "first", "last"), on=who)
    frames = []
    for kind, rung, names_count in _RUNGS:
        of_kind = named.filter(pl.col("kind") == kind)
        if rung == _PHONE:
            of_kind = of_kind.filter((pl.col("first") != _NO_NAME) & (pl.col("last") != _NO_NAME))
        if rung == _EMAIL_FIRST:
            of_kind = of_kind.filter(pl.col("first") != _NO_NAME)
        none = pl.lit(_NO_NAME, _NUMBER)
        frames.append(
            of_kind.select(
                who,
                "value",
                rung=pl.lit(rung, pl.UInt8),
                first="first" if names_count > 0 else none,
                last="last" if names_count > 1 else none,
            )
        )
    return pl.concat(frames).select(who, *_KEY)


def _differs(name: str) -> pl.Expr:
    """Both the row and the person have this name, and not the same."""
    known = f"{name}_known"
    return (pl.col(name) != _NO_NAME) & (pl.col(known) != _NO_NAME) & (pl.col(name) != pl.col(known))
