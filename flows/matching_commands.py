"""The commands of duplicates: decide the uncertain ones, take a merge back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.homes import warehouse_of
from flows.import_commands import DEFAULT_HOME, Home, Mapping
from flows.outputs import check_output, spare_inputs

__all__ = ["matching_app", "review_app"]

matching_app = typer.Typer()
review_app = typer.Typer(
    help="Uncertain duplicates: write them to a workbook, take what was decided there.", no_args_is_help=True
)

By = Annotated[
    str | None, typer.Option(help="Who decides. Default: the name you are logged in with.", show_default=False)
]


@review_app.command()
def export(
    output: Annotated[
        Path, typer.Option("-o", "--output", callback=check_output, help="FILE.xlsx or FILE.csv to write.")
    ],
    home: Home = DEFAULT_HOME,
    unsure: Annotated[bool, typer.Option("--unsure", help="Ask again about pairs that were judged unsure.")] = False,
) -> None:
    """Write the uncertain duplicates, one cluster below the other, with a column to decide in.

    Each row asks whether its contact is the same person as the one it is compared with: same, different, unsure, or
    blank for later.

    Example: leadpipe review export -o review.xlsx --home data/demo
    """
    from flows.console import print_lines
    from flows.review import write_review

    clusters, decisions = write_review(home, output, unsure)
    if not decisions:
        print_lines(["No duplicates wait for a decision; nothing written."])
        return
    done = f"{clusters:,} clusters with {decisions:,} pairs to decide are written to {output}."
    print_lines([done, f"Fill in the column decision, then: leadpipe review apply {output} --home {home}"])


@review_app.command(name="apply")
def apply_decisions(
    file: Annotated[Path, typer.Argument(help="A review file with decisions in it.", exists=True, dir_okay=False)],
    home: Home = DEFAULT_HOME,
    by: By = None,
) -> None:
    """Take the decisions of a review file and publish. If one of them cannot be taken, none is.

    Decisions outlive every run and rebuild; the same file again changes nothing.

    Example: leadpipe review apply review.xlsx --home data/demo
    """
    from flows.console import print_lines
    from flows.launch import run_flow
    from flows.review import count_decisions

    new, known = count_decisions(home, file)
    if not new:
        print_lines([f"No new decisions in {file.name}, {known:,} known already; nothing changed."])
        return
    report = run_flow("review", str(home), str(file.absolute()), by or _user())
    taken, counts = report["take_review"], report["cluster"]
    print_lines(
        [
            f"{taken['judgements_new']:,} decisions taken, {taken['judgements_known']:,} were known already.",
            f"Now {counts['clusters_merged']:,} clusters are merged, {counts['clusters_review']:,} wait for a person.",
        ]
    )


@matching_app.command()
def dedupe(
    file: Annotated[Path, typer.Argument(help="A contact file, wherever it is.", exists=True, dir_okay=False)],
    output: Annotated[
        Path,
        typer.Option("-o", "--output", callback=check_output, help="FILE.csv, FILE.xlsx or FILE.parquet to write."),
    ],
    mapping: Mapping = None,
) -> None:
    """Find the duplicates in one file, without a warehouse: its rows as they are, with a cluster_id, and the pairs.

    Columns that nothing is known of are compared as they are; a mapping may name them instead.

    Example: leadpipe dedupe ~/Downloads/contacts.csv -o deduplicated.csv
    """
    from flows.console import print_lines
    from flows.dedupe import dedupe_file
    from flows.dedupe_output import check_output, list_written, write_deduplicated
    from flows.sources.side_texts import compose_side_text

    check_output(output)
    spare_inputs([file, mapping], list_written(output))
    found = dedupe_file(file, compose_side_text(file, mapping, None, None, []))
    written = write_deduplicated(found, output)
    print_lines([*found.told, f"Written: {', '.join(map(str, written))}."])


@matching_app.command()
def model(
    action: Annotated[
        str | None, typer.Argument(metavar="[keep|release]", help="Keep the model, or release the one that is kept.")
    ] = None,
    home: Home = DEFAULT_HOME,
    whole: Annotated[bool, typer.Option("--all", help="Show also the levels that hardly a pair here has.")] = False,
    by: By = None,
) -> None:
    """Show what matching learned from the contacts: what each level of agreement says, and how rare matches are.

    Runs of a small book learn it anew and match all contacts; a large one keeps it by itself for a while. `keep` has
    the runs that follow go by it as it is, so that they match what is new or changed; `release` takes that back.

    Example: leadpipe model --home data/demo
    """
    from flows.console import print_frame, print_lines
    from flows.launch import run_flow
    from flows.model_report import read_kept_lines, read_model

    if action is not None:
        if action not in ("keep", "release"):
            raise typer.BadParameter("expected keep or release, or nothing to show the model")
        _check_decision(home, action)
        run_flow("model", str(home), action, by or _user())
        print_lines(read_kept_lines(home))
        return
    found = read_model(home, whole)
    print_lines(found.lines)
    print_frame(found.levels, "levels of agreement: m of one person's pairs, u of strangers', weight in bits")
    print_frame(found.rules, "blocking rules")


@matching_app.command()
def unmerge(
    contact: Annotated[
        str, typer.Argument(metavar="ID", help="Id, or its first 8 characters, of a merged contact or cluster.")
    ],
    home: Home = DEFAULT_HOME,
    by: By = None,
) -> None:
    """Take a merge back, exactly: published as if it had never been, with what was edited since.

    The id of a contact that was merged into another takes that one out, with what was merged into it by request; the
    id of the contact that stands for them, or of the cluster, takes all of them apart.

    Example: leadpipe unmerge 2eacd56e --home data/demo
    """
    from flows.console import print_lines
    from flows.launch import run_flow
    from flows.unmerge import describe_unmerge, find_merged

    merged = find_merged(home, contact)
    report = run_flow("unmerge", str(home), merged.contact_id, by or _user())
    print_lines(describe_unmerge(home, merged, report["unmerge"]))


def _check_decision(home: Path, action: str) -> None:
    """What cannot be done is no failed run, after which everything would be derived anew."""
    from flows.stages.keep_model import check_decision
    from flows.store import open_published

    with open_published(warehouse_of(home)) as store:
        check_decision(store, action)


def _user() -> str:
    from getpass import getuser

    return getuser()
