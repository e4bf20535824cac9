"""The command line's words for rulebooks: check one before it is deployed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["routing_app"]

routing_app = typer.Typer()


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
