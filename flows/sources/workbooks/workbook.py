"""Workbooks: read in a process of their own, their messages turned into items."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from flows.settings import Limits
from flows.sources.file_types import FileType
from flows.sources.items import Item, Rows, Source
from flows.sources.messages import Batch, Message, Refusal, SheetRead
from schemas.errors import SourceError
from schemas.vocabulary import ProblemCode

__all__ = ["open_workbook"]

_GRACE_SECONDS = 10  # the process ends itself by processor time; the clock is for one that hangs


def open_workbook(path: Path, file_type: FileType, limits: Limits) -> Source:
    """Open an .xlsx, .xlsm or .xls by what its content is.

    The items raise SourceError: `encrypted`, `too_large`, `unreadable`, or `empty_file` when no sheet holds a cell.
    """
    return Source(file_type.value, None, _read_items(path, file_type, limits))


def _read_items(path: Path, file_type: FileType, limits: Limits) -> Iterator[Item]:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "messages.jsonl"
        _run(path, file_type, out, limits)
        sheets = 0
        decode = msgspec.json.Decoder(Message).decode
        with out.open("rb") as lines:
            for line in lines:
                message = decode(line)
                if isinstance(message, Refusal):
                    raise SourceError(message.code, message.reason, where=path.name, todo=message.todo)
                sheets += isinstance(message, SheetRead)
                yield Rows.of(message) if isinstance(message, Batch) else message
    if not sheets:
        todo = "export it again, or delete it"
        raise SourceError(ProblemCode.EMPTY_FILE, "no sheet of the workbook holds a cell", where=path.name, todo=todo)


def _run(path: Path, file_type: FileType, out: Path, limits: Limits) -> None:
    """Let the process read the file; raises SourceError when it does not come to an end."""
    most_bytes, unpacked_bytes = int(limits.reader_memory_gb * 2**30), limits.file_mb << 20
    numbers = [str(number) for number in (most_bytes, limits.reader_seconds, unpacked_bytes)]
    module = "flows.sources.workbooks.process"
    command = [sys.executable, "-P", "-m", module, str(path), file_type.value, str(out), *numbers]
    todo = "copy the table alone into a new workbook and save that as .xlsx"
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "TMPDIR": str(out.parent)},  # what a killed process leaves goes with the folder
            timeout=limits.reader_seconds + _GRACE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        what = f"reading the workbook took longer than {limits.reader_seconds} seconds"
        raise SourceError(ProblemCode.TOO_LARGE, what, where=path.name, todo=todo) from None
    if done.returncode:
        what = "the workbook brought its reader down: it is damaged, or far larger than it looks"
        raise SourceError(ProblemCode.UNREADABLE, what, where=path.name, todo=todo)
