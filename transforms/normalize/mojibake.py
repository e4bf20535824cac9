"""Mojibake: UTF-8 text that a program took for another encoding and saved again, "MÃ¼ller" for "Müller"."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["mend_mojibake"]

#: Letters and marks that people write, by script; "groß" before a hard space would be one of N'Ko by its bytes.
_LATIN: Final = r"\x00-\x7f\xa0-\u011f\u0121-\u017f\u0192\u02c6\u02dc\u1e00-\u1eff\u2000-\u206f\u20ac\u2100-\u214f"
_CYRILLIC: Final = r"\u0400-\u045f\u0490\u0491"
_OTHERS: Final = (
    r"\u0218-\u021b\u0370-\u03ff\u05d0-\u05ea\u0621-\u064a\u0660-\u0669\u067e\u0686\u0698\u06a9\u06af\u06cc"
    r"\u0900-\u097f\u0e00-\u0e7f\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff00-\uff9f\U0001f300-\U0001faff"
)
#: Encodings of Windows and the Mac that UTF-8 is taken for, the likeliest first, and what may come out.
_WRONG: Final = {
    "cp1252": re.compile(rf"[\x80-\x9f{_LATIN}{_CYRILLIC}{_OTHERS}]+"),
    "latin_1": re.compile(rf"[\x80-\x9f{_LATIN}{_CYRILLIC}{_OTHERS}]+"),
    "mac_roman": re.compile(f"[{_LATIN}]+"),  # a dash before É would be Cyrillic
    "cp1251": re.compile(f"[{_LATIN}{_CYRILLIC}]+"),
}
#: Bytes without a character, by encoding; programs keep them as control characters.
_KEPT: Final = {"cp1252": "\x81\x8d\x8f\x90\x9d", "cp1251": "\x98"}
_TIMES: Final = 3  # each wrong save adds a layer
_LEAST: Final = 2  # characters; "É«" alone may be meant
#: UTF-8 has two bytes or more where a text is not ASCII, so that mojibake has as many such characters in a row.
_SUSPECT: Final = re.compile(r"[^\x00-\x7f]{2}")


def mend_mojibake(text: str) -> str:
    """The text as it was before it was read in a wrong encoding; the text itself where nothing shows that it was.

    Only what turns back whole counts: every character must be one of the wrong encoding, and all their bytes together
    UTF-8, which text that was meant so is not.
    """
    for _ in range(_TIMES):
        if not _SUSPECT.search(text):
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
    return found if _LEAST <= len(found) < len(text) and _WRONG[wrong].fullmatch(found) else None


def _encode(text: str, wrong: str) -> bytes:
    kept = _KEPT.get(wrong, "")
    if not any(character in text for character in kept):
        return text.encode(wrong)
    return b"".join(character.encode("latin_1" if character in kept else wrong) for character in text)
