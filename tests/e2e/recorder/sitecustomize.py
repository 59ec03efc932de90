"""Imported by every Python that has this folder on PYTHONPATH: writes down each look-up and each connection."""

import os
import sys
from typing import Any

FILE = os.environ.get("LOOKUPS_FILE")
EVENTS = {"socket.getaddrinfo": 0, "socket.gethostbyname": 0, "socket.gethostbyaddr": 0, "socket.connect": 1}
"""The events of interest, and which of their arguments says whither."""


def note(event: str, arguments: tuple[Any, ...]) -> None:
    if event in EVENTS:
        whither = arguments[EVENTS[event]]
        port = arguments[1] if event == "socket.getaddrinfo" else ""
        line = f"{os.getpid()}\t{event}\t{whither!r}\t{port}\n"
        os.write(file, line.encode("utf-8", "backslashreplace"))


if FILE:
    file = os.open(FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    words = " ".join(sys.orig_argv)
    os.write(file, f"{os.getpid()}\tprocess\t{words!r}\t\n".encode())
    sys.addaudithook(note)
