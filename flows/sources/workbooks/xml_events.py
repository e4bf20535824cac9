"""Events of an XML file, for spreadsheets that are too large to hold as a tree."""

from __future__ import annotations

from typing import Protocol
from xml.parsers import expat

__all__ = ["Reading", "make_parser"]


class Reading(Protocol):
    """What becomes of the events."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, text: str) -> None:
        """Text of the element that has begun last."""


def make_parser(reading: Reading) -> expat.XMLParserType:
    """A parser that tells its events to a reading; names come as namespace, a space, and the local name."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.text
    return parser
