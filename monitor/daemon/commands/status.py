"""`spend-monitor status`: what the daemon knows, from its snapshots."""

import json
import sys
from argparse import Namespace

from monitor.core.channels import ChannelState
from monitor.core.spending.health import patience
from monitor.daemon.app import utc_now
from monitor.daemon.commands.once import remembered
from monitor.daemon.document import document
from monitor.daemon.redact import Redactor
from monitor.daemon.settings import Settings
from monitor.daemon.terminal import show
from monitor.daemon.wiring import plan_of, state_of


async def status(settings: Settings, redact: Redactor, arguments: Namespace) -> int:  # noqa: ARG001
    """Print the document; with `--health`, fail when no poll was saved lately (for a container's health check)."""
    now = utc_now()
    plan = plan_of(settings)
    loaded = remembered(settings, plan)
    state = state_of(plan, loaded)
    if arguments.health:
        alive = [
            name
            for name, source in state.sources.items()
            if source.health.last_attempt
            and now - source.health.last_attempt <= 2 * patience(plan.sources[name].interval)
        ]
        print("polling" if alive else "no poll was saved lately")  # noqa: T201
        return 0 if alive else 1
    known = {channel.name: channel for channel in loaded.memory.channels}
    channels = [known.get(channel.name, ChannelState(channel.name)) for channel in plan.channels]
    seen = document(state, plan, channels, now)
    if arguments.json:
        print(json.dumps(seen, indent=2))  # noqa: T201
    else:
        show(seen, sys.stdout)
        for line in loaded.damaged:
            sys.stdout.write(f"\ncannot read {line}\n")
    return 0
