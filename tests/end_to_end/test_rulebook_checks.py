"""A rulebook file proved and tried on past leads with the real command, before it is deployed."""

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


def priced(least: int, user: str = "u1") -> dict[str, Any]:
    asked = [{"field": "price", "operator": "gte", "value": least}]
    return {"target": "User", "user": user, "conditions": asked}


def capture(lead_id: str, price: int) -> dict[str, Any]:
    lead = {"first_name": lead_id, "email": f"{lead_id}@example.com", "listing": {"price": price}}
    return {"id": lead_id, "metadata": {"lead_channel": CHANNEL}, "lead": lead, "received_at": "2026-07-02T12:00:00Z"}


def test_a_rulebook_is_checked_and_tried_and_nothing_written(home) -> None:
    home.put("routing/rules.json", rulebook(priced(500000)))
    home.put("directory/people.json", {"brands": [{"id": "b1", "name": "One"}],
             "users": [{"id": name, "brand": "b1", "first_name": name} for name in ("u1", "u2")]})  # fmt: skip
    home.put("leads/leads.jsonl", [capture(f"lead-{price}", price) for price in (100000, 600000, 900000)])
    home.run()
    new, broken, out = home.path / "new.json", home.path / "broken.json", home.path / "out"
    new.write_text(json.dumps(rulebook(priced(800000, "u2"), priced(500000), priced(900000, "u3"))))
    broken.write_text("[1, 2]")
    before = (home.path / "warehouse.duckdb").read_bytes()

    done = home.leadpipe("lint", str(new), "--json")
    assert done.returncode == 1, done.stderr
    found = json.loads(done.stdout)
    assert (found["leads"], found["errors"], found["warnings"]) == (3, 2, 0)
    assert [item["code"] for item in found["findings"]] == ["unknown_user", "dead_rule"]
    done = home.leadpipe("lint", str(broken))
    assert (done.returncode, done.stdout) == (3, "")
    assert "broken.json: it is not a JSON object" in done.stderr

    done = home.leadpipe("backtest", "--rules", str(new), "--since", "2026-07-01", "-o", str(out))
    assert done.returncode == 0, done.stderr
    assert "3 leads, 1 won by another rule, 1 held by another, 2 agents with a change." in done.stdout
    agents = pl.read_parquet(out / "agents.parquet").select("name", "old_leads", "new_leads", "gained", "lost")
    assert agents.sort("name").rows() == [("One", 1, 1, 0, 0), ("u1", 2, 1, 0, 1), ("u2", 0, 1, 1, 0)]
    assert pl.read_csv(out / "leads.csv").sort("change")["change"].to_list() == ["holder", "rule"]
    page = (out / "backtest.html").read_text()
    assert "<h1>leadpipe back-test</h1>" in page
    assert "<script" not in page
    assert (home.path / "warehouse.duckdb").read_bytes() == before
