"""Back-test of a rulebook file on the leads of a warehouse, which is only read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from flows.homes import warehouse_of
from flows.page import Section, write_page
from flows.settings import load_settings
from flows.stages.routing_inputs import read_organization
from flows.stages.rulebook_inputs import read_attributes, read_document, read_history, read_live
from flows.store import open_published
from transforms.routing.backtest import run_backtest
from transforms.routing.candidate import read_candidate
from transforms.routing.comparison import Comparison
from transforms.routing.directory import index_directory

__all__ = ["Backtest", "backtest_rulebook", "write_backtest"]

_SHOWN = 200  # rows of each table on the page; the files have all
_FIRST = ("lead_id", "captured_at", "change")
_IDS = ("channel_id", "rule_id", "holder", "old_holder", "new_holder", "old_holder_type", "new_holder_type")
_SECTIONS = {
    "channels": ("Channels", "Leads looked at, and how many of them another rule wins or another one holds."),
    "agents": ("Agents", "Who holds how many leads under the old and the new rulebook; a group or a brand holds leads "
                         "that are offered, queued or left with it."),
    "moves": ("Moves", "From whom to whom leads go."),
    "rules": ("Rules", "Leads that each rule wins, whatever decides in the end."),
    "leads": ("Leads", "Every lead that changes, with the old reason and the new one."),
}  # fmt: skip


@dataclass(frozen=True)
class Backtest:
    """What a rulebook would have changed.

    Attributes:
        file: the rulebook file.
        since: first moment looked at; None for the first lead.
        until: first moment not looked at any more; None for none.
        tables: name -> table, in the order to read them; of leads, those that change.
    """

    file: str
    since: datetime | None
    until: datetime | None
    tables: dict[str, pl.DataFrame]

    def show(self, name: str) -> pl.DataFrame:
        """A table as people read it: names without the ids beside them."""
        table = self.tables[name]
        return table.drop(_IDS, strict=False)

    @property
    def totals(self) -> dict[str, int]:
        """The few numbers to see first."""
        channels = self.tables["channels"]
        names = {"leads": "leads", "rule_changes": "won by another rule", "holder_changes": "held by another"}
        totals = {shown: int(channels[name].sum()) for name, shown in names.items()}
        changed = self.tables["agents"].filter(pl.col("gained") + pl.col("lost") > 0)
        return totals | {"agents with a change": changed.height}


def backtest_rulebook(path: Path, home: Path, since: datetime | None, until: datetime | None) -> Backtest:
    """Decide the leads of a time span under the rulebook in force then, and under a file.

    Args:
        path: the rulebook file.
        home: folder of the warehouse; nothing in it is changed.
        since: first moment looked at, from when on the file counts; None for the first lead.
        until: first moment not looked at any more; None for none.

    Raises:
        SourceError: the file is no JSON object.
        NotFoundError: there is no warehouse in the home folder.
    """
    settings = load_settings(home)
    document = read_document(path, settings.limits)
    with open_published(warehouse_of(home)) as store:
        live = read_live(store)
        organization = read_organization(store, settings)
        where = (organization.regions, organization.default_region)
        candidate = read_candidate(document, *where, read_attributes(store))
        asked = {*live.conditions["field"], *candidate.tables.conditions["field"]}
        history = read_history(store, settings, asked)
    compared, texts = run_backtest(live, candidate, history, since, until)
    named = [organization.brands.select("brand_id", "name")]
    for tables in (live, candidate.tables):
        named += [tables.channels.select("channel_id", "name"), tables.groups.select("group_id", "name")]
    names = {identity: name for frame in named for identity, name in frame.drop_nulls().iter_rows()}
    names |= index_directory(organization.users, organization.brands).names
    return Backtest(path.name, since, until, _name_everything(compared, names, texts))


def write_backtest(result: Backtest, folder: Path) -> None:
    """Write each table as CSV and Parquet, and all of them as a page, into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in result.tables.items():
        table.write_csv(folder / f"{name}.csv")
        table.write_parquet(folder / f"{name}.parquet")
    span = f"from {_moment(result.since, 'the first lead')} to {_moment(result.until, 'the last')}"
    sections = [_section(result, name, *told) for name, told in _SECTIONS.items()]
    write_page(
        folder / "backtest.html",
        title="leadpipe back-test",
        subtitle=f"The rulebook {result.file} on the leads {span}, against the one that was in force. Nothing was "
        "changed. It holds personal data: handle it as the contacts.",
        tiles=result.totals,
        sections=sections,
        footer=f"The first {_SHOWN} rows of each table; beside this page all of them, as CSV and Parquet.",
    )


def _section(result: Backtest, name: str, title: str, about: str) -> Section:
    table = result.show(name)
    columns = tuple(column.replace("_", " ") for column in table.columns)
    return Section(title, about, columns, table.head(_SHOWN).rows(), f"{name}.csv")


def _name_everything(compared: Comparison, names: dict[str, str], texts: dict[str, str]) -> dict[str, pl.DataFrame]:
    """The tables with names of channels and holders, and rules in words, beside their ids."""
    old, new = (_name(f"{side}_holder", names).alias(f"{side}_name") for side in ("old", "new"))
    return {
        "channels": compared.channels.select(_name("channel_id", names).alias("channel"), pl.all()),
        "agents": compared.agents.select(_name("holder", names).alias("name"), pl.all()),
        "moves": compared.moves.select(old, new, pl.all()),
        "rules": compared.rules.select(_name("rule_id", texts).alias("rule"), pl.all()),
        "leads": compared.leads.select("lead_id", "captured_at", "change", old, new, pl.all().exclude(_FIRST)),
    }


def _name(column: str, names: dict[str, str]) -> pl.Expr:
    return pl.col(column).replace(names)


def _moment(moment: datetime | None, otherwise: str) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else otherwise
