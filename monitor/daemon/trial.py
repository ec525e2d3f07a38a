"""A test message on one channel, and why it did not arrive."""

from monitor.core.budgets import Severity
from monitor.core.channels import Message, Tone
from monitor.daemon.sender import Sender
from monitor.daemon.senders.failures import SendFailed


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
