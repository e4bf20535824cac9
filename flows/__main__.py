"""The command line: thin. Heavy things are imported by the command that needs them."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Annotated

import typer

from flows.homes import database_of, published_of
from flows.import_commands import DEFAULT_HOME, Home, import_app
from flows.matching_commands import matching_app, review_app
from flows.outputs import check_output
from flows.routing_commands import routing_app

__all__ = ["main"]

_FULL = "no space left on device"

app = typer.Typer(
    name="leadpipe",
    help="Lead payloads, contact files and rulebooks in; contacts, assignments, duplicates and reasons out, as tables.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
explain_app = typer.Typer(
    help="Why a lead went where it went, what a contact is made of, why two contacts are one or not.",
    no_args_is_help=True,
)
app.add_typer(explain_app, name="explain")

Inbox = Annotated[Path | None, typer.Option(help="Folder of the inputs. Default: HOME/inbox.", show_default=False)]


@app.command()
def run(
    home: Home = DEFAULT_HOME,
    inbox: Inbox = None,
    now: Annotated[str | None, typer.Option(help="Clock of the run, ISO. Default: the time it is.")] = None,
    examples: Annotated[int, typer.Option(help="Show so many example rows at the end.", min=0)] = 0,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 if new rows are in quarantine.")] = False,
) -> None:
    """Take everything new in the inbox and publish.

    Example: leadpipe run --home data/demo --inbox data/samples/inbox
    """
    from flows.console import print_report
    from flows.launch import run_flow

    report = run_flow("everything", str(home), str(inbox) if inbox else None, now)
    print_report(report, home, examples)
    if strict and report["count_quarantined"]["rows_new"]:
        raise typer.Exit(1)


@app.command()
def rebuild(home: Home = DEFAULT_HOME) -> None:
    """Forget every table but the raw inputs, derive all of them again, and publish.

    Example: leadpipe rebuild --home data/demo
    """
    from flows.console import print_report
    from flows.launch import run_flow

    print_report(run_flow("rebuild", str(home)), home, 0)


@app.command()
def replay(
    as_of: Annotated[str | None, typer.Option(help="ISO date (its end) or time. Default: now.")] = None,
    home: Home = DEFAULT_HOME,
) -> None:
    """Derive the decisions again from what was known at a time; compare them with those of then and of now.

    Exit 1 if one differs from what was decided then.

    Example: leadpipe replay --as-of 2026-07-02 --home data/demo
    """
    from flows.console import print_lines
    from flows.replay import describe_replay
    from flows.replay import replay as derive_again

    found = derive_again(home, as_of)
    print_lines(describe_replay(found))
    if not found.unlike.is_empty():
        raise typer.Exit(1)


@app.command()
def status(home: Home = DEFAULT_HOME) -> None:
    """Show the last runs, the published tables with their digests, and what is in quarantine.

    Example: leadpipe status --home data/demo
    """
    from flows.console import print_lines
    from flows.status import read_status

    print_lines(read_status(home))


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="A SELECT over the published tables; read-only.")],
    home: Home = DEFAULT_HOME,
) -> None:
    """Ask the published file, as an analyst would with any DuckDB client.

    Example: leadpipe query "SELECT code, count(*) FROM quarantine GROUP BY code" --home data/demo
    """
    from flows.console import print_frame
    from flows.store import open_published

    with open_published(database_of(home)) as store:
        print_frame(store.query(sql))


@app.command(name="filter")
def filter_contacts(
    spec: Annotated[str, typer.Argument(help="A filter as documented for POST /contacts/filter, JSON.")],
    home: Home = DEFAULT_HOME,
) -> None:
    """List the published contacts that satisfy a documented filter.

    Example: leadpipe filter '{"filter": [{"attribute_type": "tag", "value": "New"}]}' --home data/demo
    """
    import json

    from flows.console import print_frame
    from flows.segments import filter_published
    from flows.settings import load_settings

    try:
        asked = json.loads(spec)
    except json.JSONDecodeError as error:
        raise typer.BadParameter(f"not valid JSON: {error}") from None
    if not isinstance(asked, dict):
        raise typer.BadParameter('expected an object such as {"filter": [...]}')
    found = filter_published(published_of(home), asked, load_settings(home).region)
    print_frame(found.select("id", "display_name", "emails", "phone_numbers", "tags"))


@app.command()
def export(
    shape: Annotated[
        str,
        typer.Option(
            "--shape",
            help="contact, attribute, summary, lead, lead-summary, duplicates, flat, channel, rule, group, tag or"
            " attribute-def.",
        ),
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", callback=check_output, help="File to write, one JSON object a line.")
    ],
    home: Home = DEFAULT_HOME,
) -> None:
    """Write what is published as the objects that the API documents show.

    Example: leadpipe export --shape contact -o contacts.jsonl --home data/demo
    """
    from flows.export import export_shape

    count = export_shape(published_of(home), shape, output)
    typer.echo(f"{count:,} lines of shape {shape} in {output}")


@explain_app.command()
def lead(
    lead_id: Annotated[str, typer.Argument(help="Lead id, or its first 8 characters.")], home: Home = DEFAULT_HOME
) -> None:
    """Show the decision on a lead, and every rule with yes or its first failing condition.

    Example: leadpipe explain lead 8c6cd0bc --home data/demo
    """
    from flows.console import print_lines
    from flows.explain_lead import explain_lead

    print_lines(explain_lead(home, lead_id))


@explain_app.command()
def contact(
    contact_id: Annotated[str, typer.Argument(help="Contact id, or its first 8 characters.")],
    home: Home = DEFAULT_HOME,
) -> None:
    """Show what a contact was merged from, and the cell that every value came from.

    Example: leadpipe explain contact 2eacd56e --home data/demo
    """
    from flows.console import print_lines
    from flows.explain import explain_contact

    print_lines(explain_contact(home, contact_id))


@explain_app.command()
def pair(
    contact_a: Annotated[str, typer.Argument(help="Contact id, or its first 8 characters.")],
    contact_b: Annotated[str, typer.Argument(help="The other contact.")],
    home: Home = DEFAULT_HOME,
) -> None:
    """Show how alike two contacts are, field by field, and what was decided.

    Example: leadpipe explain pair 2eacd56e 1b7bebb4 --home data/demo
    """
    from flows.console import print_lines
    from flows.explain import explain_pair

    print_lines(explain_pair(home, contact_a, contact_b))


for commands in (import_app, routing_app, matching_app):
    app.registered_commands += commands.registered_commands
app.add_typer(review_app, name="review")


def main() -> None:
    """Run the command line: 0 done, 1 done but with findings to act on, 2 wrong use, 3 failed."""
    # what is imported stays: to look for garbage among it, again and again, takes a tenth of the time of importing
    gc.set_threshold(100_000, *gc.get_threshold()[1:])
    from schemas.errors import PipelineError

    try:
        app()
    except PipelineError as error:
        _fail(str(error))
    except KeyboardInterrupt:
        _fail("stopped; nothing half-done was kept, run it again to go on")
    except BrokenPipeError:
        sys.stderr.close()  # the reader of a pipe went away, as `| head` does
    except Exception as error:  # whatever it is, people get a sentence and a file, not a traceback
        _fail(_tell(error))


def _fail(message: str) -> None:
    typer.echo(f"leadpipe: {message}", err=True)
    raise SystemExit(3)


def _tell(error: Exception) -> str:
    """A sentence on what nobody foresaw: a disk, a file of the system's, else a fault of ours."""
    if _FULL in str(error).lower():  # DuckDB has no error of its own for it
        return "there is no space left on the disk; nothing half-done was kept: make room and run it again"
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror.lower()}"
    return f"unexpected {type(error).__name__}, a fault of leadpipe; details for its developers: {_keep(error)}"


def _keep(error: Exception) -> Path:
    """Write the traceback where only the user can read it."""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="leadpipe-", suffix=".log", delete=False) as log:
        log.write("".join(traceback.format_exception(error)))
    return Path(log.name)


if __name__ == "__main__":
    main()
