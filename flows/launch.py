"""Flows started by the command line, on a Prefect server or without any."""

from __future__ import annotations

import os
from collections.abc import Callable

__all__ = ["run_flow"]

#: No telemetry, no waiting for hosts that are not there, no personal data in Prefect's own log.
_PREFECT_QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
}


def run_flow(name: str, *arguments: object) -> dict[str, dict[str, int]]:
    """Run a flow: on the server that PREFECT_API_URL or the profile names, or without any when none is named."""
    for variable, value in _PREFECT_QUIET.items():
        os.environ.setdefault(variable, value)
    from flows.console import progress

    with progress():
        from prefect.settings import PREFECT_API_URL, PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

        from flows import pipeline
        from schemas.errors import PipelineError

        flow: Callable[..., dict[str, dict[str, int]]] = getattr(pipeline, name)
        if PREFECT_API_URL.value():
            # the heartbeat thread sleeps a second at the end of every run; a run by hand needs none
            with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
                try:
                    return flow(*arguments)
                except RuntimeError as error:
                    if "Failed to reach API" not in str(error):
                        raise
                    raise PipelineError(
                        "the Prefect server does not answer",
                        where=PREFECT_API_URL.value(),
                        todo="start it, or unset PREFECT_API_URL to run without one",
                    ) from None
        plain: Callable[..., dict[str, dict[str, int]]] = flow.fn  # type: ignore[attr-defined]  # a Prefect flow
        return plain(*arguments)
