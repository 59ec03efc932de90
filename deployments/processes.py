"""The processes of an installation, and the settings that each of them wants: every kind of host starts the same."""

import os
import signal
import sys
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, NoReturn

from dotenv import dotenv_values

from deployments.blueprint import POOL
from systems.errors import Refused
from systems.settings import SHORTEST_SECRET

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


def require_password(environment: Mapping[str, str]) -> None:
    """Makes sure that Prefect's server asks for a password wherever others than this machine reach it.

    Raises:
        Refused: it would be open to whoever comes.
    """
    host = "0.0.0.0" if environment.get("PORT") else environment.get("PREFECT_SERVER_API_HOST", "")  # noqa: S104 - compared
    if not host or _is_here(host):
        return
    _, _, password = environment.get("PREFECT_SERVER_API_AUTH_STRING", "").partition(":")
    if len(password.encode()) < SHORTEST_SECRET:
        cause = f"its server would be reached from beyond this machine ({host}) without a password that is long enough"
        cure = (
            f"Set PREFECT_SERVER_API_AUTH_STRING to a name, a colon and {SHORTEST_SECRET} characters or more, and "
            "PREFECT_API_AUTH_STRING to the same wherever leadsync runs."
        )
        raise Refused("Prefect", cause, cure)


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


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

    Raises:
        Refused: it is the server, and would be open to others.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    environment = settings(os.environ)
    if process == "server":
        require_password(environment)
    arguments = command(process, environment)
    Path(environment["TMPDIR"]).mkdir(parents=True, exist_ok=True)
    os.execve(arguments[0], arguments, environment)  # noqa: S606 - a list of arguments, and no shell on purpose
