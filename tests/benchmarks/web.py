"""The web: what it costs idle, and a scrape of a thousand sources."""

import time
import urllib.request
from statistics import median

from tests.benchmarks.memory import status
from tests.benchmarks.rig import Rig, daemon, environ, folder, report, wait_for

SOURCES = 1_000
SETTLE_SECONDS = 4.0


def main() -> None:
    idle()
    scrape()


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
