"""Files that a command is to write: whether that can be, before any work is done."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import typer

__all__ = ["check_output", "spare_inputs"]


def check_output(path: Path | None) -> Path | None:
    """The file to write: a link's is the one that it leads to, since what is written takes the place of a name.

    Raises:
        BadParameter: its folder does not exist, or it is a folder itself, or a device such as /dev/stdout.
    """
    if path is None:
        return None
    if path.is_dir():
        raise typer.BadParameter(f"{path} is a folder; give the name of a file")
    if path.exists() and not path.is_file():
        raise typer.BadParameter(f"{path} is a device or a pipe; give the name of a file")
    if not path.absolute().parent.is_dir():
        raise typer.BadParameter(f"there is no folder {path.parent}")
    return path.resolve() if path.is_symlink() else path


def spare_inputs(inputs: Iterable[Path | None], outputs: Iterable[Path]) -> None:
    """Refuse to write over what a command reads: somebody's only copy, perhaps.

    Raises:
        BadParameter: one of the outputs is one of the inputs, by whatever name.
    """
    read = [path for path in inputs if path is not None and path.exists()]
    for output in outputs:
        if output.exists() and any(output.samefile(path) for path in read):
            raise typer.BadParameter(f"{output} is what is read; give another name", param_hint="'-o' / '--output'")
