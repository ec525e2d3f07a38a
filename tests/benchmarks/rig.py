"""What the benchmarks share: an account and a webhook on one loopback port, and a daemon as a process of its own."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from monitor.daemon.demo.account import KEY

ROOT = Path(__file__).resolve().parents[2]
BALANCE = b'{"is_available": true, "balance_infos": [{"currency": "USD", "total_balance": "%.4f"}]}'


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer of the account: when its last byte was handed to the kernel, and the cost in it."""

    at: float
    path: str
    cost: float


@dataclass(frozen=True, slots=True)
class Told:
    """One message that reached the webhook; `at` is the monotonic clock."""

    at: float
    title: str
    body: str


@dataclass(slots=True)
class Rig:
    """Answers polls with `cost(now)`, takes messages, and notes when. It costs this process, never the daemon."""

    cost: Callable[[], float] = lambda: 1.0
    arrived: list[float] = field(default_factory=list)
    answered: list[Answered] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    port: int = 0
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _thread: threading.Thread | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def webhook(self) -> str:
        return f"json://127.0.0.1:{self.port}/told"

    def __enter__(self) -> Self:
        started = threading.Event()

        async def serve() -> None:
            server = await self._loop.create_server(lambda: _Connection(self), "127.0.0.1", 0, backlog=1024)
            self.port = server.sockets[0].getsockname()[1]
            started.set()

        def run() -> None:
            self._loop.run_until_complete(serve())
            self._loop.run_forever()

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()
        started.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        if self._thread is not None:
            self._thread.join()
            self._loop.close()

    def answer(self, path: str) -> tuple[bytes, float]:
        if path.startswith("/v1/usage/limits"):
            return b'{"requests_per_minute": 600}', 0.0
        cost = self.cost()
        if path.startswith("/user/balance"):
            return BALANCE % (1000 - cost), cost
        row = {"cost": f"{cost:.4f}"}
        usage = {
            "total_tokens": 1000,
            "request_count": 10,
            **row,
            "daily": [{"date": datetime.now(UTC).date().isoformat(), **row}],
            "models": [{"model": "gpt-4.1", **row, "total_tokens": 1000}],
        }
        return json.dumps(usage).encode(), cost


class _Connection(asyncio.Protocol):
    """Just enough HTTP/1.1 for httpx and requests."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._received = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, rest = self._received.partition(b"\r\n\r\n")
            first, *headers = head.decode("latin-1").split("\r\n")
            length = next((int(line[15:]) for line in headers if line.lower().startswith("content-length:")), 0)
            if len(rest) < length:
                return
            self._received = rest[length:]
            method, path, _ = first.split(" ")
            if method == "POST":
                self._take(rest[:length], now)
            else:
                self._rig.arrived.append(now)
                self._give(path)

    def _take(self, content: bytes, now: float) -> None:
        message = json.loads(content)
        self._rig.told.append(Told(now, message["title"], message["message"]))
        self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    def _give(self, path: str) -> None:
        body, cost = self._rig.answer(path)
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode() + body)
        self._rig.answered.append(Answered(time.monotonic(), path, cost))


@contextmanager
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="benchmark-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def environ(
    rig: Rig, state: Path, sources: Mapping[str, str] | None = None, kind: str = "holysheep", **more: str
) -> dict[str, str]:
    """Return a whole environment: one source `account` (or `sources`, name to interval), one webhook."""
    base = {name: text for name, text in os.environ.items() if name in ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH")}
    for name, interval in (sources or {"account": "60s"}).items():
        prefix = f"MONITOR_SOURCES__{name.upper()}__"
        base |= {
            f"{prefix}KIND": kind,
            f"{prefix}API_KEY": KEY,
            f"{prefix}BASE_URL": rig.base_url,
            f"{prefix}POLL_INTERVAL": interval,
        }
    settings = {
        "MONITOR_NOTIFY": rig.webhook,
        "MONITOR_GROUP_WAIT": "0",
        "MONITOR_MONTHLY_BUDGET": "100",
        "MONITOR_STATE_DIR": str(state),
        "MONITOR_LISTEN": f"127.0.0.1:{_free_port()}",
        "MONITOR_LOG_FORMAT": "json",
    }
    return {**base, **settings, **more}


def start(environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start the real daemon; what it logs is appended to `log`."""
    with log.open("ab") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "monitor", "run"],
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )


@contextmanager
def daemon(environment: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = start(environment, log)
    try:
        yield process
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_for(what: Callable[[], bool], seconds: float, step: float = 0.001) -> bool:
    """Wait until `what()` is so; return whether it came to be."""
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(step)
    return True


def report(what: str, figure: float, goal: float, unit: str) -> None:
    """Print a figure where less is better."""
    verdict = "met" if figure <= goal else "MISSED"
    print(f"{what}: {figure:.3g} {unit}; goal <= {goal:g} {unit}: {verdict} ({figure / goal:.2f} of the goal)")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
