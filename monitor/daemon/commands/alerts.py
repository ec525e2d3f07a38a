"""`spend-monitor alerts`: what fires, is about to, is acknowledged or silenced, or was over lately."""

import json
import sys
from argparse import Namespace
from datetime import datetime, tzinfo

from monitor.core.alerting.alerts import Alert, Stage
from monitor.core.state import State
from monitor.core.telling.phrases import clock
from monitor.daemon.alerts_document import alerts_document
from monitor.daemon.app import utc_now
from monitor.daemon.commands.once import alerts_remembered
from monitor.daemon.settings import Settings
from monitor.daemon.terminal import paint, table


def list_alerts(settings: Settings, arguments: Namespace) -> int:
    now = utc_now()
    state, damaged = alerts_remembered(settings)
    if arguments.json:
        print(json.dumps(alerts_document(state, now), indent=2))  # noqa: T201
    else:
        sys.stdout.write(alerts_text(state, settings.timezone, now))
    for line in damaged:
        sys.stderr.write(f"cannot read {line}\n")
    return 0


def alerts_text(state: State, zone: tzinfo, now: datetime) -> str:
    if not state.alerts:
        return "no alerts\n"
    rows = [(row, state.alerts[row["key"]]) for row in alerts_document(state, now)]
    cells = [
        (
            row["id"],
            row["state"],
            row["severity"],
            clock(alert.since, zone),
            alert.summary + _notes(alert, state, zone, now, explained=row["explained"]),
        )
        for row, alert in rows
    ]
    head, *lines = table(("ID", "STATE", "SEVERITY", "SINCE", "SUMMARY"), cells).split("\n")
    painted = [paint(line, row["severity"], sys.stdout) for line, (row, _) in zip(lines, rows, strict=True)]
    return "\n".join((head, *painted)) + "\n"


def _notes(alert: Alert, state: State, zone: tzinfo, now: datetime, *, explained: bool) -> str:
    notes = []
    known = alert.acknowledged
    if known is not None and alert.stage is Stage.ACKNOWLEDGED:
        until = f" until {clock(known.until, zone)}" if known.until else ""
        until = f" until {known.until_spent} is spent" if known.until_spent else until
        notes.append(f"acknowledged by {known.by}{until}")
    if alert.ended is not None:
        notes.append(f"over {clock(alert.ended, zone)}")
    if alert.firing and explained:
        notes.append("not said, as another alert says it")
    notes += [f"silenced by {silence.by} ({silence.id})" for silence in state.silences if silence.matches(alert, now)]
    return f" ({'; '.join(notes)})" if notes else ""
