"""Copies: contacts in which all that is compared is the same, as every other export of one address book leaves them.

Many copies of a record say nothing that a few do not; they make its own e-mail look like one that many share, and its
blocks too large to be compared. So a few are compared, and the others go with the first of these.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas.vocabulary import Judgement
from transforms.matching.comparison import Flags
from transforms.matching.keys import Hashes, combine_hashes, hash_values
from transforms.matching.outcomes import PAIR_IDS
from transforms.matching.values import ADDRESS_SOURCES, NAMES, ContactValues

__all__ = ["choose_compared", "digest_copies", "follow_copies", "leave_out_copies", "mark_copies"]

_FEW = 5  # so many copies are all compared: by then a value still counts as somebody's own (`shared_value_limit`)
_COMPARED = 3  # of more copies than that
_KINDS = ("emails", "phones", "partner_emails", "birthdays", "address_books")
_ADDRESS = tuple(ADDRESS_SOURCES)
_SAID_BITS = 2**40  # so that sums do not overflow


def mark_copies(values: ContactValues, judgements: pl.DataFrame) -> pl.DataFrame:
    """contact_id, kind, copy_key, copy_of of every contact, by number; see `digest_copies` and `choose_compared`."""
    contacts = values.contacts.select("contact_id", "kind").with_columns(digest_copies(values, judgements))
    return contacts.join(choose_compared(contacts), on="contact_id", how="left", maintain_order="left")


def digest_copies(values: ContactValues, judgements: pl.DataFrame) -> pl.Series:
    """copy_key of each contact: copies have the same; null where a name and what tells namesakes apart are not known.

    Args:
        values: what matching knows of the contacts.
        judgements: columns of matching.Judgement: contacts of which people said something else are no copies.
    """
    digests = hash_values(values.contacts["scope"])
    for told in (values.contacts["is_lead"], *(values.names[name] for name in NAMES)):
        digests = combine_hashes(digests, hash_values(told))
    digests = combine_hashes(digests, _sum_values(values))
    said = _digest_said(judgements)
    judged = values.contacts.select("contact_id").join(said, on="contact_id", how="left", maintain_order="left")
    digests = combine_hashes(digests, judged["said"].fill_null(0).to_numpy().astype(np.uint64))
    return pl.Series("copy_key", (digests >> np.uint64(1)).astype(np.int64)).set(pl.Series(~_is_told(values)), None)


def choose_compared(keys: pl.DataFrame) -> pl.DataFrame:
    """contact_id, copy_of: of each copy that is not compared, the contact that stands for it, the lowest of the copies.

    Args:
        keys: contact_id, copy_key, in any order.
    """
    known = keys.select("contact_id", "copy_key").drop_nulls()
    sizes = known.group_by("copy_key").len().filter(pl.col("len") > _FEW)
    copies = known.join(sizes.select("copy_key"), on="copy_key", how="semi").sort("contact_id")
    first = pl.col("contact_id").first().over("copy_key")
    ranked = copies.with_columns(copy_of=first, rank=pl.int_range(pl.len()).over("copy_key"))
    return ranked.filter(pl.col("rank") >= _COMPARED).select("contact_id", "copy_of")


def leave_out_copies(values: ContactValues, is_compared: pl.Series) -> ContactValues:
    """What matching knows of those contacts that are compared, numbered anew.

    Args:
        values: of all contacts.
        is_compared: of each, by number.
    """
    if is_compared.all():
        return values
    kept = is_compared.to_numpy()
    numbers = np.cumsum(kept) - 1

    def take(rows: pl.DataFrame) -> pl.DataFrame:
        held = rows["contact"].to_numpy()
        stays = kept[held]
        return rows.filter(pl.Series(stays)).with_columns(pl.Series("contact", numbers[held[stays]], pl.UInt32))

    frames = {name: take(rows) for name, rows in vars(values).items() if isinstance(rows, pl.DataFrame)}
    return replace(values, **frames, others={name: take(rows) for name, rows in values.others.items()})


def follow_copies(scored: pl.DataFrame, contacts: pl.DataFrame) -> pl.DataFrame:
    """Pairs of the copies that were not compared with the contact that stands for them.

    They are as its pair with another copy is: if that was not worth keeping, there are none.

    Args:
        scored: columns of matching.ScoredPair.
        contacts: contact_id, copy_key, copy_of of all copies of which one was not compared.

    Returns:
        The same columns as scored.
    """
    others = contacts.filter(pl.col("copy_of").is_not_null()).select(
        "copy_key", copy="contact_id", contact_id_l="copy_of"
    )
    compared = contacts.filter(pl.col("copy_of").is_null()).join(others, on="copy_key", how="semi").sort("contact_id")
    seconds = compared.group_by("copy_key").agg(pl.col("contact_id").get(1, null_on_oob=True).alias("contact_id_r"))
    pairs = others.join(seconds, on="copy_key").join(scored, on=PAIR_IDS)
    return pairs.with_columns(contact_id_r="copy").select(scored.columns).sort(PAIR_IDS)


def _digest_said(judgements: pl.DataFrame) -> pl.DataFrame:
    """contact_id, said: hash of what people said of a contact.

    Copies that are all judged to be different from the same contact are copies still; one that is the same as another,
    or may be, is to be found in the cluster by itself.

    Args:
        judgements: columns of matching.Judgement.
    """
    in_force = judgements.filter(pl.col("status") == "in_force")
    sides = [in_force.select("judgement", contact_id=one, other=other) for one, other in (PAIR_IDS, PAIR_IDS[::-1])]
    is_different = pl.col("judgement") == Judgement.DIFFERENT.value
    told = pl.when(is_different).then("other").otherwise("contact_id").hash() % _SAID_BITS
    return pl.concat(sides).group_by("contact_id").agg(told.sum().alias("said"))


def _sum_values(values: ContactValues) -> Hashes:
    """Hash of the values that each contact has, in whatever order; of a kind that it has none of, nothing is added."""
    kinds = {name: (getattr(values, name), ("value",)) for name in _KINDS}
    kinds |= {f"other {name}": (rows, ("value",)) for name, rows in values.others.items()}
    sums = np.zeros(len(values.ids), np.uint64)
    for name, (rows, columns) in {**kinds, "addresses": (values.addresses, _ADDRESS)}.items():
        hashes = np.repeat(hash_values(pl.Series([name])), rows.height)
        for column in columns:
            hashes = combine_hashes(hashes, hash_values(rows[column]))
        np.add.at(sums, rows["contact"].to_numpy(), hashes)
    return sums


def _is_told(values: ContactValues) -> Flags:
    """A whole name, or a company's, and how it is reached, where it is or when it was born."""
    is_named = (pl.col("first_name").is_not_null() & pl.col("last_name").is_not_null()) | pl.col(
        "company"
    ).is_not_null()
    reached = np.zeros(len(values.ids), np.bool_)
    for rows in (values.emails, values.phones, values.birthdays, values.addresses.drop_nulls("street")):
        reached[rows["contact"].to_numpy()] = True
    named: npt.NDArray[np.bool_] = values.names.select(is_named).to_series().to_numpy()
    return named & reached
