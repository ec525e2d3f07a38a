"""A real account, a real channel and the real program, each its own process or thread, on loopback."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.daemon.receivers import HttpReceiver, wait_until

ROOT = Path(__file__).parent.parent.parent
KEY = "cr_acceptance_secret_key_0001"


@dataclass
class Account:
    """Answers as the tutorials of HolySheep show it; all of `spent` was spent today. Its clock is `ahead` of ours."""

    spent: str = "50"
    status: int = 200
    polls: int = 0
    port: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    ahead: timedelta = timedelta()
    strangers: list[str] = field(default_factory=list)

    def usage(self, first: date, last: date) -> dict[str, Any]:
        inside = first <= datetime.now(UTC).date() <= last
        cost = float(self.spent) if inside else 0
        return {"total_tokens": 1000 * inside, "request_count": 10 * inside, "cost": cost}

    def limits(self) -> dict[str, Any]:
        return {"quota_limit": 5000.0, "quota_used": float(self.spent), "rate_limit": 600}


@contextmanager
def account_server() -> Iterator[Account]:
    account = Account()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(account))
    server.daemon_threads = True
    server.block_on_close = False
    account.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield account
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(account: Account) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            status, body = account.status, {}
            if self.headers.get("Authorization") != f"Bearer {KEY}":
                account.strangers.append(self.path)
                status = 401
            elif url.path == "/v1/usage":
                first, last = date.fromisoformat(query["start_date"]), date.fromisoformat(query["end_date"])
                account.polls += 1
                body = account.usage(first, last)
            elif url.path == "/v1/usage/limits":
                body = account.limits()
            else:
                status = 404
            content = json.dumps(body if status == 200 else {"error": "no"}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            for name, text in account.headers.items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(content)

        def date_time_string(self, timestamp: float | None = None) -> str:  # noqa: ARG002
            return format_datetime(datetime.now(UTC) + account.ahead, usegmt=True)

        def log_message(self, *_: object) -> None:
            """Say nothing on the terminal."""

    return Handler


class World:
    """One installation: settings, state folder, and the daemons that were started on it."""

    def __init__(self, folder: Path, account: Account, channel: HttpReceiver) -> None:
        self.folder = folder
        self.account = account
        self.channel = channel
        self.daemons: list[subprocess.Popen[bytes]] = []
        self.log = folder / "log"
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOLYSHEEP_API_KEY": KEY,
            "MONITOR_SOURCES__HOLYSHEEP__BASE_URL": f"http://127.0.0.1:{account.port}/v1",
            "MONITOR_SOURCES__HOLYSHEEP__POLL_INTERVAL": "0.2s",
            "MONITOR_MONTHLY_BUDGET": "100",
            "MONITOR_NOTIFY": f"json://127.0.0.1:{channel.port}/",
            "MONITOR_STATE_DIR": str(folder / "state"),
            "MONITOR_LISTEN": "",
        }

    def start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            daemon = subprocess.Popen(
                [sys.executable, "-m", "monitor", "run"], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )
        self.daemons.append(daemon)
        return daemon

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "monitor", *arguments],
            cwd=ROOT,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    def titles(self) -> list[str]:
        """Return what reached the channel."""
        return [body["title"] for body in self.channel.bodies()] if self.channel.status == 200 else []

    def logged(self, event: str) -> int:
        return sum(json.loads(line)["event"] == event for line in self.log.read_text().splitlines())

    def some_polls(self, count: int = 4) -> None:
        """Wait until the daemon has polled that often more."""
        until = self.account.polls + count
        wait_until(lambda: self.account.polls >= until, 20)

    def spend(self, amount: str, messages: int) -> None:
        """Set what was spent, and wait until that many messages came in all."""
        self.account.spent = amount
        wait_until(lambda: len(self.channel.requests) >= messages and self.logged("told") >= messages, 20)

    def close(self) -> None:
        for daemon in self.daemons:
            if daemon.poll() is None:
                daemon.kill()
            daemon.wait()
