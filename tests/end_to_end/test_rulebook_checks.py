"""A rulebook file checked with the real command, before it is deployed."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

CHANNEL = "11111111-aaaa-4bbb-8ccc-000000000001"


def rulebook(*rules: dict[str, Any]) -> dict[str, Any]:
    heads = [{"id": f"r{place}", "channel": CHANNEL, "kind": "AND", "order": place, **rule}
             for place, rule in enumerate(rules, 1)]  # fmt: skip
    default = {"id": "d", "channel": CHANNEL, "is_default": True, "order": 32767, "target": "Brand", "brand": "b1"}
    channels = [{"id": CHANNEL, "brand": "b1", "name": "Website"}]
    return {"channels": channels, "rules": [*heads, default], "groups": []}


def priced(least: int, **more: Any) -> dict[str, Any]:
    return {"target": "User", "user": "u1",
            "conditions": [{"field": "price", "operator": "gte", "value": least}], **more}  # fmt: skip


def capture(lead_id: str, price: int) -> dict[str, Any]:
    lead = {"first_name": lead_id, "email": f"{lead_id}@example.com", "listing": {"price": price}}
    return {"id": lead_id, "metadata": {"lead_channel": CHANNEL}, "lead": lead, "received_at": "2026-07-02T12:00:00Z"}


def test_lint_exits_by_severity_and_says_what_to_do(home) -> None:
    clean = home.put("routing/rules.json", rulebook(priced(500000), priced(100000)))
    shadowed = home.path / "shadowed.json"
    shadowed.write_text(json.dumps(rulebook(priced(100000), priced(500000, target="Brand", brand="b1"))))
    redundant = home.path / "redundant.json"
    redundant.write_text(json.dumps(rulebook(priced(100000), priced(500000))))
    broken = home.path / "broken.json"
    broken.write_text("[1, 2]")
    home.put("directory/people.json", {"brands": [{"id": "b1"}], "users": [{"id": "u1", "brand": "b1"}]})
    home.put("leads/leads.jsonl", [capture("lead-1", 150000), capture("lead-2", 700000)])
    home.run()

    done = home.leadpipe("lint", str(clean))
    assert (done.returncode, done.stdout) == (0, "rules.json: 1 channel, 3 rules, 0 groups, 2 leads.\nNothing found.\n")
    done = home.leadpipe("lint", str(shadowed))
    assert done.returncode == 1
    words = " ".join(done.stdout.replace("│", " ").split())
    assert "dead_rule" in words
    assert "rule r2 can never win: rule r1 (order 1)" in words
    found = json.loads(home.leadpipe("lint", str(redundant), "--json").stdout)
    assert (found["errors"], found["warnings"], found["findings"][0]["code"]) == (0, 1, "redundant_rule")
    assert home.leadpipe("lint", str(redundant)).returncode == 0
    assert home.leadpipe("lint", str(redundant), "--strict").returncode == 1
    assert home.leadpipe("lint", str(home.path / "none.json")).returncode == 2
    done = home.leadpipe("lint", str(broken))
    assert (done.returncode, done.stdout) == (3, "")
    assert "broken.json: it is not a JSON object" in done.stderr


def test_backtest_shows_who_gains_and_loses_and_writes_nothing(home) -> None:
    home.put("routing/rules.json", rulebook(priced(500000)))
    home.put("directory/people.json", {"brands": [{"id": "b1", "name": "One"}],
             "users": [{"id": name, "brand": "b1", "first_name": name} for name in ("u1", "u2")]})  # fmt: skip
    home.put("leads/leads.jsonl", [capture(f"lead-{price}", price) for price in (100000, 600000, 900000)])
    home.run()
    new = home.path / "new.json"
    new.write_text(json.dumps(rulebook(priced(800000, user="u2"), priced(500000))))
    warehouse = home.path / "warehouse.duckdb"
    before = warehouse.read_bytes()

    asked = ("backtest", "--rules", str(new), "--since", "2026-07-01", "-o", str(home.path / "out"))
    done = home.leadpipe(*asked)
    assert done.returncode == 0, done.stderr
    assert "3 leads, 1 won by another rule, 1 held by another, 2 agents with a change." in done.stdout
    assert warehouse.read_bytes() == before
    agents = pl.read_parquet(home.path / "out" / "agents.parquet")
    assert agents.select("name", "old_leads", "new_leads", "gained", "lost").sort("name").rows() == [
        ("One", 1, 1, 0, 0), ("u1", 2, 1, 0, 1), ("u2", 0, 1, 1, 0),
    ]  # fmt: skip
    leads = pl.read_csv(home.path / "out" / "leads.csv")
    assert leads.sort("change")["change"].to_list() == ["holder", "rule"]
    page = (home.path / "out" / "backtest.html").read_text()
    assert "<h1>leadpipe back-test</h1>" in page
    assert "<script" not in page
    none = home.leadpipe("backtest", "--rules", str(new), "--until", "2026-07-01")
    assert "0 leads, 0 won by another rule" in none.stdout
    wrong = home.leadpipe("backtest", "--rules", str(new), "--since", "yesterday")
    assert (wrong.returncode, "--since" in wrong.stderr) == (3, True)
