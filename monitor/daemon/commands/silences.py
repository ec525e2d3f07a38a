"""`spend-monitor silences`: what is silenced, until when, by whom and why."""

import json
import sys
from argparse import Namespace

from monitor.core.telling.phrases import clock
from monitor.daemon.alerts_document import silences_document, silences_that_hold
from monitor.daemon.app import utc_now
from monitor.daemon.commands.once import alerts_remembered
from monitor.daemon.settings import Settings
from monitor.daemon.terminal import table


def list_silences(settings: Settings, arguments: Namespace) -> int:
    now = utc_now()
    state, damaged = alerts_remembered(settings)
    held = silences_that_hold(state, now)
    if arguments.json:
        print(json.dumps(silences_document(state, now), indent=2))  # noqa: T201
    elif held:
        rows = [(one.id, clock(one.until, settings.timezone), one.patterns, one.by, one.reason) for one in held]
        print(table(("ID", "UNTIL", "MATCHES", "BY", "REASON"), rows))  # noqa: T201
    else:
        print("no silences")  # noqa: T201
    for line in damaged:
        sys.stderr.write(f"cannot read {line}\n")
    return 0
