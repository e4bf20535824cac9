"""raw.records of the directory -> core.brands, core.users, core.campaign_emails, core.listings."""

from __future__ import annotations

from zoneinfo import available_timezones

from flows.quarantine import quarantine
from flows.runs import Counts, Run
from flows.stages.records import read_records
from schemas.tables import CORE_BRANDS, CORE_CAMPAIGN_EMAILS, CORE_LISTINGS, CORE_USERS, OPS_QUARANTINE
from schemas.vocabulary import Folder
from transforms.directory import read_directory

__all__ = ["stage_directory"]

_STAGE = "stage_directory"


def stage_directory(run: Run) -> Counts:
    """Read the whole directory anew: the latest object of each id counts."""
    with run.store() as store, store.transaction():
        records = read_records(store, Folder.DIRECTORY)
        zones = frozenset(available_timezones())
        directory = read_directory(records, run.settings.region, run.settings.regions, zones)
        store.delete(OPS_QUARANTINE, "stage = ?", [_STAGE])
        return {
            "records": records.height,
            "brands": store.replace(CORE_BRANDS, directory.brands),
            "users": store.replace(CORE_USERS, directory.users),
            "campaign_emails": store.replace(CORE_CAMPAIGN_EMAILS, directory.campaign_emails),
            "listings": store.replace(CORE_LISTINGS, directory.listings),
            "quarantined": quarantine(store, _STAGE, directory.problems),
        }
