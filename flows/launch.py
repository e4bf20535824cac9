"""Flows started by the command line, on a Prefect server or without any."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

__all__ = ["may_name_server", "run_flow"]

#: No telemetry, no waiting for hosts that are not there, no personal data in Prefect's own log.
_PREFECT_QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
}


#: Variables that can name a server.
_VARIABLES = ("PREFECT_API_URL", "PREFECT_PROFILE", "PREFECT_PROFILES_PATH")


def run_flow(name: str, *arguments: object) -> dict[str, dict[str, int]]:
    """Run a flow: on the server that PREFECT_API_URL or the profile names, or without any when none is named."""
    from flows.console import progress

    with progress():
        if may_name_server(os.environ, Path.cwd()):
            for variable, value in _PREFECT_QUIET.items():
                os.environ.setdefault(variable, value)
            from prefect.settings import PREFECT_API_URL

            if url := PREFECT_API_URL.value():
                return _run_on_server(url, name, *arguments)
        from flows import pipeline

        plain: Callable[..., dict[str, dict[str, int]]] = getattr(pipeline, name)
        return plain(*arguments)


def may_name_server(environment: Mapping[str, str], folder: Path) -> bool:
    """Whether to ask Prefect if there is a server: importing it takes longer than a small run.

    Args:
        environment: variables of the process.
        folder: where it works, in which Prefect looks for settings.
    """
    if any(name in environment for name in _VARIABLES):
        return True
    prefect_home = Path(environment.get("PREFECT_HOME") or Path.home() / ".prefect")
    if (prefect_home / "profiles.toml").exists():
        return True
    if (folder / "prefect.toml").exists() or _has_word(folder / ".env", "prefect_"):
        return True
    project = folder / "pyproject.toml"
    if not _has_word(project, "prefect"):
        return False
    try:
        told = tomllib.loads(project.read_text("utf-8")).get("tool", {}).get("prefect", {})
    except ValueError:  # of TOML, or of UTF-8: Prefect says what is wrong with it
        return True
    return not {"api", "profiles_path"}.isdisjoint(told)


def _has_word(file: Path, word: str) -> bool:
    return file.is_file() and word in file.read_text("utf-8", "replace").lower()


def _run_on_server(url: str, name: str, *arguments: object) -> dict[str, dict[str, int]]:
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

    from flows import deployed
    from schemas.errors import PipelineError

    flow: Callable[..., dict[str, dict[str, int]]] = getattr(deployed, name)
    # the heartbeat thread sleeps a second at the end of every run; a run by hand needs none
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        try:
            return flow(*arguments)
        except RuntimeError as error:
            if "Failed to reach API" not in str(error):
                raise
            raise PipelineError(
                "the Prefect server does not answer",
                where=url,
                todo="start it, or unset PREFECT_API_URL to run without one",
            ) from None
