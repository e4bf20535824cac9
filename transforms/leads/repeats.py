"""The same person sending the same again (SPEC A-P6)."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

__all__ = ["flag_repeats"]

_WINDOW = timedelta(hours=24)


def flag_repeats(leads: pl.DataFrame) -> pl.DataFrame:
    """Leads with `is_repeat`: same contact, channel and payload as a lead at most 24 hours before.

    Args:
        leads: contact_id, payload_key (of channel and payload), captured_at, in order of (captured_at, lead_id).
    """
    since_last = pl.col("captured_at").diff().over("contact_id", "payload_key")
    return leads.with_columns(is_repeat=(since_last <= _WINDOW).fill_null(False))
