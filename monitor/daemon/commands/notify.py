"""`spend-monitor test-notify`: a sample message on each channel, with the reason of each failure."""

import asyncio
from argparse import Namespace

from monitor.core.budgets import Severity
from monitor.core.channels import Message, Tone
from monitor.daemon.redact import Redactor
from monitor.daemon.sender import Sender
from monitor.daemon.senders.failures import SendFailed
from monitor.daemon.settings import Settings
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
    outcomes = await asyncio.gather(*(_try(sender, arguments.severity) for sender in senders.values()))
    for name, reason in zip(senders, outcomes, strict=True):
        print(f"{name}: {reason or 'delivered'}")  # noqa: T201
    return 1 if any(outcomes) else 0


async def _try(sender: Sender, severity: Severity) -> str | None:
    tone = {Severity.OK: Tone.SUCCESS, Severity.WARNING: Tone.WARNING}.get(severity, Tone.FAILURE)
    label = "RESOLVED" if severity is Severity.OK else severity.name
    message = Message(
        f"[{label}] test: this is only a test", "Sent by `spend-monitor test-notify`. Nothing is wrong.", tone
    )
    try:
        await sender.load()
        await sender.send(message)
    except SendFailed as error:
        return f"FAILED: {error.reason}"
    return None
