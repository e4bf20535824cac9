"""JSON that readers in use change, drop or hang on."""

import json
import time
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("9007199254740993", "9007199254740993"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("1.10", "1.10"),
        ("1e5", "1e5"),
    ],
)
def test_numbers_stay_as_written(read_bytes: Any, number: str, text: str) -> None:
    assert read_bytes(f'[{{"id": {number}}}]'.encode(), "a.json").rows == [[text]]


def test_types_and_dates_stay_as_written(read_bytes: Any) -> None:
    values = ["2024-01-02", "10:30:00", "550E8400-E29B-41D4-A716-446655440000", "1", "True"]
    lines = "\n".join(json.dumps({"value": value}) for value in values)
    assert read_bytes(lines.encode(), "a.jsonl").rows == [[value] for value in values]


def test_one_key_of_many_types(read_bytes: Any) -> None:
    lines = "\n".join(f'{{"v": {text}}}' for text in ['"1"', "1", "true", "1.0", '"true"'])
    assert read_bytes(lines.encode(), "a.jsonl").rows == [["1"], ["1"], ["TRUE"], ["1.0"], ["true"]]


def test_a_key_first_seen_late(read_bytes: Any) -> None:
    lines = [json.dumps({"name": f"N{number}"}) for number in range(30_000)] + [json.dumps({"name": "L", "late": "x"})]
    outcome = read_bytes("\n".join(lines).encode(), "a.jsonl")
    assert outcome.header == ["name", "late"]
    assert outcome.rows[-1] == ["L", "x"]
    assert len(outcome.rows) == 30_001


@pytest.mark.parametrize(
    "line",
    [
        '{"a": 1, "a": 2}', '{"a": "\\ud800"}', '{"a": NaN}', '{"a": 1', '{"a": 1}}', "[1, 2",
        '{"a": ' * 2000 + "1" + "}" * 2000, "[" * 100_000,
    ],
    ids=["twice", "half_surrogate", "nan", "cut", "surplus", "list", "deep", "very_deep"],
)  # fmt: skip
def test_a_poisonous_line_costs_itself_only(read_bytes: Any, line: str) -> None:
    started = time.perf_counter()
    outcome = read_bytes("\n".join(['{"a": "x"}', line, '{"a": "y"}']).encode(), "a.jsonl")
    assert outcome.rows == [["x"], ["y"]]
    assert [(code, number) for code, number, _ in outcome.faults] == [("broken_json", 2)]
    assert time.perf_counter() - started < 5


def test_a_line_longer_than_any_record_costs_itself_only(read_bytes: Any) -> None:
    lines = ['{"a": "x"}', '{"a": "' + "z" * (17 << 20) + '"}', '{"a": "y"}']
    outcome = read_bytes("\n".join(lines).encode(), "a.jsonl")
    assert (outcome.rows, outcome.faults) == ([["x"], ["y"]], [("too_large", 2, None)])


def test_keys_of_other_cases_are_other_columns(read_bytes: Any) -> None:
    outcome = read_bytes(b'[{"Email": "a", "email": "b", "EMAIL": "c"}]', "a.json")
    assert outcome.header == ["Email", "email", "EMAIL"]
    assert outcome.rows == [["a", "b", "c"]]


def test_a_new_key_in_each_of_many_lines(read_bytes: Any) -> None:
    started = time.perf_counter()
    lines = "\n".join(f'{{"k{number}": 1}}' for number in range(50_000))
    assert read_bytes(lines.encode(), "a.jsonl").refused == "unknown_shape"
    assert time.perf_counter() - started < 10
