"""The commands for rulebooks: words, exit codes and what they print."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from flows.__main__ import app
from schemas.errors import NotFoundError, SettingsError


def write(path: Path, *rules: tuple[str, int], **more: Any) -> str:
    listed = [
        {"id": f"r{place}", "channel": "ch1", "kind": "AND", "order": place, "target": target, target.lower(): "x",
         "conditions": [{"field": "price", "operator": "gte", "value": price}]}
        for place, (target, price) in enumerate(rules, 1)
    ]  # fmt: skip
    default = {"id": "d", "channel": "ch1", "is_default": True, "target": "Brand", "brand": "b1"}
    path.write_text(json.dumps({"channels": [{"id": "ch1"}], "rules": [*listed, default], **more}))
    return str(path)


def invoke(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, [*words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_lint_of_a_clean_rulebook(tmp_path: Path) -> None:
    file = write(tmp_path / "rules.json", ("User", 500000), ("User", 100000))
    assert invoke("lint", file) == (0, "rules.json: 1 channel, 3 rules, 0 groups.\nNothing found.\n")


def test_lint_fails_on_errors(tmp_path: Path) -> None:
    code, output = invoke("lint", write(tmp_path / "rules.json", ("User", 100000), ("Brand", 500000)))
    words = " ".join(output.replace("│", " ").split())
    assert (code, "dead_rule" in words, "rule r2 can never win: rule r1 (order 1)" in words) == (1, True, True)
    assert output.endswith("1 error, 0 warnings, 0 notes.\n")


def test_lint_fails_on_warnings_when_strict(tmp_path: Path) -> None:
    file = write(tmp_path / "rules.json", ("User", 100000), ("User", 500000))
    code, output = invoke("lint", file, "--json")
    found = json.loads(output)
    assert (code, found["file"], found["errors"], found["warnings"]) == (0, "rules.json", 0, 1)
    assert found["findings"][0]["code"] == "redundant_rule"
    assert found["findings"][0]["other_rule_ids"] == ["r1"]
    assert invoke("lint", file, "--strict")[0] == 1


def test_wrong_use(tmp_path: Path) -> None:
    file = write(tmp_path / "rules.json")
    assert invoke("lint", str(tmp_path / "none.json"))[0] == 2
    assert invoke("backtest", "--since", "2026-07-01")[0] == 2
    with pytest.raises(SettingsError, match="--since: 'yesterday' is no time"):
        invoke("backtest", "--rules", file, "--since", "yesterday")
    for command in (("lint", file), ("backtest", "--rules", file)):
        with pytest.raises(NotFoundError, match="warehouse"):
            invoke(*command, "--home", str(tmp_path))


def test_a_backtest_of_no_time_is_wrong_use(tmp_path: Path) -> None:
    file = write(tmp_path / "rules.json", ("User", 100000))
    words = ("backtest", "--rules", file, "--home", str(tmp_path), "--since", "2026-04-01", "--until", "2026-03-01")
    code, output = invoke(*words)
    assert (code, "--since must be before --until" in output) == (2, True)
