"""The inbox: which files there are, in the contract's order, and what each one's content is called."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from flows.sources.text import find_encoding
from schemas.errors import SourceError
from schemas.vocabulary import Folder, ProblemCode

__all__ = [
    "SIDE_SUFFIX",
    "Fingerprint",
    "InboxFile",
    "Listing",
    "identify",
    "is_unchanged",
    "list_inbox",
    "list_name_ids",
    "name_contact_file",
    "read_side_text",
]

SIDE_SUFFIX = ".import.json"

#: What each folder takes (DESIGN 6).
_SUFFIXES: dict[Folder, tuple[str, ...]] = {
    Folder.DIRECTORY: (".json",),
    Folder.ROUTING: (".json",),
    Folder.REQUESTS: (".jsonl", ".json"),
    Folder.CONTACTS: (".csv", ".tsv", ".xls", ".xlsx", ".xlsm", ".xlsb", ".ods", ".json", ".jsonl"),
    Folder.LEADS: (".json", ".jsonl"),
    Folder.SEGMENTS: (".json",),
}
#: Files that programs leave: system files, lock files of an open workbook, downloads under way.
_HIDDEN_STARTS = (".", "~$")
_HIDDEN_NAMES = frozenset({"thumbs.db", "desktop.ini"})
_UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart")

_BLOCK_BYTES = 1 << 20
_MOST_SIDE_BYTES = 1 << 20


@dataclass(frozen=True)
class InboxFile:
    """A file in an inbox folder.

    Attributes:
        folder: the folder.
        name: path below the folder, `/` between, as text even if the file system's name is not.
        path: where it is.
        problem: why it is not to be opened, for a file that no reader is for.
    """

    folder: Folder
    name: str
    path: Path
    problem: SourceError | None = None

    @property
    def side_path(self) -> Path:
        """Where its import settings would be."""
        return self.path.with_name(self.path.name + SIDE_SUFFIX)


@dataclass
class Listing:
    """What is in the inbox: files in order, and how many were passed over."""

    files: list[InboxFile] = field(default_factory=list)
    hidden: int = 0  # system files, lock files, unfinished downloads
    elsewhere: int = 0  # files outside the inbox folders, side files without their file


@dataclass(frozen=True)
class Fingerprint:
    """A file's content and the state in which it was read.

    Attributes:
        file_id: SHA-256 of the bytes, hexadecimal.
        size: bytes.
        state: size, times and inode, which a write changes.
    """

    file_id: str
    size: int
    state: tuple[int, ...]


def list_inbox(inbox: Path, folders: tuple[Folder, ...] = tuple(Folder)) -> Listing:
    """Files of the inbox folders and the folders below them, in the contract's order, then by name.

    Links, pipes and files of an unknown kind are listed with their problem and never opened, and so are folders that
    cannot be looked into.
    """
    listing = Listing()
    if not inbox.is_dir():
        return listing
    known = {folder.value for folder in Folder}
    listing.elsewhere = sum(
        1 for path in inbox.iterdir() if path.name not in known and not _is_hidden(path.name) and path.is_file()
    )
    for folder in Folder:
        if folder not in folders:
            continue
        shut: set[Path] = set()
        for path in sorted(_walk(inbox / folder, shut), key=lambda path: path.relative_to(inbox).as_posix()):
            below = path.relative_to(inbox / folder)
            if any(_is_hidden(part) for part in below.parts):
                listing.hidden += 1
            elif folder == Folder.CONTACTS and path.name.endswith(SIDE_SUFFIX):
                listing.elsewhere += not path.with_name(path.name.removesuffix(SIDE_SUFFIX)).exists()
            else:
                name = os.fsencode(below.as_posix()).decode("utf-8", "replace")
                problem = _shut(name) if path in shut else _problem_of(folder, name, path)
                listing.files.append(InboxFile(folder, name, path, problem))
    return listing


def name_contact_file(path: Path) -> InboxFile:
    """A contact file that lies anywhere, under its bare name; a link stands for the file that it leads to."""
    name = os.fsencode(path.name).decode("utf-8", "replace")
    path = path.resolve()
    return InboxFile(Folder.CONTACTS, name, path, _problem_of(Folder.CONTACTS, name, path))


def identify(file: InboxFile) -> tuple[InboxFile, Fingerprint]:
    """A file and what its content is called; where it cannot be opened, with that problem and a hash of its name."""
    try:
        if file.problem and file.problem.code != ProblemCode.WRONG_FILE_TYPE:
            raise file.problem
        return file, _take_fingerprint(file)
    except SourceError as problem:
        return replace(file, problem=problem), Fingerprint(_hash_name(file.folder, file.name), 0, ())


def list_name_ids(file: InboxFile) -> list[str]:
    """What a file's content would be called if it, or a folder that it is in, could not be opened."""
    names = [file.name, *map(str, PurePosixPath(file.name).parents)]
    return [_hash_name(file.folder, name) for name in names]


def _hash_name(folder: Folder, name: str) -> str:
    return hashlib.sha256(f"{folder}/{name}".encode()).hexdigest()


def _take_fingerprint(file: InboxFile) -> Fingerprint:
    try:
        handle = os.open(file.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        todo = "check its permissions"
        raise SourceError(ProblemCode.UNREADABLE, "the file cannot be opened", where=file.name, todo=todo) from None
    with os.fdopen(handle, "rb", buffering=0) as stream:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode):
            raise _not_regular(file.name)
        digest = hashlib.sha256()
        size = 0
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
            size += len(block)
        return Fingerprint(digest.hexdigest(), size, _state(state))


def read_side_text(file: InboxFile) -> str | None:
    """Text of a contact file's side file, whatever it says; None when it has none, '' when it cannot be read."""
    path = file.side_path
    if file.folder != Folder.CONTACTS or not os.path.lexists(path):  # nor where the name would be too long
        return None
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > _MOST_SIDE_BYTES:
            return ""
        content = path.read_bytes()
    except OSError:  # such as one that its owner alone may read
        return ""
    try:
        return content.decode(find_encoding(path)).removeprefix("\ufeff")
    except SourceError:
        return content.decode("utf-8", "replace")


def is_unchanged(file: InboxFile, fingerprint: Fingerprint) -> bool:
    """Whether nobody has written to the file since its fingerprint was taken."""
    try:
        now = file.path.stat(follow_symlinks=False)
    except OSError:
        return False
    return not fingerprint.state or (_state(now) == fingerprint.state and now.st_size == fingerprint.size)


def _walk(folder: Path, shut: set[Path]) -> Iterator[Path]:
    """Everything below a folder that is not a folder; links to folders are not followed.

    Args:
        folder: the folder; it need not exist.
        shut: gets the folders that cannot be looked into, which are given as well.
    """

    def refuse(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            shut.add(Path(error.filename))

    for parent, folders, names in os.walk(folder, onerror=refuse, followlinks=False):
        links = [name for name in folders if (Path(parent) / name).is_symlink()]
        yield from (Path(parent) / name for name in names + links)
    yield from shut


def _problem_of(folder: Folder, name: str, path: Path) -> SourceError | None:
    try:
        mode = path.stat(follow_symlinks=False).st_mode
    except OSError:  # it has gone since it was listed, which opening it finds out
        return None
    if not stat.S_ISREG(mode):
        return _not_regular(name)
    accepted = _SUFFIXES[folder]
    if path.suffix.lower() in accepted:
        return None
    return SourceError(
        ProblemCode.WRONG_FILE_TYPE,
        f"the folder {folder} does not take files named {path.suffix or 'without an ending'}",
        where=name,
        expected=" ".join(f"*{suffix}" for suffix in accepted),
        todo="save it as one of those, or move it to the folder it belongs to",
    )


def _shut(name: str) -> SourceError:
    what, todo = "the folder cannot be opened", "check its permissions"
    return SourceError(ProblemCode.UNREADABLE, what, where=name, todo=todo)


def _not_regular(name: str) -> SourceError:
    return SourceError(
        ProblemCode.NOT_A_REGULAR_FILE,
        "it is a link, a pipe or a device, which are never followed",
        where=name,
        todo="put the file itself into the inbox",
    )


def _is_hidden(name: str) -> bool:
    lower = name.lower()
    return lower.startswith(_HIDDEN_STARTS) or lower in _HIDDEN_NAMES or lower.endswith(_UNFINISHED)


def _state(state: os.stat_result) -> tuple[int, ...]:
    return (state.st_size, state.st_mtime_ns, state.st_ino, state.st_dev)
