"""Chunks of a file written while the next one is read into values: both leave a core idle, and Python alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

__all__ = ["write_behind"]

Chunk = TypeVar("Chunk")
Values = TypeVar("Values")


def write_behind(chunks: Iterator[Chunk], read: Callable[[Chunk], Values], write: Callable[[Values], None]) -> None:
    """Read and write every chunk, in order; the next one is read while one is written.

    Args:
        chunks: may come from the connection that is written to: none is asked for while one is written.
        read: what is made of a chunk; touches no connection.
        write: takes it, in a thread of its own.
    """
    with ThreadPoolExecutor(1) as writer:
        written: Future[None] | None = None
        chunk = next(chunks, None)
        while chunk is not None:
            values = read(chunk)
            if written:
                written.result()
            chunk = next(chunks, None)
            written = writer.submit(write, values)
        if written:
            written.result()
