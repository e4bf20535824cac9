"""A table kept equal to another one, without rows passing through Python."""

from __future__ import annotations

from collections.abc import Mapping

from flows.store import Store
from schemas.ddl import quoted
from schemas.tables import Table

__all__ = ["sync_groups"]


def sync_groups(
    store: Store, source: str, target: Table, expressions: Mapping[str, str], by: str, where: str = "true"
) -> int:
    """Rewrite those groups of the target's rows that differ from the source's; returns how many rows were written.

    Groups are compared by a hash of all their cells, so nothing has to remember what changed.

    Args:
        store: the warehouse, inside the stage's transaction.
        source: where the rows are, a query in brackets, written in code; no two of a group may be equal.
        target: where they shall be.
        expressions: target column -> SQL over the source; other columns have the same name there.
        by: column of both tables that groups their rows.
        where: condition on the target: its other rows are none of the source's.
    """
    names = [name for name in target.columns if name != target.hashed_id]
    wanted = _digests(source, by, [expressions.get(name, quoted(name)) for name in names], "true")
    present = _digests(target.full_name, by, [quoted(name) for name in names], where)
    changed = store.query(
        f"SELECT coalesce(w.name, p.name) AS name FROM ({wanted}) w FULL JOIN ({present}) p ON w.name = p.name"  # noqa: S608
        " WHERE w.digest IS DISTINCT FROM p.digest"
    )["name"].to_list()
    is_changed = f"list_contains(?, {quoted(by)})"
    store.delete(target, f"({where}) AND {is_changed}", [changed])
    return store.copy(source, target, expressions, is_changed, [changed])


def _digests(source: str, by: str, cells: list[str], where: str) -> str:
    joined = ", ".join(cells)
    return (
        f"SELECT {quoted(by)} AS name, bit_xor(hash({joined})) AS digest"  # noqa: S608 - identifiers from the registry
        f" FROM {source} WHERE {where} GROUP BY name"
    )
