"""The flows on a real Prefect server: one run by hand, and one that its scheduler starts by itself.

Both break in silence when a dependency is not pinned (see pyproject.toml), so both are run for real.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("prefect")
    (folder / "data" / "inbox").mkdir(parents=True)
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")},
        "HOME": str(folder),
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_SERVICES_SCHEDULER_MAX_RUNS": "3",  # not an hour of them ahead, of one every five seconds
        "DO_NOT_TRACK": "1",
        "PIPELINE_HOME": str(ROOT),
        "LEADPIPE_HOME": str(folder / "data"),
    }


@contextmanager
def running(environment: dict[str, str], *command: str) -> Iterator[None]:
    log = Path(environment["HOME"]) / f"{command[1]}.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [str(BIN / command[0]), *command[1:]], env=environment, cwd=ROOT, stdout=output, stderr=output,
            start_new_session=True,
        )  # fmt: skip
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGKILL)  # a worker outlives SIGTERM and starts the next scheduled run
            process.wait()


def wait_for(what: str, condition: Callable[[], Any], seconds: float = 120) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if answer := condition():
                return answer
        except httpx.TransportError:
            pass
        time.sleep(0.3)
    pytest.fail(f"{what} did not happen within {seconds:.0f} s")


@pytest.fixture(scope="module")
def api(environment: dict[str, str]) -> Iterator[httpx.Client]:
    with (
        running(environment, "prefect", "server", "start", "--port", environment["PREFECT_SERVER_API_PORT"]),
        httpx.Client(base_url=environment["PREFECT_API_URL"], timeout=30) as client,
    ):
        wait_for("the server's start", lambda: client.get("/health").is_success)
        yield client


def flow_runs(api: httpx.Client, **condition: Any) -> list[dict[str, Any]]:
    answer: list[dict[str, Any]] = api.post("/flow_runs/filter", json={"flow_runs": condition}).json()
    return answer


def call(environment: dict[str, str], *command: str) -> str:
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:]], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_run_by_hand_reports_to_the_server(api: httpx.Client, environment: dict[str, str]) -> None:
    call(environment, "leadpipe", "run", "--home", environment["LEADPIPE_HOME"])
    (run,) = flow_runs(api)
    assert run["state_type"] == "COMPLETED"
    tasks = api.post("/task_runs/filter", json={}).json()
    wait_for("the record of the tasks", lambda: len(api.post("/task_runs/filter", json={}).json()) >= 13)
    assert {task["state_type"] for task in tasks} <= {"COMPLETED", "RUNNING", "PENDING"}
    assert (Path(environment["LEADPIPE_HOME"]) / "published" / "leads.duckdb").exists()


def test_the_scheduler_starts_a_deployment_by_itself(
    api: httpx.Client, environment: dict[str, str], tmp_path: Path
) -> None:
    deployments = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
    by_name = {deployment["name"]: deployment for deployment in deployments["deployments"]}
    by_name["leads"]["schedules"] = [{"interval": 5}]  # every five minutes is long for a test
    hurried = tmp_path / "prefect.yaml"
    hurried.write_text(yaml.safe_dump(deployments), encoding="utf-8")
    call(environment, "prefect", "work-pool", "create", "--type", "process", "leadpipe")
    call(environment, "prefect", "work-pool", "set-concurrency-limit", "leadpipe", "1")
    call(environment, "prefect", "--no-prompt", "deploy", "--all", "--prefect-file", str(hurried))

    def completed_by_itself() -> list[dict[str, Any]]:
        completed = flow_runs(api, state={"type": {"any_": ["COMPLETED"]}})
        return [run for run in completed if run["auto_scheduled"]]

    with running(environment, "prefect", "worker", "start", "--pool", "leadpipe"):
        (run, *_) = wait_for("a scheduled run", completed_by_itself)
    assert run["parameters"] == {"home": environment["LEADPIPE_HOME"]}
