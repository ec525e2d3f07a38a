"""`spend-monitor history`: what fired, what was said of it, and what became of it, the newest last."""

import sys
from argparse import Namespace
from collections.abc import Iterable
from datetime import timedelta, tzinfo

from monitor.core.alerting.events import Attempt, Event, What
from monitor.core.telling.phrases import clock
from monitor.daemon.app import utc_now
from monitor.daemon.history import Record, encoded, is_about, read_history
from monitor.daemon.redact import Redactor
from monitor.daemon.settings import Settings
from monitor.daemon.terminal import table

_OF_SILENCES = (What.SILENCED, What.UNSILENCED)


def show_history(settings: Settings, redact: Redactor, arguments: Namespace) -> int:
    since = utc_now() - timedelta(days=arguments.days)
    try:
        kept = [record for record in read_history(settings.state_dir) if record.at >= since]
    except OSError as error:
        sys.stderr.write(f"the history cannot be read: {error.strerror}\n")
        return 1
    if arguments.alert:
        kept = [record for record in kept if is_about(record, arguments.alert)]
    if arguments.json:
        for record in kept:
            sys.stdout.write(redact(encoded(record).decode()))
    elif kept:
        sys.stdout.write(redact(history_text(kept, settings.timezone)) + "\n")
    else:
        sys.stdout.write(f"nothing in the last {arguments.days} days\n")
    return 0


def history_text(records: Iterable[Record], zone: tzinfo) -> str:
    rows = []
    for record in records:
        at = f"{record.at.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"
        match record:
            case Event():
                rows.append((at, record.what.value, record.id, _of_event(record, zone)))
            case Attempt():
                what = "delivered" if record.error is None else "failed"
                rows.append((at, what, record.alerts[0].id if record.alerts else "", _of_attempt(record)))
    return table(("AT", "WHAT", "ID", "DETAILS"), rows)


def _of_event(event: Event, zone: tzinfo) -> str:
    who = f" by {event.by}" if event.by else ""
    until = f" until {clock(event.until, zone)}" if event.until else ""
    if event.what in _OF_SILENCES:
        return f"{event.key}{who}{until}: {event.summary}"
    return f"[{event.severity.name}] {event.summary}{f' ({(who + until).strip()})' if who or until else ''}"


def _of_attempt(attempt: Attempt) -> str:
    way = attempt.channel if attempt.by == attempt.channel else f"{attempt.channel}, by {attempt.by}"
    reasons = ", ".join(dict.fromkeys(mention.reason for mention in attempt.alerts))
    more = f", {attempt.count} alerts" if attempt.count > 1 else ""
    return f"to {way} ({reasons}{more}){f': {attempt.error}' if attempt.error else ''}"
