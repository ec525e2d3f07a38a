"""Plays the story: the daemon as it is, a clock that runs fast, and a channel that prints what it is sent."""

import asyncio
import json
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TextIO

from monitor.core.money import Money
from monitor.daemon.app import App
from monitor.daemon.demo.account import KEY, SimulatedAccount
from monitor.daemon.demo.story import BUDGET, DAILY_BUDGET, FIRST_DAY, LOOP_PER_HOUR, LOOP_STARTS, MORNING, charges
from monitor.daemon.logs import configure_logging
from monitor.daemon.redact import Redactor
from monitor.daemon.settings import load_settings
from monitor.daemon.terminal import paint

NIGHT_ENDS = LOOP_STARTS + timedelta(minutes=50)
# Until when, and in how many seconds: the weeks, the quiet evening, the night until some minutes past the last alert.
ACTS = ((LOOP_STARTS - timedelta(minutes=90), 12.0), (LOOP_STARTS, 5.0), (NIGHT_ENDS, 14.0))
POLL_EVERY = "0.2s"
BAR = 30
WEB_PATIENCE_SECONDS = 3.0


class FastClock:
    """Weeks go by in seconds; the night goes slower, as there is more to see."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def __call__(self) -> datetime:
        passed, begins = time.monotonic() - self._started, FIRST_DAY
        for ends, seconds in ACTS:
            if passed < seconds or ends == NIGHT_ENDS:
                break
            passed, begins = passed - seconds, ends
        return begins + (ends - begins) * (passed / seconds)


async def demo(out: TextIO) -> int:
    """Play it; return 0 when the loop was caught."""
    clock = FastClock()
    heard: list[tuple[datetime, str]] = []

    def hear(message: dict[str, str]) -> None:
        heard.append((clock(), message["title"]))
        _print_message(out, clock(), message)

    out.write(_opening())
    with (
        tempfile.TemporaryDirectory() as folder,
        SimulatedAccount(clock, charges()) as account,
        Webhook(hear) as webhook,
    ):
        settings = load_settings(
            {
                "HOLYSHEEP_API_KEY": KEY,
                "MONITOR_SOURCES__HOLYSHEEP__BASE_URL": account.base_url,
                "MONITOR_POLL_INTERVAL": POLL_EVERY,
                "MONITOR_MONTHLY_BUDGET": str(BUDGET),
                "MONITOR_DAILY_BUDGET": str(DAILY_BUDGET),
                "MONITOR_NOTIFY": webhook.url,
                "MONITOR_GROUP_WAIT": "0",  # Minutes are fractions of a second here.
                "MONITOR_RULES__CLOCK_SKEW__ENABLED": "false",  # And the account's Date is the real one.
                "MONITOR_STATE_DIR": folder,
                "MONITOR_LISTEN": "127.0.0.1:0",  # A daemon that runs beside it keeps its own.
            },
            secrets_dir=Path(folder) / "none",
        )
        redact = Redactor(settings.secrets())
        configure_logging("console", "ERROR", redact, out)
        app = App(settings, redact, clock)
        running = asyncio.create_task(app.run())
        await _say_where(out, app)
        await asyncio.gather(_draw(out, clock, account), _end_with(running, app))
        out.write(_ending(account, heard))
    return 0 if heard else 1


async def _say_where(out: TextIO, app: App) -> None:
    """Print the address of the pages, which are there soon after the first poll."""
    with suppress(TimeoutError):
        async with asyncio.timeout(WEB_PATIENCE_SECONDS):
            while app.web is None:  # noqa: ASYNC110 - the daemon tells nobody when it has come so far.
                await asyncio.sleep(0.02)
            await app.web.opened.wait()
            out.write(f"While it lasts, it is shown at {app.web.address}\n\n")


async def _end_with(running: asyncio.Task[None], app: App) -> None:
    await asyncio.wait([running], timeout=sum(seconds for _, seconds in ACTS))
    app.stop()
    await running


async def _draw(out: TextIO, clock: Callable[[], datetime], account: SimulatedAccount) -> None:
    """Print a line for each ordinary day, then one for every few minutes of the night."""
    last = ""
    while (now := clock()) < NIGHT_ENDS:
        label = f"{now:%a %d %b}" if now < LOOP_STARTS else f"{now:%a %d %b} {now:%H}:{now.minute // 5 * 5:02d}"
        if label != last:
            spent = account.spent(FIRST_DAY)
            filled = min(int(spent / BUDGET * BAR), BAR)
            money = str(Money(spent, "USD"))
            out.write(
                f"{label:<16} {'█' * filled}{'·' * (BAR - filled)} {money:>8} of {Money(BUDGET, 'USD')} this month\n"
            )
            out.flush()
            last = label
        await asyncio.sleep(0.05)


def _print_message(out: TextIO, now: datetime, message: dict[str, str]) -> None:
    title = message["title"]
    word = title[1:].split("]")[0]
    body = "\n".join(f"    {line}" for line in message["message"].splitlines())
    out.write(f"\n  {now:%H:%M}  {paint(title, word, out)}\n{body}\n\n")
    out.flush()


def _opening() -> str:
    return (
        "A simulated account, polled by the real daemon; weeks pass in seconds. Nothing leaves this machine.\n"
        f"Budgets: {Money(BUDGET, 'USD')} a month, {Money(DAILY_BUDGET, 'USD')} a day. "
        "At 01:10 on 20 March a script begins to loop.\n\n"
    )


def _ending(account: SimulatedAccount, heard: list[tuple[datetime, str]]) -> str:
    if not heard:
        return "\nNothing was caught. That is a fault: please report it.\n"
    at, title = heard[0]
    minutes = int((at - LOOP_STARTS) / timedelta(minutes=1))
    burnt = sum((c.cost for c in account.charges if LOOP_STARTS <= c.at <= at), Decimal(0))
    hours = Decimal((MORNING - LOOP_STARTS) / timedelta(hours=1))
    return (
        f"\nCaught at {at:%H:%M}, {minutes} minutes into the loop, by: {title}\n"
        f"Spent by the loop until then: {Money(burnt, 'USD')}. "
        f"By {MORNING:%H:%M}, when people come to work, it would have been {Money(LOOP_PER_HOUR * hours, 'USD')}.\n"
        "Now watch your own account:\n"
        "  HOLYSHEEP_API_KEY=... MONITOR_MONTHLY_BUDGET=100 MONITOR_NOTIFY=discord://... spend-monitor run\n"
    )


class Webhook:
    """A real receiver on a loopback socket: what Apprise sends arrives here as it would anywhere."""

    def __init__(self, hear: Callable[[dict[str, str]], None]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                hear(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self._server.server_address[1]}/"

    def __enter__(self) -> "Webhook":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
