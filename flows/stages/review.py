"""Decisions of a review file -> raw.judgements."""

from __future__ import annotations

from pathlib import Path

from flows.runs import Counts, Run
from flows.settings import Limits
from flows.sources.tables import read_table
from flows.stages.judge import read_contacts, read_said
from flows.store import Store
from schemas.errors import PipelineError
from schemas.tables import RAW_JUDGEMENTS
from transforms.matching.review import Checked, check_decisions, read_decisions
from transforms.matching.unmerging import Author

__all__ = ["check_review", "take_review"]

_SHOWN = 20  # problems of a file that are told; a person mends the first and tries again


def take_review(run: Run, path: str, judged_by: str | None) -> Counts:
    """Write down what a person decided; a decision that says what is known already is not written again.

    Returns:
        `judgements_new`, `judgements_known`.

    Raises:
        PipelineError: a decision cannot be taken; then none is.
    """
    author = Author(judged_by, run.clock, run.run_sequence, "review", Path(path).name)
    with run.store() as store, store.transaction():
        checked = check_review(store, Path(path), run.settings.limits, author)
        return {"judgements_new": store.append(RAW_JUDGEMENTS, checked.rows), "judgements_known": checked.known_count}


def check_review(store: Store, path: Path, limits: Limits, author: Author) -> Checked:
    """The decisions of a file beside what was judged before.

    Raises:
        PipelineError: a decision cannot be taken.
    """
    table = read_table(path, limits)
    decisions, problems = read_decisions(table.header, table.rows)
    if not problems:
        checked = check_decisions(decisions, read_said(store), read_contacts(store), author)
        problems = checked.problems
    if problems:
        more = [f"and {len(problems) - _SHOWN:,} more"] if len(problems) > _SHOWN else []
        told = "\n  ".join([*problems[:_SHOWN], *more])
        raise PipelineError(f"nothing was applied:\n  {told}", where=path.name)
    return checked
