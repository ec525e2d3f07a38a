"""`spend-monitor check`: one poll of every source, with the exit codes of monitoring plugins."""

import json
import sys
from argparse import Namespace

from monitor.daemon.app import utc_now
from monitor.daemon.commands.once import poll_once, remembered
from monitor.daemon.document import document
from monitor.daemon.redact import Redactor
from monitor.daemon.settings import Settings
from monitor.daemon.terminal import show
from monitor.daemon.wiring import plan_of

EXIT = {"OK": 0, "WARNING": 1, "CRITICAL": 2, "EMERGENCY": 2, "UNKNOWN": 3}


async def check(settings: Settings, redact: Redactor, arguments: Namespace) -> int:
    now = utc_now()
    plan = plan_of(settings)
    loaded = remembered(settings, plan)
    state = await poll_once(settings, plan, loaded, redact, now)
    seen = document(state, plan, loaded.memory.channels, now)
    if arguments.json:
        print(json.dumps(seen, indent=2))  # noqa: T201
    else:
        show(seen, sys.stdout)
    return EXIT[seen["severity"]]
