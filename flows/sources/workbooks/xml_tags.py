"""Where the tags of XML stand, for all of it at once, and the texts between them.

For XML that programs write one way and in large numbers. Whatever is otherwise than expected raises IrregularError, and
is left to a reader that takes its time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["SPACED_TEXT", "IrregularError", "Numbers", "Tags", "find_tags", "name_tag", "read_texts", "require"]

Numbers = npt.NDArray[np.int64]

#: The tag of a text whose blanks at both ends count; where it is `<t>`, they do not.
SPACED_TEXT: Final = b'<t xml:space="preserve">'

_AFTER: Final = 8  # tags behind the last one that can be asked for
_PAD: Final = bytes(48)  # likewise bytes
_MOST_BLANKS: Final = 100  # in a row, at the end of a text
_BLANKS: Final = np.isin(np.arange(256), list(b" \t\n"))
_ESCAPE: Final = re.compile(rb"_x[0-9A-Fa-f]{4}_")  # a sign by its number, as workbooks write it
_ENTITY: Final = re.compile(r"&([^;]*);?")
_ENTITIES: Final = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


class IrregularError(ValueError):
    """The XML is not of the form that is read here."""


@dataclass(frozen=True)
class Tags:
    """The tags of some XML in their order, some of no name behind them.

    Attributes:
        xml: what they are in.
        codes: its bytes, and zeros behind them.
        count: tags.
        places: where each begins.
        names: of each, as `name_tag` gives them.
    """

    xml: bytes
    codes: npt.NDArray[np.uint8]
    count: int
    places: Numbers
    names: npt.NDArray[np.uint16]

    def are(self, first: Numbers, *names: int) -> bool:
        """Whether the tags from these on are so named."""
        return all(bool((self.names[first + place] == name).all()) for place, name in enumerate(names))

    def begin_texts(self, tags: Numbers) -> Numbers:
        """Where the texts behind `<t>` begin; raises IrregularError where a tag is none."""
        is_spaced = self.names[tags] == name_tag(SPACED_TEXT)
        require((is_spaced | (self.names[tags] == name_tag(b"<t>"))).all())
        begins = self.places[tags] + np.where(is_spaced, len(SPACED_TEXT), len(b"<t>"))
        require((self.codes[begins - 1] == ord(">")).all())
        return begins

    def trim_texts(self, tags: Numbers, begins: Numbers, ends: Numbers) -> tuple[Numbers, Numbers]:
        """Where texts begin and end without blanks that do not count."""
        is_loose = self.names[tags] == name_tag(b"<t>")
        for _ in range(_MOST_BLANKS):
            before = is_loose & (begins < ends) & _BLANKS[self.codes[begins]]
            behind = is_loose & (begins + before < ends) & _BLANKS[self.codes[ends - 1]]
            if not (before | behind).any():
                return begins, ends
            begins, ends = begins + before, ends - behind
        raise IrregularError


def name_tag(tag: bytes) -> int:
    """The first two bytes of a tag behind its `<` as a number: enough to tell those of cells and texts apart."""
    return tag[1] << 8 | tag[2]


def find_tags(xml: bytes) -> Tags:
    """All tags of some XML."""
    codes = np.frombuffer(xml + _PAD, np.uint8)
    places = np.flatnonzero(codes == ord("<"))
    names = codes[places + 1].astype(np.uint16) << 8 | codes[places + 2]
    places_after = np.concatenate([places, np.full(_AFTER, len(xml))])
    return Tags(xml, codes, len(places), places_after, np.concatenate([names, np.zeros(_AFTER, np.uint16)]))


def require(is_so: object) -> None:
    """Raises IrregularError if it is not so."""
    if not is_so:
        raise IrregularError


def read_texts(xml: bytes, begins: Numbers, ends: Numbers) -> list[str]:
    """Texts between tags.

    Raises:
        IrregularError: one holds what XML or workbooks write otherwise than it is meant.
    """
    require(b"\0" not in xml and b"\r" not in xml and not _ESCAPE.search(xml))
    places = zip(begins.tolist(), ends.tolist(), strict=True)
    if xml.isascii():
        text = xml.decode()
        texts = [text[begin:end] for begin, end in places]
    elif pieces := [xml[begin:end] for begin, end in places]:
        try:
            texts = b"\0".join(pieces).decode().split("\0")
        except UnicodeDecodeError:
            raise IrregularError from None
    else:
        texts = []
    return [_ENTITY.sub(_resolve, text) if "&" in text else text for text in texts] if b"&" in xml else texts


def _resolve(entity: re.Match[str]) -> str:
    """The sign that an entity of XML stands for."""
    require(entity.group(1) in _ENTITIES)
    return _ENTITIES[entity.group(1)]
