"""`spend-monitor ack`, `unack`, `silence` and `unsilence`: hand an order to the daemon, and say what became of it."""

import getpass
import os
import sys
from argparse import Namespace
from datetime import datetime
from pathlib import Path
from time import monotonic, sleep

from monitor.core.alerting.obey import obey
from monitor.core.alerting.orders import Acknowledge, AddSilence, Answer, EndSilence, Order, Unacknowledge, Until
from monitor.core.errors import InboxError
from monitor.daemon.app import utc_now
from monitor.daemon.commands.once import alerts_remembered
from monitor.daemon.folder import in_use
from monitor.daemon.inbox import Inbox, answer_to, hand_over
from monitor.daemon.redact import Redactor
from monitor.daemon.settings import Settings

PATIENCE_SECONDS, LOOK_EVERY_SECONDS = 5.0, 0.05
KEPT = "No daemon is running: it is kept, and carried out at the next start."
UNANSWERED = "The daemon did not answer in time: it is kept, and carried out when the daemon looks again."


def give_order(settings: Settings, redact: Redactor, arguments: Namespace) -> int:
    """Return 0 when it was carried out or kept, 1 when it was refused or not answered, 2 when it is incomplete."""
    if arguments.command == "silence" and not (arguments.rule or arguments.subject or arguments.key):
        sys.stderr.write("say what is to be silent: --rule, --subject or --key; everything is --key '*'\n")
        return 2
    order = order_of(arguments, utc_now())
    folder = settings.state_dir
    if os.access(folder, os.F_OK) and not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        sys.stderr.write(f"{folder} is another user's: say this as that user, or as root\n")
        return 1
    running = in_use(folder)
    expected = Answer("") if running else _foreseen(settings, order)
    if expected.refused is not None:
        print(redact(expected.words))  # noqa: T201
        return 1
    try:
        path = hand_over(folder, order)
    except InboxError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    answer = _answer(path) if running else expected
    if answer is not None:
        print(redact(answer.words))  # noqa: T201
    if not running:
        print(KEPT)  # noqa: T201
        return 0
    if answer is None:
        print(UNANSWERED)  # noqa: T201
    return 0 if answer is not None and answer.refused is None else 1


def order_of(arguments: Namespace, now: datetime) -> Order:
    by = arguments.by or _login_name()
    match arguments.command:
        case "ack":
            until: datetime | Until | None = now + arguments.span if arguments.span else None
            if arguments.until_window_ends or arguments.until_doubled:
                until = Until.DOUBLED if arguments.until_doubled else Until.WINDOW_ENDS
            return Acknowledge(arguments.alert, by, now, until)
        case "unack":
            return Unacknowledge(arguments.alert, by, now)
        case "silence":
            rule, subject, key = (text or "*" for text in (arguments.rule, arguments.subject, arguments.key))
            return AddSilence(now + arguments.span, by, arguments.reason, now, rule, subject, key)
        case _:
            return EndSilence(arguments.silence, by, now)


def _foreseen(settings: Settings, order: Order) -> Answer:
    """Return what the daemon will answer, from what it had saved and what is kept for it: a typo is told now."""
    state, damaged = alerts_remembered(settings)
    for line in damaged:
        sys.stderr.write(f"cannot read {line}\n")
    now = utc_now()
    for _, kept in Inbox(settings.state_dir).take():
        state, _ = obey(state, kept, now, settings.timezone)
    return obey(state, order, now, settings.timezone)[1]


def _answer(path: Path) -> Answer | None:
    until = monotonic() + PATIENCE_SECONDS
    while monotonic() < until:
        taken = not path.exists()
        answer = answer_to(path)
        if answer is not None:
            return answer
        if taken:
            return Answer("The daemon has taken it, and could not leave an answer: see `spend-monitor alerts`")
        sleep(LOOK_EVERY_SECONDS)
    return None


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"
