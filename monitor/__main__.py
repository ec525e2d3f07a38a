"""The command line."""

import argparse
import asyncio
import gc
import os
import ssl
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING

from monitor.commandline import ON_ALERTS, ON_REQUESTS, parser
from monitor.core.errors import LedgerError, SettingsError

if TYPE_CHECKING:
    from monitor.daemon.redact import Redactor
    from monitor.daemon.settings import Settings


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    if arguments.command == "demo":
        from monitor.daemon.demo import demo

        return asyncio.run(demo(sys.stdout))
    try:
        if arguments.command == "backtest":
            return _backtest(arguments)
        if arguments.command in ON_ALERTS:
            return _on_alerts(arguments)
        return _on_requests(arguments) if arguments.command in ON_REQUESTS else _command(arguments)
    except SettingsError as error:
        lines = "\n".join(f"  {problem}" for problem in error.problems)
        sys.stderr.write(f"spend-monitor cannot start, its settings are wrong:\n{lines}\n")
        return 2


def _on_requests(arguments: argparse.Namespace) -> int:
    """Run a command on the application's own requests: it polls nothing, and needs no source."""
    command = import_module(f"monitor.daemon.commands.{arguments.command}")
    try:
        answer: int = command.run(_settings(watching=False), arguments, sys.stdout, datetime.now(UTC))
    except LedgerError as error:
        sys.stderr.write(f"{error}: MONITOR_LEDGER says where it is\n")
        return 1
    return answer


def _command(arguments: argparse.Namespace) -> int:
    if arguments.command == "run":
        gc.disable()  # Imports make no garbage to speak of; `serve` enables it when they are done.
    # httpx would load its own command line, which nobody uses here, on the way to the first poll.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
    # Read in a thread while the rest is imported: a sixth of the way to the first poll.
    certificates = ThreadPoolExecutor(max_workers=1).submit(ssl.create_default_context)

    from monitor.daemon.logs import configure_logging
    from monitor.daemon.redact import Redactor

    settings = _settings()
    redact = Redactor(settings.secrets())
    # What a command prints is its answer: only the daemon's own log goes to stdout.
    stream = sys.stdout if arguments.command == "run" else sys.stderr
    level = settings.log_level if arguments.command == "run" else "ERROR"
    configure_logging(settings.log_format, level, redact, stream)
    return asyncio.run(_answer(settings, redact, certificates, arguments))


def _backtest(arguments: argparse.Namespace) -> int:
    """Judge the past: nothing is polled, told or kept, so no key is needed."""
    from monitor.daemon.commands.backtest import backtest
    from monitor.daemon.settings import load_settings

    return backtest(load_settings(os.environ, watching=False), arguments)


def _on_alerts(arguments: argparse.Namespace) -> int:
    """Show what the daemon has kept, or hand it an order: nothing is polled, so no key is needed."""
    from monitor.daemon.logs import configure_logging
    from monitor.daemon.redact import Redactor

    settings = _settings(watching=False)
    redact = Redactor(settings.secrets())
    configure_logging(settings.log_format, "ERROR", redact, sys.stderr)
    match arguments.command:
        case "alerts":
            from monitor.daemon.commands.alerts import list_alerts

            return list_alerts(settings, arguments)
        case "silences":
            from monitor.daemon.commands.silences import list_silences

            return list_silences(settings, arguments)
        case "history":
            from monitor.daemon.commands.history import show_history

            return show_history(settings, redact, arguments)
        case _:
            from monitor.daemon.commands.orders import give_order

            return give_order(settings, redact, arguments)


def _settings(*, watching: bool = True) -> "Settings":
    from monitor.daemon.settings import load_settings

    def judge_url(url: str) -> str | None:
        from monitor.daemon.sender import check_url  # Loads Apprise, which a good start does beside the first polls.

        return check_url(url)

    return load_settings(os.environ, judge_url=judge_url, watching=watching)


async def _answer(
    settings: "Settings", redact: "Redactor", certificates: Future[ssl.SSLContext], arguments: argparse.Namespace
) -> int:
    """Run one command; each imports only what it needs, as `run` is to poll at once."""
    match arguments.command:
        case "run":
            from monitor.daemon.start import serve

            return await serve(settings, redact, certificates)
        case "check":
            from monitor.daemon.commands.check import check

            return await check(settings, redact, arguments)
        case "status":
            from monitor.daemon.commands.status import status

            return await status(settings, redact, arguments)
        case "test-notify":
            from monitor.daemon.commands.notify import test_notify

            return await test_notify(settings, redact, arguments)
        case "doctor":
            from monitor.daemon.commands.doctor import doctor

            return await doctor(settings, redact, arguments)
        case _:
            from monitor.daemon.accounts import accounts_of
            from monitor.daemon.commands.probe import probe

            accounts = accounts_of(settings)
            if arguments.source not in accounts:
                raise SettingsError([f"no source is named {arguments.source}: there are {', '.join(accounts)}"])
            return await probe(accounts[arguments.source], sys.stdout, redact=redact)


if __name__ == "__main__":
    sys.exit(main())
