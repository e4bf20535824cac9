"""The commands of imports: try one, take it, mend what was rejected, take it back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.homes import warehouse_of
from flows.outputs import check_output, spare_inputs

__all__ = ["DEFAULT_HOME", "Home", "import_app"]

import_app = typer.Typer()

Home = Annotated[Path, typer.Option(help="Folder of the warehouse, settings.toml and published files.")]
DEFAULT_HOME = Path("data")
Files = Annotated[list[Path], typer.Argument(help="Contact files, wherever they are.", exists=True, dir_okay=False)]
Mapping = Annotated[
    Path | None,
    typer.Option(
        help="Side file with the mappings, as `leadpipe map` writes it.", exists=True, dir_okay=False,
        show_default=False,
    ),
]  # fmt: skip
Owner = Annotated[str | None, typer.Option(help="Id of the user who owns the contacts.", show_default=False)]
Brand = Annotated[str | None, typer.Option(help="Id of their brand.", show_default=False)]
Tags = Annotated[list[str] | None, typer.Option("--tag", help="Tag that all of them get; may be repeated.")]
Import = Annotated[
    str, typer.Argument(metavar="IMPORT", help="Import id, or its first 8 characters, or the name of its file.")
]


@import_app.command(name="import")
def import_files(
    files: Files,
    home: Home = DEFAULT_HOME,
    mapping: Mapping = None,
    owner: Owner = None,
    brand: Brand = None,
    tag: Tags = None,
    now: Annotated[str | None, typer.Option(help="Clock of the run, ISO. Default: the time it is.")] = None,
) -> None:
    """Take contact files from anywhere, publish, and show what became of their rows and cells.

    Example: leadpipe import ~/Downloads/contacts.csv --tag Newsletter --home data/demo
    """
    from flows.console import print_lines
    from flows.imports import describe_import
    from flows.launch import run_flow
    from flows.sources.inbox import identify, name_contact_file
    from flows.sources.side_texts import compose_side_text
    from flows.store import open_published

    sides = [compose_side_text(path, mapping, owner, brand, tag or []) for path in files]
    report = run_flow("imports", str(home), [str(path.absolute()) for path in files], sides, now)
    with open_published(warehouse_of(home)) as store:
        for path in files:
            file_id = identify(name_contact_file(path))[1].file_id
            print_lines([*describe_import(store, file_id), ""])
    if "publish" not in report:
        print_lines(["Nothing new: the published tables are as they were."])


@import_app.command()
def undo(name: Import, home: Home = DEFAULT_HOME) -> None:
    """Take back an import: the published tables become what they would be had its file never come.

    The file's rows stay in raw; `leadpipe import` of the same file brings them back.

    Example: leadpipe undo 8c6cd0bc --home data/demo
    """
    from flows.console import print_lines
    from flows.imports import find_import
    from flows.launch import run_flow
    from flows.undo_report import compare_published, read_published

    found = find_import(home, name)
    if found.is_undone:
        print_lines([f"{found.file} (import {found.short_id}) was undone before; nothing changed."])
        return
    before = read_published(home, found.file_id)
    run_flow("undo", str(home), found.file_id)
    print_lines([f"{found.file} (import {found.short_id}) is undone:", *compare_published(home, before)])


@import_app.command()
def check(
    files: Files,
    home: Home = DEFAULT_HOME,
    mapping: Mapping = None,
    owner: Owner = None,
    brand: Brand = None,
    tag: Tags = None,
) -> None:
    """Show what an import would do, without writing anything: mapping, counts, what would be rejected.

    Example: leadpipe check ~/Downloads/contacts.csv --home data/demo
    """
    from flows.console import print_lines
    from flows.sources.side_texts import compose_side_text
    from flows.trial import check_file

    for path in files:
        side_text = compose_side_text(path, mapping, owner, brand, tag or [])
        print_lines([*check_file(home, path, side_text), ""])


@import_app.command(name="map")
def map_columns(
    file: Annotated[Path, typer.Argument(help="A contact file, wherever it is.", exists=True, dir_okay=False)],
    home: Home = DEFAULT_HOME,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", callback=check_output, help="Write the mapping there.", show_default=False),
    ] = None,
) -> None:
    """Show how the columns of a file are mapped, and save it as a side file to edit and give to `leadpipe import`.

    Example: leadpipe map ~/Downloads/contacts.csv -o mapping.json --home data/demo
    """
    import json

    from flows.console import print_lines
    from flows.trial import map_file

    spare_inputs([file], [output] if output else [])
    lines, document = map_file(home, file)
    text = json.dumps(document, ensure_ascii=False, indent=2)
    if output is None:
        print_lines([text])
        return
    output.write_text(text + "\n", encoding="utf-8")
    print_lines([*lines, "", f"Written: {output}. Edit it, then: leadpipe import {file.name} --mapping {output.name}"])


@import_app.command()
def rejects(
    name: Import,
    output: Annotated[
        Path, typer.Option("-o", "--output", callback=check_output, help="FILE.csv or FILE.xlsx to write.")
    ],
    home: Home = DEFAULT_HOME,
) -> None:
    """Write the rejected rows of an import in the layout of its file, with reasons, to be mended and imported.

    Example: leadpipe rejects contacts.csv -o rejects.csv --home data/demo
    """
    from flows.console import print_lines
    from flows.imports import find_import
    from flows.rejects import write_rejects
    from flows.sources.inbox import identify, name_contact_file

    found = find_import(home, name)
    if output.exists() and identify(name_contact_file(output))[1].file_id == found.file_id:
        raise typer.BadParameter(f"{output} is the file itself; give another name", param_hint="'-o' / '--output'")
    count = write_rejects(home, found, output)
    if count:
        print_lines([f"{count:,} rows written to {output}. Mend them, then: leadpipe import {output.name}"])
    else:
        print_lines([f"{found.file} (import {found.short_id}) has no rejected rows; nothing written."])
