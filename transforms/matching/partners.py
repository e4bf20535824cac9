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
    Numbers,
    ValueSets,
    count_within,
    encode_texts,
    index_values,
)
from transforms.matching.model import PARTNER_EMAIL
from transforms.matching.values import ContactValues

__all__ = ["prepare_partners"]


@dataclass(frozen=True, kw_only=True)
class _PartnerComparison(Comparison):
    """Partners' e-mails against own ones.

    Attributes:
        own: e-mails of each contact itself, by the codes of the partners'.
        limit: an e-mail that more contacts have as their own is no evidence.
    """

    own: ValueSets
    limit: int

    def compare(self, left: Numbers, right: Numbers) -> Agreement:
        """Known where one has a partner's e-mail and the other one of its own."""
        levels = np.full(len(left), MISSING, np.int16)
        found = np.full(len(left), -1, np.int32)
        for one, other in ((left, right), (right, left)):
            rows = np.flatnonzero((self.sets.first[one] >= 0) & (self.own.first[other] >= 0))
            codes = self._look(one[rows], other[rows])
            levels[rows] = np.where(levels[rows] == 0, 0, len(PARTNER_EMAIL.levels) - 1)
            hit = rows[codes >= 0]
            levels[hit], found[hit] = 0, codes[codes >= 0]
        return Agreement(levels, found, found)

    def _look(self, holders: Numbers, owners: Numbers) -> Codes:
        """The lowest code that is an e-mail of the holder's partner and the owner's own, -1 for none."""
        sizes = np.diff(self.sets.starts)[holders]
        pair = np.repeat(np.arange(len(holders)), sizes)
        codes = self.sets.codes[np.repeat(self.sets.starts[holders], sizes) + count_within(sizes)].astype(np.int64)
        width = len(self.shown) + 1
        held = np.sort(np.repeat(np.arange(len(self.own.first)), np.diff(self.own.starts)) * width + self.own.codes)
        wanted = owners[pair] * width + codes
        place = np.minimum(np.searchsorted(held, wanted), len(held) - 1)
        hit = (held[place] == wanted) & (self.own.holders[codes] <= self.limit)
        found = np.full(len(holders), width, np.int64)
        np.minimum.at(found, pair[hit], codes[hit])
        return np.where(found == width, -1, found).astype(np.int32)


def prepare_partners(values: ContactValues, limit: int) -> Comparison:
    """A comparison of partners' e-mails with own ones."""
    every = pl.concat([values.partner_emails["value"], values.emails["value"]])
    codes, shown = encode_texts(every)
    partners, own = np.split(codes, [values.partner_emails.height])
    sets, own_sets = (
        index_values(rows["contact"].to_numpy().astype(np.int64), numbers, len(values.ids), len(shown))
        for rows, numbers in ((values.partner_emails, partners), (values.emails, own))
    )
    levels = np.zeros(len(shown), np.int16)
    return _PartnerComparison(
        sets=sets, equal_levels=levels, measure=lambda left, right: np.zeros(len(left), np.int16), shown=shown,
        own=own_sets, limit=limit,
    )  # fmt: skip
