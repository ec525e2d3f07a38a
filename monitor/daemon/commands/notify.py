"""`spend-monitor test-notify`: a sample message on each channel, with the reason of each failure."""

import asyncio
from argparse import Namespace

from monitor.daemon.redact import Redactor
from monitor.daemon.settings import Settings
from monitor.daemon.trial import try_channel
from monitor.daemon.wiring import senders_of


async def test_notify(settings: Settings, redact: Redactor, arguments: Namespace) -> int:
    senders = senders_of(settings, redact)
    if not senders:
        print("no channel is set: set MONITOR_NOTIFY to an Apprise URL")  # noqa: T201
        return 1
    if arguments.channel:
        if arguments.channel not in senders:
            print(f"no channel is named {arguments.channel}: there are {', '.join(senders)}")  # noqa: T201
            return 1
        senders = {arguments.channel: senders[arguments.channel]}
    by = "`spend-monitor test-notify`"
    outcomes = await asyncio.gather(*(try_channel(sender, by, arguments.severity) for sender in senders.values()))
    for name, reason in zip(senders, outcomes, strict=True):
        print(f"{name}: {f'FAILED: {reason}' if reason else 'delivered'}")  # noqa: T201
    return 1 if any(outcomes) else 0
