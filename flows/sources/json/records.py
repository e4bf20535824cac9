"""JSON and JSON lines, as records that keep their text.

A record's number is its place in the list, or its physical line in JSON lines (blank lines hold none), from 1.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from flows.sources.items import Item, Records, Source
from flows.sources.json.tables import read_table
from flows.sources.json.texts import find_json_error, require_json, split_list, split_object
from flows.sources.messages import BATCH_ROWS, Fault
from flows.sources.text import find_encoding
from schemas.errors import SourceError
from schemas.vocabulary import Folder, ProblemCode

__all__ = ["open_json"]

_LONGEST_LINE = 16 << 20  # bytes
_WHOLE_DOCUMENTS = frozenset({Folder.DIRECTORY, Folder.ROUTING})

#: Keys under which other products export a list of contacts (Salesforce, Microsoft Graph, Google People …).
_EXPORT_LISTS = ("records", "value", "data", "items", "results", "people", "connections")

#: A record with its number, or why there is none.
Element = tuple[int, str] | Fault


def open_json(path: Path, folder: Folder) -> Source:
    """Open a .json or .jsonl file of any inbox folder.

    A directory or rulebook is one record. Elsewhere a list, or the list under the folder's name (`{"leads": [...]}`),
    is a record each, another object is a single one. Contacts in the documented import shape (objects with a list
    `attributes`) are records; other objects become rows of a table. What the file is, a list or lines, is told by
    its content.

    Raises:
        SourceError: `broken_json` for a document that is not JSON, `unknown_shape` for one without objects.
    """
    if folder in _WHOLE_DOCUMENTS:
        text, encoding = _read_text(path)
        return Source("json", encoding, iter([_whole_document(path, text)]))
    if _is_lines(path):
        encoding = "utf-16" if _has_wide_mark(path) else "utf-8"
        return Source("jsonl", encoding, _to_items(_read_lines(path, encoding), folder))
    text, encoding = _read_text(path)
    require_json(text, path.name)
    return Source("json", encoding, _to_items(_split_document(text, folder), folder))


def _read_text(path: Path) -> tuple[str, str]:
    encoding = find_encoding(path)
    return path.read_text(encoding=encoding).removeprefix("\ufeff"), encoding


def _whole_document(path: Path, text: str) -> Records:
    require_json(text, path.name)
    if split_object(text) is None:
        todo = "see the README for the keys of this folder's files"
        raise SourceError(ProblemCode.UNKNOWN_SHAPE, "it is not a JSON object", where=path.name, todo=todo)
    return Records.of([1], [text])


def _is_lines(path: Path) -> bool:
    """JSON lines: the first line is an object by itself and another follows, or the name says so and no list does."""
    lines = _read_lines(path, "utf-16" if _has_wide_mark(path) else "utf-8")
    first = next(lines, None)
    if isinstance(first, tuple) and _is_object(first[1]):
        return path.suffix.lower() == ".jsonl" or next(lines, None) is not None
    if path.suffix.lower() != ".jsonl":
        return False
    try:
        return find_json_error(_read_text(path)[0]) is not None
    except SourceError:
        return True


def _is_object(text: str) -> bool:
    """Whether a text is a JSON object."""
    return find_json_error(text) is None and split_object(text) is not None


def _has_wide_mark(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def _read_lines(path: Path, encoding: str) -> Iterator[Element]:
    """Lines with their numbers, each decoded by itself, so that a bad byte costs one line."""
    if encoding != "utf-8":
        with path.open(encoding=encoding) as text:
            yield from ((number, line.strip()) for number, line in enumerate(text, start=1) if line.strip())
        return
    with path.open("rb") as file:
        number = 0
        while line := file.readline(_LONGEST_LINE + 1):
            number += 1
            if len(line) > _LONGEST_LINE:
                while line and not line.endswith(b"\n"):
                    line = file.readline(_LONGEST_LINE)
                reason = f"the line is longer than {_LONGEST_LINE >> 20} MB"
                yield Fault(ProblemCode.TOO_LARGE, reason, "split the record", row_number=number)
                continue
            line = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
            try:
                text_line = line.decode().strip()
            except UnicodeDecodeError:
                value = line.decode("utf-8", "replace").strip()
                yield _broken(number, "the line is not UTF-8", value)
                continue
            if text_line:
                yield number, text_line


def _split_document(text: str, folder: Folder) -> Iterator[Element]:
    elements = split_list(text)
    if elements is None:
        elements = _wrapped_list(text, folder)
    yield from enumerate(elements if elements is not None else [text], start=1)


def _wrapped_list(text: str, folder: Folder) -> list[str] | None:
    """The list under the folder's name; for contacts, otherwise under a name that exports use."""
    values = split_object(text) or {}
    if folder in values and (elements := split_list(values[folder])) is not None:
        return elements
    if folder != Folder.CONTACTS or "attributes" in values:
        return None
    return next((found for key in _EXPORT_LISTS if key in values and (found := split_list(values[key]))), None)


def _to_items(elements: Iterator[Element], folder: Folder) -> Iterator[Item]:
    checked = (_check(element) for element in elements)
    first = next(checked, None)
    if first is None:
        todo = "nothing, if that is right; otherwise export it again"
        yield Fault(ProblemCode.NO_DATA_ROWS, "there is no record in the file", todo)
        return
    everything = chain([first], checked)
    if folder != Folder.CONTACTS:
        yield from _to_records(everything)
        return
    contacts = list(everything)  # a table's header is known at its end
    if any(isinstance(contact, tuple) and _is_documented(contact[1]) for contact in contacts):
        yield from _to_records(contacts)
    else:
        yield from read_table(contacts)


def _check(element: Element) -> Element:
    if isinstance(element, Fault):
        return element
    number, text = element
    if error := find_json_error(text):
        return _broken(number, error, text)
    if split_object(text) is None:
        todo = "put a JSON object there"
        return Fault(ProblemCode.UNKNOWN_SHAPE, "it is not a JSON object", todo, row_number=number, value=text)
    return element


def _is_documented(text: str) -> bool:
    return (split_object(text) or {}).get("attributes", "").startswith("[")


def _to_records(elements: Iterable[Element]) -> Iterator[Item]:
    numbers: list[int] = []
    texts: list[str] = []
    for element in elements:
        if isinstance(element, Fault):
            yield element
            continue
        numbers.append(element[0])
        texts.append(element[1])
        if len(numbers) >= BATCH_ROWS:
            yield Records.of(numbers, texts)
            numbers, texts = [], []
    yield Records.of(numbers, texts)


def _broken(number: int, reason: str, value: str) -> Fault:
    todo = "mend the line and put it into the inbox in a new file"
    return Fault(ProblemCode.BROKEN_JSON, reason, todo, row_number=number, value=value)
