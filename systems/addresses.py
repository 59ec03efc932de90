"""The address of a server, without a path: scheme, host and port."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where a server listens. Equal addresses reach the same server.

    Attributes:
        scheme: `http` or `https`.
        host: case-folded.
        port: the scheme's default if the URL names none.
    """

    scheme: str
    host: str
    port: int

    @classmethod
    def parse(cls, url: str) -> "Address":
        """Reads a URL.

        Raises:
            ValueError: with a text that does not repeat the URL, if it is none of `https://host[:port]` or, on this
                machine only, `http://…`.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ValueError("is no address") from None
        if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
            raise ValueError("must begin with https:// and a host name")
        if parts.path not in {"", "/"} or parts.query or parts.fragment or parts.username or parts.password:
            raise ValueError("must name the server only, without path, query or user")
        host = parts.hostname.casefold()
        if parts.scheme == "http" and not is_loopback(host):
            raise ValueError("must begin with https:// (http:// only reaches this machine)")
        return cls(scheme=parts.scheme, host=host, port=port or DEFAULT_PORTS[parts.scheme])

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        suffix = "" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{suffix}"


def page(url: str) -> str:
    """An address with a path, as it stands.

    Raises:
        ValueError: with a text that does not repeat the URL, if it is none of `https://host[:port]/path` or, on this
            machine only, `http://…`.
    """
    path = url.partition("://")[2].partition("/")[2]
    if not path or not path.isascii() or not path.isprintable() or set(path) & set("?# "):
        raise ValueError("must have a path, and no query")
    Address.parse(url[: -len(path)])
    return url


def is_loopback(host: str) -> bool:
    """Whether a host name means this very machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
