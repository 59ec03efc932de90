"""The processes of an installation, and the settings that each of them wants: every kind of host starts the same."""

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NoReturn

from dotenv import dotenv_values

from deployments.blueprint import POOL

FILE = Path(__file__).with_name("prefect.env")
"""Prefect's settings that its own defaults get wrong; whatever the environment says counts more."""

Process = Literal["server", "worker", "cron"]


def command(process: Process, environment: Mapping[str, str]) -> list[str]:
    """The command line of a process.

    Args:
        process: `server` is Prefect's API, UI and scheduler, `worker` runs the flows, `cron` answers other schedulers.
        environment: PORT is the port that a host such as Railway asks for; it is then listened on from everywhere.
    """
    port = environment.get("PORT", "")
    listening = ["--host", "0.0.0.0", "--port", port] if port else []  # noqa: S104 - the host's router is in front
    prefect = [sys.executable, "-m", "prefect"]
    if process == "server":
        return [*prefect, "server", "start", *listening]
    if process == "worker":
        return [*prefect, "worker", "start", "--pool", POOL, "--type", "process"]
    return [str(Path(sys.executable).with_name("leadsync")), "serve-cron", *listening]


def settings(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment with the settings of `prefect.env`, and folders of this user's, where it says nothing itself.

    Prefect unpacks its UI into the installed package unless it is told where, and puts runs into a folder of /tmp that
    belongs to whichever user was first.
    """
    state = Path(environment.get("PREFECT_HOME") or Path.home() / ".prefect")
    shipped = {name: value for name, value in dotenv_values(FILE).items() if value is not None}
    ours = {
        "LEADSYNC_HOME": str(Path(__file__).resolve().parent.parent),
        "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(state / "ui"),
        "TMPDIR": str(state / "tmp"),
    }
    return {**ours, **shipped, **environment}


def become(process: Process) -> NoReturn:
    """Turns this process into the wanted one, so that signals reach it.

    A shell may have started us with SIGINT ignored; the worker, which stops itself by it, could then not be stopped.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    environment = settings(os.environ)
    arguments = command(process, environment)
    Path(environment["TMPDIR"]).mkdir(parents=True, exist_ok=True)
    os.execve(arguments[0], arguments, environment)  # noqa: S606 - a list of arguments, and no shell on purpose
