"""Cluster: contacts that evidence joins; one weak bridge joins no crowds, and what speaks against it counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import MATCHING_ALIASES, MATCHING_CLUSTERS
from schemas.vocabulary import DECIDED_BY_PEOPLE, PairDecision
from transforms.ids import hash_ids
from transforms.matching.comparison import Numbers
from transforms.normalize.distinct import encode_texts

__all__ = [
    "CLUSTER_SIZE_LIMIT",
    "Links",
    "alias_contacts",
    "bound_components",
    "cluster_pairs",
    "find_lowest",
    "join_groups",
]

#: A person is not in a table this often: a larger cluster is a chain, and left for a person to see.
CLUSTER_SIZE_LIMIT = 100
_SCALE = 2**20  # averages are of whole numbers, so that they are the same in whatever order they are summed
_REQUEST = "request"


@dataclass(frozen=True)
class Links:
    """Pairs of contacts, lower first, each once.

    Attributes:
        left, right: the contacts, by number.
        strengths: how far the pair speaks for one person, in [0, 1].
        weights: how much the pair says, in [0, 1].
        apart: whether nothing may bring the two together.
    """

    left: Numbers
    right: Numbers
    strengths: npt.NDArray[np.float64]
    weights: npt.NDArray[np.float64]
    apart: npt.NDArray[np.bool_]


def find_lowest(nodes_count: int, left: Numbers, right: Numbers) -> Numbers:
    """Lowest node of each node's component: nodes that an edge joins, directly or not, have the same.

    In rounds: each node takes the lowest that an edge leads to, and what that one has taken, until edges lead nowhere
    else. A round joins each component known so far with another one, but for those that only others are joined to.
    """
    lowest = np.arange(nodes_count)
    while len(left):
        low, high = np.minimum(left, right), np.maximum(left, right)
        np.minimum.at(lowest, high, low)
        while (lowest != (further := lowest[lowest])).any():
            lowest = further
        left, right = lowest[low], lowest[high]
        is_open = left != right
        left, right = left[is_open], right[is_open]
    return lowest


def bound_components(
    nodes_count: int, left: Numbers, right: Numbers, probabilities: npt.NDArray[np.float64]
) -> Numbers:
    """Lowest node of each component; those above the size limit are parted by leaving out their weakest edges first.

    What stays too large whatever is left out is taken apart whole.
    """
    least = 0.5
    while True:
        labels = find_lowest(nodes_count, left, right)
        sizes = np.bincount(labels, minlength=1)
        is_large = sizes[labels[left]] > CLUSTER_SIZE_LIMIT
        if not is_large.any():
            return labels
        least = 1 - (1 - least) / 2
        kept = ~is_large | (probabilities >= least)
        if least > 1 - 1e-6:
            kept = ~is_large
        left, right, probabilities = left[kept], right[kept], probabilities[kept]


def join_groups(groups: Numbers, links: Links, threshold: float) -> Numbers:
    """Groups joined by average linkage, in rounds of pairs of groups that are each other's best, down to a threshold.

    Two groups are joined when the average of the pairs between them, by weight, reaches the threshold. Of two groups
    with several contacts each more is asked: each stands for a person of its own. Equal averages are taken in the order
    of the contacts, so that neither input order nor threads matter.

    Args:
        groups: group of each contact to begin with: its own number, or that of the group's lowest contact.
        links: pairs of contacts; between groups without any there is nothing to average.
        threshold: least average.

    Returns:
        Group of each contact, known by its lowest contact.
    """
    state = _gather(groups, links)
    sizes = np.bincount(groups, minlength=len(groups)).astype(np.float64)
    groups = groups.copy()
    while True:
        joined = _choose_joins(state, sizes, threshold)
        if not len(joined):
            return groups
        into = np.arange(len(groups))
        into[state.right[joined]] = state.left[joined]
        sizes[state.left[joined]] += sizes[state.right[joined]]
        groups = into[groups]
        state = _Between(into[state.left], into[state.right], state.sums, state.weights, state.apart).merge(len(groups))


@dataclass(frozen=True)
class _Between:
    """Pairs of groups, ascending: sum of strengths by weight, sum of weights, both scaled, and who stays apart."""

    left: Numbers
    right: Numbers
    sums: Numbers
    weights: Numbers
    apart: npt.NDArray[np.bool_]

    def merge(self, count: int) -> _Between:
        """Each pair of groups once, pairs within a group left out."""
        low, high = np.minimum(self.left, self.right), np.maximum(self.left, self.right)
        keys = low * count + high
        rows = np.flatnonzero(low != high)
        rows = rows[np.argsort(keys[rows], kind="stable")]
        ordered = keys[rows]
        if not len(ordered):
            return _Between(low[:0], high[:0], self.sums[:0], self.weights[:0], self.apart[:0])
        starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
        left, right = np.divmod(ordered[starts], count)
        return _Between(
            left,
            right,
            np.add.reduceat(self.sums[rows], starts),
            np.add.reduceat(self.weights[rows], starts),
            np.logical_or.reduceat(self.apart[rows], starts),
        )


def _gather(groups: Numbers, links: Links) -> _Between:
    weights = np.round(links.weights * _SCALE).astype(np.int64)
    sums = np.round(links.strengths * links.weights * _SCALE).astype(np.int64)
    return _Between(groups[links.left], groups[links.right], sums, weights, links.apart).merge(len(groups))


def _choose_joins(state: _Between, sizes: npt.NDArray[np.float64], threshold: float) -> Numbers:
    """Pairs of groups that are each other's best, and good enough."""
    averages = state.sums / np.maximum(state.weights, 1)
    smaller = np.minimum(sizes[state.left], sizes[state.right])
    asked = 1 - (1 - threshold) / np.sqrt(smaller)
    together = sizes[state.left] + sizes[state.right] <= CLUSTER_SIZE_LIMIT
    rows = np.flatnonzero((averages >= asked) & ~state.apart & together)
    rows = rows[np.argsort(-averages[rows], kind="stable")]  # of equal ones the lowest pair, as they are in order
    ranks = np.arange(len(rows))
    best = np.full(len(sizes), len(rows))
    np.minimum.at(best, state.left[rows], ranks)
    np.minimum.at(best, state.right[rows], ranks)
    chosen: Numbers = rows[(best[state.left[rows]] == ranks) & (best[state.right[rows]] == ranks)]
    return chosen


def cluster_pairs(scored: pl.DataFrame, merges: pl.DataFrame, auto_merge: bool) -> pl.DataFrame:
    """Clusters: merged ones, and those that wait for a person (SPEC A-D1, A-D4).

    A review cluster lists the contacts that uncertain pairs join, directly or by way of a merged cluster; a contact
    may be in one cluster of either status.

    Args:
        scored: columns of matching.ScoredPair.
        merges: parent_id, contact_id: what people asked for, resolved.
        auto_merge: whether certain pairs are merged without a person.

    Returns:
        Columns of matching.ClusterMember, sorted.
    """
    is_asked = pl.col("decided_by").is_in(DECIDED_BY_PEOPLE)
    is_merged = (pl.col("decision") == PairDecision.MERGE) & (pl.lit(auto_merge) | is_asked)
    linked = scored.filter(pl.col("decision").is_in([PairDecision.MERGE, PairDecision.REVIEW])).select(
        "contact_id_l", "contact_id_r", is_merged=is_merged
    )
    codes, met = encode_texts(pl.concat([linked["contact_id_l"], linked["contact_id_r"].alias("contact_id_l")]))
    order = met.arg_sort().to_numpy()
    ids, ranks = met.gather(order), np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order))
    left, right = np.split(ranks[codes], 2)
    merging = linked["is_merged"].to_numpy()
    component = find_lowest(len(ids), left[merging], right[merging])
    members = np.flatnonzero(np.bincount(component, minlength=len(ids))[component] > 1)
    parents = _choose_parents(component, members, merges, ids)
    merged = _name_clusters(members, component[members], parents[members], "merged", ids)
    review = _cluster_reviews(left[~merging], right[~merging], parents, ids)
    return pl.concat([merged, review])


def alias_contacts(contact_ids: pl.Series, clusters: pl.DataFrame) -> pl.DataFrame:
    """Which contact every contact is now (SPEC ME1): columns of matching.Alias.

    Args:
        contact_ids: every contact ever created, also deleted ones.
        clusters: columns of matching.ClusterMember.
    """
    merged = clusters.filter(pl.col("status") == "merged").select("contact_id", "suggested_parent", "cluster_id")
    ordered = contact_ids if contact_ids.is_sorted() else contact_ids.sort()
    every = ordered.to_frame("contact_id").filter(pl.col("contact_id").ne_missing(pl.col("contact_id").shift()))
    aliases = every.join(merged, on="contact_id", how="left", maintain_order="left").with_columns(
        pl.coalesce("suggested_parent", "contact_id").alias("canonical_id")
    )
    return aliases.select(list(polars_schema(MATCHING_ALIASES)))


def _number(names: pl.Series, ids: pl.Series) -> Numbers:
    """Place of each id, all of which are there."""
    numbers = pl.DataFrame({"id": ids}).with_row_index("number")
    found = names.alias("id").to_frame().join(numbers, on="id", how="left", maintain_order="left")["number"]
    return found.to_numpy().astype(np.int64)


def _choose_parents(component: Numbers, members: Numbers, merges: pl.DataFrame, ids: pl.Series) -> Numbers:
    """The contact that each contact would become: the parent a person named, else the lowest id (SPEC DU3)."""
    roots = merges.join(merges.select(pl.col("contact_id").alias("parent_id")), on="parent_id", how="anti")
    asked = roots["parent_id"].unique()
    named = _number(asked.filter(asked.is_in(ids[members].implode())), ids)
    parents = component.copy()
    chosen = np.full(len(component), len(component))
    np.minimum.at(chosen, component[named], named)
    is_named = chosen[component] < len(component)
    parents[is_named] = chosen[component][is_named]
    return parents


def _cluster_reviews(left: Numbers, right: Numbers, parents: Numbers, ids: pl.Series) -> pl.DataFrame:
    """Review clusters: the contacts of uncertain pairs, joined also where they are merged."""
    apart = parents[left] != parents[right]
    component = find_lowest(len(ids), parents[left[apart]], parents[right[apart]])
    members = np.unique(np.concatenate([left[apart], right[apart]]))
    of_member = component[parents[members]]
    return _name_clusters(members, of_member, of_member, "review", ids)


def _name_clusters(members: Numbers, component: Numbers, parents: Numbers, status: str, ids: pl.Series) -> pl.DataFrame:
    """Add the cluster's id: a hash of its lowest contact id, and of review, as a contact may be in one of each."""
    _, first, of_member = np.unique(component, return_index=True, return_inverse=True)
    lowest = pl.DataFrame({"lowest": ids[members[first]]}).with_columns(status=pl.lit(status))
    names = hash_ids(lowest, "lowest") if status == "merged" else hash_ids(lowest, "status", "lowest")
    places = np.empty(len(names), np.int64)
    places[names.arg_sort().to_numpy()] = np.arange(len(names))
    order = np.lexsort((members, places[of_member]))
    columns = {
        "cluster_id": names[of_member[order]], "contact_id": ids[members[order]],
        "suggested_parent": ids[parents[order]],
        "status": pl.Series([status], dtype=pl.String).new_from_index(0, len(members)),
    }  # fmt: skip
    return pl.DataFrame(columns).select(list(polars_schema(MATCHING_CLUSTERS)))
