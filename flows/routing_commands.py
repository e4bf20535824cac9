"""The command line's words for rulebooks: check one before it is deployed, and try it on past leads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.import_commands import DEFAULT_HOME, Home

__all__ = ["routing_app"]

routing_app = typer.Typer()

_SHOWN = 20  # rows of each table on the terminal


@routing_app.command()
def lint(
    rules: Annotated[Path, typer.Argument(metavar="RULES.json", help="A rulebook file.", exists=True, dir_okay=False)],
    home: Annotated[
        Path | None,
        typer.Option(help="Warehouse with the directory, groups and leads to look at beside it.", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 on warnings, too.")] = False,
) -> None:
    """Prove what is wrong with a rulebook before it is deployed: exit 1 on errors, 0 without.

    Contradictions, rules that can never win, whatever the leads are, values nobody gets to, ties, defaults that are
    not last, unknown fields, targets that cannot be given leads; with --home also rules that win none of the leads.

    Example: leadpipe lint new_rules.json --home data/demo --strict
    """
    import json

    from flows.console import print_frame, print_lines
    from flows.rulebook_check import check_rulebook
    from schemas.vocabulary import Severity

    checked = check_rulebook(rules, home)
    if as_json:
        typer.echo(json.dumps(checked.document(), ensure_ascii=False, indent=2))
    else:
        if checked.findings.height:
            print_frame(checked.findings.select("severity", "code", "finding", "what_to_do"))
        print_lines(checked.lines())
    if checked.count(Severity.ERROR) or (strict and checked.count(Severity.WARNING)):
        raise typer.Exit(1)


@routing_app.command()
def backtest(
    rules: Annotated[Path, typer.Option(help="The rulebook file to try.", exists=True, dir_okay=False)],
    since: Annotated[
        str | None, typer.Option(help="First moment looked at, ISO. Default: the first lead.", show_default=False)
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="First moment not looked at, ISO. Default: after all.", show_default=False)
    ] = None,
    home: Home = DEFAULT_HOME,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Folder for the tables and a page.", show_default=False)
    ] = None,
) -> None:
    """Show what a rulebook would have done with past leads: per channel, agent, rule and lead; nothing is changed.

    Example: leadpipe backtest --rules new_rules.json --since 2026-07-01 --until 2026-10-01 -o backtest --home data/demo
    """
    from flows.backtest import backtest_rulebook, write_backtest
    from flows.console import print_frame, print_lines
    from flows.runs import parse_clock

    start, end = (
        parse_clock(text, option) if text else None for text, option in ((since, "--since"), (until, "--until"))
    )
    if start is not None and end is not None and start >= end:
        raise typer.BadParameter("--since must be before --until, or there is nothing to look at")
    result = backtest_rulebook(rules, home, start, end)
    for name in ("channels", "agents", "moves", "rules"):
        table = result.show(name)
        print_frame(table.head(_SHOWN), f"{name} (the first {_SHOWN})" if table.height > _SHOWN else name)
    print_lines([", ".join(f"{count:,} {name}" for name, count in result.totals.items()) + "."])
    if output is not None:
        write_backtest(result, output)
        print_lines([f"Written: {output / 'backtest.html'} and its tables as CSV and Parquet."])
