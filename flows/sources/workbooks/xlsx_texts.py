"""The texts that the sheets of an .xlsx share, from their XML as a whole."""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree

import numpy as np

from flows.sources.workbooks.xml_tags import IrregularError, find_tags, name_tag, read_texts, require

__all__ = ["read_shared_texts"]

_ITEM, _END, _TEXT_END = map(name_tag, (b"<si>", b"</si>", b"</t>"))
_TEXTS: Final = [name_tag(b"<t>"), name_tag(b"<t ")]
_SPACE: Final = "{http://www.w3.org/XML/1998/namespace}space"
_ITEM_TAGS: Final = 4  # of a text in one piece


def read_shared_texts(xml: bytes) -> list[str]:
    """The texts, in the order of their numbers.

    Raises:
        IrregularError: something in it is otherwise than expected.
    """
    begin, end = xml.find(b"<si"), xml.rfind(b"</si>") + len(b"</si>")
    if begin < 0:
        return []
    require(b"<sst" in xml[:begin] and begin < end)
    xml = xml[begin:end]
    tags = find_tags(xml)
    items = np.flatnonzero(tags.names[: tags.count] == _ITEM)
    sizes = np.diff(items, append=tags.count)
    is_plain = (sizes == _ITEM_TAGS) & np.isin(tags.names[items + 1], _TEXTS)
    plain = items[is_plain]
    require(tags.are(plain + 2, _TEXT_END, _END))
    texts = np.empty(len(items), object)
    begins, ends = tags.trim_texts(plain + 1, tags.begin_texts(plain + 1), tags.places[plain + 2])
    texts[is_plain] = np.fromiter(read_texts(xml, begins, ends), object, len(plain))
    for at in np.flatnonzero(~is_plain).tolist():
        texts[at] = _join_pieces(xml[tags.places[items[at]] : tags.places[items[at] + sizes[at]]])
    found: list[str] = texts.tolist()
    return found


def _join_pieces(xml: bytes) -> str:
    """A text of several fonts; how it is pronounced stands beside it and is no part of it."""
    try:
        item = ElementTree.fromstring(xml)
    except ElementTree.ParseError:
        raise IrregularError from None
    pieces = [piece for child in item for piece in ([child] if child.tag == "t" else child.findall("t"))
              if child.tag in ("t", "r")]  # fmt: skip
    return "".join(
        (piece.text or "") if piece.get(_SPACE) == "preserve" else (piece.text or "").strip(" \t\n") for piece in pieces
    )
