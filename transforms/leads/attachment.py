"""Leads beside the contact they were found to belong to (SPEC A-P4, A-P6, A-O7, A-C11)."""

from __future__ import annotations

import polars as pl

from transforms.leads.by_time import find_owners
from transforms.leads.repeats import flag_repeats

__all__ = ["attach_leads", "list_brought_tags", "list_known_tags", "mark_live_owners"]


def mark_live_owners(contact_rows: pl.DataFrame, users: pl.DataFrame) -> pl.DataFrame:
    """Contacts with `has_live_owner`: they have an owner whom the directory does not know to be gone."""
    gone = users.filter(~pl.col("is_active"))["user_id"].implode()
    return contact_rows.with_columns(
        has_live_owner=pl.col("user_id").is_not_null() & ~pl.col("user_id").is_in(gone).fill_null(False)
    )


def attach_leads(
    leads: pl.DataFrame,
    resolved: pl.DataFrame,
    contact_rows: pl.DataFrame,
    campaign_emails: pl.DataFrame,
    changes: pl.DataFrame,
) -> pl.DataFrame:
    """Leads with contact_id, contact_exists, contact_owner and is_repeat, in order of (captured_at, lead_id).

    The owner is the last one that the contact was given by then, else the one that it came with. A campaign's sender
    counts as the owner of the recipient who answers and has none (A-O7).

    Args:
        leads: columns of staging.leads.
        resolved: `resolve_contacts` of them.
        contact_rows: contact_id and user_id of the contacts from files and requests.
        campaign_emails: rows of core.campaign_emails.
        changes: contact_id, user_id, changed_at: owners that contacts were given.
    """
    owners = contact_rows.select("contact_id", came_with="user_id")
    senders = campaign_emails.select("campaign_email_id", sender="user_id", answered_by="recipient_email")
    attached = (
        leads.join(resolved, on="lead_id")
        .join(owners, on="contact_id", how="left")
        .join(senders, on="campaign_email_id", how="left")
        .sort("captured_at", "lead_id")
    )
    sender = pl.when(pl.col("answered_by") == pl.col("email")).then("sender")
    owned = attached.with_columns(owner=find_owners(attached, changes)).with_columns(
        contact_owner=pl.coalesce("owner", "came_with", sender)
    )
    return flag_repeats(owned).drop("owner", "came_with", "sender", "answered_by")


def list_brought_tags(leads: pl.DataFrame, tags: pl.Series, before: pl.DataFrame | None = None) -> pl.DataFrame:
    """Tags that leads bring to their contacts: contact_id, tag, and `since`, the place of the first lead with it.

    Args:
        leads: contact_id and place, in order.
        tags: their own tags, row by row.
        before: the result for the leads before them.
    """
    brought = leads.select("contact_id", tag=tags, since="place").explode("tag").drop_nulls("tag")
    everything = brought if before is None else pl.concat([before, brought])
    return everything.unique(["contact_id", "tag"], keep="first", maintain_order=True)


def list_known_tags(
    leads: pl.DataFrame, brought: pl.DataFrame, given: pl.DataFrame, met: pl.DataFrame | None = None
) -> pl.Series:
    """Tags that each lead's contact had just before it (SPEC A-C11): a list of texts, null where there is none.

    Args:
        leads: place, contact_id, contact_exists, captured_at.
        brought: `list_brought_tags` of these leads and all before them.
        given: contact_id, text, created_at, is_birth (it came with the contact itself) of the contacts' tags from
            files and their creation.
        met: place and tag, of leads whose contacts requests rewrote: these are not in `brought` and `given`.
    """
    asking = leads.filter("contact_exists").select("place", "contact_id", "captured_at")
    from_files = asking.join(given.drop_nulls("text"), on="contact_id").filter(
        pl.col("is_birth") | (pl.col("created_at") <= pl.col("captured_at"))
    )
    from_leads = asking.join(brought, on="contact_id").filter(pl.col("since") < pl.col("place"))
    known = pl.concat([from_files.select("place", tag="text"), from_leads.select("place", "tag")])
    if met is not None:
        known = pl.concat([known, met.join(leads, on="place", how="semi").select("place", "tag")])
    lists = known.unique().sort("place", "tag").group_by("place", maintain_order=True).agg("tag")
    return leads.select("place").join(lists, on="place", how="left", maintain_order="left")["tag"]
