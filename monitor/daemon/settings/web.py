"""How the settings of the web server are read. No message repeats the text: it may be a secret in the wrong place."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from monitor.daemon.settings.fields import web_address
from monitor.daemon.settings.values import Secret

UNIX = "unix:"
# Who guesses has two tries a minute from each address; a shorter word falls to many addresses.
SHORTEST_TOKEN = 16
# What the kernel takes for the name of a socket: https://man7.org/linux/man-pages/man7/unix.7.html
_LONGEST_SOCKET = len(UNIX) + 107
_LISTEN = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):(?P<port>[0-9]{1,5})")


def parse_listen(text: str) -> str:
    if text.startswith(UNIX) and Path(text.removeprefix(UNIX)).is_absolute() and len(text) <= _LONGEST_SOCKET:
        return text
    match = _LISTEN.fullmatch(text) if text else None
    if text and (match is None or int(match["port"]) > 65_535 or (match["host"][0] == "[" and not _address(text))):
        raise ValueError("is not an address to listen on: write it as host:port, or leave it empty for none")
    return text


def is_loopback(listen: str) -> bool:
    """Tell whether only this machine reaches `host:port`, or the socket."""
    address = _address(listen)
    return listen.lower().startswith(("localhost:", UNIX)) if address is None else address.is_loopback


def parse_readable_file(text: str) -> Path:
    path = Path(text)
    try:
        with path.open("rb"):
            return path
    except OSError as error:
        raise ValueError(f"is a file that cannot be read: {error.strerror}") from error


def parse_proxies(text: str) -> tuple[str, ...]:
    """Read addresses and networks; `unix` is whoever connects to a socket."""
    names = tuple(text.replace(",", " ").split())
    for name in names:
        try:
            ip_network(name, strict=False)
        except ValueError:
            if name != "unix":
                raise ValueError(
                    "holds what is no address and no network: write 10.0.0.1, 10.0.0.0/8 or unix"
                ) from None
    return names


def parse_public_url(text: str) -> str:
    """Read `https://host[:port]`; what is behind it would not be ours."""
    address = web_address(text)
    url = urlsplit(text)
    if "@" in address or url.path not in ("", "/") or url.query or url.fragment:
        raise ValueError("is more than the address of a host: write it as https://monitor.example")
    return f"{url.scheme}://{address.lower()}"


def parse_alertmanager(text: str) -> Secret:
    """Read `https://user:password@host:9093/prefix`; what its API adds is added by us."""
    web_address(text)
    url = urlsplit(text)
    if url.query or url.fragment or "/api/" in url.path:
        raise ValueError("is more than the address of an Alertmanager: write it as http://host:9093")
    return Secret(text)


def _address(listen: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(listen.rpartition(":")[0].strip("[]"))
    except ValueError:
        return None
