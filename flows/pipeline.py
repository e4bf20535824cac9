"""The page: the flows, in the order of the README's diagram. `flows.deployed` is what Prefect runs of them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from pathlib import Path

from flows import quarantine, stages
from flows.publish import publish as publish_marts
from flows.runs import Counts, Run, start_run
from schemas.vocabulary import Folder

__all__ = [
    "backfill", "everything", "imports", "leads", "model", "rebuild", "review", "stage_caller", "undo", "unmerge",
]  # fmt: skip

_log = logging.getLogger(__name__)

#: What calls a stage: a task on a Prefect server, else nothing. An ephemeral server costs 10 to 16 seconds a run, and
#: importing Prefect as much as a small run.
stage_caller: ContextVar[Callable[..., Counts] | None] = ContextVar("stage_caller", default=None)


def _box(stage: Callable[..., Counts]) -> Callable[..., Counts]:
    """A stage as a box of the diagram: what it reports is kept."""

    @wraps(stage)
    def box(run: Run, *arguments: object) -> Counts:
        started = time.perf_counter()
        _log.info("%s", stage.__name__)
        call = stage_caller.get()
        counts = call(stage, run, *arguments) if call else stage(run, *arguments)
        run.record(stage.__name__, counts, time.perf_counter() - started)
        return counts

    return box


ingest = _box(stages.ingest)
ingest_files = _box(stages.ingest_files)
withdraw = _box(stages.withdraw)
take_review = _box(stages.take_review)
take_apart = _box(stages.unmerge)
decide_model = _box(stages.decide_model)
stage_directory = _box(stages.stage_directory)
stage_rulebooks = _box(stages.stage_rulebooks)
stage_contacts = _box(stages.stage_contacts)
read_requests = _box(stages.read_requests)
stage_requests = _box(stages.stage_requests)
stage_leads = _box(stages.stage_leads)
build_contacts = _box(stages.build_contacts)
route = _box(stages.route)
reassign = _box(stages.reassign)
prove_routing = _box(stages.prove_routing)
judge = _box(stages.judge)
block = _box(stages.block)
compare = _box(stages.compare)
cluster = _box(stages.cluster)
build_marts = _box(stages.build_marts)
fill_segments = _box(stages.fill_segments)
publish = _box(publish_marts)
keep_model = _box(stages.keep_model)
count_quarantined = _box(quarantine.count_quarantined)


def _derive(run: Run) -> None:
    """Everything after raw, each table a pure function of those before it."""
    stage_directory(run)
    read_requests(run)
    stage_contacts(run)
    stage_requests(run)
    stage_rulebooks(run)
    stage_leads(run)
    build_contacts(run)
    route(run)
    reassign(run)
    prove_routing(run)
    judge(run)
    block(run)
    compare(run)
    cluster(run)
    build_marts(run)
    fill_segments(run)
    publish(run)
    keep_model(run)


def _take(
    command: str, home: str, inbox: str | None, now: str | None, bring: Callable[[Run], int]
) -> dict[str, Counts]:
    """A run that derives anew what raw says, if `bring` changed what it says."""
    with start_run(command, Path(home), Path(inbox) if inbox else None, now) as run:
        changes = bring(run)
        if not stages.is_current(run):
            stages.forget_derived(run)
            _derive(run)
        elif changes or stages.is_due(run):
            _derive(run)
        count_quarantined(run)
        return run.report


def _from_inbox(*folders: Folder) -> Callable[[Run], int]:
    return lambda run: ingest(run, folders)["files_new"]


def everything(home: str, inbox: str | None = None, now: str | None = None) -> dict[str, Counts]:
    """Take everything new in the inbox and publish."""
    return _take("run", home, inbox, now, _from_inbox(*Folder))


def leads(home: str, inbox: str | None = None, now: str | None = None) -> dict[str, Counts]:
    """Take new leads, with the directory and rulebooks they need, and publish."""
    return _take("leads", home, inbox, now, _from_inbox(Folder.DIRECTORY, Folder.ROUTING, Folder.LEADS))


def backfill(home: str, inbox: str, now: str | None = None) -> dict[str, Counts]:
    """Take an old export from a folder of its own, as of a given time, and publish."""
    return _take("backfill", home, inbox, now, _from_inbox(*Folder))


def imports(home: str, files: list[str], side_texts: list[str | None], now: str | None = None) -> dict[str, Counts]:
    """Take contact files from anywhere, each with the text of its side file, and publish."""
    return _take("import", home, None, now, lambda run: ingest_files(run, files, side_texts)["files_new"])


def undo(home: str, file_id: str) -> dict[str, Counts]:
    """Take back an import, and publish as if its file had never come."""
    return _take("undo", home, None, None, lambda run: withdraw(run, file_id)["imports_undone"])


def review(home: str, file: str, judged_by: str | None) -> dict[str, Counts]:
    """Take a person's decisions on uncertain duplicates, and publish."""
    return _take("review", home, None, None, lambda run: take_review(run, file, judged_by)["judgements_new"])


def unmerge(home: str, contact_id: str, judged_by: str | None) -> dict[str, Counts]:
    """Take a merge back, and publish as if it had never been."""
    return _take("unmerge", home, None, None, lambda run: sum(take_apart(run, contact_id, judged_by).values()))


def model(home: str, action: str, decided_by: str | None) -> dict[str, Counts]:
    """Keep the matching model that the last run estimated, or release the one that is kept, and publish."""
    return _take("model", home, None, None, lambda run: decide_model(run, action, decided_by)["models_decided"])


def rebuild(home: str) -> dict[str, Counts]:
    """Forget every table but raw, derive all of them again, and publish."""
    with start_run("rebuild", Path(home)) as run:
        stages.forget_derived(run)
        _derive(run)
        count_quarantined(run)
        return run.report
