"""The command line."""

import argparse
import asyncio
import os
import ssl
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from monitor.core.budgets import Severity
from monitor.core.errors import LedgerError, SettingsError

if TYPE_CHECKING:
    from monitor.daemon.redact import Redactor
    from monitor.daemon.settings import Settings

LOCAL = ("report", "export", "prices", "compare")
REPORTED = ("day", "model", "project", "key", "user", "tag", "status")
MOST_DAYS = 3660
EPILOG = """\
Settings come from the environment. The least is one key:

  HOLYSHEEP_API_KEY=...  MONITOR_MONTHLY_BUDGET=100  MONITOR_NOTIFY=discord://...  spend-monitor run

Try it without any: spend-monitor demo
"""


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="spend-monitor",
        description="The smoke detector for AI API spend: polls your accounts, tells you before the money is gone.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("run", help="watch, until SIGTERM or SIGINT")
    commands.add_parser("demo", help="see a runaway night caught, with no configuration, in under a minute")
    check = commands.add_parser("check", help="poll every source once: 0 OK, 1 warning, 2 critical, 3 unknown")
    check.add_argument("--json", action="store_true", help="print the status document")
    notify = commands.add_parser("test-notify", help="send a sample message on each channel")
    notify.add_argument("--channel", metavar="NAME", help="only this one")
    notify.add_argument(
        "--severity", type=_severity, default=Severity.WARNING, metavar="S", help="ok, warning, critical, emergency"
    )
    status = commands.add_parser("status", help="what the daemon knows, from its snapshots")
    status.add_argument("--json", action="store_true", help="print the status document")
    status.add_argument("--health", action="store_true", help="only: exit 1 when no poll was saved lately")
    probe = commands.add_parser("probe", help="what a source's endpoints answer, and which settings would help")
    probe.add_argument("source", metavar="SOURCE", help="its name, such as holysheep")
    commands.add_parser("doctor", help="prove settings, keys, state folder and channels without sending")
    _add_local(commands)
    return top


def _add_local(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands on the ledger and the prices, which need no key."""
    report = commands.add_parser("report", help="what your application's requests cost, this period against the last")
    report.add_argument("--days", type=_days, default=7, metavar="N", help="today and the days before it (7)")
    report.add_argument("--by", choices=REPORTED, default=REPORTED[0], help="what to tell apart (day)")
    report.add_argument("--json", action="store_true", help="print JSON")
    report.add_argument("--csv", action="store_true", help="print CSV")
    export = commands.add_parser("export", help="every single request of your application")
    export.add_argument("--days", type=_days, default=30, metavar="N", help="of the last N days (30)")
    export.add_argument("--json", action="store_true", help="print a JSON object on each line, not CSV")
    prices = commands.add_parser("prices", help="what a model costs, and who says so")
    prices.add_argument("model", nargs="?", metavar="MODEL", help="gpt-4.1 or openai/gpt-4.1; none: all tables")
    prices.add_argument("--json", action="store_true", help="print JSON")
    compare = commands.add_parser("compare", help="what your last days would have cost on other models")
    compare.add_argument("model", nargs="*", metavar="MODEL", help="the models to compare, as provider/model")
    compare.add_argument("--days", type=_days, default=30, metavar="N", help="of the last N days (30)")
    compare.add_argument("--json", action="store_true", help="print JSON")


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    if arguments.command == "demo":
        from monitor.daemon.demo import demo

        return asyncio.run(demo(sys.stdout))
    try:
        return _local(arguments) if arguments.command in LOCAL else _command(arguments)
    except SettingsError as error:
        lines = "\n".join(f"  {problem}" for problem in error.problems)
        sys.stderr.write(f"spend-monitor cannot start, its settings are wrong:\n{lines}\n")
        return 2


def _local(arguments: argparse.Namespace) -> int:
    from importlib import import_module

    from monitor.daemon.settings.local import load_local

    command = import_module(f"monitor.daemon.commands.{arguments.command}")
    try:
        answer: int = command.run(load_local(os.environ), arguments, sys.stdout, datetime.now(UTC))
    except LedgerError as error:
        sys.stderr.write(f"{error}: MONITOR_LEDGER says where it is\n")
        return 1
    return answer


def _command(arguments: argparse.Namespace) -> int:
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


def _settings() -> "Settings":
    from monitor.daemon.settings import load_settings

    def judge_url(url: str) -> str | None:
        from monitor.daemon.sender import check_url  # Loads Apprise, which a good start does beside the first polls.

        return check_url(url)

    return load_settings(os.environ, judge_url=judge_url)


async def _answer(
    settings: "Settings", redact: "Redactor", certificates: Future[ssl.SSLContext], arguments: argparse.Namespace
) -> int:
    """Run one command; each imports only what it needs, as `run` is to poll at once."""
    match arguments.command:
        case "run":
            from monitor.daemon.app import serve

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
            from monitor.daemon.commands.probe import probe
            from monitor.daemon.wiring import accounts_of

            accounts = accounts_of(settings)
            if arguments.source not in accounts:
                raise SettingsError([f"no source is named {arguments.source}: there are {', '.join(accounts)}"])
            return await probe(accounts[arguments.source], sys.stdout, redact=redact)


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_DAYS:
        raise argparse.ArgumentTypeError(f"is a number of days, from 1 to {MOST_DAYS}")
    return int(text)


def _severity(text: str) -> Severity:
    try:
        return Severity[text.upper()]
    except KeyError:
        raise argparse.ArgumentTypeError("is one of ok, warning, critical, emergency") from None


if __name__ == "__main__":
    sys.exit(main())
