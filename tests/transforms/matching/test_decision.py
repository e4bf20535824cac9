"""When a rule of tier 1 makes a pair certain (SPEC A-D1)."""

import numpy as np
import pytest

from transforms.matching.decision import apply_rules
from transforms.matching.model import FIRST_NAME

NO_RULE, SAME_EMAIL = -1, 0


@pytest.mark.parametrize(
    ("probability", "certain", "conflict", "first_name", "expected"),
    [
        pytest.param(0.6, SAME_EMAIL, -1, "close", 0.99, id="raised"),
        pytest.param(0.999, SAME_EMAIL, -1, "close", 0.999, id="never lowered"),
        pytest.param(0.6, NO_RULE, -1, "close", 0.6, id="no rule of tier 1"),
        pytest.param(0.6, SAME_EMAIL, 1, "close", 0.6, id="a conflict"),
        pytest.param(0.6, SAME_EMAIL, -1, "different", 0.6, id="a couple's mailbox"),
        pytest.param(0.1, SAME_EMAIL, -1, "close", 0.1, id="all else speaks against it"),
    ],
)
def test_certain(probability, certain, conflict, first_name, expected) -> None:
    levels = np.array([FIRST_NAME.place(first_name)], np.int16)
    raised = apply_rules(
        np.array([probability]),
        np.array([certain], np.int8),
        np.array([conflict], np.int8),
        {"first_name": levels},
    )
    assert raised.tolist() == [expected]
