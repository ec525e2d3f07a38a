"""A thousand slow or half-open connections, which come back as often as they are closed: what polls and alerts lose."""

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path

import trustme

from tests.benchmarks.rig import Rig, daemon, environ, folder, report, wait_for

CROWD = 1_000
SETTLE_SECONDS, WATCH_SECONDS = 4.0, 10.0
# Of a budget of 100.
NEARLY_ALL = 96.0
SLOW_HEAD = b"GET /healthz HTTP/1.1\r\nX-Slow: "
HALF_A_HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"


def main() -> None:
    alone = measured(None)
    print(f"alone: largest gap between polls each 0.5 s {alone[0]:.2f} s, an alert in {alone[1]:.2f} s")
    for what, begun, secure in (
        ("slow", SLOW_HEAD, False),
        ("half-open", b"", False),
        ("half-open TLS", HALF_A_HELLO, True),
    ):
        gap, told = measured(begun, secure=secure)
        print(f"with {CROWD} {what} connections: largest gap {gap:.2f} s, an alert in {told:.2f} s")
        report("  a poll is later by", gap - alone[0], 0.5, "s")
        report("  an alert is later by", told - alone[1], 0.5, "s")


def measured(begun: bytes | None, *, secure: bool = False) -> tuple[float, float]:
    """Return the largest gap between two polls, and how long an alert takes from the answer to the message."""
    with Rig() as rig, folder() as place:
        environment = environ(rig, place / "state", {"account": "0.5s"})
        environment |= _certificate(place) if secure else {}
        with daemon(environment, place / "log"):
            time.sleep(SETTLE_SECONDS)
            with _crowd(environment, begun):
                time.sleep(SETTLE_SECONDS)
                gap = _largest_gap(rig)
                rig.cost = lambda: NEARLY_ALL
                if not wait_for(lambda: bool(rig.told), 20):
                    raise SystemExit("no alert came")
                return gap, rig.told[0].at - next(one.at for one in rig.answered if one.cost == NEARLY_ALL)


@contextmanager
def _crowd(environment: Mapping[str, str], begun: bytes | None) -> Iterator[None]:
    """Keep the connections open, each with `begun` sent; None: nobody comes."""
    over = threading.Event()
    host, _, port = environment["MONITOR_LISTEN"].rpartition(":")

    def come() -> socket.socket:
        guest = socket.create_connection((host, int(port)))
        guest.settimeout(0)
        guest.send(begun or b"")
        return guest

    def keep() -> None:
        guests = [come() for _ in range(CROWD)]
        while not over.wait(1.0):
            for place, guest in enumerate(guests):
                if _is_closed(guest):
                    guest.close()
                    guests[place] = come()
        for guest in guests:
            guest.close()

    thread = threading.Thread(target=keep)
    if begun is not None:
        thread.start()
    try:
        yield
    finally:
        over.set()
        if begun is not None:
            thread.join()


def _is_closed(guest: socket.socket) -> bool:
    with suppress(BlockingIOError):
        try:
            return guest.recv(1 << 16) == b""
        except ConnectionResetError:
            return True
    return False


def _certificate(place: Path) -> Mapping[str, str]:
    chain = place / "chain.pem"
    trustme.CA().issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(chain)
    return {"MONITOR_WEB_CERTIFICATE": str(chain)}


def _largest_gap(rig: Rig) -> float:
    seen = len(rig.arrived)
    time.sleep(WATCH_SECONDS)
    return max(after - before for before, after in pairwise(rig.arrived[seen:]))


if __name__ == "__main__":
    main()
