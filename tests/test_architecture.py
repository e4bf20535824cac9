"""Imports point inwards, each outside library has its one door, and files stay short (DESIGN 5, STYLE 4)."""

import ast
from collections.abc import Callable
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = {"schemas": set(), "transforms": {"schemas"}, "flows": {"schemas", "transforms"}}
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
DOORS = {
    "prefect": {"flows/deployed.py", "flows/launch.py"},  # the command line asks only whether a server is named
    "duckdb": {"flows/store.py"},
    "rapidfuzz": {"transforms/matching/comparison.py"},
}


@cache
def names_in(path: Path) -> tuple[frozenset[str], frozenset[str]]:
    """Modules that a file imports, and functions that it calls."""
    modules, calls = set(), set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add(node.module or "")
        elif isinstance(node, ast.Call):
            calls.add(node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", ""))
    return frozenset(module.split(".")[0] for module in modules), frozenset(calls)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def assert_right(find_wrong: Callable[[Path], object]) -> None:
    """Nothing is found in any file."""
    found = {name_of(path): wrong for path in FILES if (wrong := find_wrong(path))}
    assert not found, found


def test_imports_point_inwards() -> None:
    def outer(path: Path) -> set[str]:
        package = path.relative_to(ROOT).parts[0]
        return names_in(path)[0] & {*PACKAGES, "tests"} - PACKAGES[package] - {package}

    assert_right(outer)


def test_each_library_has_one_door() -> None:
    def outside(path: Path) -> set[str]:
        return {library for library in names_in(path)[0] & set(DOORS) if name_of(path) not in DOORS[library]}

    assert_right(outside)


def test_transforms_touch_nothing_outside() -> None:
    outside = {"os", "pathlib", "logging", "random", "time", "subprocess", "socket", "tempfile", "shutil"}

    def forbidden(path: Path) -> set[str]:
        modules, calls = names_in(path)
        is_flow = path.relative_to(ROOT).parts[0] == "flows"
        return set() if is_flow else modules & outside | calls & {"open", "now", "today", "utcnow", "print"}

    assert_right(forbidden)


def test_files_can_be_read_in_one_sitting() -> None:
    assert_right(lambda path: max(len(path.read_text(encoding="utf-8").splitlines()) - 400, 0))
    assert not {path.stem for path in FILES} & {"utils", "util", "helpers", "common", "misc", "base"}


def test_inputs_and_reference_data_are_opened_in_sources_only() -> None:
    openers = {
        name_of(path)
        for path in FILES
        if any(word in path.read_text(encoding="utf-8") for word in (".read_text(", ".read_bytes(", "read_csv("))
    }
    # settings.toml, settings of Prefect and the page's template are no inputs
    allowed = {"flows/settings.py", "flows/launch.py", "flows/page.py"}
    assert {name for name in openers if not name.startswith("flows/sources/")} <= allowed
