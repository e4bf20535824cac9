"""A partner's e-mail that is another contact's own (SPEC A-D3), found either way round."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from transforms.matching.comparison import (
    MISSING,
    Agreement,
    Codes,
    Comparison,
    Flags,
    Numbers,
    ValueSets,
    count_within,
    index_values,
)
from transforms.matching.frequencies import Frequencies
from transforms.matching.model import PARTNER_EMAIL
from transforms.matching.values import ContactValues

__all__ = ["prepare_partners"]


@dataclass(frozen=True, kw_only=True)
class _PartnerComparison(Comparison):
    """Partners' e-mails against own ones.

    Attributes:
        own: e-mails of each contact itself, by the codes of the partners'.
        is_evidence: by code, whether few enough contacts have the e-mail as their own.
    """

    own: ValueSets
    is_evidence: Flags

    def compare(self, left: Numbers, right: Numbers) -> Agreement:
        """Known where one has a partner's e-mail and the other one of its own."""
        levels = np.full(len(left), MISSING, np.int16)
        found = np.full((2, len(left)), -1, np.int32)
        for side, one, other in ((0, left, right), (1, right, left)):
            rows = np.flatnonzero((self.sets.first[one] >= 0) & (self.own.first[other] >= 0))
            fresh = rows[levels[rows] == MISSING]
            levels[fresh] = len(PARTNER_EMAIL.levels) - 1
            found[side, fresh], found[1 - side, fresh] = self.sets.first[one[fresh]], self.own.first[other[fresh]]
            codes = self._look(one[rows], other[rows])
            hit = rows[codes >= 0]
            levels[hit], found[:, hit] = 0, codes[codes >= 0]
        return Agreement(levels, found[0], found[1])

    def _look(self, holders: Numbers, owners: Numbers) -> Codes:
        """The first e-mail of the holder's partner that is the owner's own, -1 for none."""
        sizes = np.diff(self.sets.starts)[holders]
        pair = np.repeat(np.arange(len(holders)), sizes)
        codes = self.sets.codes[np.repeat(self.sets.starts[holders], sizes) + count_within(sizes)].astype(np.int64)
        width = len(self.shown) + 1
        held = np.sort(np.repeat(np.arange(len(self.own.first)), np.diff(self.own.starts)) * width + self.own.codes)
        wanted = owners[pair] * width + codes
        place = np.minimum(np.searchsorted(held, wanted), len(held) - 1)
        hit = (held[place] == wanted) & self.is_evidence[codes]
        found = np.full(len(holders), -1, np.int32)
        rows = np.flatnonzero(hit)[::-1]
        found[pair[rows]] = codes[rows]  # of several, the first is written last
        return found


def prepare_partners(values: ContactValues, limit: int, frequencies: Frequencies) -> Comparison:
    """A comparison of partners' e-mails with own ones.

    Args:
        values: what matching knows of the contacts.
        limit: an e-mail that more contacts of a scope have as their own is no evidence.
        frequencies: of values.
    """
    every = pl.concat([emails.select("contact", "value") for emails in (values.partner_emails, values.emails)])
    scoped = every.select(values.contacts["scope"].gather(every["contact"]).alias("scope"), "value")
    distinct = scoped.unique(maintain_order=True).with_row_index("code")
    codes = scoped.join(distinct, on=["scope", "value"], how="left", maintain_order="left")["code"]
    shown = distinct["value"]
    partners, own = np.split(codes.cast(pl.Int32).to_numpy(), [values.partner_emails.height])
    sets, own_sets = (
        index_values(rows["contact"].to_numpy().astype(np.int64), numbers, len(values.ids), len(shown))
        for rows, numbers in ((values.partner_emails, partners), (values.emails, own))
    )
    levels = np.zeros(len(shown), np.int16)
    is_evidence = frequencies.count_holders("partner_email", distinct, own_sets.holders) <= limit
    return _PartnerComparison(
        sets=sets, equal_levels=levels, measure=lambda left, right: np.zeros(len(left), np.int16), shown=shown,
        own=own_sets, is_evidence=is_evidence,
    )  # fmt: skip
