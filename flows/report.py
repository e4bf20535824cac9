"""The report: one page without scripts or outside parts, made of what was just published."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from flows import report_queries as queries
from flows.page import Html, Section, write_page
from flows.report_waterfall import draw_waterfall
from flows.runs import Counts
from flows.store import Store
from schemas.tables import tables_of
from schemas.vocabulary import Layer
from transforms.matching.evidence_text import read_waterfall, tell_evidence

__all__ = ["write_report"]

#: Rows shown of each list; the rest is a query away.
_SHOWN = 20

#: Pairs drawn of each decision.
_EXAMPLES = 3


def write_report(store: Store, stages: Mapping[str, Counts], rows: Mapping[str, int], path: Path) -> None:
    """Write the report of a warehouse whose marts are built.

    Args:
        store: the warehouse.
        stages: what each stage of this run counted, in order.
        rows: name of each mart -> how many rows it has.
        path: the file to write.
    """
    sections = [
        _stages(stages), _assignments(store), _decisions(store), _rules(store), _clusters(store, "merged"),
        _clusters(store, "review"), _examples(store), _files(store), _unmapped(store), _quarantine(store),
        _tables(rows),
    ]  # fmt: skip
    run = queries.read_run(store)
    write_page(
        path,
        title="leadpipe report",
        subtitle=f"Run {run['run_sequence']} ({run['command']}), clock {run['clock']:%Y-%m-%d %H:%M} UTC, "
        f"started {run['started']:%Y-%m-%d %H:%M} UTC. It holds personal data: handle it as the contacts.",
        tiles=queries.read_totals(store),
        sections=sections,
        footer=f"Run {run['run_id']}. Versions: {_versions(run['versions'])}.",
    )


def _stages(stages: Mapping[str, Counts]) -> Section:
    rows = [
        (
            stage.replace("_", " "),
            counts.get("milliseconds", 0) / 1000,
            ", ".join(
                f"{name.replace('_', ' ')} {value:,}" for name, value in counts.items() if name != "milliseconds"
            ),
        )
        for stage, counts in stages.items()
    ]
    return Section("Stages", "What each stage of this run did, in order.", ("stage", "seconds", "counts"), rows)


def _assignments(store: Store) -> Section:
    return Section(
        "Leads by user and group",
        "Who holds how many leads now, and through which group.",
        ("user", "group", "status", "leads"),
        queries.read_assignments(store, _SHOWN),
        "assignments",
    )


def _decisions(store: Store) -> Section:
    return Section(
        "Decisions by outcome",
        "Which step of the precedence settled the leads: named assignee, owner, rule, default rule, brand; "
        "a repeat takes no turn.",
        ("decided by", "status", "leads", "example"),
        queries.read_outcomes(store),
    )


def _rules(store: Store) -> Section:
    rows = [
        (channel, position, _conditions(kind, conditions, is_default), target, wins, invalid)
        for channel, position, kind, conditions, is_default, target, wins, invalid in queries.read_rules(store, _SHOWN)
    ]
    return Section(
        "Top rules",
        "Rules in force by the leads whose first matching rule they are, whatever decided in the end; "
        "those that are off come first.",
        ("channel", "place", "conditions", "target", "leads", "off because"),
        rows,
        "rules",
    )


def _clusters(store: Store, status: str) -> Section:
    merged = status == "merged"
    rows = [
        (members, count, probability, decided_by, tell_evidence(evidence))
        for members, count, probability, decided_by, evidence in queries.read_clusters(store, status, _SHOWN)
    ]
    return Section(
        "Merged duplicates" if merged else "Duplicates to review",
        "Contacts that are one now, with the strongest evidence for it."
        if merged
        else "Contacts that may be one person: leadpipe review export writes them down to be decided.",
        ("contacts", "number", "probability", "decided by", "evidence"),
        rows,
        "duplicate_clusters",
    )


def _examples(store: Store) -> Section:
    rows = [
        (
            (left, right),
            (decision.replace("_", " "), f"probability {probability:.3f}", f"by {decided_by}"),
            Html(draw_waterfall(read_waterfall(probability, decided_by, evidence))),
        )
        for left, right, decision, probability, decided_by, evidence in queries.read_examples(store, _EXAMPLES)
    ]
    return Section(
        "Evidence by example",
        "The merges that were the least sure, the reviews that were the surest, and pairs that were kept apart: what "
        "each comparison adds, in bits; one bit doubles the odds. The first bar is how rare duplicates are, with what "
        "fields that go together would count twice. Of any two contacts: leadpipe explain pair.",
        ("contacts", "decision", "how the evidence adds up"),
        rows,
        "duplicate_pairs",
    )


def _files(store: Store) -> Section:
    return Section(
        "Input files",
        "What became of the rows of every file.",
        ("folder", "file", "outcome", "rows"),
        queries.read_files(store, 5 * _SHOWN),
        "source_rows",
    )


def _unmapped(store: Store) -> Section:
    return Section(
        "Columns not mapped",
        "Filled columns of contact files that no attribute was found for: kept in the raw tables, not imported. "
        "Map them in NAME.import.json beside the file.",
        ("file", "sheet", "column", "cells with a value", "reason"),
        queries.read_unmapped(store, 5 * _SHOWN),
    )


def _quarantine(store: Store) -> Section:
    return Section(
        "Quarantine",
        "Files, rows and cells that could not be used; everything else went on.",
        ("problem", "number", "files", "for example", "what to do"),
        queries.read_problems(store),
        "quarantine",
    )


def _tables(counts: Mapping[str, int]) -> Section:
    rows = [
        (Html(f'<a href="parquet/{table.name}.parquet">{table.name}</a>'), counts[table.name], table.grain)
        for table in tables_of(Layer.MARTS)
    ]
    return Section("Tables", "All in leads.duckdb beside this page, and as Parquet.", ("table", "rows", "grain"), rows)


def _conditions(kind: str, conditions: str, is_default: bool) -> str:
    if is_default:
        return "default rule: always"
    texts = [
        f"{'not ' if condition['negated'] else ''}{condition['field']} {condition['operator']} "
        f"{json.dumps(condition['value'], ensure_ascii=False)}"
        for condition in json.loads(conditions)
    ]
    return f" {kind} ".join(texts) or "no conditions"


def _versions(versions: str) -> str:
    known = json.loads(versions)
    return ", ".join(f"{name} {value}" for name, value in known.items() if isinstance(value, str))
