"""Rejects as files: what is written comes back cell by cell."""

from pathlib import Path

from flows.rejects import write_csv
from flows.sources.delimited.delimited import open_delimited
from flows.sources.items import Rows


def test_a_lone_carriage_return_comes_back(tmp_path: Path) -> None:
    rows = [["Ann", "one\r"], ["Bo", "a\rb"], ["Cy", 'say "x"\r\ny']]
    write_csv(["Name", "Note"], rows, tmp_path / "rejects.csv")
    source = open_delimited(tmp_path / "rejects.csv")
    assert [cells for item in source.items if isinstance(item, Rows) for cells in item.frame["cells"].to_list()] == rows
