"""The page: how much is sent for a first look, how soon it shows what a poll found, and what 200 open ones cost."""

import asyncio
import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from statistics import median

from playwright.sync_api import sync_playwright

from tests.benchmarks.memory import status
from tests.benchmarks.polling import cpu_seconds
from tests.benchmarks.rig import Rig, daemon, environ, folder, report
from tests.web.browser import CHROMIUM, OPTIONS
from tests.web.first_look import first_look, long_watched

SOURCES, PAGES = 50, 200
SETTLE_SECONDS, WATCH_SECONDS = 5.0, 20.0
# Notes when the first line shows another amount than before.
WATCHING = """() => {
  window.shown = [];
  let last = document.querySelector("h1").textContent;
  new MutationObserver(() => {
    const now = document.querySelector("h1").textContent;
    if (now !== last) { last = now; window.shown.push(Date.now() / 1000); }
  }).observe(document.querySelector("main"), {subtree: true, childList: true, characterData: true});
}"""


def main() -> None:
    with folder() as place:
        _, sent = asyncio.run(first_look(long_watched(place, SOURCES)))
    report(f"first look at {SOURCES} sources of 90 days", sum(sent.values()) / 1000, 300, "KB")
    events()
    browser()
    pages()


def events() -> None:
    """Time the way from the last byte of an account's answer to the event in which a program reads its cost."""
    names = {f"s{number:02}": "5s" for number in range(SOURCES)}
    with Rig() as rig, folder() as place:
        rig.cost = _growing()
        environment = environ(rig, place / "state", names, MONITOR_MONTHLY_BUDGET="1000000")
        with daemon(environment, place / "log"):
            time.sleep(SETTLE_SECONDS)
            crowd = [_asking("/events?parts=1")] * (PAGES - 1)
            with _open(environment, [*crowd, _asking("/events")]) as readers:
                lags = list(_lags(rig, readers))
    print(f"{len(lags)} polls of {SOURCES} sources, {PAGES} readers: median {median(lags):.2f} s from answer to event")
    report("the slowest of them", max(lags), 1.0, "s")


def browser() -> None:
    """Time the way to the pixels: until the sentence of an open page tells the new amount."""
    if not CHROMIUM:
        print("there is no Chromium here: apt-get install chromium")
        return
    with Rig() as rig, folder() as place:
        rig.cost = _growing()
        environment = environ(rig, place / "state", {"account": "2s"}, MONITOR_MONTHLY_BUDGET="1000000")
        with daemon(environment, place / "log"), sync_playwright() as playwright:
            time.sleep(SETTLE_SECONDS)
            chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
            page = chromium.new_page()
            page.goto(f"http://{environment['MONITOR_LISTEN']}")
            page.evaluate(WATCHING)
            page.wait_for_timeout(WATCH_SECONDS * 1000)
            monotonic = time.monotonic() - time.time()
            shown = [at + monotonic for at in page.evaluate("window.shown")]
            chromium.close()
        lags = [at - max(one.at for one in rig.answered if one.at <= at) for at in shown]
    print(f"{len(lags)} polls in Chromium: median {median(lags):.2f} s from answer to the page's first line")
    report("the slowest of them", max(lags), 1.0, "s")


def pages() -> None:
    names = {f"s{number:02}": "5s" for number in range(10)}
    with Rig() as rig, folder() as place:
        environment = environ(rig, place / "state", names)
        with daemon(environment, place / "log") as process:
            time.sleep(SETTLE_SECONDS)
            before, size = _share(process.pid), status(process.pid, "VmRSS")
            with _open(environment, [_asking("/events?parts=1")] * PAGES) as readers:
                time.sleep(SETTLE_SECONDS)
                with_pages, grown = _share(process.pid, readers), status(process.pid, "VmRSS")
    print(f"CPU of one core: {before:.1f} % without pages, {with_pages:.1f} % with {PAGES}, ten sources each 5 s")
    report(f"{PAGES} open pages cost", with_pages - before, 10, "% of one core")
    report(f"{PAGES} open pages take", (grown - size) / 1024, 30, "MiB")


def _growing() -> Callable[[], float]:
    """Return a cost that is another at each look."""
    began = time.monotonic()
    return lambda: round(time.monotonic() - began, 4)


def _asking(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


@contextmanager
def _open(environment: Mapping[str, str], requests: list[bytes]) -> Iterator[list[socket.socket]]:
    host, _, port = environment["MONITOR_LISTEN"].rpartition(":")
    with ExitStack() as stack:
        opened = [stack.enter_context(socket.create_connection((host, int(port)))) for _ in requests]
        for one, request in zip(opened, requests, strict=True):
            one.sendall(request)
        yield opened


def _lags(rig: Rig, readers: list[socket.socket]) -> Iterator[float]:
    """Yield the seconds from each answer from now on to its event at the last reader; the others read and drop."""
    found, begun = b"", time.monotonic()
    for reader in readers:
        reader.settimeout(0)
    while time.monotonic() - begun < WATCH_SECONDS:
        time.sleep(0.005)
        for reader in readers[:-1]:
            _received(reader)
        found += _received(readers[-1])
        now = time.monotonic()
        *events, found = found.split(b"\n\n")
        answered = {f"{one.cost:.4f}": one.at for one in rig.answered if one.at > begun}
        for event in events:
            if b"event: change" in event:
                told = json.loads(event.partition(b"data: ")[2])
                costs = [source["spend"]["today"] for source in told.get("sources", ())]
                yield from (now - answered[cost] for cost in costs if cost in answered)


def _share(pid: int, readers: list[socket.socket] | None = None) -> float:
    """Return the CPU that a process takes, in percent of one core; what is sent to `readers` is read and dropped."""
    for reader in readers or []:
        reader.settimeout(0)
    used, began = cpu_seconds(pid), time.monotonic()
    while time.monotonic() - began < WATCH_SECONDS:
        time.sleep(0.5)
        for reader in readers or []:
            _received(reader)
    return (cpu_seconds(pid) - used) / (time.monotonic() - began) * 100


def _received(reader: socket.socket) -> bytes:
    """Return all that is there."""
    pieces = []
    try:
        while piece := reader.recv(1 << 16):
            pieces.append(piece)
    except BlockingIOError:
        pass
    return b"".join(pieces)


if __name__ == "__main__":
    main()
