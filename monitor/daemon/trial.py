"""What a channel's address is good for: whether it can be loaded, and whether a test message arrives."""

import asyncio
from collections.abc import Mapping

from monitor.core.budgets import Severity
from monitor.core.channels import Message, Tone
from monitor.daemon.sender import Sender
from monitor.daemon.senders.failures import SendFailed


async def rejections(senders: Mapping[str, Sender]) -> Mapping[str, str]:
    """Load all, beside each other; return why those that cannot be used are not, by their names."""
    reasons = await asyncio.gather(*map(_rejection, senders.values()))
    return {name: reason for name, reason in zip(senders, reasons, strict=True) if reason is not None}


async def _rejection(sender: Sender) -> str | None:
    try:
        await sender.load()
    except SendFailed as error:
        return error.reason
    return None


async def try_channel(sender: Sender, by: str, severity: Severity = Severity.WARNING) -> str | None:
    """Send a sample; return the reason of a failure, None when it was delivered."""
    tone = {Severity.OK: Tone.SUCCESS, Severity.WARNING: Tone.WARNING}.get(severity, Tone.FAILURE)
    label = "RESOLVED" if severity is Severity.OK else severity.name
    message = Message(f"[{label}] test: this is only a test", f"Sent by {by}. Nothing is wrong.", tone)
    try:
        await sender.load()
        await sender.send(message)
    except SendFailed as error:
        return error.reason
    return None
