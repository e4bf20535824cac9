"""Spanning trees of clusters: what holds contacts together, the strongest first."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

__all__ = ["Edge", "find_weakest", "grow_trees"]


@dataclass(frozen=True, order=True)
class Edge:
    """The strongest pair between two nodes; `left` and `right` are the contacts that were compared."""

    probability: float
    left: str
    right: str
    evidence: str = "[]"


def grow_trees(edges: Mapping[tuple[str, str], Edge]) -> Iterator[list[tuple[str, Edge | None]]]:
    """The nodes of each component, lowest first, each with the strongest edge to one before it.

    Args:
        edges: two nodes -> their edge.
    """
    beside: defaultdict[str, list[tuple[float, str, Edge]]] = defaultdict(list)
    for (first, second), edge in edges.items():
        beside[first].append((-edge.probability, second, edge))
        beside[second].append((-edge.probability, first, edge))
    seen: set[str] = set()
    for start in sorted(beside):
        if start in seen:
            continue
        tree: list[tuple[str, Edge | None]] = [(start, None)]
        seen.add(start)
        waiting = [*beside[start]]
        heapq.heapify(waiting)
        while waiting:
            _, contact, edge = heapq.heappop(waiting)
            if contact in seen:
                continue
            seen.add(contact)
            tree.append((contact, edge))
            for item in beside[contact]:
                heapq.heappush(waiting, item)
        yield tree


def find_weakest(edges: Mapping[tuple[str, str], Edge]) -> Edge | None:
    """The edge without which a cluster falls apart first; None without edges."""
    used = [edge for tree in grow_trees(edges) for _, edge in tree if edge is not None]
    return min(used, default=None)
