"""Private places to listen on: loopback ports and Unix sockets."""

import socket
import tempfile
from pathlib import Path

LONGEST_SOCKET_PATH = 107  # bytes; the kernel's sockaddr_un holds 108 with the closing zero
LONGEST_SOCKET_NAME = len("/.s.PGSQL.5432")


def listen_on_loopback(port: int = 0) -> socket.socket:
    """Bind a loopback port and listen, so that nobody can take the port before the server is up; 0 takes a free one."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if port:
        # A server that died has left connections, for which the kernel keeps its port.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(128)
    return listener


def free_port() -> int:
    """A loopback port that is free now, for servers that cannot inherit a socket."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def socket_directory(wanted: Path) -> Path:
    """Make a 0700 directory for Unix sockets: `wanted`, or a short one where that path is too long."""
    if len(bytes(wanted)) + LONGEST_SOCKET_NAME > LONGEST_SOCKET_PATH:
        return Path(tempfile.mkdtemp(prefix="leadsync-"))
    wanted.mkdir(mode=0o700, parents=True)
    return wanted
