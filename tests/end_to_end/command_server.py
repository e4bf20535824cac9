"""Runs `leadpipe` commands in forks of one process that has imported what they import, which takes them 2 seconds,
and has built what they look things up in.

Reads a command a line from standard input, as JSON {"arguments", "environment", "stdout", "stderr"}, the last two being
files to write, and answers with its exit code. Imports start no threads of Polars' or DuckDB's that a fork would lose.
"""

import faulthandler
import importlib
import json
import os
import pkgutil
import sys
from typing import Any

from phonenumbers import PhoneMetadata

import flows
from flows.__main__ import main

_MOST_SECONDS = 600  # a command that hangs says where


def serve() -> None:
    """Answer until the input ends."""
    for module in pkgutil.walk_packages(flows.__path__, "flows."):
        if module.name != "flows.deployed":  # what a server runs imports Prefect
            importlib.import_module(module.name)
    importlib.import_module("pyarrow.compute")  # at its first use
    PhoneMetadata.load_all()
    for line in sys.stdin:
        process = os.fork()
        if not process:
            _run(json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)


def _run(command: dict[str, Any]) -> None:
    """Be the command: its arguments, environment, files and exit code."""
    for stream, name in enumerate((os.devnull, command["stdout"], command["stderr"])):
        opened = os.open(name, os.O_RDWR if stream else os.O_RDONLY)
        os.dup2(opened, stream)
        os.close(opened)
    os.environ.clear()
    os.environ.update(command["environment"])
    faulthandler.dump_traceback_later(_MOST_SECONDS, exit=True)
    sys.argv = command["arguments"]
    code: Any = 1
    try:
        main()
        code = 0
    except SystemExit as ended:
        code = ended.code or 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve()
