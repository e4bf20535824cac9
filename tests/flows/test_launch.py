"""When Prefect is asked whether there is a server."""

from pathlib import Path

import pytest

from flows.launch import may_name_server


@pytest.mark.parametrize(
    ("variables", "file", "text"),
    [
        ({"PREFECT_API_URL": "http://127.0.0.1:4200/api"}, "other", ""),
        ({"PREFECT_PROFILE": "cloud"}, "other", ""),
        ({}, "home/profiles.toml", "active = 'local'"),
        ({}, ".env", "PREFECT_API_URL=http://127.0.0.1:4200/api"),
        ({}, "prefect.toml", "[api]"),
        ({}, "pyproject.toml", '[tool.prefect]\napi.url = "http://127.0.0.1:4200/api"'),
        ({}, "pyproject.toml", '[tool.prefect.api]\nurl = "http://127.0.0.1:4200/api"'),
    ],
)
def test_whatever_names_a_server_is_heard(variables: dict[str, str], file: str, text: str, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    environment = {"PREFECT_HOME": str(tmp_path / "home")}
    assert not may_name_server(environment, tmp_path)
    (tmp_path / file).write_text(text, encoding="utf-8")
    assert may_name_server({**environment, **variables}, tmp_path)
