"""Imports point inwards, each outside library has its one door, and files stay short (DESIGN 5, STYLE 4)."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = {"schemas": set(), "transforms": {"schemas"}, "flows": {"schemas", "transforms"}}
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
DOORS = {
    "prefect": {"flows/deployed.py", "flows/launch.py"},  # the command line asks only whether a server is named
    "duckdb": {"flows/store.py"},
    "rapidfuzz": {"transforms/matching/comparison.py"},
}


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imported_modules(path: Path) -> set[str]:
    tree = tree_of(path)
    plain = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_point_inwards(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    inner = {module.split(".")[0] for module in imported_modules(path)} & (set(PACKAGES) | {"tests"})
    assert inner <= PACKAGES[package] | {package}


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_each_library_has_one_door(path: Path) -> None:
    used = {module.split(".")[0] for module in imported_modules(path)}
    for library, doors in DOORS.items():
        if library in used:
            assert name_of(path) in doors, f"{library} is imported outside {sorted(doors)}"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_transforms_touch_nothing_outside(path: Path) -> None:
    if path.relative_to(ROOT).parts[0] == "flows":
        return
    forbidden = {"os", "pathlib", "logging", "random", "time", "subprocess", "socket", "tempfile", "shutil"}
    assert not {module.split(".")[0] for module in imported_modules(path)} & forbidden
    calls = {
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
    }
    assert not calls & {"open", "now", "today", "utcnow", "print"}


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_files_can_be_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400
    assert path.stem not in {"utils", "util", "helpers", "common", "misc", "base"}


def test_inputs_and_reference_data_are_opened_in_sources_only() -> None:
    openers = {
        name_of(path)
        for path in FILES
        if any(word in path.read_text(encoding="utf-8") for word in (".read_text(", ".read_bytes(", "read_csv("))
    }
    # settings.toml, settings of Prefect and the page's template are no inputs
    allowed = {"flows/settings.py", "flows/launch.py", "flows/page.py"}
    assert {name for name in openers if not name.startswith("flows/sources/")} <= allowed
