"""Records of a binary workbook (.xlsb): kind, length and body, one behind the other."""

from __future__ import annotations

import struct
from collections.abc import Iterator

__all__ = ["read_packed", "read_records", "read_text"]


def read_records(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and body of each record."""
    at, end = 0, len(content)
    while at < end:
        kind, at = _variable(content, at, 2)
        size, at = _variable(content, at, 4)
        yield kind, content[at : at + size]
        at += size


def _variable(content: bytes, at: int, most: int) -> tuple[int, int]:
    """A number of seven bits a byte, the lowest first; the eighth says that another byte follows. And where it ends."""
    number = 0
    for place in range(most):
        byte = content[at]
        at += 1
        number |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            break
    return number, at


def read_text(body: bytes, at: int) -> tuple[str, int]:
    """A counted text, and where it ends."""
    (count,) = struct.unpack_from("<I", body, at)
    count = 0 if count == 0xFFFFFFFF else count
    end = at + 4 + 2 * count
    return body[at + 4 : end].decode("utf-16-le"), end


def read_packed(body: bytes, at: int) -> float:
    """A number in thirty bits: whole, or the upper half of a double; the last two say which, and whether times 100."""
    (packed,) = struct.unpack_from("<I", body, at)
    if packed & 2:
        value = float((packed >> 2) - (1 << 30 if packed & 0x80000000 else 0))
    else:
        (value,) = struct.unpack("<d", struct.pack("<Q", (packed & 0xFFFFFFFC) << 32))
    return value / 100 if packed & 1 else value
