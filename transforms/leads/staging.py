"""Records of lead files -> staging.leads: placed, normalized, each lead once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from schemas.tables import STAGING_CLAIMS, STAGING_LEAD_RECORDS, STAGING_LEADS
from schemas.vocabulary import Folder, ProblemCode
from transforms.ids import hash_ids
from transforms.leads.parsing import ParsedRecords, parse_records
from transforms.leads.placing import place_leads
from transforms.leads.regions import normalize_phones_by_brand
from transforms.normalize.emails import normalize_emails
from transforms.normalize.names import split_names
from transforms.normalize.text import clean_text
from transforms.quarantine import Problem, problems_frame

__all__ = ["StagedLeads", "stage_lead_records"]

#: Why a lead cannot be placed, and what to do; the column is where the key stands in a capture.
_PLACE_PROBLEMS = {
    ProblemCode.UNKNOWN_CHANNEL: (
        "no rulebook knows the lead channel",
        "check the key, or send the channel's rulebook",
    ),
    ProblemCode.DELETED_CHANNEL: ("the lead channel was deleted before the capture", "use a live channel"),
    ProblemCode.UNKNOWN_CAMPAIGN: (
        "the directory knows no such campaign e-mail",
        "check the id, or send the campaign in inbox/directory",
    ),
}
#: What a lead summary that comes again says anew.
_RENEWED = (
    "name", "first_name", "last_name", "email_given", "phone_given", "source_type", "raw_payload", "parsed_payload",
    "assignees",
)  # fmt: skip
_KEY_SHOWN = 8  # a channel id is a key (SPEC CH8): enough of it to recognize, not to use


class StagedLeads(NamedTuple):
    """Rows of staging.leads, staging.lead_records and staging.claims, and problems."""

    leads: pl.DataFrame
    lead_records: pl.DataFrame
    claims: pl.DataFrame
    problems: pl.DataFrame


def stage_lead_records(
    records: pl.DataFrame,
    channels: pl.DataFrame,
    campaign_emails: pl.DataFrame,
    *,
    default_brand: str | None,
    regions: Mapping[str, str],
    default_region: str,
    home_brand: str | None = None,
) -> StagedLeads:
    """Read, place and normalize the leads of all files; what cannot be taken becomes a problem.

    Args:
        records: columns file_id, record_number, payload, run_sequence, received_at, in the order they were taken.
        channels: rows of routing.channels.
        campaign_emails: rows of core.campaign_emails.
        default_brand: brand of channels that name none.
        regions: brand id -> country its phone numbers are read in.
        default_region: country of every other brand.
        home_brand: brand of leads that name neither channel nor campaign.
    """
    parsed = parse_records(records)
    placed = place_leads(parsed.leads, channels, campaign_emails, default_brand, home_brand)
    refused = _refuse_unplaced(placed.filter(pl.col("problem").is_not_null()))
    taken = _identify(placed.filter(pl.col("problem").is_null()))
    kept, repeated, clashing = _keep_first(taken)
    kept = _renew_summaries(kept, taken)
    leads, cells = _normalize(kept, regions, default_region)
    claims = parsed.claims.unique(["claim_id"], keep="first", maintain_order=True)
    problems = problems_frame(
        [*parsed.problems, *refused, *_refuse_second(clashing), *_refuse_claims(parsed.claims, claims), *cells]
    )
    return StagedLeads(
        leads.select(STAGING_LEADS.columns),
        _list_records(kept, repeated, parsed),
        claims.select(STAGING_CLAIMS.columns),
        problems,
    )


def _refuse_unplaced(leads: pl.DataFrame) -> list[Problem]:
    problems = []
    for row in leads.iter_rows(named=True):
        code = ProblemCode(row["problem"])
        reason, todo = _PLACE_PROBLEMS[code]
        is_campaign = code is ProblemCode.UNKNOWN_CAMPAIGN
        value = row["campaign_email_id"] if is_campaign else f"{row['channel_named'][:_KEY_SHOWN]}…"
        column = "email_campaign_email" if is_campaign else "lead_channel"
        problems.append(
            Problem(
                row["file_id"], Folder.LEADS, code, reason, todo,
                row_number=row["record_number"], column_name=column, value=value,
            )
        )  # fmt: skip
    return problems


def _identify(leads: pl.DataFrame) -> pl.DataFrame:
    """Ids: the given one, else one of channel, payload and time (SPEC A-P6); payload_key knows no time."""
    keyed = leads.with_columns(
        key=pl.coalesce("channel_named", "campaign_email_id"), moment=pl.col("captured_at").dt.epoch("us")
    )
    return keyed.with_columns(
        hash_ids(keyed, "key", "canonical").alias("payload_key"),
        lead_id=pl.coalesce("given_id", hash_ids(keyed, "key", "canonical", "moment")),
    ).drop("key", "moment", "canonical", "given_id", "channel_named", "problem")


def _keep_first(leads: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The first record of each lead id; later ones of the same payload, and those of another one."""
    numbered = leads.with_columns(
        is_first=pl.col("lead_id").is_first_distinct(),
        is_same=pl.col("payload_key") == pl.col("payload_key").first().over("lead_id"),
    )
    is_renewed = pl.col("is_summary") & pl.col("is_summary").first().over("lead_id")
    first, later = numbered.filter("is_first"), numbered.filter(~pl.col("is_first"))
    is_repeated = later.select(pl.col("is_same") | is_renewed).to_series()
    return first, later.filter(is_repeated), later.filter(~is_repeated)


def _renew_summaries(kept: pl.DataFrame, taken: pl.DataFrame) -> pl.DataFrame:
    """A lead summary that comes again says where the lead stands by now; the lead stays the one that it was."""
    latest = taken.filter("is_summary").unique("lead_id", keep="last", maintain_order=True)
    told = latest.select("lead_id", *(pl.col(name).alias(f"new_{name}") for name in _RENEWED), renewed=pl.lit(True))
    joined = kept.join(told, on="lead_id", how="left", maintain_order="left")
    is_renewed = pl.col("is_summary") & pl.col("renewed").is_not_null()
    renewed = [pl.when(is_renewed).then(f"new_{name}").otherwise(name).alias(name) for name in _RENEWED]
    return joined.with_columns(renewed).select(kept.columns)


def _refuse_second(leads: pl.DataFrame) -> list[Problem]:
    reason, todo = "an earlier lead has this id and another payload", "give each lead an id of its own, or none"
    return [
        Problem(file_id, Folder.LEADS, ProblemCode.DUPLICATE_ID, reason, todo, None, number, "id", lead_id)
        for file_id, number, lead_id in leads.select("file_id", "record_number", "lead_id").iter_rows()
    ]


def _refuse_claims(received: pl.DataFrame, claims: pl.DataFrame) -> list[Problem]:
    """Claims with the id of an earlier one that says something else."""
    says = ["claim_id", "lead_id", "user_id", "claimed_at"]
    clashing = received.join(claims, on=says, how="anti")
    reason, todo = "an earlier claim has this id and says something else", "give each claim an id of its own, or none"
    return [
        Problem(file_id, Folder.LEADS, ProblemCode.DUPLICATE_ID, reason, todo, None, number, "claim.id", claim_id)
        for file_id, number, claim_id in clashing.select("file_id", "record_number", "claim_id").iter_rows()
    ]


def _normalize(
    leads: pl.DataFrame, regions: Mapping[str, str], default_region: str
) -> tuple[pl.DataFrame, list[Problem]]:
    """E-mail, phone and names; a cell that is not usable is a problem, its lead goes on without it."""
    emails = normalize_emails(leads["email_given"])
    phones = normalize_phones_by_brand(leads["phone_given"], leads["brand_id"], regions, default_region)
    first_name, last_name = _read_names(leads)
    problems = [
        *_refuse_cells(leads, "email_given", emails["problem"], ProblemCode.BAD_EMAIL, "email"),
        *_refuse_cells(leads, "phone_given", phones["problem"], ProblemCode.BAD_PHONE, "phone_number"),
    ]
    normalized = leads.with_columns(
        first_name,
        last_name,
        clean_text(leads["source_type"]),
        emails["match_key"].alias("email"),
        emails["text"].alias("email_text"),
        phones["match_key"].alias("phone"),
        phones["text"].alias("phone_text"),
    )
    return normalized, problems


def _read_names(leads: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """First and last name; from `name` where neither is given (SPEC A-EA11)."""
    split = split_names(leads["name"])
    frame = pl.DataFrame(
        {
            "first_name": clean_text(leads["first_name"]),
            "last_name": clean_text(leads["last_name"]),
            "first_split": split["first_name"],
            "last_split": split["last_name"],
        }
    )
    is_split = pl.col("first_name").is_null() & pl.col("last_name").is_null()
    names = frame.select(
        pl.when(is_split).then("first_split").otherwise("first_name").alias("first_name"),
        pl.when(is_split).then("last_split").otherwise("last_name").alias("last_name"),
    )
    return names["first_name"], names["last_name"]


def _refuse_cells(leads: pl.DataFrame, column: str, found: pl.Series, code: ProblemCode, key: str) -> list[Problem]:
    wrong = leads.select("file_id", "record_number", column, found.alias("reason")).drop_nulls("reason")
    return [
        Problem(file_id, Folder.LEADS, code, reason, "mend the value and send the lead again", None, number, key, value)
        for file_id, number, value, reason in wrong.iter_rows()
    ]


def _list_records(kept: pl.DataFrame, repeated: pl.DataFrame, parsed: ParsedRecords) -> pl.DataFrame:
    """What became of each record that was accepted: rows of staging.lead_records."""
    parts = {"lead": kept, "duplicate": repeated, "claim": parsed.claims}
    return pl.concat(
        frame.select("file_id", "record_number", pl.lit(kind).alias("kind"), "lead_id").select(
            STAGING_LEAD_RECORDS.columns
        )
        for kind, frame in parts.items()
    ).sort("file_id", "record_number")
