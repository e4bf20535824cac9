"""The flows as Prefect runs them, each stage a task: the only file that imports it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prefect import flow, task

from flows import pipeline
from flows.runs import Counts

__all__ = ["backfill", "everything", "imports", "leads", "model", "rebuild", "review", "undo", "unmerge"]


def _call_task(stage: Callable[..., Counts], *arguments: object) -> Counts:
    counts: Counts = task(stage)(*arguments)
    return counts


@contextmanager
def _as_tasks() -> Iterator[None]:
    """Stages are tasks, for as long as the with-block lasts."""
    token = pipeline.stage_caller.set(_call_task)
    try:
        yield
    finally:
        pipeline.stage_caller.reset(token)


@flow(name="everything")
def everything(home: str, inbox: str | None = None, now: str | None = None) -> dict[str, Counts]:
    """Take everything new in the inbox and publish."""
    with _as_tasks():
        return pipeline.everything(home, inbox, now)


@flow(name="leads")
def leads(home: str, inbox: str | None = None, now: str | None = None) -> dict[str, Counts]:
    """Take new leads, with the directory and rulebooks they need, and publish."""
    with _as_tasks():
        return pipeline.leads(home, inbox, now)


@flow(name="backfill")
def backfill(home: str, inbox: str, now: str | None = None) -> dict[str, Counts]:
    """Take an old export from a folder of its own, as of a given time, and publish."""
    with _as_tasks():
        return pipeline.backfill(home, inbox, now)


@flow(name="imports")
def imports(home: str, files: list[str], side_texts: list[str | None], now: str | None = None) -> dict[str, Counts]:
    """Take contact files from anywhere, each with the text of its side file, and publish."""
    with _as_tasks():
        return pipeline.imports(home, files, side_texts, now)


@flow(name="undo")
def undo(home: str, file_id: str) -> dict[str, Counts]:
    """Take back an import, and publish as if its file had never come."""
    with _as_tasks():
        return pipeline.undo(home, file_id)


@flow(name="review")
def review(home: str, file: str, judged_by: str | None) -> dict[str, Counts]:
    """Take a person's decisions on uncertain duplicates, and publish."""
    with _as_tasks():
        return pipeline.review(home, file, judged_by)


@flow(name="unmerge")
def unmerge(home: str, contact_id: str, judged_by: str | None) -> dict[str, Counts]:
    """Take a merge back, and publish as if it had never been."""
    with _as_tasks():
        return pipeline.unmerge(home, contact_id, judged_by)


@flow(name="model")
def model(home: str, action: str, decided_by: str | None) -> dict[str, Counts]:
    """Keep the matching model that the last run estimated, or release the one that is kept, and publish."""
    with _as_tasks():
        return pipeline.model(home, action, decided_by)


@flow(name="rebuild")
def rebuild(home: str) -> dict[str, Counts]:
    """Forget every table but raw, derive all of them again, and publish."""
    with _as_tasks():
        return pipeline.rebuild(home)
