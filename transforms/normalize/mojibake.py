"""Mojibake: UTF-8 text that a program took for another encoding and saved again, "MÃ¼ller" for "Müller"."""

from __future__ import annotations

from typing import Final

__all__ = ["mend_mojibake"]

#: Encodings of Windows and the Mac that UTF-8 is taken for, the likeliest first.
_WRONG: Final = ("cp1252", "latin_1", "mac_roman", "cp1251")
#: Bytes that cp1252 has no character for; programs keep them as control characters.
_KEPT: Final = {code: bytes([code]) for code in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}
_TIMES: Final = 3  # each wrong save adds a layer
_LEAST: Final = 2  # characters; "É«" alone may be meant


def mend_mojibake(text: str) -> str:
    """The text as it was before it was read in a wrong encoding; the text itself where nothing shows that it was.

    Only what turns back whole counts: every character must be one of the wrong encoding, and all their bytes together
    UTF-8, which text that was meant so is not.
    """
    for _ in range(_TIMES):
        if text.isascii():
            break
        mended = next((found for wrong in _WRONG if (found := _undo(text, wrong))), None)
        if mended is None:
            break
        text = mended
    return text


def _undo(text: str, wrong: str) -> str | None:
    """The text read again as UTF-8, from the bytes that it is in the wrong encoding."""
    try:
        found = _encode(text, wrong).decode()
    except UnicodeError:
        return None
    return found if _LEAST <= len(found) < len(text) else None


def _encode(text: str, wrong: str) -> bytes:
    try:
        return text.encode(wrong)
    except UnicodeEncodeError:
        if wrong != "cp1252":
            raise
    return b"".join(_KEPT.get(ord(character)) or character.encode(wrong) for character in text)
