"""The README names only what exists, and everything a user can type or open is named in it."""

import re
from pathlib import Path

import pytest
import typer
import yaml
from typer.testing import CliRunner

from flows import deployed
from flows.__main__ import app
from schemas.tables import tables_of
from schemas.vocabulary import Folder, Layer

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CODE = set(re.findall(r"`([^`\n]+)`", README))


def commands(group: typer.Typer = app, prefix: str = "") -> list[str]:
    own = [prefix + (command.name or command.callback.__name__) for command in group.registered_commands]
    return own + [name for sub in group.registered_groups for name in commands(sub.typer_instance, f"{sub.name} ")]


def test_every_published_table_is_named_and_no_other() -> None:
    section = README.split("### What comes out")[1].split("## On a schedule")[0]
    cells = [row.split("|")[1] for row in section.splitlines() if row.startswith("| `")]
    named = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    assert named == {table.name for table in tables_of(Layer.MARTS)}


def test_every_command_is_named_and_no_other() -> None:
    named = {match for code in CODE for match in re.findall(r"^leadpipe ((?:explain |review )?\w+)", code)}
    assert named == set(commands())


def test_every_inbox_folder_is_named() -> None:
    assert all(f"`{folder}/`" in README for folder in Folder)


def test_paths_named_exist() -> None:
    written_by_use = {"data/demo"}
    paths = {code.rstrip("/") for code in CODE if re.fullmatch(r"[\w.]+/[\w./]*|[\w]+\.(yaml|toml|lock)", code)}
    links = set(re.findall(r"\]\(([^)]+)\)", README))
    given = {"settings.toml", *(folder.value for folder in Folder)}  # in the user's own folder, not in this one
    for path in (paths | links) - written_by_use - given:
        if path.startswith(("DIR", "parquet")):
            continue
        assert (ROOT / path).exists(), path


def test_make_targets_named_exist() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.M))
    assert set(re.findall(r"make (\w+)", README)) - {"it"} <= targets


def test_deployments_are_flows_with_the_parameters_given() -> None:
    deployments = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    for deployment in deployments:
        path, name = deployment["entrypoint"].split(":")
        assert (ROOT / path).exists()
        flow = getattr(deployed, name)
        assert set(deployment["parameters"]) <= set(flow.parameters.properties)
        assert deployment["concurrency_limit"]["limit"] == 1
    assert {deployment["name"] for deployment in deployments} == {"leads", "everything", "backfill"}


@pytest.mark.parametrize("command", commands())
def test_every_command_has_help_with_an_example(command: str) -> None:
    result = CliRunner().invoke(app, [*command.split(), "--help"])
    assert result.exit_code == 0
    assert f"Example: leadpipe {command}" in " ".join(result.output.split())
