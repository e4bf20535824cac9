"""Chunks are written in order while the next one is read, and what fails on either side fails the whole."""

import threading
from collections.abc import Iterator

import pytest

from flows.stages.write_behind import write_behind


def test_the_next_chunk_is_read_while_one_is_written_and_none_is_asked_for() -> None:
    is_writing, is_next_read = threading.Event(), threading.Event()
    written = []

    def chunks() -> Iterator[int]:
        for chunk in range(3):
            assert not is_writing.is_set()
            yield chunk

    def read(chunk: int) -> int:
        if chunk:
            assert is_writing.wait(10)
            is_next_read.set()
        return 10 * chunk

    def write(values: int) -> None:
        is_writing.set()
        assert values == 20 or is_next_read.wait(10)
        is_next_read.clear()
        written.append(values)
        is_writing.clear()

    write_behind(chunks(), read, write)
    assert written == [0, 10, 20]


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_chunk_that_fails_ends_it(at: int) -> None:
    written: list[int] = []

    def fail(value: int) -> int:
        if value == at:
            raise ValueError(value)
        return value

    with pytest.raises(ValueError, match=str(at)):
        write_behind(iter(range(3)), fail, written.append)
    assert written == list(range(at))
    with pytest.raises(ValueError, match=str(at)):
        write_behind(iter(range(3)), int, lambda value: written.append(fail(value)))
    assert written == [*range(at), *range(at)]
