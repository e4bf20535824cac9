"""One door to every input: the right reader for what a file's content is."""

from __future__ import annotations

import re

from flows.settings import Limits
from flows.sources.delimited.delimited import open_delimited
from flows.sources.file_types import FileType, find_file_type
from flows.sources.inbox import InboxFile
from flows.sources.items import Source
from flows.sources.json.records import open_json
from flows.sources.text import read_given_encoding
from flows.sources.workbooks.workbook import open_workbook
from schemas.errors import SourceError
from schemas.vocabulary import ProblemCode

__all__ = ["open_source"]

_JSON_START = re.compile(rb'\s*(\[\s*)?\{\s*"')


def open_source(file: InboxFile, limits: Limits, side_text: str | None = None) -> Source:
    """Open an inbox file.

    Args:
        file: the file.
        limits: what its reader may take.
        side_text: its side file, which may give the encoding of delimited text.

    Raises:
        SourceError: it cannot be read as a whole; the items of the source may raise it later, too.
    """
    if file.problem:
        raise file.problem
    size = file.path.stat().st_size
    if size > limits.file_mb << 20:
        raise SourceError(
            ProblemCode.TOO_LARGE,
            f"the file has {size >> 20} MB",
            where=file.name,
            expected=f"at most {limits.file_mb} MB",
            todo="split it, or raise limits.file_mb in settings.toml",
        )
    content = find_file_type(file.path)
    is_json = file.path.suffix.lower() in (".json", ".jsonl")
    if is_json and content is FileType.TEXT:
        return open_json(file.path, file.folder)
    if is_json:
        raise _misnamed(file, "a workbook", "name it .xlsx, or .xls if Excel 2003 has written it")
    if content is FileType.TEXT and _JSON_START.match(_head(file)):
        raise _misnamed(file, "JSON", "name it .json")
    if content.is_workbook:
        return open_workbook(file.path, content, limits)
    return open_delimited(file.path, read_given_encoding(side_text))


def _head(file: InboxFile) -> bytes:
    with file.path.open("rb") as stream:
        return stream.read(200).removeprefix(b"\xef\xbb\xbf")


def _misnamed(file: InboxFile, kind: str, todo: str) -> SourceError:
    what = f"the name ends in {file.path.suffix.lower()}, the content is {kind}"
    return SourceError(ProblemCode.WRONG_FILE_TYPE, what, where=file.name, todo=todo)
