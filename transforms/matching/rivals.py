"""Rivals: a nickname may stand for two people's given names, and a record that has it is of one of the two at most.

Pat is as near to Patrick as to Patricia. Each pair by itself says that they are one person; together, where Patrick and
Patricia are two, they say that it is one or the other.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from transforms.matching.comparison import Comparison, Flags, Numbers, count_within
from transforms.matching.decision import CONFLICTS
from transforms.matching.model import FIRST_NAME
from transforms.matching.outcomes import LINKED, Pairs, is_blocked, is_plain

__all__ = ["divide_among_rivals"]

Floats = npt.NDArray[np.float64]

_NICKNAME = FIRST_NAME.place("nickname")
_OTHER_NAME = CONFLICTS.index("conflict_first_name")
_LEAST = 1e-12  # probability that a pair is not one person, at least, so that its odds are finite


def divide_among_rivals(pairs: Pairs, count: int, given_names: Comparison | None) -> Floats:
    """Probabilities of pairs; those by nickname are divided where the nickname has a rival for whom it may stand.

    Of a record X and two others A and B of other given names that are not one person, X is A, or B, or neither: the
    odds of X and A are weighed against those of X and B, too.

    Args:
        pairs: all pairs within some components, ascending.
        count: contacts in all.
        given_names: of the contacts, if any has one.
    """
    probabilities = pairs.probabilities.copy()
    left, right = np.divmod(pairs.codes, count)
    linking = (pairs.probabilities >= LINKED) & ~is_blocked(pairs) & ~pairs.asked
    apart = np.flatnonzero(((pairs.conflicts == _OTHER_NAME) | (is_plain(pairs) & is_blocked(pairs))) & ~pairs.asked)
    edges = np.flatnonzero(linking)
    if given_names is None or not len(edges) or not len(apart):
        return probabilities
    apart = apart[given_names.compare(left[apart], right[apart]).levels > _NICKNAME]
    # links of each contact in a row, so that those of A are at hand
    near = np.concatenate([left[edges], right[edges]])
    order = np.argsort(near, kind="stable")
    far, edge, near = np.concatenate([right[edges], left[edges]])[order], np.tile(edges, 2)[order], near[order]
    a, b = (np.concatenate(sides) for sides in ((left[apart], right[apart]), (right[apart], left[apart])))
    begin, end = np.searchsorted(near, a), np.searchsorted(near, a, side="right")
    rows = np.repeat(np.arange(len(a)), end - begin)
    links = np.repeat(begin, end - begin) + count_within(end - begin)
    x, b = far[links], b[rows]
    codes = np.minimum(x, b) * count + np.maximum(x, b)
    place = np.minimum(np.searchsorted(pairs.codes, codes), len(pairs.codes) - 1)
    met = np.flatnonzero((pairs.codes[place] == codes) & linking[place])
    mine, rivals = edge[links[met]], place[met]
    met = np.flatnonzero(
        _are_nicknames(given_names, left, right, mine) & _are_nicknames(given_names, left, right, rivals)
    )
    odds = pairs.probabilities / np.maximum(1 - pairs.probabilities, _LEAST)
    strongest = np.zeros(len(odds))
    np.maximum.at(strongest, mine[met], odds[rivals[met]])
    divided = np.flatnonzero(strongest)
    probabilities[divided] = odds[divided] / (1 + odds[divided] + strongest[divided])
    return probabilities


def _are_nicknames(names: Comparison, left: Numbers, right: Numbers, places: Numbers) -> Flags:
    return np.asarray(names.compare(left[places], right[places]).levels == _NICKNAME)
