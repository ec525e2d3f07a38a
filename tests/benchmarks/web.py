"""The web: what it costs idle, a scrape of a thousand sources, 200 open pages, and a thousand slow connections."""

import socket
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from statistics import median

from tests.benchmarks.memory import status
from tests.benchmarks.rig import Rig, daemon, environ, folder, report, wait_for
from tests.benchmarks.thousand import cpu_seconds

SOURCES, PAGES, SLOW = 1_000, 200, 1_000
SETTLE_SECONDS, WATCH_SECONDS = 4.0, 20.0


def main() -> None:
    idle()
    scrape()
    pages()
    slow()


def idle() -> None:
    """Compare daemons with and without the web, each with one source."""
    sizes: dict[bool, list[int]] = {True: [], False: []}
    for _ in range(3):
        for web in sizes:
            with Rig() as rig, folder() as place:
                environment = environ(rig, place / "state")
                environment |= {} if web else {"MONITOR_LISTEN": ""}
                with daemon(environment, place / "log") as process:
                    time.sleep(SETTLE_SECONDS)
                    sizes[web].append(status(process.pid, "VmRSS"))
    report("web on and idle adds", (median(sizes[True]) - median(sizes[False])) / 1024, 6, "MiB")


def scrape() -> None:
    names = {f"s{number:04}": "60s" for number in range(SOURCES)}
    with Rig() as rig, folder() as place:
        environment = environ(rig, place / "state", names, MONITOR_MONTHLY_BUDGET="1000000")
        with daemon(environment, place / "log"):
            here = f"http://{environment['MONITOR_LISTEN']}"
            if not wait_for(lambda: _code(f"{here}/readyz") == 200, 240, 0.5):
                raise SystemExit(f"not ready: {(place / 'log').read_text()[-2000:]}")
            size = len(_body(f"{here}/metrics"))  # The first makes the rows.
            times = []
            for _ in range(20):
                began = time.monotonic()
                _body(f"{here}/metrics")
                times.append(time.monotonic() - began)
                time.sleep(0.3)
    print(f"/metrics with {SOURCES} sources: {size / 1024:.0f} KiB, slowest of 20 {max(times) * 1000:.0f} ms")
    report(f"/metrics with {SOURCES} sources", median(times) * 1000, 50, "ms")


def pages() -> None:
    names = {f"s{number:02}": "5s" for number in range(10)}
    with Rig() as rig, folder() as place:
        environment = environ(rig, place / "state", names)
        with daemon(environment, place / "log") as process:
            time.sleep(SETTLE_SECONDS)
            before, size = _share(process.pid), status(process.pid, "VmRSS")
            with _open(environment, [b"GET /events?parts=1 HTTP/1.1\r\nHost: localhost\r\n\r\n"] * PAGES) as readers:
                time.sleep(SETTLE_SECONDS)
                with_pages, grown = _share(process.pid, readers), status(process.pid, "VmRSS")
    print(f"CPU of one core: {before:.1f} % without pages, {with_pages:.1f} % with {PAGES}, ten sources each 5 s")
    report(f"{PAGES} open pages cost", with_pages - before, 10, "% of one core")
    report(f"{PAGES} open pages take", (grown - size) / 1024, 30, "MiB")


def slow() -> None:
    """Find how long polls keep the account waiting, with and without a crowd that never ends its request."""
    with Rig() as rig, folder() as place:
        environment = environ(rig, place / "state", {"account": "0.5s"})
        with daemon(environment, place / "log"):
            time.sleep(SETTLE_SECONDS)
            alone = _largest_gap(rig)
            with _open(environment, [b"GET /healthz HTTP/1.1\r\nX-Slow: "] * SLOW):
                crowded = _largest_gap(rig)
                answered = _code(f"http://{environment['MONITOR_LISTEN']}/healthz")
                began, rig.cost = time.monotonic(), lambda: 96.0
                wait_for(lambda: bool(rig.told), 20)
                told = time.monotonic() - began
    print(f"largest gap between polls each 0.5 s: {alone:.2f} s alone; /healthz in the crowd: {answered}")
    report(f"the same with {SLOW} slow connections", crowded, 1.0, "s")
    report("an alert in that crowd, from the money to the message", told, 1.5, "s")


@contextmanager
def _open(environment: Mapping[str, str], begun: list[bytes]) -> Iterator[list[socket.socket]]:
    host, _, port = environment["MONITOR_LISTEN"].rpartition(":")
    with ExitStack() as stack:
        opened = [stack.enter_context(socket.create_connection((host, int(port)))) for _ in begun]
        for one, words in zip(opened, begun, strict=True):
            try:
                one.sendall(words)
            except OSError:
                continue  # It had to make room.
        yield opened


def _share(pid: int, readers: list[socket.socket] | None = None) -> float:
    """Return the CPU that a process takes, in percent of one core; what is sent to `readers` is read and dropped."""
    for reader in readers or []:
        reader.settimeout(0)
    used, began = cpu_seconds(pid), time.monotonic()
    while time.monotonic() - began < WATCH_SECONDS:
        time.sleep(0.5)
        for reader in readers or []:
            try:
                while reader.recv(1 << 16):
                    continue
            except BlockingIOError:
                continue
    return (cpu_seconds(pid) - used) / (time.monotonic() - began) * 100


def _largest_gap(rig: Rig) -> float:
    seen = len(rig.arrived)
    time.sleep(WATCH_SECONDS / 2)
    times = rig.arrived[seen:]
    return max(after - before for before, after in pairwise(times))


def _body(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310
        content: bytes = answer.read()
    return content


def _code(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310
            return int(answer.status)
    except OSError:
        return 0


if __name__ == "__main__":
    main()
