"""Parts of ZIP archives."""

from __future__ import annotations

from copy import copy
from typing import IO
from zipfile import ZipFile, ZipInfo

__all__ = ["is_xml", "open_unchecked", "plain_name"]


def open_unchecked(archive: ZipFile, item: ZipInfo) -> IO[bytes]:
    """A part, whether or not it has the checksum that the archive says."""
    item = copy(item)
    del item.CRC  # without one to expect, zipfile asks for none
    return archive.open(item)


def plain_name(name: str) -> str:
    """The name of a part as it counts: some programs write backslashes, or other letters large."""
    return name.replace("\\", "/").lower()


def is_xml(item: ZipInfo) -> bool:
    """Whether a part of an office document is XML, as its name says."""
    return item.filename.lower().endswith((".xml", ".rels"))
