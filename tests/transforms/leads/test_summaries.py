"""Parts of lead summaries that are not as documented (SPEC LS2, LS3)."""

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
        pytest.param({"assigned": "1", "assigned_to": "u1", "is_public": "0"}, [], id="flags_as_texts"),
        pytest.param({"assigned": "0", "assigned_to": None, "is_public": False}, [], id="nobody"),
        pytest.param({"is_public": "maybe"}, [("is_public", "maybe")], id="a_flag_that_is_none"),
        pytest.param({"assigned": "0", "assigned_to": "u1"}, [("assigned", "0")], id="assigned_but_not_flagged"),
        pytest.param({"assigned": "1", "assigned_to": "0"}, [("assigned", "1")], id="flagged_but_not_assigned"),
    ],
)  # fmt: skip
def test_ls2_ls3_what_is_not_as_documented_is_told(summary: dict[str, Any], told: list[tuple[str, str]]) -> None:
    assert [(part.key, part.value) for part in list_odd_parts(summary)] == told
