"""Which of several of one name somebody is, as the name says it: John Smith Jr. is not John Smith Sr."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

__all__ = ["UNTOLD", "number_namesakes"]

UNTOLD: Final = 0
#: The son of the first of a name is its second, however it is written.
_NUMBERS: Final = {
    "sr": 1, "senior": 1, "i": 1, "1st": 1, "jr": 2, "junior": 2, "ii": 2, "2nd": 2, "iii": 3, "3rd": 3, "iv": 4,
    "4th": 4,
}  # fmt: skip


def number_namesakes(names: pl.Series) -> npt.NDArray[np.int8]:
    """1 for the first of a name, 2 for the second; UNTOLD where it ends in no such word, or is nothing else.

    Args:
        names: first or last names, folded; the word may stand behind either.
    """
    word = names.str.extract(r"^\S.* (\S+)$")
    numbers = word.replace_strict(_NUMBERS, default=UNTOLD, return_dtype=pl.Int8).fill_null(UNTOLD)
    return numbers.to_numpy()
