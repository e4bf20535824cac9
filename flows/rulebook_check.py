"""Lint of a rulebook file, alone or beside a warehouse, which is only read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from flows.homes import warehouse_of
from flows.settings import Settings, load_settings
from flows.stages.rulebook_inputs import read_document, read_history, read_live
from flows.store import Store, open_published
from schemas.ddl import polars_schema
from schemas.tables import CORE_BRANDS, CORE_USERS
from schemas.vocabulary import Severity
from transforms.routing.candidate import Candidate, read_candidate
from transforms.routing.documents import Document
from transforms.routing.lint.findings import findings_frame
from transforms.routing.lint.rulebook import Surroundings, lint_candidate

__all__ = ["Checked", "check_rulebook"]


@dataclass(frozen=True)
class Checked:
    """What lint says of a file.

    Attributes:
        file: its name.
        counts: channels, rules, groups and leads looked at.
        findings: FINDING_SCHEMA.
    """

    file: str
    counts: dict[str, int]
    findings: pl.DataFrame

    def count(self, severity: Severity) -> int:
        """How many findings are so severe."""
        return int((self.findings["severity"] == severity.value).sum())

    def document(self) -> dict[str, Any]:
        """The same as a JSON object."""
        counts = {f"{severity}s": self.count(severity) for severity in Severity}
        return {"file": self.file, **self.counts, **counts, "findings": self.findings.to_dicts()}

    def lines(self) -> Iterator[str]:
        """What was looked at and how much was found, in sentences."""
        yield f"{self.file}: {', '.join(_say(count, name) for name, count in self.counts.items())}."
        found = ", ".join(_say(self.count(severity), f"{severity}s") for severity in Severity)
        yield f"{found}." if self.findings.height else "Nothing found."


def _say(count: int, names: str) -> str:
    return f"{count:,} {names.removesuffix('s') if count == 1 else names}"


def check_rulebook(path: Path, home: Path | None) -> Checked:
    """Lint a rulebook file as if it were put in force; nothing is written.

    Args:
        path: the file.
        home: folder of a warehouse, for the directory, the groups in force and the leads at hand; None for none.

    Raises:
        SourceError: the file is no JSON object.
        NotFoundError: there is no warehouse in the home folder.
    """
    settings = load_settings(home) if home else Settings()
    document = read_document(path, settings.limits)
    live = None
    if home is None:
        candidate, beside = read_candidate(document, settings.regions, settings.region), _nothing(settings)
    else:
        with open_published(warehouse_of(home)) as store:
            candidate, beside = _read_beside(store, settings, document)
            live = read_live(store)
    findings = lint_candidate(live, candidate, beside)
    counts = {
        "channels": len(candidate.ruled),
        "rules": candidate.tables.rules.height,
        "groups": candidate.tables.groups.height,
    }
    if beside.leads is not None:
        counts["leads"] = beside.leads.height
    return Checked(path.name, counts, findings_frame(findings))


def _nothing(settings: Settings) -> Surroundings:
    users, brands = (pl.DataFrame(schema=polars_schema(table)) for table in (CORE_USERS, CORE_BRANDS))
    return Surroundings(users, brands, settings.regions, settings.region)


def _read_beside(store: Store, settings: Settings, document: Document) -> tuple[Candidate, Surroundings]:
    known = read_history(store, settings, {item["field"] for item in document.conditions})
    people, attributes = known.organization, known.attributes
    candidate = read_candidate(document, people.regions, people.default_region, attributes)
    leads = known.leads.select("lead_id", "channel_id", "captured_at")
    leads = leads.filter(pl.col("channel_id").is_in(list(candidate.ruled)))
    fields = leads.select("lead_id").join(known.lead_fields, on="lead_id", how="left", maintain_order="left")
    where = (people.regions, people.default_region)
    return candidate, Surroundings(people.users, people.brands, *where, leads, fields, attributes)
