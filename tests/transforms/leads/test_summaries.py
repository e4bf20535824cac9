"""Parts of lead summaries that are not as documented (SPEC LS3)."""

from __future__ import annotations

from typing import Any

import pytest

from transforms.leads.summaries import list_odd_parts


@pytest.mark.parametrize(
    ("summary", "told"),
    [
        pytest.param({"analytics": {"chat": '[{"text": "hi"}, 5, "bye"]'}}, [("analytics.chat", "5"),
                     ("analytics.chat", "bye")], id="entries_that_are_no_objects"),
        pytest.param({"analytics": {"chat": "[{"}}, [("analytics.chat", "[{")], id="a_chat_that_is_no_list"),
        pytest.param({"analytics": "x"}, [("analytics", "x")], id="analytics_that_are_no_object"),
        pytest.param({"analytics": []}, [], id="no_analytics_as_an_empty_list"),
        pytest.param({"analytics": None, "chat": [{"text": "hi"}]}, [], id="a_chat_of_the_summary_itself"),
    ],
)  # fmt: skip
def test_ls3_what_is_not_as_documented_is_told(summary: dict[str, Any], told: list[tuple[str, str]]) -> None:
    assert [(part.key, part.value) for part in list_odd_parts(summary)] == told
