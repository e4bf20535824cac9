"""The model as the last run stored it."""

from pathlib import Path

import polars as pl
import pytest

from flows.model_report import read_model
from flows.runs import start_run
from schemas.ddl import polars_schema
from schemas.errors import NotFoundError
from schemas.tables import MATCHING_MODEL_PARAMETERS

ROWS = [
    ("email", "exact", 0.6, 0.00001, 15.9, 0.1, 0.1, 0.0, 0.1, 40.0),
    ("email", "shared", 0.01, 0.00002, 9.0, 0.0, 0.0, 0.0, 0.0, 0.1),
    ("email", "different", 0.3, 0.99, -1.7, 0.8, 0.9, 1.0, 0.8, 12.4),
    ("prior", "match", 0.002, 0.998, -9.0, 0.0, 0.0, 0.0, 0.0, 60.0),
]

COLUMNS = ("comparison", "level", "m", "u", "weight", "home", "office", "namesake", "junior", "matches")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    parameters = pl.DataFrame([dict(zip(COLUMNS, row, strict=True)) for row in ROWS])
    with start_run("run", tmp_path) as run, run.store() as store:
        store.replace(MATCHING_MODEL_PARAMETERS, parameters.select(list(polars_schema(MATCHING_MODEL_PARAMETERS))))
    return tmp_path


def test_priors_and_levels_are_told(home: Path) -> None:
    found = read_model(home, whole=False)
    assert found.lines[0].startswith("model of run 1")
    assert "prior: 1 pair in 500 is of one person, about 60 pairs" in found.lines
    assert "1 levels that hardly a pair here has are left out: --all shows them" in found.lines
    assert found.levels.select("level", "m", "u", "weight", "expected pairs").rows() == [
        ("exact", "60 %", "0.001 %", "+15.9", 40),
        ("different", "30 %", "99 %", "-1.7", 12),
    ]


def test_all_of_them(home: Path) -> None:
    found = read_model(home, whole=True)
    assert found.levels["level"].to_list() == ["exact", "shared", "different"]
    assert "left out" not in " ".join(found.lines)


def test_without_a_model(tmp_path: Path) -> None:
    with start_run("run", tmp_path):
        pass
    with pytest.raises(NotFoundError, match="no model"):
        read_model(tmp_path, whole=False)
