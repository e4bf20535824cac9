"""Files that a command is to write: whether that can be, before any work is done."""

from __future__ import annotations

from pathlib import Path

import typer

__all__ = ["check_output"]


def check_output(path: Path | None) -> Path | None:
    """The file to write, as given.

    Raises:
        BadParameter: its folder does not exist, or it is a folder itself.
    """
    if path is not None and path.is_dir():
        raise typer.BadParameter(f"{path} is a folder; give the name of a file")
    if path is not None and not path.absolute().parent.is_dir():
        raise typer.BadParameter(f"there is no folder {path.parent}")
    return path
