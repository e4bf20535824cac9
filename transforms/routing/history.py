"""Why a decision is another one than it was: a claim, a rulebook, an earlier lead that came later (SPEC A-F2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from schemas.vocabulary import ChangeCause, LeadStatus

__all__ = ["News", "explain_changes"]

_RULES_SAY = ("rule_id", "rulebook_version", "next_rule_id", "matched_count", "rules_target", "rules_target_id")
_WAITING = [LeadStatus.OFFERED.value, LeadStatus.QUEUED.value]


@dataclass(frozen=True)
class News:
    """What has come since the old decisions were made.

    Attributes:
        clock: the time seen now.
        leads: lead_id, contact_id, captured_at and group_id (of the new ledger) of new leads.
        claims: lead_id and contact_id, captured_at and group_id of its lead, of new claims that were accepted.
        has_rulebook: a rulebook file came.
        has_directory: a directory file came.
        has_contacts: a contact or request file came, or went.
        has_settings: settings or versions are others.
    """

    clock: datetime
    leads: pl.DataFrame
    claims: pl.DataFrame
    has_rulebook: bool = False
    has_directory: bool = False
    has_contacts: bool = False
    has_settings: bool = False


def explain_changes(changes: pl.DataFrame, news: News) -> pl.DataFrame:
    """`cause` and `detail` of each decision that is another one now; the first cause that fits counts.

    Args:
        changes: lead_id, contact_id, captured_at, and the columns of the ledger as they were (`old_…`) and are
            (`new_…`; null where the lead is gone).
        news: what may have done it.
    """
    of_claims = news.claims.group_by("lead_id").agg(claimed=pl.lit(True))
    rows = changes.join(of_claims, on="lead_id", how="left", maintain_order="left")
    for name, came in (("lead", news.leads), ("claim", news.claims)):
        for key in ("contact_id", "group_id"):
            first = came.drop_nulls(key).sort("captured_at", "lead_id").group_by(key, maintain_order=True).first()
            by_key = first.select(key, pl.col("captured_at").alias("since"), pl.col("lead_id").alias("came"))
            on = "contact_id" if key == "contact_id" else "any_group"
            rows = rows.with_columns(pl.coalesce("new_group_id", "old_group_id").alias("any_group")).join(
                by_key.rename({key: on, "since": f"{name}_{key}_since", "came": f"{name}_{key}"}), on=on, how="left",
                maintain_order="left",
            )  # fmt: skip
    rules_differ = pl.any_horizontal(pl.col(f"old_{name}").ne_missing(pl.col(f"new_{name}")) for name in _RULES_SAY)
    ended = pl.col("old_status").is_in(_WAITING) & (pl.col("old_due_at") <= news.clock)
    causes = [
        (pl.col("new_outcome").is_null(), ChangeCause.LEAD_GONE, None),
        (pl.col("claimed").fill_null(False), ChangeCause.LATE_CLAIM, pl.col("lead_id")),
        (ended & (pl.col("old_status") == LeadStatus.OFFERED.value), ChangeCause.OFFER_ENDED, None),
        (ended, ChangeCause.QUEUE_MOVED, None),
        (rules_differ & news.has_rulebook, ChangeCause.CORRECTED_RULEBOOK, pl.col("new_rulebook_version")),
        *((_came_before(name, key), cause, pl.col(f"{name}_{key}"))
          for name, cause in (("lead", ChangeCause.BACKFILLED_LEAD), ("claim", ChangeCause.LATE_CLAIM))
          for key in ("contact_id", "group_id")),
        (pl.lit(news.has_rulebook), ChangeCause.CORRECTED_RULEBOOK, None),
        (pl.lit(news.has_directory), ChangeCause.DIRECTORY, None),
        (pl.lit(news.has_contacts), ChangeCause.CONTACTS, None),
        (pl.lit(news.has_settings), ChangeCause.SETTINGS, None),
    ]  # fmt: skip
    cause, detail = pl.lit(ChangeCause.EARLIER_DECISION.value), pl.lit(None, pl.String)
    for applies, name, what in reversed(causes):
        cause = pl.when(applies).then(pl.lit(name.value)).otherwise(cause)
        detail = pl.when(applies).then(pl.lit(None, pl.String) if what is None else what).otherwise(detail)
    return rows.select(*changes.columns, cause.alias("cause"), detail.alias("detail"))


def _came_before(name: str, key: str) -> pl.Expr:
    """Something new stands before the lead, with the same contact or in the same group."""
    return (pl.col(f"{name}_{key}_since") <= pl.col("captured_at")).fill_null(False)
