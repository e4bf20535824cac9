"""The process that reads one workbook: a crash, a hang or a bomb costs that file only.

Run as `python -m flows.sources.workbooks.process PATH TYPE OUT BYTES SECONDS UNPACKED`; writes messages as lines of
JSON to OUT. Imports neither Polars nor DuckDB, as each workbook pays for what is imported here.
"""

from __future__ import annotations

import gc
import resource
import sys
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import msgspec

from flows.sources.file_types import FileType
from flows.sources.messages import Refusal
from flows.sources.workbooks.grids import read_grids
from flows.sources.workbooks.sheets import sheet_messages
from schemas.errors import SourceError
from schemas.vocabulary import ProblemCode

__all__ = ["main"]

#: What a reader may take: so much for itself, and so much for each byte it reads. Honest workbooks take a third.
_LEAST_BYTES, _TIMES_BYTES = 600 << 20, 40
_LEAST_SECONDS, _SECONDS_PER_MB = 4, 1.5


def main(path: str, file_type: str, out: str, most_bytes: str, seconds: str, unpacked_bytes: str) -> None:
    """Read a workbook under limits of memory and processor time."""
    _limit(_size(Path(path)), int(most_bytes), int(seconds))
    gc.disable()  # millions of cells, no cycles, and a short life
    encode = msgspec.json.Encoder().encode
    with Path(out).open("wb") as file:
        try:
            for grid in read_grids(Path(path), FileType(file_type), int(unpacked_bytes)):
                file.writelines(encode(message) + b"\n" for message in sheet_messages(grid))
        except SourceError as error:
            file.write(encode(Refusal(error.code, error.what, error.todo or "")) + b"\n")
        except (MemoryError, RecursionError):
            todo = "split it, or raise limits.reader_memory_gb in settings.toml"
            file.write(encode(Refusal(ProblemCode.TOO_LARGE, "the workbook does not fit into memory", todo)) + b"\n")


def _limit(size: int, most_bytes: int, most_seconds: int) -> None:
    """Memory and processor time by the size of the content, so that a small file cannot take what a large one may."""
    memory = min(most_bytes, _LEAST_BYTES + _TIMES_BYTES * size)
    seconds = min(most_seconds, int(_LEAST_SECONDS + _SECONDS_PER_MB * size / 2**20))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _size(path: Path) -> int:
    """Bytes of the content, unpacked."""
    try:
        with ZipFile(path) as archive:
            return sum(item.file_size for item in archive.infolist())
    except (BadZipFile, OSError, ValueError):
        return path.stat().st_size


if __name__ == "__main__":
    main(*sys.argv[1:])
