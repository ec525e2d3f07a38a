"""What can be typed: every command and its arguments."""

import argparse
import sys
from datetime import timedelta
from pathlib import Path

from monitor.core.budgets import Severity
from monitor.core.money import Money
from monitor.core.parsing.durations import parse_duration
from monitor.core.windows import Period

# The commands on what the daemon has told, which take its state folder and no key.
ON_ALERTS = ("alerts", "ack", "unack", "silence", "unsilence", "silences", "history")
# The commands on what an application itself has recorded.
ON_REQUESTS = ("report", "export", "prices", "compare", "breaker")
REPORTED = ("day", "model", "project", "key", "user", "tag", "status")
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
    top.add_argument("--version", action=_Version, nargs=0, help="print which release this is")
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
    _add_alert_commands(commands)
    _add_backtest(commands)
    _add_request_commands(commands)
    return top


class _Version(argparse.Action):
    """Looks the release up when it is asked for: every start would pay for that."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object, **__: object) -> None:
        from importlib.metadata import version

        sys.stdout.write(f"{parser.prog} {version('spend-monitor')}\n")
        parser.exit()


def _add_alert_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    alerts = commands.add_parser("alerts", help="what fires, is acknowledged or silenced, or was over lately")
    alerts.add_argument("--json", action="store_true", help="print it as JSON")
    ack = commands.add_parser("ack", help="acknowledge an alert: it is not said again unless it gets worse")
    ack.add_argument("alert", metavar="ALERT", help="its id, the beginning of one, or its key")
    until = ack.add_mutually_exclusive_group()
    until.add_argument(
        "--for", dest="span", type=_duration, metavar="D", help="such as 1h or 4h; else until it is over"
    )
    until.add_argument("--until-window-ends", action="store_true", help="until the budget begins anew")
    until.add_argument("--until-doubled", action="store_true", help="until twice of what is spent now is spent")
    unack = commands.add_parser("unack", help="take that back: the alert is said again")
    unack.add_argument("alert", metavar="ALERT", help="its id, the beginning of one, or its key")
    silence = commands.add_parser("silence", help="say nothing of the alerts that match, for a time")
    silence.add_argument("--for", dest="span", type=_duration, metavar="D", required=True, help="such as 4h")
    silence.add_argument("--reason", metavar="TEXT", required=True, help="why, for those who wonder")
    for matcher in ("rule", "subject", "key"):
        silence.add_argument(f"--{matcher}", metavar="P", help=f"a pattern of the {matcher}; * stands for anything")
    silences = commands.add_parser("silences", help="what is silenced, until when, by whom and why")
    silences.add_argument("--json", action="store_true", help="print it as JSON")
    unsilence = commands.add_parser("unsilence", help="end a silence before its time")
    unsilence.add_argument("silence", metavar="ID", help="as `silences` shows it, or the beginning of it")
    for command in (ack, unack, silence, unsilence):
        command.add_argument("--by", metavar="NAME", help="who says so; else the login name")
    history = commands.add_parser("history", help="what fired, what was said, and what became of it")
    history.add_argument("--days", type=_days, default=7, metavar="N", help="how far back; 7 unless it is said")
    history.add_argument("--alert", metavar="ALERT", help="only of this one: its id, the beginning of one, or its key")
    history.add_argument("--json", action="store_true", help="print the lines as they are kept")


def _add_backtest(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    backtest = commands.add_parser("backtest", help="what would have been told of a file of past spend, and when")
    backtest.add_argument(
        "file", metavar="FILE", type=Path, help="CSV or JSON, or a file of the daemon's own `sources`"
    )
    backtest.add_argument("--budget", type=_money, metavar="LIMIT", help="such as 500 or '700 CNY'; else as it is set")
    backtest.add_argument(
        "--period", type=_period, default=Period.MONTH, metavar="P", help="of --budget: hour, day, week, month, total"
    )
    backtest.add_argument(
        "--set", action="append", default=[], metavar="RULE.FIELD=VALUE", help="as threshold.warning=0.6; repeatable"
    )
    backtest.add_argument("--json", action="store_true", help="print it as JSON")


def _money(text: str) -> Money:
    try:
        limit = Money.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    if not limit.amount:
        raise argparse.ArgumentTypeError("is a budget of nothing: it must be above 0")
    return limit


def _period(text: str) -> Period:
    try:
        return Period(text.lower())
    except ValueError:
        raise argparse.ArgumentTypeError(f"is one of {', '.join(Period)}") from None


def _add_request_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
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
    breaker = commands.add_parser("breaker", help="what refuses your application's requests: open it, close it, see it")
    breaker.add_argument("action", choices=("status", "open", "close"), metavar="ACTION", help="status, open or close")
    breaker.add_argument("--for", dest="span", type=_duration, metavar="D", help="open: such as 1h; else until closed")
    breaker.add_argument("--reason", metavar="TEXT", help="open: why, for those who are refused")
    breaker.add_argument("--json", action="store_true", help="status: print JSON")


def _severity(text: str) -> Severity:
    try:
        return Severity[text.upper()]
    except KeyError:
        raise argparse.ArgumentTypeError("is one of ok, warning, critical, emergency") from None


def _duration(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 3_660:
        raise argparse.ArgumentTypeError("is not a number of days from 1 to 3660")
    return int(text)
