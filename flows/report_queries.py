"""What the report asks of the marts."""

# ruff: noqa: S608 - table names come from the registry; values are bound
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flows.store import Store
from schemas.tables import (
    CORE_BRANDS,
    CORE_CONTACTS,
    CORE_USERS,
    MARTS_ASSIGNMENTS,
    MARTS_CHANNELS,
    MARTS_CONTACT_ALIASES,
    MARTS_CONTACTS,
    MARTS_DUPLICATE_CLUSTERS,
    MARTS_DUPLICATE_PAIRS,
    MARTS_GROUPS,
    MARTS_LEADS,
    MARTS_QUARANTINE,
    MARTS_ROUTING_DECISIONS,
    MARTS_RULES,
    MARTS_RUNS,
    MARTS_SOURCE_ROWS,
    RAW_FILES,
    STAGING_FILE_COLUMNS,
)
from schemas.vocabulary import DECIDED_BY_PEOPLE, PairDecision

__all__ = [
    "read_assignments", "read_clusters", "read_examples", "read_files", "read_outcomes", "read_problems", "read_rules",
    "read_run", "read_totals", "read_unmapped",
]  # fmt: skip

Rows = Sequence[tuple[Any, ...]]

#: Contacts, not the rows that update one (SPEC A-IM2), whose ids are aliases too.
_IS_MERGED = f"contact_id <> canonical_id AND contact_id IN (SELECT contact_id FROM {CORE_CONTACTS.full_name})"


def read_run(store: Store) -> dict[str, Any]:
    """The run that publishes: the latest."""
    return store.query(f"SELECT * FROM {MARTS_RUNS.full_name} ORDER BY run_sequence DESC LIMIT 1").row(0, named=True)


def read_totals(store: Store) -> dict[str, int]:
    """The few numbers to see first, under the words they are shown with."""
    return {
        "contacts": store.count(MARTS_CONTACTS),
        "merged into others": store.count(MARTS_CONTACT_ALIASES, _IS_MERGED),
        "pairs to review": store.count(MARTS_DUPLICATE_PAIRS, "decision = 'review'"),
        "leads": store.count(MARTS_LEADS),
        "leads with a user": store.count(MARTS_ASSIGNMENTS, "position = 1 AND user_id IS NOT NULL"),
        "leads without": store.count(MARTS_ASSIGNMENTS, "position = 1 AND user_id IS NULL"),
        "in quarantine": store.count(MARTS_QUARANTINE),
    }


def read_assignments(store: Store, limit: int) -> Rows:
    """Holder, group, status and number of leads; the busiest first."""
    return store.query(
        f"""SELECT coalesce(user_name, user_id, CASE target WHEN 'Brand' THEN 'brand ' || coalesce(b.name, a.brand_id)
                                                    ELSE 'nobody' END) AS holder,
                   coalesce(g.name, group_id) AS through, status, count(*) AS leads
            FROM {MARTS_ASSIGNMENTS.full_name} a LEFT JOIN {MARTS_GROUPS.full_name} g ON g.id = group_id
            LEFT JOIN {CORE_BRANDS.full_name} b ON b.brand_id = a.brand_id
            GROUP BY ALL ORDER BY leads DESC, holder, through, status LIMIT ?""",
        [limit],
    ).rows()


def read_outcomes(store: Store) -> Rows:
    """Outcome, status, number of leads and the reason of one of them."""
    return store.query(
        f"""SELECT outcome, status, count(*), min(reason) FROM {MARTS_ROUTING_DECISIONS.full_name}
            GROUP BY ALL ORDER BY 3 DESC, 1, 2"""
    ).rows()


def read_rules(store: Store, limit: int) -> Rows:
    """Channel, position, kind, conditions, whether default, target, leads won, why it is off."""
    return store.query(
        f"""SELECT coalesce(c.name, r.channel), r.position, r.kind, r.conditions, r.is_default,
                   CASE r.target WHEN 'User' THEN coalesce(u.display_name, r."user")
                     WHEN 'Group' THEN 'group ' || coalesce(g.name, r."group")
                     ELSE 'brand ' || coalesce(b.name, r.brand) END,
                   r.wins_count, r.invalid_reason
            FROM {MARTS_RULES.full_name} r
            LEFT JOIN {MARTS_CHANNELS.full_name} c ON c.id = r.channel
            LEFT JOIN {MARTS_GROUPS.full_name} g ON g.id = r."group"
            LEFT JOIN {CORE_USERS.full_name} u ON u.user_id = r."user"
            LEFT JOIN {CORE_BRANDS.full_name} b ON b.brand_id = r.brand
            ORDER BY r.invalid_reason IS NULL, r.wins_count DESC, r.channel, r.position LIMIT ?""",
        [limit],
    ).rows()


def read_clusters(store: Store, status: str, limit: int) -> Rows:
    """Members' names, their number, and probability, deciding rule and evidence of the strongest pair inside."""
    return store.query(
        f"""WITH chosen AS (
              SELECT cluster_id FROM {MARTS_DUPLICATE_CLUSTERS.full_name} WHERE status = ? GROUP BY cluster_id
              ORDER BY count(*) DESC, cluster_id LIMIT ?
            ), members AS (
              SELECT cluster_id, contact_id, display_name FROM {MARTS_DUPLICATE_CLUSTERS.full_name}
              WHERE cluster_id IN (FROM chosen)
            ), clusters AS (
              SELECT cluster_id, count(*) AS number,
                     list(coalesce(display_name, contact_id) ORDER BY contact_id) AS names
              FROM members GROUP BY cluster_id
            ), strongest AS (
              SELECT l.cluster_id, max_by(p, (probability, contact_id_l, contact_id_r)) AS pair
              FROM {MARTS_DUPLICATE_PAIRS.full_name} p
              JOIN members l ON l.contact_id = contact_id_l
              JOIN members r ON r.contact_id = contact_id_r AND r.cluster_id = l.cluster_id
              WHERE decision = ? GROUP BY l.cluster_id
            )
            SELECT names, number, pair.probability, pair.decided_by, pair.evidence
            FROM clusters LEFT JOIN strongest USING (cluster_id) ORDER BY number DESC, cluster_id""",
        [status, limit, "merge" if status == "merged" else "review"],
    ).rows()


def read_examples(store: Store, each: int) -> Rows:
    """Names, decision, probability, deciding rule and evidence of telling pairs: the merges that were the least sure,
    the reviews that were the surest, and what was kept apart although it looks most alike.
    """
    ranks = {decision: "probability" if decision == PairDecision.MERGE else "-probability" for decision in PairDecision}
    most_telling = " UNION ALL ".join(  # a row number for each pair would have all evidence sorted
        f"""(SELECT *, {rank} AS place FROM {MARTS_DUPLICATE_PAIRS.full_name}
             WHERE decision = '{decision}' AND NOT list_contains(?, decided_by) AND evidence <> '[]'
             ORDER BY place, contact_id_l, contact_id_r LIMIT ?)"""
        for decision, rank in ranks.items()
    )
    name = "coalesce((SELECT any_value(display_name) FROM {} WHERE contact_id = {}), {})"
    left, right = (
        name.format(MARTS_DUPLICATE_CLUSTERS.full_name, side, side) for side in ("contact_id_l", "contact_id_r")
    )
    return store.query(
        f"""SELECT {left}, {right}, decision, probability, decided_by, evidence FROM ({most_telling})
            ORDER BY decision, place, contact_id_l, contact_id_r""",
        [list(DECIDED_BY_PEOPLE), each] * len(ranks),
    ).rows()


def read_files(store: Store, limit: int) -> Rows:
    """Folder, file, outcome and number of rows."""
    return store.query(
        f"""SELECT folder, file, outcome, count(*) FROM {MARTS_SOURCE_ROWS.full_name}
            GROUP BY ALL ORDER BY 1, 2, 3 LIMIT ?""",
        [limit],
    ).rows()


def read_unmapped(store: Store, limit: int) -> Rows:
    """File, sheet, column, number of cells with a value, and why the column was not mapped."""
    return store.query(
        f"""SELECT file_name, sheet, column_name, cells_count, reason
            FROM {STAGING_FILE_COLUMNS.full_name} c JOIN {RAW_FILES.full_name} f
              ON f.file_id = c.file_id AND f.folder = 'contacts'
            WHERE c.status = 'unmapped' AND cells_count > 0 ORDER BY file_name, sheet, column_index LIMIT ?""",
        [limit],
    ).rows()


def read_problems(store: Store) -> Rows:
    """Code, number of problems, number of files, one reason, and what to do."""
    return store.query(
        f"""SELECT code, count(*), count(DISTINCT (folder, file)), min(reason), min(what_to_do)
            FROM {MARTS_QUARANTINE.full_name} GROUP BY code ORDER BY 2 DESC, 1"""
    ).rows()
